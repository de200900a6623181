/* What all pretended chips have in common: transfers of registers, and numbers. */
#include "chip.h"
#include <math.h>
#include <string.h>
#include <time.h>

double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int16_t whole(double value)
{
    if (value > 32767) return 32767;
    if (value < -32768) return -32768;
    return (int16_t)lround(value);
}

void put_le16(uint8_t *at, int16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

void put_be16(uint8_t *at, int16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void chip_plug(struct chip *chip, const struct model *model)
{
    memset(chip, 0, sizeof *chip);
    chip->model = model;
    if (model && model->reset) model->reset(chip);
}

static uint8_t next(struct chip *chip, uint8_t reg)
{
    return chip->model->next ? chip->model->next(chip, reg) : (uint8_t)(reg + 1);
}

void chip_write(struct chip *chip, const uint8_t *data, size_t length)
{
    if (chip->model->write) {
        chip->model->write(chip, data, length);
        return;
    }
    if (length) chip->pointer = data[0];
    for (size_t i = 1; i < length; i++) {
        if (chip->model->store) chip->model->store(chip, chip->pointer, data[i]);
        else chip->reg[chip->pointer] = data[i];
        chip->pointer = next(chip, chip->pointer);
    }
}

void chip_read(struct chip *chip, uint8_t *data, size_t length)
{
    if (chip->model->read) {
        chip->model->read(chip, data, length);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        uint8_t reg = chip->pointer;
        data[i] = chip->model->fetch ? chip->model->fetch(chip, reg) : chip->reg[reg];
        chip->pointer = next(chip, reg);
    }
}

int chip_values(struct chip *chip, int first, int want, const double *values, int count)
{
    if (count != want) return -1;
    for (int i = 0; i < want; i++) chip->value[first + i] = values[i];
    return 0;
}

/* Memory that does nothing: a chip of which only the registers matter. `set ADDR REG VALUE`. */
static int plain_set(struct chip *chip, const char *what, const double *values, int count)
{
    unsigned reg = 0;
    for (const char *digit = what; *digit; digit++) {
        const char *at = strchr("0123456789abcdef", *digit);
        if (!at) return -1;
        reg = reg << 4 | (unsigned)(at - "0123456789abcdef");
    }
    for (int i = 0; i < count; i++) chip->reg[(reg + (unsigned)i) & 0xff] = (uint8_t)values[i];
    return 0;
}

const struct model plain = { .name = "plain", .set = plain_set };
