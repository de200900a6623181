"""SPI parts: converters behind device nodes that answer with data, and the kernel's own spidev.

The pretended chips are in vm-tests/debian/devices/chips. Times are not asserted.
"""

start_all()

with subtest("without buses the devices are gone"):
    reader.wait_for_open_port(1883, timeout=90)
    gateway.wait_for_unit("multi-user.target", timeout=90)
    gateway.succeed("modprobe -a cuse")
    gateway.succeed("systemctl start heart-input", timeout=60)
    for device in ("pots", "panel", "empty"):
        heard(f"{device} is gone since .*")

with subtest("a bus without a chip reads zeros, which nobody believes"):
    gateway.succeed("pretend bus cusespi spidev9.0")
    heard("pots is faulted since .* all eight inputs say 0.*")

with subtest("MCP3008: eight pots of ten bits"):
    play("bus", "plug 0 mcp3008", "set 0 ratio 0.5 1 0 0.25 0.125 0.75 0.0625 0.9")
    heard("pots is running since .* ")
    heard(r"pots axis pot_0 0\.50[0-9]*")
    heard(r"pots axis pot_1 1\.0000")
    heard(r"pots axis pot_2 0\.0000")
    heard(r"pots axis pot_3 0\.250[0-9]")
    heard(r"pots axis pot_7 0\.(90|89)[0-9]*")
    play("bus", "set 0 ratio 0.75")
    heard(r"pots axis pot_0 0\.750[0-9]")

with subtest("MCP3208: an axis, a ratio and a voltage of twelve bits"):
    gateway.succeed("pretend panel cusespi spidev9.1")
    play("panel", "plug 0 mcp3208", "set 0 ratio 0.2 0 0 0 0 0 0.4 0.5")
    heard("panel is running since .* ")
    heard(r"panel axis pot_0 0\.(200|199)[0-9]")
    heard(r"panel reading light 0\.(400|399)[0-9]")
    heard(r"panel reading voltage 1\.(50|49)[0-9]*")

with subtest("the chip goes: faulted, its readings lost; another is there: all is well again"):
    forget()
    play("panel", "unplug 0")
    heard("panel is faulted since .*")
    heard("panel reading voltage lost")
    play("panel", "plug 0 mcp3208", "set 0 ratio 0.8 0 0 0 0 0 0.4 0.1")
    heard("panel is running since .* ")
    heard(r"panel axis pot_0 0\.(800|799)[0-9]")
    heard(r"panel reading voltage 0\.(30|29)[0-9]*")

with subtest("the node goes: gone; it is there again, and all is well again"):
    forget()
    gateway.succeed("systemctl stop bus")
    heard("pots is (gone|faulted) since .*")
    gateway.succeed("pretend bus cusespi spidev9.0")
    play("bus", "plug 0 mcp3008", "set 0 ratio 0.125")
    heard("pots is running since .* ")
    heard(r"pots axis pot_0 0\.125[0-9]")

with subtest("the kernel's own spidev: opened, set up, transferred; its zeros are refused"):
    gateway.succeed("modprobe parport_pc io=0x378 irq=none; modprobe spi-butterfly")
    gateway.succeed("echo spidev >/sys/bus/spi/devices/spi42.1/driver_override",
                    "echo spi42.1 >/sys/bus/spi/drivers/spidev/bind")
    gateway.wait_for_file("/dev/spidev42.1", timeout=30)
    heard("empty is faulted since .* all eight inputs say 0.*")

with subtest("the gateway never restarted"):
    assert gateway.get_unit_property("heart-input.service", "NRestarts") == "0"
