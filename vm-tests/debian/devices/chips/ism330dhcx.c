/* ISM330DHCX, accelerometer and gyroscope (ST DS13012; sections of rev 7).
 *     set ADDR acceleration X Y Z     g
 *     set ADDR rotation X Y Z         degrees per second
 *     set ADDR temperature T          °C
 *     set ADDR identity N             what WHO_AM_I says
 *     set ADDR unread SECONDS         as if nobody had read it for so long
 * The FIFO (6: 3 KiB, words of a tag and six bytes) fills with time at the batch rates while its
 * mode is FIFO or continuous. Nothing noisy: every sample is the value that was set. */
#include "chip.h"
#include <string.h>

enum { ACCELERATION, ROTATION = 3, TEMPERATURE = 6, IDENTITY = 7 };
enum {
    FIFO_CTRL1 = 0x07, FIFO_CTRL2, FIFO_CTRL3, FIFO_CTRL4, WHO_AM_I = 0x0f, CTRL1_XL, CTRL2_G,
    CTRL3_C, CTRL9_XL = 0x18, STATUS_REG = 0x1e, OUT_TEMP_L = 0x20, OUTX_L_G = 0x22,
    OUTX_L_A = 0x28, FIFO_STATUS1 = 0x3a, FIFO_STATUS2, FIFO_DATA_OUT_TAG = 0x78,
    FIFO_DATA_OUT_Z_H = 0x7e,
};
enum { IF_INC = 0x04, SW_RESET = 0x01, BOOT = 0x80, TAG_GYRO = 1, TAG_ACCEL, TAG_TEMPERATURE,
       WORDS = 512 };

static void reset(struct chip *chip)
{
    if (chip->value[IDENTITY] == 0) chip->value[IDENTITY] = 0x6b;
    memset(chip->reg, 0, sizeof chip->reg);
    chip->reg[CTRL3_C] = IF_INC;
    chip->reg[CTRL9_XL] = 0xe0;
    chip->taken = 0;
    chip->began = 0;
}

/* Output data rate of the upper four bits of CTRL1_XL and CTRL2_G, and of the batch rates of
 * FIFO_CTRL3 (tables 9.12 and 9.9): 12.5 Hz doubled, nominally 26, 52 … */
static double rate(unsigned code)
{
    static const double hz[] = { 0, 12.5, 26, 52, 104, 208, 416, 833, 1666, 3332, 6667 };
    return code < sizeof hz / sizeof *hz ? hz[code] : 0;
}

/* mg and mdps per digit (table 2). */
static double accel_scale(const struct chip *chip)
{
    static const double mg[] = { 0.061, 0.488, 0.122, 0.244 };
    return mg[chip->reg[CTRL1_XL] >> 2 & 3];
}

static double gyro_scale(const struct chip *chip)
{
    static const double mdps[] = { 8.75, 17.5, 35, 70 };
    uint8_t control = chip->reg[CTRL2_G];
    if (control & 1) return 140;
    if (control & 2) return 4.375;
    return mdps[control >> 2 & 3];
}

static void output(const struct chip *chip, int accel, uint8_t *into)
{
    const double *value = chip->value + (accel ? ACCELERATION : ROTATION);
    double scale = accel ? accel_scale(chip) : gyro_scale(chip);
    int on = (accel ? chip->reg[CTRL1_XL] : chip->reg[CTRL2_G]) >> 4;
    for (int i = 0; i < 3; i++) put_le16(into + 2 * i, on ? whole(value[i] * 1000 / scale) : 0);
}

/* 256 digits a degree, 0 at 25 °C (table 5). */
static int16_t temperature(const struct chip *chip)
{
    return whole((chip->value[TEMPERATURE] - 25) * 256);
}

/* What is in the FIFO, since it was turned on: at each instant a word of each sensor that is
 * batched, gyroscope first, and after each `every` instants one of the temperature. */
struct batch { unsigned gyro, accel, each, every, block; double hz; };

static struct batch batch(const struct chip *chip)
{
    static const double temperature_hz[] = { 0, 1.6, 12.5, 52 };        /* 9.10 */
    uint8_t rates = chip->reg[FIFO_CTRL3];
    struct batch b = {
        .gyro = (rates >> 4) && (chip->reg[CTRL2_G] >> 4),
        .accel = (rates & 15) && (chip->reg[CTRL1_XL] >> 4) };
    b.each = b.gyro + b.accel;
    b.hz = rate(b.accel ? rates & 15 : rates >> 4);
    double t = temperature_hz[chip->reg[FIFO_CTRL4] >> 4 & 3];
    b.every = t > 0 && b.hz > t ? (unsigned)(b.hz / t) : 0;
    b.block = b.every ? b.each * b.every + 1 : 0;
    return b;
}

static unsigned waiting(struct chip *chip)
{
    struct batch b = batch(chip);
    if (!(chip->reg[FIFO_CTRL4] & 7) || !b.each || !chip->began) return 0;
    uint64_t instants = (uint64_t)((seconds() - chip->began) * b.hz);
    uint64_t words = instants * b.each + (b.every ? instants / b.every : 0);
    if (words > chip->taken + (uint64_t)WORDS) {        /* overrun: the oldest are lost */
        chip->taken = (unsigned)(words - WORDS);
        chip->number = 1;
    }
    return (unsigned)(words - chip->taken);
}

