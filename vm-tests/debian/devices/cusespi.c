/* An SPI device node that is answered from user space, through /dev/cuse.
 *
 *     modprobe cuse; cusespi spidev9.0 < script       script: chips/bus.h; the chip is 0
 *
 * Serves SPI_IOC_MESSAGE(n), write and the calls for mode, bits and speed, as linux/spi/spidev.h has them.
 * Speaks FUSE's raw protocol (linux/fuse.h), so that it links statically. The node is of class
 * "cuse": nothing appears in /sys/class/spidev. Without a chip every transfer reads zeros, like a
 * bus with nothing on it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/spi/spidev.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>
#include "chips/bus.h"

enum { LONGEST = 4096 /* spidev's default bufsiz */, TRANSFERS = 500, IOVECS = 2 * TRANSFERS + 1 };

struct state { uint32_t mode, lsb, bits, speed; };             /* of one open file */

static int fd;
static struct bus bus;

static void reply(uint64_t unique, int error, const void *data, size_t length)
{
    struct fuse_out_header header = {
        .len = (uint32_t)(sizeof header + length), .error = -error, .unique = unique };
    struct iovec parts[2] = { { &header, sizeof header }, { (void *)data, length } };
    if (writev(fd, parts, 2) < 0 && errno != ENOENT) perror("cusespi: reply");
}

static void ioctl_done(uint64_t unique, int result, const void *data, size_t length)
{
    static uint8_t out[sizeof(struct fuse_ioctl_out) + 2 * LONGEST];
    struct fuse_ioctl_out head = { .result = result };
    memcpy(out, &head, sizeof head);
    if (result < 0) length = 0;
    if (length) memcpy(out + sizeof head, data, length);
    reply(unique, 0, out, sizeof head + length);
}

/* What the kernel is asked to copy from and to the caller's memory before it calls again: an
 * ioctl's arguments point to more than their own size. */
static struct fuse_ioctl_iovec in_parts[IOVECS], out_parts[IOVECS];
static unsigned ins, outs;

static void want(int write, uint64_t base, uint64_t length)
{
    if (!length) return;
    struct fuse_ioctl_iovec *part = write ? &out_parts[outs++] : &in_parts[ins++];
    part->base = base;
    part->len = length;
}

static size_t total(const struct fuse_ioctl_iovec *parts, unsigned count)
{
    size_t sum = 0;
    while (count--) sum += parts++->len;
    return sum;
}

/* 0, and the kernel is asked, if not all that is wanted is there yet. */
static int have_all(uint64_t unique, const struct fuse_ioctl_in *asked)
{
    static uint8_t out[sizeof(struct fuse_ioctl_out) + 2 * sizeof in_parts];
    if (asked->in_size >= total(in_parts, ins) && asked->out_size >= total(out_parts, outs))
        return 1;
    struct fuse_ioctl_out head = { .flags = FUSE_IOCTL_RETRY, .in_iovs = ins, .out_iovs = outs };
    memcpy(out, &head, sizeof head);
    memcpy(out + sizeof head, in_parts, ins * sizeof *in_parts);
    memcpy(out + sizeof head + ins * sizeof *in_parts, out_parts, outs * sizeof *out_parts);
    reply(unique, 0, out, sizeof head + (ins + outs) * sizeof *in_parts);
    return 0;
}

/* Chip select stays low across the transfers of one message: one conversation with the chip. */
static void message(uint64_t unique, const struct fuse_ioctl_in *asked, uint8_t *data)
{
    static uint8_t tx[LONGEST], rx[LONGEST], back[LONGEST];
    const struct spi_ioc_transfer *transfer = (const void *)data;
    size_t size = _IOC_SIZE(asked->cmd), count = size / sizeof *transfer, length = 0, returned = 0;
    want(0, asked->arg, size);
    if (!count || count > TRANSFERS) {
        ioctl_done(unique, -EINVAL, NULL, 0);
        return;
    }
    for (size_t i = 0; asked->in_size >= size && i < count; i++) {
        if (transfer[i].tx_buf) want(0, transfer[i].tx_buf, transfer[i].len);
        if (transfer[i].rx_buf) want(1, transfer[i].rx_buf, transfer[i].len);
    }
    if (!have_all(unique, asked)) return;
    const uint8_t *given = data + size;
    for (size_t i = 0; i < count; length += transfer[i++].len) {
        if (length + transfer[i].len > LONGEST) {
            ioctl_done(unique, -EMSGSIZE, NULL, 0);
            return;
        }
        memset(tx + length, 0, transfer[i].len);
        if (!transfer[i].tx_buf) continue;
        memcpy(tx + length, given, transfer[i].len);
        given += transfer[i].len;
    }
    struct chip *chip = bus_chip(&bus, 0);
    memset(rx, 0, length);
    if (chip && chip->model->exchange) chip->model->exchange(chip, tx, rx, length);
    for (size_t i = 0, at = 0; i < count; at += transfer[i++].len) {
        if (!transfer[i].rx_buf) continue;
        memcpy(back + returned, rx + at, transfer[i].len);
        returned += transfer[i].len;
    }
    ioctl_done(unique, (int)length, back, returned);
}

