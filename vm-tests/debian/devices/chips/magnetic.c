/* LIS2MDL, magnetometer (ST DS12144), and the accelerometer half of LSM303AGR (ST DS11144), whose
 * magnetometer half answers as a LIS2MDL.
 *     set ADDR field X Y Z            µT              (lis2mdl)
 *     set ADDR acceleration X Y Z     g               (lsm303agr_accel)
 *     set ADDR temperature T          °C              (lis2mdl) */
#include "chip.h"
#include <string.h>

enum { TEMPERATURE = 3 };

/* LIS2MDL, section 8 */
enum {
    M_WHO_AM_I = 0x4f, M_CFG_REG_A = 0x60, M_STATUS = 0x67, M_OUTX_L, M_TEMP_OUT_L = 0x6e,
    M_REBOOT = 0x40, M_SOFT_RST = 0x20, M_IDLE = 2, M_SINGLE = 1, M_READY = 0x0f,
};

static void m_reset(struct chip *chip)
{
    memset(chip->reg, 0, sizeof chip->reg);
    chip->reg[M_WHO_AM_I] = 0x40;
    chip->reg[M_CFG_REG_A] = 0x03;          /* idle */
}

/* 1.5 mG, that is 0.15 µT, a digit (table 2); only while it measures. */
static void m_measure(struct chip *chip)
{
    for (int i = 0; i < 3; i++) put_le16(chip->reg + M_OUTX_L + 2 * i, whole(chip->value[i] / 0.15));
    put_le16(chip->reg + M_TEMP_OUT_L, whole((chip->value[TEMPERATURE] - 25) * 8));
    chip->reg[M_STATUS] = M_READY;
}

static uint8_t m_fetch(struct chip *chip, uint8_t reg)
{
    if (reg == M_STATUS && !(chip->reg[M_CFG_REG_A] & M_IDLE)) {
        m_measure(chip);
        /* A single measurement ends in idle by itself (8.5). */
        if (chip->reg[M_CFG_REG_A] & M_SINGLE) chip->reg[M_CFG_REG_A] |= 3;
    }
    if (reg == M_OUTX_L && !(chip->reg[M_CFG_REG_A] & 3)) m_measure(chip);
    uint8_t value = chip->reg[reg];
    if (reg == M_OUTX_L + 5) chip->reg[M_STATUS] = 0;
    return value;
}

static void m_store(struct chip *chip, uint8_t reg, uint8_t value)
{
    if (reg == M_WHO_AM_I || reg >= M_STATUS) return;
    if (reg == M_CFG_REG_A && value & (M_SOFT_RST | M_REBOOT)) m_reset(chip);
    else chip->reg[reg] = value;
}

static int m_set(struct chip *chip, const char *what, const double *values, int count)
{
    if (!strcmp(what, "field")) return chip_values(chip, 0, 3, values, count);
    if (!strcmp(what, "temperature")) return chip_values(chip, TEMPERATURE, 1, values, count);
    return -1;
}

const struct model lis2mdl = {
    .name = "lis2mdl", .reset = m_reset, .fetch = m_fetch, .store = m_store, .set = m_set,
};

/* LSM303AGR, accelerometer, section 8 */
enum {
    A_WHO_AM_I = 0x0f, A_CTRL_REG1 = 0x20, A_CTRL_REG4 = 0x23, A_CTRL_REG5, A_STATUS = 0x27,
    A_OUT_X_L, A_LOW_POWER = 0x08, A_HIGH_RESOLUTION = 0x08, A_REBOOT = 0x80,
};

static void a_reset(struct chip *chip)
{
    memset(chip->reg, 0, sizeof chip->reg);
    chip->reg[A_WHO_AM_I] = 0x33;
    chip->reg[A_CTRL_REG1] = 0x07;          /* powered down, all axes enabled */
}

/* Left-justified: 12, 10 or 8 bits by resolution mode (table 3: mg a digit at ±2, 4, 8, 16 g). */
static void a_measure(struct chip *chip)
{
    static const double mg[3][4] = {
        { 0.98, 1.95, 3.91, 11.72 }, { 3.91, 7.81, 15.63, 46.9 }, { 15.63, 31.25, 62.5, 188.68 } };
    uint8_t *r = chip->reg, range = r[A_CTRL_REG4] >> 4 & 3;
    int mode = r[A_CTRL_REG1] & A_LOW_POWER ? 2 : r[A_CTRL_REG4] & A_HIGH_RESOLUTION ? 0 : 1;
    int shift = mode == 0 ? 4 : mode == 1 ? 6 : 8, most = (1 << (15 - shift)) - 1;
    for (int i = 0; i < 3; i++) {
        int digits = whole(chip->value[i] * 1000 / mg[mode][range]);
        digits = digits > most ? most : digits < -most - 1 ? -most - 1 : digits;
        put_le16(r + A_OUT_X_L + 2 * i, (int16_t)(digits * (1 << shift)));
    }
    r[A_STATUS] = 0x0f;
}

static uint8_t a_fetch(struct chip *chip, uint8_t reg)
{
    reg &= 0x7f;
    if ((reg == A_STATUS || reg == A_OUT_X_L) && chip->reg[A_CTRL_REG1] >> 4) a_measure(chip);
    return chip->reg[reg];
}

static void a_store(struct chip *chip, uint8_t reg, uint8_t value)
{
    reg &= 0x7f;
    if (reg == A_WHO_AM_I || (reg >= A_STATUS && reg <= A_OUT_X_L + 5)) return;
    chip->reg[reg] = value & (reg == A_CTRL_REG5 ? (uint8_t)~A_REBOOT : 0xff);
}

/* 6.1.1: the address moves on only if bit 7 of the first one was set. */
static uint8_t a_next(struct chip *chip, uint8_t reg)
{
    (void)chip;
    return reg & 0x80 ? (uint8_t)(0x80 | (reg + 1)) : reg;
}

static int a_set(struct chip *chip, const char *what, const double *values, int count)
{
    return strcmp(what, "acceleration") ? -1 : chip_values(chip, 0, 3, values, count);
}

const struct model lsm303agr_accel = {
    .name = "lsm303agr_accel", .reset = a_reset, .fetch = a_fetch, .store = a_store,
    .next = a_next, .set = a_set,
};