static uint8_t tag(unsigned sensor, unsigned count)
{
    uint8_t byte = (uint8_t)(sensor << 3 | (count & 3) << 1);
    return byte | (uint8_t)__builtin_parity(byte);      /* 9.61: even parity */
}

/* The word at the FIFO's head. */
static void head(const struct chip *chip, uint8_t *word)
{
    struct batch b = batch(chip);
    unsigned round = b.block ? chip->taken / b.block : 0;
    unsigned at = b.block ? chip->taken % b.block : chip->taken;
    unsigned instant = round * b.every + at / b.each;
    if (b.block && at == b.block - 1) {
        word[0] = tag(TAG_TEMPERATURE, instant - 1);
        put_le16(word + 1, temperature(chip));
        return;
    }
    int accel = b.gyro ? at % b.each : 1;
    word[0] = tag(accel ? TAG_ACCEL : TAG_GYRO, instant);
    output(chip, accel, word + 1);
}

/* One byte of the word at the FIFO's head; its last byte takes the word out. */
static uint8_t from_fifo(struct chip *chip, uint8_t reg)
{
    static uint8_t word[7];
    if (reg == FIFO_DATA_OUT_TAG) {
        memset(word, 0, sizeof word);
        if (waiting(chip)) head(chip, word);
    }
    if (reg == FIFO_DATA_OUT_Z_H && word[0]) chip->taken++;
    return word[reg - FIFO_DATA_OUT_TAG];
}

static uint8_t fetch(struct chip *chip, uint8_t reg)
{
    if (reg >= FIFO_DATA_OUT_TAG && reg <= FIFO_DATA_OUT_Z_H) return from_fifo(chip, reg);
    uint8_t *r = chip->reg;
    if (reg == WHO_AM_I) return (uint8_t)chip->value[IDENTITY];
    if (reg >= OUTX_L_G && reg < OUTX_L_A) output(chip, 0, r + OUTX_L_G);
    if (reg >= OUTX_L_A && reg < OUTX_L_A + 6) output(chip, 1, r + OUTX_L_A);
    if (reg == OUT_TEMP_L) put_le16(r + reg, temperature(chip));
    if (reg == STATUS_REG) return 4 | (r[CTRL1_XL] >> 4 ? 1 : 0) | (r[CTRL2_G] >> 4 ? 2 : 0);
    if (reg == FIFO_STATUS1 || reg == FIFO_STATUS2) {
        unsigned words = waiting(chip), mark = r[FIFO_CTRL1] | (r[FIFO_CTRL2] & 1) << 8;
        if (reg == FIFO_STATUS1) return (uint8_t)words;
        uint8_t status = (uint8_t)(words >> 8) | (mark && words >= mark ? 0x80 : 0)
            | (chip->number ? 0x48 : 0) | (words >= WORDS - 1 ? 0x20 : 0);
        chip->number = 0;                               /* latched until it is read */
        return status;
    }
    return r[reg];
}

static void store(struct chip *chip, uint8_t reg, uint8_t value)
{
    if (reg == WHO_AM_I || (reg >= STATUS_REG && reg < 0x56)) return;       /* read only */
    if (reg == CTRL3_C && value & (SW_RESET | BOOT)) {
        reset(chip);                                    /* both bits clear themselves */
        return;
    }
    uint8_t old = chip->reg[reg];
    chip->reg[reg] = value;
    int restarts = reg == FIFO_CTRL4 || reg == FIFO_CTRL3 || reg == CTRL1_XL || reg == CTRL2_G;
    if (restarts && old != value) {
        chip->began = seconds();
        chip->taken = 0;
        chip->number = 0;
    }
}

/* 9.60: a burst over the FIFO's output goes round. */
static uint8_t next(struct chip *chip, uint8_t reg)
{
    if (!(chip->reg[CTRL3_C] & IF_INC)) return reg;
    return reg == FIFO_DATA_OUT_Z_H ? FIFO_DATA_OUT_TAG : (uint8_t)(reg + 1);
}

/* 5.2: the first byte is read (bit 7) and address; the rest is a burst. */
static void exchange(struct chip *chip, const uint8_t *tx, uint8_t *rx, size_t length)
{
    memset(rx, 0, length);
    if (!length) return;
    chip->pointer = tx[0] & 0x7f;
    if (tx[0] & 0x80) {
        chip_read(chip, rx + 1, length - 1);
        return;
    }
    for (size_t i = 1; i < length; i++) {
        store(chip, chip->pointer, tx[i]);
        chip->pointer = next(chip, chip->pointer);
    }
}

static int set(struct chip *chip, const char *what, const double *values, int count)
{
    if (!strcmp(what, "acceleration")) return chip_values(chip, ACCELERATION, 3, values, count);
    if (!strcmp(what, "rotation")) return chip_values(chip, ROTATION, 3, values, count);
    if (!strcmp(what, "temperature")) return chip_values(chip, TEMPERATURE, 1, values, count);
    if (!strcmp(what, "identity")) return chip_values(chip, IDENTITY, 1, values, count);
    if (!strcmp(what, "unread") && count == 1) {
        chip->began -= values[0];
        return 0;
    }
    return -1;
}

const struct model ism330dhcx = {
    .name = "ism330dhcx", .reset = reset, .fetch = fetch, .store = store, .next = next,
    .exchange = exchange, .set = set,
};
