"""The gateway's cable is pulled while buttons are down: they are let go, and mean nothing by it.

The dial's button is the one whose press counts when it ends: were the cut taken for a short press,
the select screen would enter a mode.
"""

import time

WEST, DIAL = 0x134, 0x100

start_all()

with subtest("a mode is entered by a short press, and left by a long one that goes on"):
    up("broker", "mosquitto.service")
    up("gateway", "heart-input.service")
    up("renderer", "heart-renderer.service")
    plug_pad()
    gateway.succeed("pretend volume hands dial 'Pretended Dial'")
    wall_shows("the dial", lambda s: not there(s, "volume")["stale"])
    tap("volume", DIAL)
    wall_shows("the mode", lambda s: mode(s) == ("calm", 0, False, 1))
    play("volume", f"key {DIAL} 1", "syn")
    wall_shows("the select screen", lambda s: mode(s) == ("calm", 0, True, 2))

with subtest("buttons of two devices are down, a stick is tilted"):
    play("pad", f"key {WEST} 1", "abs 0 32767", "syn")
    before = wall_shows("all of it", lambda s: (
        there(s, "pad")["held"] == ["west"] and there(s, "volume")["held"] == ["button"]
        and there(s, "pad")["axes"]["left_x"] == 1))

with subtest("the cable is pulled: let go at once, centred, stale, and no mode is entered by it"):
    gateway.block()
    began = time.monotonic()
    cut = wall_shows("nothing held", lambda s: (
        lost(s)["pad"]["held"] == [] and lost(s)["volume"]["held"] == []), timeout=15)
    log.log(f"note  shown as let go {time.monotonic() - began:.1f} s after the cable was pulled")
    assert lost(cut)["pad"]["axes"]["left_x"] == 0, cut
    assert cut["events"] >= before["events"] + 3, "two releases and the stick, told to the scene"
    # By silence: the will, which the broker says later, is another way.
    assert cut["mirror"]["deaths"] == before["mirror"]["deaths"], cut
    assert lost(cut)["pad"]["stale"] and lost(cut)["volume"]["stale"], cut
    assert mode(frames_later(cut)) == mode(before), cut
    gateway_says("they are still down", lambda s: s["devices"][0]["held"] == ["west"])

with subtest("the cable is back, the buttons are still down: shown so, and nothing is pressed by it"):
    gateway.unblock()
    back = wall_shows("all of it", lambda s: (
        there(s, "pad")["held"] == ["west"] and there(s, "volume")["held"] == ["button"]
        and there(s, "pad")["axes"]["left_x"] == 1))
    assert mode(frames_later(back)) == mode(before), back

with subtest("pulled again; meanwhile the dial is let go, and pressed and let go once more"):
    gateway.block()
    wall_shows("nothing held", lambda s: lost(s)["volume"]["held"] == [], timeout=15)
    play("volume", f"key {DIAL} 0", "syn", "wait 50")
    tap("volume", DIAL)
    play("pad", f"key {WEST} 0", "syn")
    gateway_says("nothing held", lambda s: [d["held"] for d in s["devices"]] == [[], []])
    wall_shows("that it lost its input", lambda s: s["loss"] == "holding")

with subtest("back: the true state, and the press of the outage is not replayed"):
    gateway.unblock()
    back = wall_shows("nothing held", lambda s: (
        there(s, "pad")["held"] == [] and there(s, "volume")["held"] == []
        and not there(s, "volume")["stale"]))
    assert mode(frames_later(back)) == mode(before), back

with subtest("a fresh press is heard"):
    tap("volume", DIAL)
    wall_shows("the mode", lambda s: mode(s) == ("calm", 0, False, 3))

with subtest("neither program was restarted"):
    never_restarted("gateway", "heart-input.service")
    never_restarted("renderer", "heart-renderer.service")
