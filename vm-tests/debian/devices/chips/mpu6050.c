/* MPU-6050, accelerometer and gyroscope (InvenSense PS-MPU-6000A-00 and RM-MPU-6000A-00 rev 4.2).
 *     set ADDR acceleration X Y Z     g
 *     set ADDR rotation X Y Z         degrees per second
 *     set ADDR temperature T          °C
 * The sensor sleeps after power-up (4.28): its outputs are zero until it is woken. The FIFO (4.31)
 * fills with time at the sample rate, with what FIFO_EN asks for, in the order of the registers. */
#include "chip.h"
#include <string.h>

enum { ACCELERATION, ROTATION = 3, TEMPERATURE = 6 };
enum {
    SMPLRT_DIV = 0x19, CONFIG, GYRO_CONFIG, ACCEL_CONFIG, FIFO_EN = 0x23, INT_STATUS = 0x3a,
    ACCEL_XOUT_H, TEMP_OUT_H = 0x41, GYRO_XOUT_H = 0x43, USER_CTRL = 0x6a, PWR_MGMT_1,
    FIFO_COUNTH = 0x72, FIFO_COUNTL, FIFO_R_W, WHO_AM_I,
};
enum { DEVICE_RESET = 0x80, SLEEP = 0x40, FIFO_ON = 0x40, FIFO_RESET = 0x04, FIFO_BYTES = 1024 };

static void reset(struct chip *chip)
{
    memset(chip->reg, 0, sizeof chip->reg);
    chip->reg[PWR_MGMT_1] = SLEEP;
    chip->reg[WHO_AM_I] = 0x68;
    chip->began = chip->taken = 0;
}

/* The outputs, 0x3b to 0x48, big-endian: 16384 digits a g and 131 a degree per second at the
 * smallest ranges, half of it with each step of the range (4.17 to 4.19). */
static void measure(struct chip *chip)
{
    uint8_t *r = chip->reg;
    const double *accel = chip->value + ACCELERATION, *gyro = chip->value + ROTATION;
    double a_scale = 16384 >> (r[ACCEL_CONFIG] >> 3 & 3);
    double g_scale = 131.0 / (1 << (r[GYRO_CONFIG] >> 3 & 3));
    int awake = !(r[PWR_MGMT_1] & SLEEP);
    for (int i = 0; i < 3; i++) {
        put_be16(r + ACCEL_XOUT_H + 2 * i, awake ? whole(accel[i] * a_scale) : 0);
        put_be16(r + GYRO_XOUT_H + 2 * i, awake ? whole(gyro[i] * g_scale) : 0);
    }
    double temperature = (chip->value[TEMPERATURE] - 36.53) * 340;
    put_be16(r + TEMP_OUT_H, awake ? whole(temperature) : 0);
}

/* One set of FIFO contents: offsets into the outputs, as FIFO_EN chooses them. */
static unsigned layout(const struct chip *chip, uint8_t *from)
{
    uint8_t enabled = chip->reg[FIFO_EN];
    unsigned n = 0;
    for (uint8_t i = 0; i < 14; i++) {
        int mask = i < 6 ? 0x08 : i < 8 ? 0x80 : 0x40 >> ((i - 8) / 2);
        if (enabled & mask) from[n++] = (uint8_t)(ACCEL_XOUT_H + i);
    }
    return n;
}

static unsigned waiting(struct chip *chip)
{
    uint8_t from[14], *r = chip->reg;
    unsigned size = layout(chip, from), filter = r[CONFIG] & 7;
    if (!(r[USER_CTRL] & FIFO_ON) || !size || r[PWR_MGMT_1] & SLEEP || !chip->began) return 0;
    /* 4.4: the gyroscope runs at 8 kHz without the filter, else at 1 kHz. */
    double hz = (filter == 0 || filter == 7 ? 8000.0 : 1000.0) / (1 + r[SMPLRT_DIV]);
    uint64_t bytes = (uint64_t)((seconds() - chip->began) * hz) * size;
    if (bytes > chip->taken + (uint64_t)FIFO_BYTES) {
        chip->taken = (unsigned)(bytes - FIFO_BYTES);
        r[INT_STATUS] |= 0x10;
    }
    return (unsigned)(bytes - chip->taken);
}

static uint8_t fetch(struct chip *chip, uint8_t reg)
{
    uint8_t *r = chip->reg, from[14];
    if (reg >= ACCEL_XOUT_H && reg < GYRO_XOUT_H + 6) measure(chip);
    if (reg == FIFO_COUNTH) {
        chip->number = waiting(chip);       /* both bytes are of one instant */
        return (uint8_t)(chip->number >> 8);
    }
    if (reg == FIFO_COUNTL) return (uint8_t)chip->number;
    if (reg == FIFO_R_W) {
        unsigned size = layout(chip, from);
        if (!waiting(chip)) return 0xff;
        measure(chip);
        return r[from[chip->taken++ % size]];
    }
    if (reg == INT_STATUS) {
        waiting(chip);
        uint8_t status = r[reg] | !(r[PWR_MGMT_1] & SLEEP);
        r[reg] = 0;                         /* cleared by reading */
        return status;
    }
    return r[reg];
}

static void store(struct chip *chip, uint8_t reg, uint8_t value)
{
    if (reg == WHO_AM_I || (reg >= INT_STATUS && reg < 0x61)) return;
    if (reg == PWR_MGMT_1 && value & DEVICE_RESET) {
        reset(chip);
        return;
    }
    int restarts = reg == USER_CTRL && value & (FIFO_RESET | (FIFO_ON & ~chip->reg[USER_CTRL]));
    if (restarts || reg == FIFO_EN || reg == SMPLRT_DIV) {
        chip->began = seconds();
        chip->taken = 0;
    }
    chip->reg[reg] = reg == USER_CTRL ? value & 0xf8 : value;       /* resets clear themselves */
}

static uint8_t next(struct chip *chip, uint8_t reg)
{
    (void)chip;
    return reg == FIFO_R_W ? reg : (uint8_t)(reg + 1);
}

static int set(struct chip *chip, const char *what, const double *values, int count)
{
    if (!strcmp(what, "acceleration")) return chip_values(chip, ACCELERATION, 3, values, count);
    if (!strcmp(what, "rotation")) return chip_values(chip, ROTATION, 3, values, count);
    if (!strcmp(what, "temperature")) return chip_values(chip, TEMPERATURE, 1, values, count);
    return -1;
}

const struct model mpu6050 = {
    .name = "mpu6050", .reset = reset, .fetch = fetch, .store = store, .next = next, .set = set,
};
