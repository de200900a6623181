/* LIS2MDL, magnetometer (ST DS12144, section 8), and the magnetometer half of an LSM303AGR.
 *     set ADDR field X Y Z            µT
 *     set ADDR temperature T          °C */
#include "chip.h"
#include <string.h>

enum { TEMPERATURE = 3 };

enum {
    WHO_AM_I = 0x4f, CFG_REG_A = 0x60, STATUS = 0x67, OUTX_L, TEMP_OUT_L = 0x6e,
    REBOOT = 0x40, SOFT_RST = 0x20, IDLE = 2, SINGLE = 1, READY = 0x0f,
};

static void reset(struct chip *chip)
{
    memset(chip->reg, 0, sizeof chip->reg);
    chip->reg[WHO_AM_I] = 0x40;
    chip->reg[CFG_REG_A] = 0x03;          /* idle */
}

/* 1.5 mG, that is 0.15 µT, a digit (table 2); only while it measures. */
static void measure(struct chip *chip)
{
    for (int i = 0; i < 3; i++) put_le16(chip->reg + OUTX_L + 2 * i, whole(chip->value[i] / 0.15));
    put_le16(chip->reg + TEMP_OUT_L, whole((chip->value[TEMPERATURE] - 25) * 8));
    chip->reg[STATUS] = READY;
}

static uint8_t fetch(struct chip *chip, uint8_t reg)
{
    if (reg == STATUS && !(chip->reg[CFG_REG_A] & IDLE)) {
        measure(chip);
        /* A single measurement ends in idle by itself (8.5). */
        if (chip->reg[CFG_REG_A] & SINGLE) chip->reg[CFG_REG_A] |= 3;
    }
    if (reg == OUTX_L && !(chip->reg[CFG_REG_A] & 3)) measure(chip);
    uint8_t value = chip->reg[reg];
    if (reg == OUTX_L + 5) chip->reg[STATUS] = 0;
    return value;
}

static void store(struct chip *chip, uint8_t reg, uint8_t value)
{
    if (reg == WHO_AM_I || reg >= STATUS) return;
    if (reg == CFG_REG_A && value & (SOFT_RST | REBOOT)) reset(chip);
    else chip->reg[reg] = value;
}

static int set(struct chip *chip, const char *what, const double *values, int count)
{
    if (!strcmp(what, "field")) return chip_values(chip, 0, 3, values, count);
    if (!strcmp(what, "temperature")) return chip_values(chip, TEMPERATURE, 1, values, count);
    return -1;
}

const struct model lis2mdl = {
    .name = "lis2mdl", .reset = reset, .fetch = fetch, .store = store, .set = set,
};
