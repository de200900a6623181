"""Buttons and an encoder on GPIO lines of a real gpiochip of the kernel (hid-cp2112).

The driver finds edges by polling its bridge, some 25 times a second: the lines are moved slowly.
Contacts pull their lines to ground; all of them are high at first.
"""


def detent(first: int, second: int) -> None:
    """One detent of an encoder that rests with both contacts open."""
    moves = ((first, 0), (second, 0), (first, 1), (second, 1))
    gateway.succeed("".join(f"echo line {line} {level} >/run/bus.in; sleep 0.3; "
                            for line, level in moves))


start_all()

with subtest("without the chip the devices are gone"):
    reader.wait_for_open_port(1883, timeout=90)
    gateway.wait_for_unit("multi-user.target", timeout=90)
    gateway.succeed("systemctl start heart-input", timeout=60)
    heard("panel is gone since .*")
    heard("wheel is gone since .*")

with subtest("a chip: found by its label"):
    gateway.succeed("modprobe -a uhid hid-cp2112", "pretend bus uhidi2c")
    heard("panel is running since .* ")
    heard("wheel is running since .* ")

with subtest("buttons go down and up by edges"):
    play("bus", "line 0 0")
    heard("panel pressed south 1")
    play("bus", "line 0 1")
    heard("panel button south up 1 . .")
    heard("panel button east up 0 0 0")

with subtest("the encoder turns there and back, and is pressed"):
    detent(4, 5)
    heard("wheel encoder knob -?1")
    one_way = int(heard("wheel encoder knob -?1").split()[-1])
    detent(4, 5)
    heard(f"wheel encoder knob {2 * one_way}")
    detent(5, 4)
    detent(5, 4)
    detent(5, 4)
    heard(f"wheel encoder knob {-one_way}")
    play("bus", "line 6 0")
    heard("wheel pressed button 1")
    play("bus", "line 6 1")
    heard("wheel button button up 1 . .")

with subtest("the chip leaves in the middle of a press: released and gone; it comes back"):
    forget()
    play("bus", "line 1 0")
    heard("panel pressed east 1")
    gateway.succeed("systemctl stop bus")
    heard("panel released east (cancelled|long)")
    heard("panel is gone since .*")
    heard("wheel is gone since .*")
    forget()
    gateway.succeed("pretend bus uhidi2c")
    heard("panel is running since .* ")
    play("bus", "line 1 0")
    heard("panel pressed east 2")

with subtest("the gateway never restarted"):
    assert gateway.get_unit_property("heart-input.service", "NRestarts") == "0"
