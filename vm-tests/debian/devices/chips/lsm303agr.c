/* The accelerometer half of an LSM303AGR (ST DS11144, sections 4.6 and 8). The other half answers
 * as a LIS2MDL.
 *     set ADDR acceleration X Y Z     g
 * Its FIFO (32 samples) fills with time at the output rate. */
#include "chip.h"
#include <string.h>

enum {
    WHO_AM_I = 0x0f, CTRL_REG1 = 0x20, CTRL_REG4 = 0x23, CTRL_REG5, STATUS = 0x27, OUT_X_L,
    OUT_Z_H = 0x2d, FIFO_CTRL, FIFO_SRC, LOW_POWER = 0x08, HIGH_RESOLUTION = 0x08, REBOOT = 0x80,
    FIFO_EN = 0x40, COUNT_UP = 0x80, SAMPLES = 32,
};

static void reset(struct chip *chip)
{
    memset(chip->reg, 0, sizeof chip->reg);
    chip->reg[WHO_AM_I] = 0x33;
    chip->reg[CTRL_REG1] = 0x07;            /* powered down, all axes enabled */
    chip->began = chip->taken = 0;
}

/* Left-justified: 12, 10 or 8 bits by resolution mode (table 3: mg a digit at ±2, 4, 8, 16 g). */
static void measure(struct chip *chip)
{
    static const double mg[3][4] = {
        { 0.98, 1.95, 3.91, 11.72 }, { 3.91, 7.81, 15.63, 46.9 }, { 15.63, 31.25, 62.5, 188.68 } };
    uint8_t *r = chip->reg, range = r[CTRL_REG4] >> 4 & 3;
    int mode = r[CTRL_REG1] & LOW_POWER ? 2 : r[CTRL_REG4] & HIGH_RESOLUTION ? 0 : 1;
    int shift = mode == 0 ? 4 : mode == 1 ? 6 : 8, most = (1 << (15 - shift)) - 1;
    for (int i = 0; i < 3; i++) {
        int digits = whole(chip->value[i] * 1000 / mg[mode][range]);
        digits = digits > most ? most : digits < -most - 1 ? -most - 1 : digits;
        put_le16(r + OUT_X_L + 2 * i, (int16_t)(digits * (1 << shift)));
    }
}

static unsigned waiting(struct chip *chip)
{
    static const double hz[16] = { 0, 1, 10, 25, 50, 100, 200, 400 };
    uint8_t *r = chip->reg;
    if (!(r[CTRL_REG5] & FIFO_EN) || !(r[FIFO_CTRL] >> 6) || chip->began == 0) return 0;
    uint64_t made = (uint64_t)((seconds() - chip->began) * hz[r[CTRL_REG1] >> 4]);
    if (made > chip->taken + (uint64_t)SAMPLES) chip->taken = (unsigned)(made - SAMPLES);
    return (unsigned)(made - chip->taken);
}

static uint8_t fetch(struct chip *chip, uint8_t reg)
{
    reg &= 0x7f;
    int on = chip->reg[CTRL_REG1] >> 4;
    if (reg == OUT_X_L && on) measure(chip);
    if (reg == OUT_Z_H && waiting(chip)) chip->taken++;         /* the sample is read */
    if (reg == STATUS) return on ? 0x0f : 0;
    if (reg == FIFO_SRC) {
        /* Overrun, empty, and as many as fit into five bits. */
        unsigned n = waiting(chip);
        return (uint8_t)((n == SAMPLES ? 0x40 : 0) | (n ? 0 : 0x20) | (n > 31 ? 31 : n));
    }
    return chip->reg[reg];
}

static void store(struct chip *chip, uint8_t reg, uint8_t value)
{
    reg &= 0x7f;
    if (reg == WHO_AM_I || (reg >= STATUS && reg <= OUT_Z_H) || reg == FIFO_SRC) return;
    chip->reg[reg] = value & (reg == CTRL_REG5 ? (uint8_t)~REBOOT : 0xff);
    if (reg == CTRL_REG1 || reg == CTRL_REG5 || reg == FIFO_CTRL) {
        chip->began = seconds();
        chip->taken = 0;
    }
}

/* 6.1.1: the address moves on only if bit 7 of the first one was set; with the FIFO on, a burst
 * goes round the outputs. */
static uint8_t next(struct chip *chip, uint8_t reg)
{
    if (!(reg & COUNT_UP)) return reg;
    if (reg == (COUNT_UP | OUT_Z_H) && chip->reg[CTRL_REG5] & FIFO_EN) return COUNT_UP | OUT_X_L;
    return (uint8_t)(COUNT_UP | (reg + 1));
}

static int set(struct chip *chip, const char *what, const double *values, int count)
{
    return strcmp(what, "acceleration") ? -1 : chip_values(chip, 0, 3, values, count);
}

const struct model lsm303agr_accel = {
    .name = "lsm303agr_accel", .reset = reset, .fetch = fetch, .store = store, .next = next,
    .set = set,
};
