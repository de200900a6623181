/* A gamepad, keyboard, dial or touch surface through /dev/uinput, played by standard input.
 *
 *     hands KIND NAME [VENDOR:PRODUCT] < script       KIND: gamepad keyboard dial touch
 *
 * Lines of the script, numbers as in linux/input-event-codes.h (decimal or 0x…):
 *     key CODE VALUE      1 down, 0 up
 *     abs CODE VALUE      an axis
 *     rel CODE VALUE      a dial's detents
 *     syn                 ends the frame
 *     flood CODE COUNT    COUNT times down and up, each a frame of its own
 *     wait MS
 * The device stays until end of file, or until this program dies. Prints "here SECONDS" and
 * "gone SECONDS" of CLOCK_BOOTTIME when the kernel has made it, and when it is taken away. */
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static int fd;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void say(const char *what)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    printf("%s %lld.%09ld\n", what, (long long)now.tv_sec, now.tv_nsec);
    fflush(stdout);
}

static void emit(int type, int code, int value)
{
    struct input_event event = { .type = type, .code = code, .value = value };
    if (write(fd, &event, sizeof event) != sizeof event) die("uinput");
}

static void can(unsigned long request, int bit)
{
    if (ioctl(fd, request, bit) < 0) die("uinput");
}

static void axis(int code, int min, int max, int flat)
{
    struct uinput_abs_setup setup = {
        .code = code, .absinfo = { .minimum = min, .maximum = max, .flat = flat } };
    can(UI_SET_ABSBIT, code);
    if (ioctl(fd, UI_ABS_SETUP, &setup) < 0) die("uinput axis");
}

static void keys(int first, int last)
{
    can(UI_SET_EVBIT, EV_KEY);
    for (int code = first; code <= last; code++) can(UI_SET_KEYBIT, code);
}

/* As the kernel's xpad driver presents a pad: eleven buttons, sticks of 16 bits, triggers of 8, a
 * hat. */
static void gamepad(void)
{
    static const int buttons[] = { BTN_A, BTN_B, BTN_X, BTN_Y, BTN_TL, BTN_TR, BTN_SELECT,
        BTN_START, BTN_MODE, BTN_THUMBL, BTN_THUMBR };
    can(UI_SET_EVBIT, EV_ABS);
    for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++) keys(buttons[i], buttons[i]);
    axis(ABS_X, -32768, 32767, 128);
    axis(ABS_Y, -32768, 32767, 128);
    axis(ABS_RX, -32768, 32767, 128);
    axis(ABS_RY, -32768, 32767, 128);
    axis(ABS_Z, 0, 255, 0);
    axis(ABS_RZ, 0, 255, 0);
    axis(ABS_HAT0X, -1, 1, 0);
    axis(ABS_HAT0Y, -1, 1, 0);
}

static void dial(void)
{
    can(UI_SET_EVBIT, EV_REL);
    can(UI_SET_RELBIT, REL_DIAL);
    can(UI_SET_RELBIT, REL_WHEEL);
    keys(BTN_0, BTN_0);
}

/* Protocol B of Documentation/input/multi-touch-protocol.rst, five fingers. */
static void touch(void)
{
    can(UI_SET_EVBIT, EV_ABS);
    can(UI_SET_PROPBIT, INPUT_PROP_DIRECT);
    keys(BTN_TOUCH, BTN_TOUCH);
    axis(ABS_X, 0, 1023, 0);
    axis(ABS_Y, 0, 599, 0);
    axis(ABS_MT_SLOT, 0, 4, 0);
    axis(ABS_MT_TRACKING_ID, 0, 65535, 0);
    axis(ABS_MT_POSITION_X, 0, 1023, 0);
    axis(ABS_MT_POSITION_Y, 0, 599, 0);
}

static void play(const char *line)
{
    char verb[16];
    int code = 0, value = 0;
    if (sscanf(line, "%15s %i %i", verb, &code, &value) < 1) return;
    if (!strcmp(verb, "key")) emit(EV_KEY, code, value);
    else if (!strcmp(verb, "abs")) emit(EV_ABS, code, value);
    else if (!strcmp(verb, "rel")) emit(EV_REL, code, value);
    else if (!strcmp(verb, "syn")) emit(EV_SYN, SYN_REPORT, 0);
    else if (!strcmp(verb, "wait")) usleep(1000 * code);
    else if (!strcmp(verb, "flood"))
        for (int i = 0; i < 2 * value; i++) {
            emit(EV_KEY, code, !(i & 1));
            emit(EV_SYN, SYN_REPORT, 0);
        }
    else fprintf(stderr, "hands: no such word: %s\n", verb);
}

int main(int argc, char **argv)
{
    struct uinput_setup setup = { .id = { BUS_USB, 0x1209, 0x0001, 0x0110 } };
    if (argc < 3) {
        fprintf(stderr, "usage: hands gamepad|keyboard|dial|touch NAME [VENDOR:PRODUCT]\n");
        return 2;
    }
    snprintf(setup.name, sizeof setup.name, "%s", argv[2]);
    if (argc > 3 && sscanf(argv[3], "%hx:%hx", &setup.id.vendor, &setup.id.product) != 2) return 2;
    if ((fd = open("/dev/uinput", O_WRONLY)) < 0) die("/dev/uinput");
    if (!strcmp(argv[1], "gamepad")) gamepad();
    else if (!strcmp(argv[1], "keyboard")) keys(KEY_ESC, KEY_MICMUTE);
    else if (!strcmp(argv[1], "dial")) dial();
    else if (!strcmp(argv[1], "touch")) touch();
    else return 2;
    if (ioctl(fd, UI_DEV_SETUP, &setup) < 0 || ioctl(fd, UI_DEV_CREATE) < 0) die("uinput");
    say("here");
    for (char line[80]; fgets(line, sizeof line, stdin);) play(line);
    say("gone");
    return 0;
}
