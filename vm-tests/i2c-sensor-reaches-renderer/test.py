"""What chips on a gateway's I2C bus measure is shown by a wall at another host, and only that.

The bus is a real adapter of the kernel (hid-cp2112); the gateway's unprivileged service may open it
by the group and the class of devices that its package brings.
"""

KNOBS, SLIDERS = "49", "48"

start_all()

with subtest("before there is a bus, the wall shows two devices that are away"):
    up("broker", "mosquitto.service")
    up("gateway", "heart-input.service")
    up("renderer", "heart-renderer.service")
    away = wall_shows("both of them away", lambda s: (
        there(s, "knobs")["stale"] and there(s, "sliders")["stale"]))
    assert "voltage" not in there(away, "sliders").get("readings", {}), away

with subtest("a voltage and a pot reach the wall"):
    gateway.succeed("modprobe -a uhid hid-cp2112", "pretend bus uhidi2c")
    gateway.wait_for_file("/dev/i2c-0", timeout=60)
    assert gateway.succeed("stat -c '%G %a' /dev/i2c-0").split() == ["i2c", "660"]
    play("bus", f"plug {KNOBS} seesaw_quad", f"plug {SLIDERS} ads1115",
         f"set {SLIDERS} volts 1.65 0 0 2.5")
    wall_shows("2.5 V and half a turn", lambda s: (
        abs(there(s, "sliders")["readings"]["voltage"] - 2.5) < 0.01
        and abs(there(s, "sliders")["axes"]["pot_0"] - 0.5) < 0.01))
    play("bus", f"set {SLIDERS} volts 3.3 0 0 1.25")
    wall_shows("1.25 V and a whole turn", lambda s: (
        abs(there(s, "sliders")["readings"]["voltage"] - 1.25) < 0.01
        and there(s, "sliders")["axes"]["pot_0"] > 0.99))

with subtest("a knob on the same bus browses, and enters a mode"):
    before = wall_shows("the knobs", lambda s: not there(s, "knobs")["stale"])
    assert mode(before) == ("calm", 0, True, 0), before
    play("bus", f"set {KNOBS} turn 0 1")
    wall_shows("the next mode's title", lambda s: mode(s) == ("lively", 0, True, 0))
    play("bus", f"set {KNOBS} press 0")
    wall_shows("the button", lambda s: there(s, "knobs")["held"] == ["button"])
    play("bus", f"set {KNOBS} release 0")
    entered = wall_shows("the mode", lambda s: mode(s) == ("lively", 0, False, 1))

with subtest("a chip is pulled: its reading is not shown any more, its neighbour's goes on"):
    play("bus", f"unplug {SLIDERS}")
    gone = wall_shows("no voltage", lambda s: (
        there(s, "sliders")["stale"] and "voltage" not in there(s, "sliders").get("readings", {})))
    assert not there(gone, "knobs")["stale"] and mode(gone) == mode(entered), gone
    play("bus", f"set {KNOBS} turn 1 4")
    wall_shows("another knob", lambda s: 4 in there(s, "knobs")["encoders"])

with subtest("it is plugged in again: its value is back by itself"):
    play("bus", f"plug {SLIDERS} ads1115", f"set {SLIDERS} volts 0.33 0 0 3.0")
    wall_shows("3 V", lambda s: abs(there(s, "sliders")["readings"]["voltage"] - 3) < 0.01)

with subtest("neither program was restarted"):
    never_restarted("gateway", "heart-input.service")
    never_restarted("renderer", "heart-renderer.service")
