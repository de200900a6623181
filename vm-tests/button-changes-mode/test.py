"""A button at one host changes the mode of a wall at another one. Another button does not."""

SOUTH, EAST = 0x130, 0x131

start_all()

with subtest("broker, gateway and wall start by themselves, none of ours as root"):
    up("broker", "mosquitto.service")
    for machine, unit in ((gateway, "heart-input.service"), (renderer, "heart-renderer.service")):
        up(machine.name, unit)
        user = machine.succeed(f"ps -o user:32= -p $(systemctl show {unit} -P MainPID)").strip()
        assert user not in ("root", ""), f"{unit} runs as {user!r}"

with subtest("a pad that is plugged in is there, and presses nothing"):
    before = plug_pad()
    assert mode(before) == ("calm", 0, True, 0), before

with subtest("its d-pad browses"):
    play("pad", "abs 0x10 1", "syn", "wait 50", "abs 0x10 0", "syn")
    wall_shows("the next mode's title", lambda s: s["mode"] == "lively" and s["selecting"])

with subtest("its south button changes the mode, once for each press"):
    play("pad", f"key {SOUTH} 1", "syn")
    entered = wall_shows("the mode", lambda s: mode(s) == ("lively", 0, False, 1))
    held = frames_later(entered)
    assert there(held, "pad")["held"] == ["south"], held
    assert mode(held) == mode(entered), held
    play("pad", f"key {SOUTH} 0", "syn")
    tap("pad", SOUTH)
    wall_shows("the mode's next scene", lambda s: mode(s) == ("lively", 1, False, 1))

with subtest("another button arrives, and changes nothing"):
    before = wall_shows("nothing held", lambda s: there(s, "pad")["held"] == [])
    play("pad", f"key {EAST} 1", "syn")
    wall_shows("the east button", lambda s: there(s, "pad")["held"] == ["east"])
    play("pad", f"key {EAST} 0", "syn")
    after = wall_shows("it is let go", lambda s: there(s, "pad")["held"] == [])
    assert mode(frames_later(after)) == mode(before), after

with subtest("the way from finger to frame was measured, and nothing was refused"):
    after = wall_shows("events", lambda s: s["latency_us"]["captured_applied"]["count"] > 0)
    assert after["rejected"] == {}, after
    counts("heart_events_published_total", lambda n: n > 0)

with subtest("nothing restarted"):
    never_restarted("gateway", "heart-input.service")
    never_restarted("renderer", "heart-renderer.service")
