"""A broker that knows its hosts: each may say what is its own, a stranger may say nothing.

What is refused is tried with a broken report, which a wall counts if it reaches it: allowed hosts
show in between that it would.
"""

SOUTH = 0x130
GW_1 = "-u gw-1 -P 'pressed by gw-1'"
GW_2 = "-u gw-2 -P 'pressed by gw-2'"
WALL = "-u wall-1 -P 'shown by wall-1'"
REPORT = "heart/v1/lab/{}/pad/report"


def publish(who: str, topic: str, payload: str) -> tuple[int, str]:
    """From the stranger's host; exit status, and what the broker said to it (MQTT 5, QoS 1)."""
    command = f"mosquitto_pub -V 5 -q 1 -h broker {who} -t {topic} -m '{payload}' 2>&1"
    return stranger.execute(command, timeout=30)


def refused(said: tuple[int, str]) -> None:
    assert "not authorized" in said[1].lower(), said


def broken_reports() -> int:
    return int(wall_shows("its status")["rejected"].get("wrong_identifier", 0))


start_all()

with subtest("hosts with their passwords work together"):
    up("broker", "mosquitto.service")
    up("gateway", "heart-input.service")
    up("renderer", "heart-renderer.service")
    plug_pad()
    tap("pad", SOUTH)
    before = wall_shows("the mode", lambda s: mode(s) == ("calm", 0, False, 1))
    session = gateway_says("connected", lambda s: s["link"]["ready"])["session"]
    assert [node["session"] for node in before["nodes"] if node["node"] == "gw-1"] == [session]

with subtest("the same gateway with a guessed password is refused, and says so"):
    up("stranger", "heart-input.service")
    said = comes("stranger", 9461, "refused", lambda s: "refuses us" in s["link"]["last_error"], 60)
    assert not said["link"]["connected"] and said["session"] != session, said
    assert http_page("stranger", 9461, "/readyz") == "", "it is not ready"
    never_restarted("stranger", "heart-input.service")

with subtest("without a name, or with a wrong one, nothing is said or heard"):
    for who in ("", "-u gw-1 -P guessed", "-u nobody -P 'pressed by gw-1'"):
        status, text = publish(who, REPORT.format("gw-1"), "a broken report")
        assert status != 0 and "not authorized" in text.lower(), (who, status, text)
        heard_by = f"mosquitto_sub -V 5 -h broker {who} -t 'heart/#' -C 1 -W 10 2>&1"
        status, text = stranger.execute(heard_by, timeout=30)
        assert status != 0 and "not authorized" in text.lower(), (who, status, text)
    assert broken_reports() == 0

with subtest("a host may say what is its own, and not what is another's"):
    assert publish(GW_2, REPORT.format("gw-2"), "a broken report")[0] == 0
    wall_shows("that it came", lambda s: s["rejected"] == {"wrong_identifier": 1})
    refused(publish(GW_2, REPORT.format("gw-1"), "a broken report"))
    refused(publish(GW_2, "heart/v1/lab/gw-1/beat", "a broken beat"))
    refused(publish(GW_2, "heart/v1/lab/gw-1/command/resync", ""))
    refused(publish(GW_2, "heart/v1/attic/gw-2/status", "another site"))
    refused(publish(WALL, REPORT.format("gw-1"), "a broken report"))
    refused(publish(WALL, "heart/v1/lab/gw-1/status", "a false death"))
    assert publish(GW_2, REPORT.format("gw-2"), "a broken report")[0] == 0
    wall_shows("the second alone", lambda s: s["rejected"] == {"wrong_identifier": 2})

with subtest("a wall may ask a gateway, and is answered"):
    answers = counted("heart_session_resyncs_total")
    assert publish(WALL, "heart/v1/lab/gw-1/command/resync", "")[0] == 0
    counts("heart_session_resyncs_total", lambda n: n > answers)

with subtest("a gateway does not hear another one, a wall does"):
    sub = "mosquitto_sub -V 5 -h broker {} -t heart/v1/lab/gw-1/status -C 1 -W 5"
    assert session in stranger.succeed(sub.format(WALL))
    assert session in stranger.succeed(sub.format(GW_1))
    stranger.fail(sub.format(GW_2))

with subtest("nothing of it moved the wall, and its pad still counts"):
    after = wall_shows("its status")
    assert mode(after) == mode(before), after
    assert after["mirror"]["losses"] == before["mirror"]["losses"], after
    tap("pad", SOUTH)
    wall_shows("the next scene", lambda s: mode(s) == ("calm", 1, False, 1))
    never_restarted("gateway", "heart-input.service")
    never_restarted("renderer", "heart-renderer.service")
