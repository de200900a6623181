/* A bus of pretended chips, told by a test what is plugged in. */
#ifndef BUS_H
#define BUS_H
#include "chip.h"

struct bus {
    struct chip chips[128];
    int stuck;                  /* a chip holds the clock: no transfer ends */
    int lines;                  /* levels of eight GPIO lines, bit 0 is line 0 */
};

/* The chip that acknowledges an address, or NULL. */
struct chip *bus_chip(struct bus *, unsigned address);
/* Reads what there is of the script (standard input) and does it. 0 at its end.
 *     plug ADDR MODEL         addresses are hexadecimal; SPI has one chip, 0
 *     unplug ADDR
 *     set ADDR WHAT VALUE…    see the chip's file
 *     stick | free            the whole bus
 *     line N LEVEL            a GPIO line */
int bus_script(struct bus *);

#endif
