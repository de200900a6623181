/* Pretended chips: what is behind the pretended buses (uhidi2c.c, cusebus.c).
 *
 * One file per chip, written from its datasheet alone and without a look at Heart's parts, so that
 * a misreading on one side is seen. A chip is a register file with a life of its own: bits that
 * clear themselves, FIFOs that fill with time. Physical values are set by the test (bus.c). */
#ifndef CHIP_H
#define CHIP_H
#include <stddef.h>
#include <stdint.h>

struct chip;

struct model {
    const char *name;
    void (*reset)(struct chip *);
    /* One register; `fetch` may clear what is cleared by reading. NULL: plain memory. */
    uint8_t (*fetch)(struct chip *, uint8_t reg);
    void (*store)(struct chip *, uint8_t reg, uint8_t value);
    /* The register after this one in a burst; NULL: one more. */
    uint8_t (*next)(struct chip *, uint8_t reg);
    /* Whole transfers, for chips that are not made of 8-bit registers. NULL: registers. */
    void (*write)(struct chip *, const uint8_t *data, size_t length);
    void (*read)(struct chip *, uint8_t *data, size_t length);
    /* Full duplex with chip select held: SPI. */
    void (*exchange)(struct chip *, const uint8_t *tx, uint8_t *rx, size_t length);
    /* The test sets a value of the chip's surroundings; 0 if it knows `what`. */
    int (*set)(struct chip *, const char *what, const double *values, int count);
};

struct chip {
    const struct model *model;      /* NULL: nobody answers */
    uint8_t reg[256];
    uint8_t pointer;
    double value[16];               /* surroundings; their order is the model's */
    double began;                   /* when what is going on began, seconds */
    unsigned taken;                 /* how much of it was read since */
    unsigned number;                /* more state; its meaning is the model's */
};

extern const struct model ism330dhcx, mpu6050, lis2mdl, lsm303agr_accel, seesaw_quad, mpr121,
    ads1115, mcp3008, mcp3208, apa102, plain;

double seconds(void);                                        /* CLOCK_MONOTONIC */
int16_t whole(double value);                                 /* rounded and clamped */
void put_le16(uint8_t *at, int16_t value);
void put_be16(uint8_t *at, int16_t value);
void chip_plug(struct chip *, const struct model *);
void chip_write(struct chip *, const uint8_t *data, size_t length);
void chip_read(struct chip *, uint8_t *data, size_t length);
/* Copies `count` values to `chip->value[first…]`, if there are that many. */
int chip_values(struct chip *, int first, int want, const double *values, int count);

#endif
