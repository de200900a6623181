/* A real kernel I2C adapter and GPIO chip without hardware: pretends, through /dev/uhid, to be a
 * Silicon Labs CP2112 USB-to-SMBus bridge (AN495), for which the kernel's own hid-cp2112 makes
 * /dev/i2c-N and /dev/gpiochipN.
 *
 *     modprobe -a uhid hid-cp2112 i2c-dev; uhidi2c < script       script: chips/bus.h
 *
 * The driver's limits: I2C_RDWR of one message, or of a write of up to 16 bytes and a read; a chip
 * that does not acknowledge is ETIMEDOUT. Eight GPIO lines, which the driver polls for edges. */
#include <errno.h>
#include <fcntl.h>
#include <linux/uhid.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "chips/bus.h"

/* Report ids of AN495. */
enum {
    GPIO_CONFIG = 0x02, GPIO_GET, GPIO_SET, VERSION, SMBUS_CONFIG, READ_REQUEST = 0x10,
    WRITE_READ_REQUEST, READ_FORCE, READ_RESPONSE, WRITE_REQUEST, STATUS_REQUEST, STATUS_RESPONSE,
    CANCEL,
};

#define REPORT(id, kind, bytes) 0x85, id, 0x09, id, 0x95, bytes, kind, 0x02
enum { INPUT = 0x81, OUTPUT = 0x91, FEATURE = 0xb1 };
static const uint8_t descriptor[] = {
    0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08,
    REPORT(GPIO_CONFIG, FEATURE, 4), REPORT(GPIO_GET, FEATURE, 1), REPORT(GPIO_SET, FEATURE, 2),
    REPORT(VERSION, FEATURE, 2), REPORT(SMBUS_CONFIG, FEATURE, 13),
    REPORT(READ_REQUEST, OUTPUT, 3), REPORT(WRITE_READ_REQUEST, OUTPUT, 20),
    REPORT(READ_FORCE, OUTPUT, 2), REPORT(READ_RESPONSE, INPUT, 63),
    REPORT(WRITE_REQUEST, OUTPUT, 63), REPORT(STATUS_REQUEST, OUTPUT, 1),
    REPORT(STATUS_RESPONSE, INPUT, 6), REPORT(CANCEL, OUTPUT, 1), 0xc0,
};

static int fd;
static struct bus bus;
static uint8_t gpio_config[5] = { GPIO_CONFIG };
static uint8_t got[512];
static unsigned length, at;
static int acknowledged;

static void say(const struct uhid_event *event)
{
    if (write(fd, event, sizeof *event) < 0) perror("/dev/uhid");
}

static void create(void)
{
    static struct uhid_event event;
    event.type = UHID_CREATE2;
    strcpy((char *)event.u.create2.name, "CP2112 HID USB-to-SMBus Bridge (pretended)");
    event.u.create2.bus = 3;                    /* BUS_USB */
    event.u.create2.vendor = 0x10c4;
    event.u.create2.product = 0xea90;
    event.u.create2.rd_size = sizeof descriptor;
    memcpy(event.u.create2.rd_data, descriptor, sizeof descriptor);
    say(&event);
}

static void get_report(const struct uhid_event *asked)
{
    static struct uhid_event event;
    uint8_t *r = event.u.get_report_reply.data, id = asked->u.get_report.rnum;
    memset(&event, 0, sizeof event);
    event.type = UHID_GET_REPORT_REPLY;
    event.u.get_report_reply.id = asked->u.get_report.id;
    r[0] = id;
    switch (id) {
    case GPIO_CONFIG:
        memcpy(r, gpio_config, sizeof gpio_config);
        event.u.get_report_reply.size = sizeof gpio_config;
        break;
    case GPIO_GET:
        r[1] = (uint8_t)bus.lines;
        event.u.get_report_reply.size = 2;
        break;
    case VERSION:
        r[1] = 0x0c;                            /* the part's number, its version */
        r[2] = 2;
        event.u.get_report_reply.size = 3;
        break;
    case SMBUS_CONFIG:
        event.u.get_report_reply.size = 14;
        break;
    default:
        event.u.get_report_reply.err = EIO;
    }
    say(&event);
}

static void set_report(const struct uhid_event *asked)
{
    static struct uhid_event event;
    const uint8_t *q = asked->u.set_report.data;
    if (q[0] == GPIO_CONFIG) memcpy(gpio_config, q, sizeof gpio_config);
    if (q[0] == GPIO_SET) bus.lines = (bus.lines & ~q[2]) | (q[1] & q[2]);
    memset(&event, 0, sizeof event);
    event.type = UHID_SET_REPORT_REPLY;
    event.u.set_report_reply.id = asked->u.set_report.id;
    say(&event);
}

static void output(const uint8_t *q)
{
    static struct uhid_event event;
    uint8_t *r = event.u.input2.data;
    struct chip *chip = bus.stuck ? NULL : bus_chip(&bus, q[1] >> 1);
    memset(&event, 0, sizeof event);
    event.type = UHID_INPUT2;
    switch (q[0]) {
    case READ_REQUEST: case WRITE_READ_REQUEST:
        length = (unsigned)q[2] << 8 | q[3];
        at = 0;
        acknowledged = chip && length <= sizeof got;
        if (!acknowledged) return;
        if (q[0] == WRITE_READ_REQUEST) chip_write(chip, q + 5, q[4]);
        chip_read(chip, got, length);
        return;
    case WRITE_REQUEST:
        acknowledged = chip != NULL;
        if (chip) chip_write(chip, q + 3, q[2]);
        length = 0;
        return;
    case STATUS_REQUEST:
        r[0] = STATUS_RESPONSE;
        r[1] = bus.stuck ? 1 : acknowledged ? 2 : 3;    /* busy, complete, error */
        r[2] = acknowledged ? 5 : 0;                    /* success, not acknowledged */
        r[5] = (uint8_t)(length >> 8);
        r[6] = (uint8_t)length;
        event.u.input2.size = 7;
        say(&event);
        return;
    case READ_FORCE: {
        unsigned n = length - at < 61 ? length - at : 61;
        r[0] = READ_RESPONSE;
        r[1] = 2;
        r[2] = (uint8_t)n;
        memcpy(r + 3, got + at, n);
        at += n;
        event.u.input2.size = 64;
        say(&event);
        return;
    }
    }
}

int main(void)
{
    static struct uhid_event event;
    struct pollfd wait[2] = { { .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
    bus.lines = 0xff;
    if ((fd = wait[0].fd = open("/dev/uhid", O_RDWR)) < 0) {
        perror("/dev/uhid");
        return 1;
    }
    create();
    while (poll(wait, 2, -1) > 0 || errno == EINTR) {
        if (wait[1].revents && !bus_script(&bus)) wait[1].fd = -1;
        if (!wait[0].revents || read(fd, &event, sizeof event) <= 0) continue;
        if (event.type == UHID_GET_REPORT) get_report(&event);
        else if (event.type == UHID_SET_REPORT) set_report(&event);
        else if (event.type == UHID_OUTPUT) output(event.u.output.data);
    }
    perror("uhidi2c");
    return 1;
}
