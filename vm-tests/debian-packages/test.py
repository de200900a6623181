"""The Debian packages: install, start, upgrade in the middle of a press, remove, purge.

The unit is the shipped one, as hardened as it is; so is the user it runs as.
"""

import time
from collections.abc import Callable
from typing import Any


def wall(what: str, holds: Callable[[Any], object], timeout: int = 90) -> Any:
    """Waits until the renderer's status fits, and returns it."""
    return comes("machine", 9462, what, holds, timeout)


def pad_is(what: str, holds: Callable[[Any], object]) -> None:
    """Waits for what the renderer believes of the gamepad."""
    wall(f"pad {what}", lambda status: holds(there(status, "pad")))


def act(*lines: str) -> None:
    text = "".join(f"{line}\n" for line in lines)
    machine.succeed(f"printf '{text}' >/run/pad.in")


def pid() -> str:
    return machine.succeed("systemctl show heart-input --property=MainPID --value").strip()


start_all()
machine.wait_for_unit("multi-user.target")
# As on any Debian; the driver's guests do without, to boot faster.
machine.succeed("systemctl unmask systemd-modules-load.service")

with subtest("apt installs them; nothing starts by itself"):
    machine.succeed("apt-get install -y ./host/packages/heart-*_0.1.0-1_amd64.deb", timeout=300)
    machine.fail("systemctl is-active heart-input heart-renderer")
    machine.fail("systemctl is-enabled heart-input")
    machine.succeed("getent group i2c spi gpio input dialout audio bluetooth render video")
    machine.succeed("test $(dpkg -L heart-input | grep -c man1/heart-input) -ge 9")
    machine.succeed("/usr/bin/heart-input --version; /usr/bin/heart-renderer --version")
    machine.succeed("bash -n /usr/share/bash-completion/completions/heart-input")

with subtest("each unit is as closed as it says"):
    for unit in ("heart-input", "heart-renderer"):
        said = machine.succeed(f"systemd-analyze security --no-pager --threshold=15 {unit}.service")
        log.log("note  " + said.splitlines()[-1].strip("→ ").encode("ascii", "ignore").decode())

with subtest("a wrong configuration is said once, and nothing restarts in a loop"):
    machine.succeed("echo 'sight = \"lab\"' >/etc/heart/heart-input.toml")
    machine.fail("systemctl start heart-input")
    machine.succeed("journalctl -u heart-input -o cat | grep 'unknown key `sight`'")
    assert machine.get_unit_property("heart-input.service", "NRestarts") == "0"
    assert machine.get_unit_property("heart-input.service", "ExecMainStatus") == "78"

with subtest("both start, with a host's own configuration"):
    machine.succeed("cp /root/heart-*.toml /etc/heart/")
    machine.succeed("systemctl enable --now mosquitto heart-input heart-renderer", timeout=120)
    machine.wait_for_unit("heart-renderer.service", timeout=120)
    # systemd's range for users that live as long as their service.
    assert 61184 <= int(machine.succeed(f"stat -c %u /proc/{pid()}")) <= 65519
    machine.succeed(f"grep '^CapEff:.0000000000000000$' /proc/{pid()}/status")

with subtest("a gamepad that is plugged in after the start, through the closed unit"):
    machine.succeed("modprobe -a uinput evdev; pretend pad hands gamepad 'Pretended Pad 1'")
    pad_is("running", lambda pad: not pad["stale"])
    act("key 0x130 1", "syn")
    pad_is("pressed", lambda pad: pad["held"] == ["south"])

with subtest("the renderer's pictures are in its own folder"):
    machine.wait_for_file("/var/lib/heart-renderer/wall.png", timeout=60)

with subtest("an upgrade in the middle of a press: the held button comes back, once"):
    before, first = pid(), wall("there", bool)
    machine.succeed("apt-get install -y ./host/packages/next/heart-input_*_amd64.deb", timeout=300)
    machine.wait_for_unit("heart-input.service", timeout=60)
    assert pid() != before, "the service still runs what was there before"
    assert "0.1.1" in machine.succeed("dpkg-query -W heart-input")
    pad_is("pressed again", lambda pad: pad["held"] == ["south"] and not pad["stale"])
    act("key 0x130 0", "syn")
    pad_is("released", lambda pad: pad["held"] == [])
    after = wall("there", bool)
    assert mode(after) == mode(first), (first, after)
    machine.succeed("diff /root/heart-input.toml /etc/heart/heart-input.toml")

with subtest("a gateway that hangs is killed by its watchdog and comes back"):
    before = pid()
    machine.succeed("systemctl kill -s STOP heart-input")
    began = time.monotonic()
    retry(lambda _last: pid() not in (before, "0"), 90)
    machine.wait_for_unit("heart-input.service", timeout=60)
    log.log(f"note  a gateway that hangs runs again after {time.monotonic() - began:.1f} s")
    machine.succeed("journalctl -u heart-input -o cat | grep -i watchdog")
    pad_is("running", lambda pad: not pad["stale"])

with subtest("removed: it ends, says so, and its configuration stays"):
    machine.succeed("apt-get remove -y heart-input", timeout=120)
    machine.fail("systemctl is-active heart-input")
    machine.fail("test -e /usr/bin/heart-input")
    machine.succeed("test -f /etc/heart/heart-input.toml")
    wall("without the gateway", lambda status: lost(status)["pad"])

with subtest("purged: nothing is left"):
    machine.succeed("apt-get purge -y heart-input heart-renderer", timeout=120)
    left = machine.succeed("find / -xdev -name 'heart-*' -not -path '/root/*' -not -path '/proc/*' "
                        "-not -path '/sys/*' -not -path '/run/*' -not -path '/tmp/*' "
                        "-not -path '/var/tmp/*'")
    assert left == "", left
