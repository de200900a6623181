"""The broker restarts, and its host loses power: all come back by themselves, nothing is replayed."""

import time

SOUTH, EAST, WEST = 0x130, 0x131, 0x134

start_all()

with subtest("a mode is entered, and a button held that means nothing there"):
    up("broker", "mosquitto.service")
    up("gateway", "heart-input.service")
    up("renderer", "heart-renderer.service")
    plug_pad()
    tap("pad", SOUTH)
    wall_shows("the mode", lambda s: mode(s) == ("calm", 0, False, 1))
    play("pad", f"key {WEST} 1", "syn")
    before = wall_shows("west held", lambda s: there(s, "pad")["held"] == ["west"])
    session = gateway_says("its session")["session"]

with subtest("the broker's service restarts: the true state is back, the mode as it was"):
    broker.succeed("systemctl restart mosquitto")
    reconnects = before["link"]["reconnects"]
    wall_shows("another connection", lambda s: s["link"]["reconnects"] > reconnects)
    gateway_says("another connection", lambda s: s["link"]["connection"] > 1 and s["link"]["ready"])
    after = wall_shows("west held", lambda s: there(s, "pad")["held"] == ["west"])
    assert mode(frames_later(after)) == mode(before), after

with subtest("its host loses power: what is held is let go, without meaning anything"):
    broker.crash()
    dark = wall_shows("nothing held", lambda s: lost(s)["pad"]["held"] == [])
    assert lost(dark)["pad"]["stale"] and mode(dark) == mode(before), dark

with subtest("meanwhile hands go on: a press of south, west let go, east held"):
    tap("pad", SOUTH)
    play("pad", f"key {WEST} 0", "syn", f"key {EAST} 1", "syn")
    gateway_says("east held", lambda s: s["devices"][0]["held"] == ["east"])
    wall_shows("that it lost its input", lambda s: s["loss"] == "holding")

with subtest("power is back: the true state is shown, and the press of the dark is not replayed"):
    broker.start()
    up("broker", "mosquitto.service")
    began = time.monotonic()
    after = wall_shows("east held", lambda s: there(s, "pad")["held"] == ["east"])
    log.log(f"note  true state {time.monotonic() - began:.1f} s after Mosquitto runs")
    assert mode(frames_later(after)) == mode(before), after
    assert gateway_says("its session")["session"] == session, "the same run"

with subtest("a fresh press is heard"):
    play("pad", f"key {EAST} 0", "syn")
    tap("pad", SOUTH)
    wall_shows("the next scene", lambda s: mode(s) == ("calm", 1, False, 1))

with subtest("neither program was restarted"):
    never_restarted("gateway", "heart-input.service")
    never_restarted("renderer", "heart-renderer.service")
