/* A strip of APA102 on SPI (Shiji Lighting, data sheet of the APA102-2020).
 *     set ADDR leds N            how long it is, at most 4096
 *
 * After 32 zeros each LED takes the first 32 bits that begin with 111 (five bits of brightness,
 * then blue, green, red) and hands on the rest, half a clock later: LED k, from 0, is lit only
 * after 32 (k + 1) + k / 2 clocks. Whenever all of it is lit otherwise than before, a line says so:
 *     lit N, level MIN to MAX, red R, green G, blue B
 * with the sum of place (from 1) times value of each colour. */
#include "chip.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 4096 };

static struct {
    uint8_t taken[LONGEST][4], shown[LONGEST][4];
    unsigned frames;            /* taken since the zeros */
    unsigned part;              /* bytes of the next one */
    unsigned zeros;             /* zero bytes in a row */
    unsigned long clocks;       /* since the zeros */
    int begun, told;
} strip;

static void tell(unsigned leds)
{
    uint64_t sum[3] = { 0, 0, 0 };
    unsigned least = 31, most = 0;
    for (unsigned k = 0; k < leds; k++) {
        unsigned level = strip.shown[k][0] & 31;
        if (level < least) least = level;
        if (level > most) most = level;
        for (int c = 0; c < 3; c++) sum[c] += (uint64_t)(k + 1) * strip.shown[k][3 - c];
    }
    printf("lit %u, level %u to %u, red %" PRIu64 ", green %" PRIu64 ", blue %" PRIu64 "\n",
           leds, least, most, sum[0], sum[1], sum[2]);
    fflush(stdout);
}

static void take(uint8_t byte, unsigned leds)
{
    /* 32 zeros and then the bits of an LED: a new picture. */
    if (!strip.part && strip.zeros >= 4 && byte >> 5 == 7) {
        strip.begun = 1;
        strip.frames = 0;
        strip.clocks = 0;
        strip.told = 0;
    }
    strip.zeros = byte ? 0 : strip.zeros + 1;
    if (!strip.begun) return;
    strip.clocks += 8;
    if (strip.frames < leds && (strip.part || byte >> 5 == 7)) {
        strip.taken[strip.frames][strip.part++] = byte;
        if (strip.part == 4) {
            strip.part = 0;
            strip.frames++;
            strip.zeros = 0;
        }
    }
    unsigned long needed = 32ul * leds + (leds - 1) / 2;
    if (strip.told || strip.frames < leds || strip.clocks < needed) return;
    strip.told = 1;
    if (!memcmp(strip.shown, strip.taken, sizeof strip.shown)) return;
    memcpy(strip.shown, strip.taken, sizeof strip.shown);
    tell(leds);
}

static void exchange(struct chip *chip, const uint8_t *tx, uint8_t *rx, size_t length)
{
    unsigned leds = (unsigned)chip->value[0];
    memset(rx, 0, length);                      /* it has no data line back */
    for (size_t i = 0; leds && i < length; i++) take(tx[i], leds);
}

static int set(struct chip *chip, const char *what, const double *values, int count)
{
    if (strcmp(what, "leds") || count != 1 || values[0] < 1 || values[0] > LONGEST) return -1;
    memset(&strip, 0, sizeof strip);
    return chip_values(chip, 0, count, values, count);
}

const struct model apa102 = { .name = "apa102", .exchange = exchange, .set = set };
