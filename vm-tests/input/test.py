"""Hands on one host reach a reader on another: evdev nodes of the kernel, a serial line.

Each device is unplugged in the middle of a press. `listen` (crates/heart-link/examples) prints
what the reader believes to /run/heard; values are asserted, times are noted.
"""

import subprocess


def heard(line, timeout=30):
    """The line, a regular expression, is among what the reader has printed since `forget`."""
    found = f"grep -E -x 'gw-1 {line}' /run/heard || {{ tail -n 30 /run/heard; exit 1; }}"
    return reader.wait_until_succeeds(found, timeout=timeout)


def forget():
    reader.succeed(": >/run/heard")


def play(unit, *lines):
    """Has a pretended device do something."""
    text = "".join(f"{line}\n" for line in lines)
    gateway.succeed(f"printf '{text}' >/run/{unit}.in")


def seconds_back(unit, device):
    """From the moment the kernel has the device to the gateway's `running`, on one clock."""
    here = gateway.succeed(f"journalctl -u {unit} -o cat | grep '^here' | tail -n 1").split()[1]
    running = heard(f"{device} is running since .*").splitlines()[-1].split()[5]
    return float(running) - float(here)


def cpu_seconds():
    text = gateway.succeed("systemctl show heart-input --property=CPUUsageNSec --value")
    return int(text) / 1e9


def loop_seconds(run):
    """CPU time of a fixed piece of work, somewhere: what one guest second is worth."""
    work = "TIMEFORMAT='%U %S'; { time for ((i = 0; i < 20000; i++)); do :; done; } 2>&1"
    user, system = run(work).split()
    return float(user) + float(system)


def on_the_host(work):
    return subprocess.run(["bash", "-c", work], capture_output=True, text=True, check=True).stdout


def uptime():
    return float(gateway.succeed("cat /proc/uptime").split()[0])


def counted(metric):
    """A metric of the gateway; 0 while it is not there."""
    page = gateway.succeed("curl -s http://127.0.0.1:9461/metrics")
    return sum(float(l.split()[-1]) for l in page.splitlines() if l.startswith(metric))


start_all()

with subtest("the gateway starts without any device, and says so"):
    broker.wait_for_unit("mosquitto.service", timeout=60)
    reader.wait_for_unit("listen.service", timeout=60)
    gateway.succeed("modprobe -a uinput evdev")
    gateway.succeed("systemctl start heart-input", timeout=60)
    for device in ("pad", "desk", "volume", "knob"):
        heard(f"{device} is gone since .*")
    heard("online")

with subtest("each device is there as soon as the kernel has it"):
    gateway.succeed("pretend pad hands gamepad 'Pretended Pad 1'")
    gateway.succeed("pretend desk hands keyboard 'Pretended Keyboard'")
    gateway.succeed("pretend volume hands dial 'Pretended Dial'")
    gateway.succeed("pretend knob socat -u STDIN PTY,link=/run/knob-line,rawer")
    for device in ("pad", "desk", "volume", "knob"):
        heard(f"{device} is running since .* ")

with subtest("gamepad: buttons, sticks, triggers and hat"):
    play("pad", "key 0x130 1", "abs 0 -32768", "abs 2 255", "abs 0x10 -1", "syn")
    heard("pad pressed south 1")
    heard("pad axis left_x -1.0000")
    heard("pad axis trigger_left 1.0000")
    heard("pad axis dpad_x -1.0000")
    play("pad", "key 0x130 0", "abs 0 2000", "abs 2 0", "abs 0x10 0", "syn")
    heard("pad button south up 1 [01] [01]")
    heard("pad axis left_x 0.0000")     # within the dead zone

with subtest("keyboard: a key goes down and up"):
    play("desk", "key 30 1", "syn", "wait 100", "key 30 0", "syn")
    heard("desk pressed key_a 1")
    heard("desk released key_a short")

with subtest("dial: detents there and back"):
    play("volume", "rel 7 3", "syn", "wait 50", "rel 7 -1", "syn")
    heard("volume encoder dial 2")
    play("volume", "rel 8 5", "syn")
    heard("volume encoder wheel 5")

with subtest("serial knob: turns and presses of the original's boards"):
    line = '{"event_type":"%s","data":%d,"producer_id":0}'
    play("knob", line % ("switch.rotation", 10), line % ("switch.rotation", 13))
    heard("knob encoder knob 3")
    play("knob", line % ("button.press", 1), line % ("button.long_press", 1))
    heard("knob button button up 2 1 1")

with subtest("lost events: after a flood the kernel's state counts"):
    forget()
    gateway.succeed("systemctl kill -s STOP heart-input")
    play("pad", "flood 0x131 400", "key 0x134 1", "syn", "wait 200")
    gateway.succeed("sleep 0.3; systemctl kill -s CONT heart-input")
    heard("pad button west down 1 [01] [01]")
    assert counted('heart_device_garbage_total{device="pad",reason="dropped"}') >= 1
    play("pad", "key 0x134 0", "syn")
    heard("pad button west up 1 [01] [01]")

with subtest("unplugged in the middle of a press: released, gone, and quiet"):
    forget()
    play("pad", "key 0x130 1", "abs 0 32767", "syn")
    heard("pad pressed south 2")
    play("desk", "key 48 1", "syn")
    heard("desk pressed key_b 1")
    gateway.succeed("systemctl stop pad desk volume knob")
    heard("pad released south (cancelled|long)")        # held too long for a short press
    heard("desk released key_b (cancelled|long)")
    heard("pad button south up 2 . .")
    heard("pad axis left_x 0.0000")
    for device in ("pad", "desk", "volume", "knob"):
        heard(f"{device} is gone since .*")
    before, began = cpu_seconds(), uptime()
    gateway.sleep(10)
    share = 100 * (cpu_seconds() - before) / (uptime() - began)
    # An emulated second, on a host that others use too, is a fraction of a real one.
    slower = loop_seconds(gateway.succeed) / loop_seconds(on_the_host)
    log(f"note  heart-input, four devices gone: {share:.2f} % of a guest's core that is "
        f"{slower:.1f} times slower than the host's: {share / slower:.2f} %")
    assert share / slower < 1

with subtest("back by itself, with its counters, and the press that was cut is not pressed"):
    forget()
    gateway.succeed("pretend pad hands gamepad 'Pretended Pad 1'")
    gateway.succeed("pretend knob socat -u STDIN PTY,link=/run/knob-line,rawer")
    gateway.wait_until_succeeds("journalctl -u pad -o cat | grep '^here' | tail -n 1")
    heard("pad is running since .*")
    took = seconds_back("pad", "pad")
    log(f"note  the gamepad ran {took:.3f} s after the kernel had it")
    assert took < 10
    play("pad", "key 0x130 1", "syn", "wait 50", "key 0x130 0", "syn")
    heard("pad button south up 3 . .")
    heard("knob is running since .*")
    play("knob", line % ("switch.rotation", 99), line % ("switch.rotation", 100))
    heard("knob encoder knob 4")

with subtest("one log line a failure at most, and no restart"):
    assert gateway.get_unit_property("heart-input.service", "NRestarts") == "0"
    lines = int(gateway.succeed("journalctl -u heart-input | wc -l"))
    assert lines < 60, f"{lines} lines of log"

with subtest("a clean end says its own death"):
    gateway.succeed("systemctl stop heart-input")
    heard("lost")