/* One transfer, of which nothing is read. Longer than bufsiz is refused, as by the kernel. */
static void spi_write(uint64_t unique, const struct fuse_write_in *asked)
{
    static uint8_t rx[LONGEST];
    struct fuse_write_out taken = { .size = asked->size };
    struct chip *chip = bus_chip(&bus, 0);
    if (asked->size > LONGEST) {
        reply(unique, EMSGSIZE, NULL, 0);
        return;
    }
    if (chip && chip->model->exchange)
        chip->model->exchange(chip, (const uint8_t *)(asked + 1), rx, asked->size);
    reply(unique, 0, &taken, sizeof taken);
}

static void spi_ioctl(uint64_t unique, struct state *state, const struct fuse_ioctl_in *asked,
                      uint8_t *data)
{
    unsigned number = _IOC_NR(asked->cmd), reads = _IOC_DIR(asked->cmd) & _IOC_READ;
    uint32_t *field[] = {
        NULL, &state->mode, &state->lsb, &state->bits, &state->speed, &state->mode };
    ins = outs = 0;
    if (_IOC_TYPE(asked->cmd) != SPI_IOC_MAGIC || number > 5) {
        ioctl_done(unique, -ENOTTY, NULL, 0);
        return;
    }
    if (number == 0) {
        message(unique, asked, data);
        return;
    }
    size_t size = _IOC_SIZE(asked->cmd);
    want(reads != 0, asked->arg, size);
    if (!have_all(unique, asked)) return;
    if (!reads) memcpy(field[number], data, size);
    ioctl_done(unique, 0, field[number], reads ? size : 0);
}

static void create(uint64_t unique, const struct cuse_init_in *kernel, const char *name)
{
    struct { struct cuse_init_out head; char name[64]; } answer = { .head = {
        .major = FUSE_KERNEL_VERSION, .minor = kernel->minor, .flags = CUSE_UNRESTRICTED_IOCTL,
        .max_read = LONGEST, .max_write = 1 << 16 /* so that too long a write is seen */ } };
    int length = snprintf(answer.name, sizeof answer.name, "DEVNAME=%s", name) + 1;
    reply(unique, 0, &answer, sizeof answer.head + (size_t)length);
}

static void request(struct fuse_in_header *header, const char *name)
{
    void *body = header + 1;
    switch (header->opcode) {
    case CUSE_INIT:
        create(header->unique, body, name);
        return;
    case FUSE_OPEN: {
        struct state *state = calloc(1, sizeof *state);
        if (!state) abort();
        state->bits = 8;
        state->speed = 500000;
        struct fuse_open_out opened = {
            .fh = (uintptr_t)state, .open_flags = FOPEN_DIRECT_IO | FOPEN_NONSEEKABLE };
        reply(header->unique, 0, &opened, sizeof opened);
        return;
    }
    case FUSE_RELEASE:
        free((void *)(uintptr_t)((struct fuse_release_in *)body)->fh);
        reply(header->unique, 0, NULL, 0);
        return;
    case FUSE_WRITE:
        spi_write(header->unique, body);
        return;
    case FUSE_IOCTL: {
        struct fuse_ioctl_in *asked = body;
        spi_ioctl(header->unique, (void *)(uintptr_t)asked->fh, asked, (uint8_t *)(asked + 1));
        return;
    }
    case FUSE_FLUSH:
        reply(header->unique, 0, NULL, 0);
        return;
    case FUSE_INTERRUPT: case FUSE_FORGET:      /* no answer is due */
        return;
    default:
        reply(header->unique, ENOSYS, NULL, 0);
    }
}

int main(int argc, char **argv)
{
    static _Alignas(8) uint8_t in[1 << 17];
    struct pollfd wait[2] = { { .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
    if (argc != 2) {
        fprintf(stderr, "usage: cusespi NAME < script\n");
        return 2;
    }
    if ((fd = wait[0].fd = open("/dev/cuse", O_RDWR)) < 0) {
        perror("/dev/cuse");
        return 1;
    }
    while (poll(wait, 2, -1) > 0 || errno == EINTR) {
        if (wait[1].revents && !bus_script(&bus)) wait[1].fd = -1;
        if (wait[0].revents && read(fd, in, sizeof in) > 0) request((void *)in, argv[1]);
    }
    perror("cusespi");
    return 1;
}
