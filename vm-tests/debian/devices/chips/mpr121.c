/* MPR121, twelve touch electrodes (NXP MPR121 rev 4; application note AN3944 for the thresholds).
 *     set ADDR touch ELECTRODE
 *     set ADDR release ELECTRODE
 * An electrode answers only while the chip runs and has it enabled (5.11: ECR), and registers but
 * ECR can be written only while it is stopped. */
#include "chip.h"
#include <string.h>

enum { TOUCHED_L, TOUCHED_H, FILTERED = 0x04, BASELINE = 0x1e, TOUCH_THRESHOLD = 0x41,
       CONFIG1 = 0x5c, CONFIG2, ECR, SOFT_RESET = 0x80, ELECTRODES = 12 };

static void reset(struct chip *chip)
{
    memset(chip->reg, 0, sizeof chip->reg);
    chip->reg[CONFIG1] = 0x10;
    chip->reg[CONFIG2] = 0x24;
}

static uint8_t fetch(struct chip *chip, uint8_t reg)
{
    uint8_t *r = chip->reg;
    unsigned running = r[ECR] & 0x0f;
    if (running > ELECTRODES) running = ELECTRODES;
    unsigned mask = (1u << running) - 1, touched = 0;
    for (unsigned i = 0; i < ELECTRODES; i++) {
        /* Idle 600 of 1023; a finger takes 60 off. An electrode without a threshold is blind. */
        unsigned finger = chip->number >> i & 1, level = running ? 600 - 60 * finger : 0;
        r[FILTERED + 2 * i] = (uint8_t)level;
        r[FILTERED + 2 * i + 1] = (uint8_t)(level >> 8);
        r[BASELINE + i] = running ? 600 >> 2 : 0;
        uint8_t threshold = r[TOUCH_THRESHOLD + 2 * i];
        if (finger && threshold && threshold < 60) touched |= 1u << i;
    }
    r[TOUCHED_L] = (uint8_t)(touched & mask);
    r[TOUCHED_H] = (uint8_t)((touched & mask) >> 8);
    return r[reg];
}

static void store(struct chip *chip, uint8_t reg, uint8_t value)
{
    if (reg == SOFT_RESET) {
        if (value == 0x63) reset(chip);
        return;
    }
    int stopped = !(chip->reg[ECR] & 0x3f);
    if (reg == ECR || (stopped && reg > BASELINE + ELECTRODES)) chip->reg[reg] = value;
}

static int set(struct chip *chip, const char *what, const double *values, int count)
{
    if (count != 1 || values[0] < 0 || values[0] >= ELECTRODES) return -1;
    unsigned bit = 1u << (unsigned)values[0];
    if (!strcmp(what, "touch")) chip->number |= bit;
    else if (!strcmp(what, "release")) chip->number &= ~bit;
    else return -1;
    return 0;
}

const struct model mpr121 = {
    .name = "mpr121", .reset = reset, .fetch = fetch, .store = store, .set = set,
};
