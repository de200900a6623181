"""A wall paints on a host without peripherals, without a gateway and without a broker.

Its service could not read a peripheral even if there were one; what presses it is elsewhere.
"""

import re

SOUTH = 0x130
# What any program holds, and what lavapipe does; no device of anybody's.
HARMLESS = r"/dev/(null|zero|full|random|urandom)$"

renderer.start()

with subtest("without broker and gateway the wall shows its program, and says what it waits for"):
    up("renderer", "heart-renderer.service")
    alone = wall_shows("frames", lambda s: s["frames"] > 20)
    assert mode(alone) == ("calm", 0, True, 0) and alone["loss"] == "none", alone
    assert alone["nodes"] == [] and not alone["link"]["connected"], alone
    assert alone["painter"]["device"] and not alone["painter"]["error"], alone
    ready = renderer.succeed("curl -s -w ' %{http_code}' http://127.0.0.1:9462/readyz")
    assert "link" in ready and "broker:1883" in ready and ready.endswith("503"), ready
    assert http_page("renderer", 9462, "/livez"), "a wall that waits for its broker is well"

with subtest("nothing that reads peripherals is on its host or open in its process"):
    renderer.fail("systemctl cat heart-input.service")
    renderer.fail("pgrep -x heart-input")
    pid = renderer.succeed("systemctl show heart-renderer -P MainPID").strip()
    # One that is closed meanwhile is no fault.
    opened = renderer.succeed(f"readlink /proc/{pid}/fd/* || true").split()
    assert len(opened) > 5, opened
    nodes = [path for path in opened if path.startswith("/dev/") and not re.match(HARMLESS, path)]
    assert nodes == [], nodes
    groups = renderer.succeed(f"grep ^Groups: /proc/{pid}/status").split()[1:]
    names = {renderer.succeed(f"getent group {gid} || true").split(":")[0] for gid in groups}
    assert not names & {"audio", "bluetooth", "dialout", "gpio", "i2c", "input"}, names

with subtest("were there a peripheral, its service could not open it"):
    renderer.succeed("modprobe -a uinput evdev", "pretend pad hands gamepad 'Pretended Pad'")
    renderer.wait_until_succeeds("test -c /dev/input/event0", timeout=60)
    renderer.succeed("exec 3</dev/input/event0")
    # Root, in the control group of the service: what its unit allows counts.
    group = renderer.succeed("systemctl show heart-renderer -P ControlGroup").strip()
    enter = f"echo $$ >/sys/fs/cgroup{group}/cgroup.procs"
    renderer.succeed(f"bash -c '{enter}; exec 3</dev/null'")
    renderer.fail(f"bash -c '{enter}; exec 3</dev/input/event0'")
    renderer.succeed("systemctl stop pad")

with subtest("a button of another host changes its mode"):
    broker.start()
    gateway.start()
    up("broker", "mosquitto.service")
    up("gateway", "heart-input.service")
    plug_pad()
    tap("pad", SOUTH)
    wall_shows("the mode", lambda s: mode(s) == ("calm", 0, False, 1))

with subtest("the broker is away: the wall goes to sleep, and says so"):
    broker.crash()
    idle = wall_shows("its idle mode", lambda s: s["loss"] == "idle" and s["mode"] == "sleep")
    frames_later(idle)
    wall_shows("what it waits for", lambda s: not s["link"]["connected"] and s["link"]["last_error"])
    never_restarted("renderer", "heart-renderer.service")
