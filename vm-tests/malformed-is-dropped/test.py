"""Hostile and broken payloads at the real topics: counted by reason, nothing moves, nobody leaves."""

import base64
from collections import Counter

SOUTH = 0x130
PAD = "heart/v1/lab/gw-1/pad/report"


def publish(topic: str, payload: bytes) -> str:
    """A command line: base64, since a command is text."""
    text = base64.b64encode(payload).decode()
    return f"base64 -d <<<'{text}' | mosquitto_pub -q 1 -t {topic} -s"


def patched(payload: bytes, old: bytes, new: bytes) -> bytes:
    assert payload.count(old) == 1, (payload, old)
    return payload.replace(old, new)


start_all()

with subtest("a wall in a mode, a stick fully tilted"):
    up("broker", "mosquitto.service")
    up("gateway", "heart-input.service")
    up("renderer", "heart-renderer.service")
    plug_pad()
    tap("pad", SOUTH)
    play("pad", "abs 0 32767", "syn")
    wall_shows("the mode", lambda s: mode(s) == ("calm", 0, False, 1))
    before = wall_shows("the stick", lambda s: (
        there(s, "pad")["axes"]["left_x"] == 1 and there(s, "pad")["held"] == []))
    assert before["rejected"] == {}, before

with subtest("each broken payload is counted under its reason, and nothing else happens"):
    kept = broker.succeed(f"mosquitto_sub -t {PAD} -C 1 -N -W 10 | base64 -w0")
    report = base64.b64decode(kept)
    one = bytes([0, 0, 0x80, 0x3F])     # 1.0: the stick
    hostile = [
        ("truncated", PAD, report[:7]),
        ("truncated", PAD, report[:len(report) // 2]),
        ("too_large", PAD, bytes(9000)),
        ("wrong_identifier", PAD, patched(report, b"HRT1", b"JUNK")),
        ("newer_major", PAD, patched(report, b"HRT1", b"HRT2")),
        ("not_finite", PAD, patched(report, one, bytes([0, 0, 0xC0, 0x7F]))),
        ("not_finite", PAD, patched(report, one, bytes([0, 0, 0x80, 0xFF]))),
        ("out_of_range", PAD, patched(report, one, bytes([0, 0, 0, 0x40]))),
        ("topic_mismatch", "heart/v1/lab/gw-1/volume/report", report),
        ("topic_mismatch", "heart/v1/lab/gw-2/pad/report", report),
        ("topic_mismatch", "heart/v1/lab/gw-1/beat", report),
        ("topic_mismatch", "heart/v1/lab/gw-1/catalogue", report),
        ("topic_mismatch", "heart/v1/lab/gw-1/pad/samples", report),
        ("wrong_identifier", "heart/v1/lab/gw-1/beat", b"not a beat at all"),
        ("truncated", "heart/v1/lab/gw-1/status", b'{"state":"offline","session":'),
        ("malformed", "heart/v1/lab/gw-1/status", b"offline"),
        ("malformed", "heart/v1/lab/gw-1/status", b'{"state":"offline"}'),
        ("newer_major", "heart/v1/lab/gw-1/status",
         b'{"state":"offline","session":"0123456789abcdef","connection":1,"version":"9",'
         b'"schema":"2.0"}'),
    ]
    broker.succeed("; ".join(publish(topic, payload) for _, topic, payload in hostile))
    expected = Counter(reason for reason, _, _ in hostile)
    after = wall_shows("all of them counted", lambda s: (
        sum(s["rejected"].values()) >= len(hostile)))
    assert after["rejected"] == expected, after
    counts("heart_payloads_rejected_total", lambda n: n == len(hostile), "renderer", 9462)

with subtest("nothing moved, nobody is lost, no connection ended"):
    later = frames_later(after)
    assert mode(later) == mode(before), later
    pad = there(later, "pad")
    assert pad["axes"]["left_x"] == 1 and pad["held"] == [] and not pad["stale"], later
    assert later["events"] == before["events"], later
    assert later["mirror"]["losses"] == before["mirror"]["losses"], later
    assert later["link"]["reconnects"] == before["link"]["reconnects"], later

with subtest("what is said to the gateway is looked at as well"):
    here = gateway_says("connected", lambda s: s["link"]["ready"])
    root = "heart/v1/lab/gw-1/command"
    broker.succeed(publish(f"{root}/echo", b"short"), publish(f"{root}/resync", b"now!"),
                   publish(f"{root}/reboot", b"!"), publish(f"{root}/echo", bytes(5000)))
    play("pad", "abs 0 0", "syn")
    wall_shows("the stick let go", lambda s: there(s, "pad")["axes"]["left_x"] == 0)
    after = gateway_says("connected", lambda s: s["link"]["ready"])
    assert after["link"]["connection"] == here["link"]["connection"], after

with subtest("a press still counts"):
    tap("pad", SOUTH)
    wall_shows("the next scene", lambda s: mode(s) == ("calm", 1, False, 1))
    never_restarted("gateway", "heart-input.service")
    never_restarted("renderer", "heart-renderer.service")
