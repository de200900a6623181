"""A gateway of the first contract, of its recorded bytes, plays a wall of today.

Then it is newer than the wall: fields and values of a later minor are passed over and counted, a
newer major is refused by name.
"""

start_all()


def old(*lines: str) -> None:
    """Has the old gateway do something."""
    for line in lines:
        broker.succeed(f"echo '{line}' >/run/old.in")


with subtest("the recorded device is there, and what it did before means nothing"):
    up("broker", "mosquitto.service")
    up("renderer", "heart-renderer.service")
    broker.succeed("pretend old python3 /etc/heart/old_gateway.py /etc/heart/v1.0 localhost")
    first = wall_shows("the knob", lambda s: not there(s, "knob")["stale"])
    assert [node["session"] for node in first["nodes"]] == ["0123456789abcdef"], first
    knob = there(first, "knob")
    assert knob["held"] == ["south"] and knob["encoders"] == [-42], first
    assert knob["readings"] == {"temperature": 21.5} and knob["axes"]["pot_0"] == 1, first
    assert there(first, "hands")["stale"], "its catalogue says that it is faulted"
    assert mode(first) == ("calm", 0, True, 0) and first["events"] == 0, first

with subtest("its turn browses, its press changes the mode"):
    old("turn 1")
    wall_shows("the next mode's title", lambda s: mode(s) == ("lively", 0, True, 0))
    old("press")
    before = wall_shows("the mode", lambda s: mode(s) == ("lively", 0, False, 1))
    old("release", "hold")
    wall_shows("the next scene", lambda s: mode(s) == ("lively", 1, False, 1))

with subtest("nothing of it was refused or unknown"):
    assert before["rejected"] == {} and before["mirror"]["unknown_values"] == 0, before

with subtest("a later minor: what is known counts, what is not is passed over and counted"):
    old("later", "press")
    newer = wall_shows("the first scene again", lambda s: mode(s) == ("lively", 0, False, 1))
    assert newer["mirror"]["unknown_values"] >= 2 and newer["rejected"] == {}, newer

with subtest("a value that nobody knows yet is no press"):
    old("unknown")
    unknown = wall_shows("one more unknown value", lambda s: (
        s["mirror"]["unknown_values"] > newer["mirror"]["unknown_values"]))
    assert mode(frames_later(unknown)) == mode(newer), unknown

with subtest("a newer major is refused by its name, and moves nothing"):
    position = there(unknown, "knob")["encoders"]
    old("major")
    major = wall_shows("it was refused", lambda s: s["rejected"] == {"newer_major": 1})
    later = frames_later(major)
    assert there(later, "knob")["encoders"] == position and mode(later) == mode(newer), later
    lines = renderer.succeed("journalctl -u heart-renderer -o cat | grep newer_major | wc -l")
    assert int(lines) == 1, lines

with subtest("and the gateway is heard as before"):
    old("press")
    wall_shows("the next scene", lambda s: mode(s) == ("lively", 1, False, 1))
    never_restarted("renderer", "heart-renderer.service")
