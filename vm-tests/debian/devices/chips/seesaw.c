/* The seesaw of a quad rotary encoder board (Adafruit product 5752; protocol of the seesaw
 * reference, pages "Status", "GPIO" and "Encoder").
 *     set ADDR turn KNOB DETENTS      knob 0 to 3, clockwise
 *     set ADDR press KNOB             the switch pulls its pin low
 *     set ADDR release KNOB
 * A transfer is two bytes, module and function, with data to write behind them, or a read of the
 * answer in a later transfer. */
#include "chip.h"
#include <string.h>

enum { STATUS = 0x00, GPIO = 0x01, ENCODER = 0x11 };
enum { HARDWARE = 0x87, PRODUCT = 5752, KNOBS = 4 };
/* chip->reg: what of it is used. */
enum { MODULE, FUNCTION, PULLED = 16, UP = 20 /* four bytes each, as on the wire */ };
/* chip->value: positions, then what they were when `delta` was read last. */
enum { POSITION, READ_AT = 4 };

static const uint8_t switch_pin[KNOBS] = { 12, 14, 17, 9 };

static void reset(struct chip *chip)
{
    memset(chip->reg, 0, sizeof chip->reg);
    chip->number = 0;                       /* a bit for each switch that is pressed */
    for (int i = 0; i < 2 * KNOBS; i++) chip->value[i] = 0;
}

static void write(struct chip *chip, const uint8_t *data, size_t length)
{
    if (length < 2) return;
    chip->reg[MODULE] = data[0];
    chip->reg[FUNCTION] = data[1];
    if (data[0] == STATUS && data[1] == 0x7f && length > 2 && data[2] == 0xff) reset(chip);
    for (int i = 0; data[0] == GPIO && length == 6 && i < 4; i++) {
        if (data[1] == 0x0b) chip->reg[PULLED + i] |= data[2 + i];
        if (data[1] == 0x05) chip->reg[UP + i] |= data[2 + i];
    }
    if (data[0] == ENCODER && data[1] >= 0x30 && data[1] < 0x30 + KNOBS && length == 6) {
        int32_t to = (int32_t)((uint32_t)data[2] << 24 | data[3] << 16 | data[4] << 8 | data[5]);
        chip->value[POSITION + (data[1] & 0x0f)] = to;
    }
}

static uint32_t levels(const struct chip *chip)
{
    uint32_t high = 0;
    for (int i = 0; i < 4; i++) high = high << 8 | (chip->reg[PULLED + i] & chip->reg[UP + i]);
    /* Without its pull-up an open switch floats: it reads as pressed, so that one notices. */
    for (int knob = 0; knob < KNOBS; knob++)
        if (chip->number >> knob & 1) high &= ~(UINT32_C(1) << switch_pin[knob]);
    return high;
}

static void read(struct chip *chip, uint8_t *data, size_t length)
{
    uint8_t answer[4] = { 0 }, module = chip->reg[MODULE], function = chip->reg[FUNCTION];
    unsigned knob = function & 0x0f;
    uint32_t word = 0;
    if (module == STATUS && function == 0x01) word = (uint32_t)HARDWARE << 24;
    if (module == STATUS && function == 0x02) word = (uint32_t)PRODUCT << 16;
    if (module == GPIO && function == 0x04) word = levels(chip);
    if (module == ENCODER && knob < KNOBS && function >> 4 == 3)
        word = (uint32_t)(int32_t)chip->value[POSITION + knob];
    if (module == ENCODER && knob < KNOBS && function >> 4 == 4) {
        word = (uint32_t)(int32_t)(chip->value[POSITION + knob] - chip->value[READ_AT + knob]);
        chip->value[READ_AT + knob] = chip->value[POSITION + knob];
    }
    for (int i = 0; i < 4; i++) answer[i] = (uint8_t)(word >> (24 - 8 * i));
    for (size_t i = 0; i < length; i++) data[i] = i < 4 ? answer[i] : 0;
}

static int set(struct chip *chip, const char *what, const double *values, int count)
{
    if (count < 1 || values[0] < 0 || values[0] >= KNOBS) return -1;
    unsigned knob = (unsigned)values[0];
    /* Clockwise counts down: Adafruit's own examples negate the position. */
    if (!strcmp(what, "turn") && count == 2) chip->value[POSITION + knob] -= values[1];
    else if (!strcmp(what, "press")) chip->number |= 1u << knob;
    else if (!strcmp(what, "release")) chip->number &= ~(1u << knob);
    else return -1;
    return 0;
}

const struct model seesaw_quad = {
    .name = "seesaw_quad", .reset = reset, .write = write, .read = read, .set = set,
};
