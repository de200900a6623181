/* Analogue to digital converters: ADS1115 on I2C (TI SBAS444), MCP3008 and MCP3208 on SPI
 * (Microchip DS21295, DS21298).
 *     set ADDR volts V…          ads1115: one to four channels
 *     set ADDR ratio R…          mcp3008, mcp3208: channels from 0, of the reference, 0 to 1 */
#include "chip.h"
#include <math.h>
#include <string.h>

/* ADS1115: four registers of 16 bits behind a pointer (8.6). They lie in chip->reg, big-endian. */
enum { CONVERSION, CONFIG, LOW, HIGH, START = 0x8000, SINGLE_SHOT = 0x0100 };

static void ads_put(struct chip *chip, unsigned reg, uint16_t value)
{
    put_be16(chip->reg + 2 * reg, (int16_t)value);
}

static uint16_t ads_get(const struct chip *chip, unsigned reg)
{
    return (uint16_t)(chip->reg[2 * reg] << 8 | chip->reg[2 * reg + 1]);
}

static void ads_reset(struct chip *chip)
{
    ads_put(chip, CONVERSION, 0);
    ads_put(chip, CONFIG, 0x8583);
    ads_put(chip, LOW, 0x8000);
    ads_put(chip, HIGH, 0x7fff);
}

/* Ends a conversion that has had its time: 1/rate (8.6.3, bits 7 to 5). */
static void ads_convert(struct chip *chip)
{
    static const double rates[] = { 8, 16, 32, 64, 128, 250, 475, 860 };
    static const double ranges[] = { 6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256 };
    static const int plus[] = { 0, 0, 1, 2, 0, 1, 2, 3 }, minus[] = { 1, 3, 3, 3, -1, -1, -1, -1 };
    uint16_t config = ads_get(chip, CONFIG);
    double least = 1 / rates[config >> 5 & 7];
    int continuous = !(config & SINGLE_SHOT);
    if (!continuous && !chip->number) return;           /* idle */
    if (seconds() - chip->began < least) return;
    int mux = config >> 12 & 7;
    double volts = chip->value[plus[mux]] - (minus[mux] < 0 ? 0 : chip->value[minus[mux]]);
    ads_put(chip, CONVERSION, (uint16_t)whole(volts / ranges[config >> 9 & 7] * 32768));
    chip->number = 0;
}

static void ads_write(struct chip *chip, const uint8_t *data, size_t length)
{
    if (length) chip->pointer = data[0] & 3;
    if (length < 3 || chip->pointer == CONVERSION) return;
    ads_convert(chip);
    uint16_t value = (uint16_t)(data[1] << 8 | data[2]);
    if (chip->pointer == CONFIG) {
        if (value & START || !(value & SINGLE_SHOT)) {
            chip->number = value & START ? 1 : 0;
            chip->began = seconds();
        }
        value &= (uint16_t)~START;
    }
    ads_put(chip, chip->pointer, value);
}

static void ads_read(struct chip *chip, uint8_t *data, size_t length)
{
    ads_convert(chip);
    uint16_t value = ads_get(chip, chip->pointer);
    /* Bit 15 of the configuration reads 1 while no conversion runs. */
    if (chip->pointer == CONFIG && !chip->number && value & SINGLE_SHOT) value |= START;
    for (size_t i = 0; i < length; i++) data[i] = i ? (uint8_t)value : (uint8_t)(value >> 8);
}

static int ads_set(struct chip *chip, const char *what, const double *values, int count)
{
    if (strcmp(what, "volts") || count > 4) return -1;
    return chip_values(chip, 0, count, values, count);
}

const struct model ads1115 = {
    .name = "ads1115", .reset = ads_reset, .write = ads_write, .read = ads_read, .set = ads_set,
};

/* MCP3008 and MCP3208 (5.0): after the start bit, wherever it is, come single/differential and
 * three bits of the channel; one clock to sample, a null bit, and the value, highest bit first. */
static int bit(const uint8_t *bytes, size_t length, size_t at)
{
    return at / 8 < length ? bytes[at / 8] >> (7 - at % 8) & 1 : 0;
}

static void convert(struct chip *chip, const uint8_t *tx, uint8_t *rx, size_t length, int bits)
{
    memset(rx, 0, length);
    size_t start = 0;
    while (start < 8 * length && !bit(tx, length, start)) start++;
    if (start + 5 >= 8 * length) return;
    int single = bit(tx, length, start + 1);
    int channel = bit(tx, length, start + 2) << 2 | bit(tx, length, start + 3) << 1
        | bit(tx, length, start + 4);
    double ratio = chip->value[channel];
    if (!single) ratio -= chip->value[channel ^ 1];
    int top = (1 << bits) - 1, value = (int)lround(ratio * (top + 1));
    value = value < 0 ? 0 : value > top ? top : value;
    for (int i = 0; i < bits; i++) {
        size_t at = start + 7 + (size_t)i;
        if (at / 8 < length) rx[at / 8] |= (uint8_t)((value >> (bits - 1 - i) & 1) << (7 - at % 8));
    }
}

static void exchange_10(struct chip *chip, const uint8_t *tx, uint8_t *rx, size_t length)
{
    convert(chip, tx, rx, length, 10);
}

static void exchange_12(struct chip *chip, const uint8_t *tx, uint8_t *rx, size_t length)
{
    convert(chip, tx, rx, length, 12);
}

static int mcp_set(struct chip *chip, const char *what, const double *values, int count)
{
    if (strcmp(what, "ratio") || count > 8) return -1;
    return chip_values(chip, 0, count, values, count);
}

const struct model mcp3008 = { .name = "mcp3008", .exchange = exchange_10, .set = mcp_set };
const struct model mcp3208 = { .name = "mcp3208", .exchange = exchange_12, .set = mcp_set };
