"""I2C parts on a real adapter of the kernel (hid-cp2112), and on one that can SMBus only.

The pretended chips (vm-tests/debian/devices/chips) are live: bits clear themselves, conversions
take their time, switches float without a pull-up. Addresses are pulled and plugged.
"""

KNOBS, PETALS, SLIDERS = "49", "5a", "48"

start_all()

with subtest("without an adapter the devices are gone"):
    reader.wait_for_open_port(1883, timeout=90)
    gateway.wait_for_unit("multi-user.target", timeout=90)
    gateway.succeed("systemctl start heart-input", timeout=60)
    for device in ("knobs", "petals", "sliders", "leaves"):
        heard(f"{device} is gone since .*")

with subtest("an adapter without chips: each device says that nobody answers"):
    gateway.succeed("modprobe -a uhid hid-cp2112 i2c-dev", "pretend bus uhidi2c")
    gateway.wait_for_file("/dev/i2c-0", timeout=60)
    for device in ("knobs", "petals", "sliders"):
        heard(f"{device} is (gone|faulted) since .*0x.*")

with subtest("seesaw: four knobs turn and are pressed"):
    # All at once: a chip that is away holds the bus for as long as its kernel driver waits.
    play("bus", f"plug {KNOBS} seesaw_quad", f"plug {PETALS} mpr121", f"plug {SLIDERS} ads1115")
    heard("knobs is running since .* ")
    play("bus", f"set {KNOBS} turn 0 5", f"set {KNOBS} turn 3 -2")
    heard("knobs encoder knob_3 -2")
    heard("knobs encoder knob 5")
    play("bus", f"set {KNOBS} press 1")
    heard("knobs pressed button_1 1")
    play("bus", f"set {KNOBS} release 1")
    heard("knobs button button_1 up 1 . .")

with subtest("MPR121: petals are touched"):
    heard("petals is running since .* ")
    play("bus", f"set {PETALS} touch 2", f"set {PETALS} touch 11")
    heard("petals pressed electrode_2 1")
    heard("petals pressed electrode_11 1")
    play("bus", f"set {PETALS} release 2")
    heard("petals button electrode_2 up 1 . .")
    heard("petals button electrode_11 down 1 . .")

with subtest("ADS1115: two pots and a voltage"):
    play("bus", f"set {SLIDERS} volts 1.65 3.3 0 2.5")
    heard("sliders is running since .* ")
    heard(r"sliders axis pot_0 0\.(50|49)[0-9]*")
    heard(r"sliders axis pot_1 (1\.0000|0\.999[0-9])")
    heard(r"sliders reading voltage 2\.(50|49)[0-9]*")

with subtest("addresses go in the middle of a press: released at once, the neighbour goes on"):
    forget()
    play("bus", f"set {KNOBS} press 0")
    heard("knobs pressed button 1")
    play("bus", f"unplug {KNOBS}", f"unplug {PETALS}")
    heard("knobs released button (cancelled|long)")
    heard("knobs is (gone|faulted) since .*")
    heard("petals released electrode_11 (cancelled|long)")
    heard("petals is (gone|faulted) since .*")
    play("bus", f"set {SLIDERS} volts 0.33")
    heard(r"sliders axis pot_0 0\.(10|09)[0-9]*")

with subtest("back by themselves; positions go on where they stood"):
    forget()
    play("bus", f"plug {KNOBS} seesaw_quad", f"plug {PETALS} mpr121")
    heard("knobs is running since .* ")
    heard("petals is running since .* ")
    play("bus", f"set {KNOBS} turn 0 2")
    heard("knobs encoder knob 7")
    play("bus", f"set {PETALS} touch 2")
    heard("petals pressed electrode_2 2")

with subtest("another chip at an address is told by name, and a stuck bus ends"):
    forget()
    play("bus", f"unplug {PETALS}", f"plug {PETALS} plain")
    heard("petals is faulted since .*MPR121.*")
    play("bus", "stick")
    heard("knobs is (gone|faulted) since .*")
    heard("sliders is (gone|faulted) since .*")
    assert gateway.execute("curl -sf -m 20 http://127.0.0.1:9461/livez")[0] == 0
    forget()
    play("bus", "free")
    heard("knobs is running since .* ")
    heard("sliders is running since .* ")

with subtest("an adapter that can SMBus only: the same part, by blocks and bytes"):
    gateway.succeed("modprobe i2c-stub chip_addr=0x5b")
    bus = gateway.succeed("i2cdetect -l | grep 'SMBus stub'").split()[0].removeprefix("i2c-")
    assert bus == "1", bus
    # What a register file without life says after the reset that the part writes.
    gateway.succeed("i2cset -y 1 0x5b 0x5d 0x24")
    heard("leaves is running since .* ")
    gateway.succeed("i2cset -y 1 0x5b 0x00 0x08")
    heard("leaves pressed electrode_3 1")
    gateway.succeed("i2cset -y 1 0x5b 0x00 0x00")
    heard("leaves button electrode_3 up 1 . .")

with subtest("the gateway never restarted"):
    assert gateway.get_unit_property("heart-input.service", "NRestarts") == "0"
