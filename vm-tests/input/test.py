"""Hands on one host reach a reader on another: evdev nodes of the kernel, a serial line.

Each device is unplugged in the middle of a press. Values are asserted, times are noted.
"""

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

with subtest("a pad of SDL's database: buttons by their place, whatever the driver calls them"):
    gateway.succeed("pretend known hands gamepad 'Pretended Xbox' 045e:028e")
    heard("known is running since .* ")
    play("known", "key 0x133 1", "syn")     # the driver's BTN_X, which is also BTN_NORTH
    heard("known pressed west 1")
    play("known", "key 0x133 0", "syn")

with subtest("touch surface: a finger comes, moves and goes"):
    gateway.succeed("pretend panel hands touch 'Pretended Panel'")
    heard("panel is running since .* ")
    # Slot 0: a new contact at half of the width and a quarter of the height.
    play("panel", "abs 0x2f 0", "abs 0x39 7", "abs 0x35 512", "abs 0x36 150", "key 0x14a 1", "syn")
    heard("panel pressed touch_0 1")
    heard(r"panel axis touch_0_x 0\.50[0-9]*")
    heard(r"panel axis touch_0_y 0\.25[0-9]*")
    play("panel", "abs 0x35 1023", "syn")
    heard(r"panel axis touch_0_x 1\.0000")
    play("panel", "abs 0x39 -1", "key 0x14a 0", "syn")
    heard("panel button touch_0 up 1 . .")

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
    counts('heart_device_garbage_total{device="pad",reason="dropped"}', lambda n: n >= 1)
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
    emulated, real = cpu_share(10)
    log.log(f"note  heart-input, four devices gone: {emulated:.2f} % of a guest's core, as much work "
        f"as {real:.2f} % of the host's")
    assert real < 1

with subtest("back by itself, with its counters, and the press that was cut is not pressed"):
    forget()
    gateway.succeed("pretend pad hands gamepad 'Pretended Pad 1'")
    gateway.succeed("pretend knob socat -u STDIN PTY,link=/run/knob-line,rawer")
    gateway.wait_until_succeeds("journalctl -u pad -o cat | grep '^here' | tail -n 1")
    heard("pad is running since .*")
    took = seconds_back("pad", "pad")
    log.log(f"note  the gamepad ran {took:.3f} s after the kernel had it")
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
