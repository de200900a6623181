"""A wall that starts after the fact shows what is held and turned, and replays none of it."""

SOUTH, TURN = 0x130, 7

broker.start()
gateway.start()


def held_and_turned(status: Any) -> bool:
    return there(status, "pad")["held"] == ["south"] and 3 in there(status, "volume")["encoders"]


with subtest("before there is a wall, a button is held and a dial turned"):
    up("broker", "mosquitto.service")
    up("gateway", "heart-input.service")
    gateway.succeed("modprobe -a uinput evdev", "pretend pad hands gamepad 'Pretended Pad'",
                    "pretend volume hands dial 'Pretended Dial'")
    gateway_says("both devices", lambda s: {d["state"] for d in s["devices"]} == {"running"})
    play("pad", f"key {SOUTH} 1", "syn")
    play("volume", f"rel {TURN} 3", "syn")
    gateway_says("held and turned", lambda s: (
        s["devices"][0]["held"] == ["south"] and 3 in s["devices"][1]["encoders"]))

with subtest("the wall's host boots: it shows the true state, and nothing is pressed or browsed"):
    renderer.start()
    up("renderer", "heart-renderer.service")
    first = wall_shows("the true state", held_and_turned)
    assert mode(first) == ("calm", 0, True, 0) and first["events"] == 0, first
    later = frames_later(first)
    assert mode(later) == mode(first) and later["events"] == 0, later

with subtest("the wall restarts: the same again"):
    renderer.succeed("systemctl restart heart-renderer", timeout=180)
    again = frames_later(wall_shows("the true state", held_and_turned))
    assert mode(again) == ("calm", 0, True, 0) and again["events"] == 0, again

with subtest("from there on hands count: one detent browses once, not four times"):
    play("volume", f"rel {TURN} 1", "syn")
    browsed = wall_shows("the next mode's title", lambda s: s["mode"] == "lively")
    assert mode(frames_later(browsed)) == ("lively", 0, True, 0), browsed

with subtest("letting go means nothing, a fresh press enters"):
    play("pad", f"key {SOUTH} 0", "syn")
    free = wall_shows("nothing held", lambda s: there(s, "pad")["held"] == [])
    assert mode(free) == ("lively", 0, True, 0), free
    tap("pad", SOUTH)
    wall_shows("the mode", lambda s: mode(s) == ("lively", 0, False, 1))

with subtest("the gateway noticed nothing"):
    never_restarted("gateway", "heart-input.service")
