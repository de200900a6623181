/* The test's commands, one a line on standard input, for both pretended buses. */
#include "bus.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct model *const models[] = {
    &ism330dhcx, &mpu6050, &lis2mdl, &lsm303agr_accel, &seesaw_quad, &mpr121, &ads1115, &mcp3008,
    &mcp3208, &apa102, &plain,
};

struct chip *bus_chip(struct bus *bus, unsigned address)
{
    struct chip *chip = address < 128 ? &bus->chips[address] : NULL;
    return chip && chip->model ? chip : NULL;
}

static const struct model *model_named(const char *name)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (!strcmp(models[i]->name, name)) return models[i];
    return NULL;
}

/* 0 if the line was understood. */
static int obey(struct bus *bus, char *line)
{
    char *word[12], *at = line;
    int count = 0;
    for (char *token; count < 12 && (token = strsep(&at, " \t"));)
        if (*token) word[count++] = token;
    if (!count) return 0;
    if (!strcmp(word[0], "stick") || !strcmp(word[0], "free")) {
        bus->stuck = *word[0] == 's';
        return 0;
    }
    if (count < 2) return -1;
    if (!strcmp(word[0], "line") && count == 3) {
        int bit = 1 << (atoi(word[1]) & 7);
        bus->lines = atoi(word[2]) ? bus->lines | bit : bus->lines & ~bit;
        return 0;
    }
    unsigned address = (unsigned)strtoul(word[1], NULL, 16);
    if (address > 127) return -1;
    if (!strcmp(word[0], "unplug")) {
        chip_plug(&bus->chips[address], NULL);
        return 0;
    }
    if (!strcmp(word[0], "plug") && count == 3 && model_named(word[2])) {
        chip_plug(&bus->chips[address], model_named(word[2]));
        return 0;
    }
    struct chip *chip = bus_chip(bus, address);
    if (strcmp(word[0], "set") || count < 3 || !chip || !chip->model->set) return -1;
    double values[9];
    for (int i = 3; i < count; i++) values[i - 3] = strtod(word[i], NULL);
    return chip->model->set(chip, word[2], values, count - 3);
}

int bus_script(struct bus *bus)
{
    static char text[4096];
    static size_t length;
    ssize_t got = read(STDIN_FILENO, text + length, sizeof text - 1 - length);
    if (got <= 0) return 0;
    length += (size_t)got;
    char *line = text, *end;
    while ((end = memchr(line, '\n', length - (size_t)(line - text)))) {
        char copy[256];
        snprintf(copy, sizeof copy, "%.*s", (int)(end - line), line);
        *end = 0;
        /* What was done is in the journal; what was not makes the test fail sooner. */
        int understood = !obey(bus, line);
        fprintf(understood ? stdout : stderr, "%s: %s\n", understood ? "done" : "refused", copy);
        fflush(stdout);
        line = end + 1;
    }
    length -= (size_t)(line - text);
    memmove(text, line, length);
    if (length == sizeof text - 1) length = 0;
    return 1;
}
