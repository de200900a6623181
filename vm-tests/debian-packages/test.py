"""The Debian packages: install, start, upgrade in the middle of a press, remove, purge.

The unit is the shipped one, as hardened as it is; so is the user it runs as.
"""

import time


def page(port: int, name: str) -> Any:
    return json.loads(host.succeed(f"curl -sf http://127.0.0.1:{port}/{name}"))


def pad() -> Any:
    """What the renderer believes of the gamepad."""
    nodes = page(9462, "status")["nodes"]
    devices = [device for node in nodes for device in node["devices"]]
    return devices[0] if devices else {}


def until(what: str, holds: Callable[[Any], object], timeout: int = 90) -> None:
    """Waits for `holds(pad())`."""
    def look(last: bool) -> bool:
        state = pad()
        if last:
            log.log(f"{what}: {state}")
        return bool(holds(state))

    retry(look, timeout)


def press(*lines: str) -> None:
    text = "".join(f"{line}\n" for line in lines)
    host.succeed(f"printf '{text}' >/run/pad.in")


def pid() -> str:
    return host.succeed("systemctl show heart-input --property=MainPID --value").strip()


start_all()
host.wait_for_unit("multi-user.target")

with subtest("apt installs them with what they need; nothing starts by itself"):
    host.succeed("apt-get install -y mosquitto ./host/packages/heart-*_0.1.0-1_amd64.deb",
                 timeout=900)
    host.fail("systemctl is-active heart-input heart-renderer")
    host.fail("systemctl is-enabled heart-input")
    host.succeed("getent group i2c spi gpio input dialout audio bluetooth render video")
    host.succeed("test $(dpkg -L heart-input | grep -c man1/heart-input) -ge 9")
    host.succeed("/usr/bin/heart-input --version; /usr/bin/heart-renderer --version")
    host.succeed("bash -n /usr/share/bash-completion/completions/heart-input")

with subtest("each unit is as closed as it says"):
    for unit in ("heart-input", "heart-renderer"):
        said = host.succeed(f"systemd-analyze security --no-pager --threshold=15 {unit}.service")
        log.log("note  " + said.splitlines()[-1].strip("→ ").encode("ascii", "ignore").decode())

with subtest("a wrong configuration is said once, and nothing restarts in a loop"):
    host.succeed("echo 'sight = \"lab\"' >/etc/heart/heart-input.toml")
    host.fail("systemctl start heart-input")
    host.succeed("journalctl -u heart-input -o cat | grep 'did you mean `site`'")
    assert host.get_unit_property("heart-input.service", "NRestarts") == "0"
    assert host.get_unit_property("heart-input.service", "ExecMainStatus") == "78"

with subtest("both start, with a host's own configuration"):
    host.succeed("cp /root/heart-*.toml /etc/heart/")
    host.succeed("systemctl enable --now mosquitto heart-input heart-renderer", timeout=120)
    host.wait_for_unit("heart-renderer.service", timeout=120)
    user = host.succeed(f"stat -c %U /proc/{pid()}").strip()
    assert user == "heart-input", user
    host.succeed(f"grep '^CapEff:.0000000000000000$' /proc/{pid()}/status")

with subtest("a gamepad that is plugged in after the start, through the closed unit"):
    host.succeed("modprobe -a uinput evdev; pretend pad hands gamepad 'Pretended Pad 1'")
    until("running", lambda state: state and not state["stale"])
    press("key 0x130 1", "syn")
    until("pressed", lambda state: state["held"] == ["south"])

with subtest("the renderer's pictures are in its own folder"):
    host.wait_for_file("/var/lib/heart-renderer/wall.png", timeout=60)

with subtest("an upgrade in the middle of a press: the held button comes back, once"):
    before, first = pid(), page(9462, "status")
    host.succeed("apt-get install -y ./host/packages/next/heart-input_*_amd64.deb", timeout=300)
    host.wait_for_unit("heart-input.service", timeout=60)
    assert pid() != before, "the service still runs what was there before"
    assert "0.1.1" in host.succeed("dpkg-query -W heart-input")
    until("pressed again", lambda state: state.get("held") == ["south"] and not state["stale"])
    press("key 0x130 0", "syn")
    until("released", lambda state: state["held"] == [])
    after = page(9462, "status")
    assert (after["mode"], after["scene"]) == (first["mode"], first["scene"]), (first, after)
    host.succeed("diff /root/heart-input.toml /etc/heart/heart-input.toml")

with subtest("a gateway that hangs is killed by its watchdog and comes back"):
    before = pid()
    host.succeed("systemctl kill -s STOP heart-input")
    began = time.monotonic()
    retry(lambda _last: pid() not in (before, "0"), 90)
    host.wait_for_unit("heart-input.service", timeout=60)
    log.log(f"note  a gateway that hangs runs again after {time.monotonic() - began:.1f} s")
    host.succeed("journalctl -u heart-input -o cat | grep -i watchdog")
    until("running", lambda state: state and not state["stale"])

with subtest("removed: it ends, says so, and its configuration stays"):
    host.succeed("apt-get remove -y heart-input", timeout=120)
    host.fail("systemctl is-active heart-input")
    host.fail("test -e /usr/bin/heart-input")
    host.succeed("test -f /etc/heart/heart-input.toml")
    retry(lambda _last: page(9462, "status")["nodes"][0]["state"] != "online", 60)

with subtest("purged: nothing is left"):
    host.succeed("apt-get purge -y heart-input heart-renderer", timeout=120)
    left = host.succeed("find / -xdev -name 'heart-*' -not -path '/root/*' -not -path '/proc/*' "
                        "-not -path '/sys/*' -not -path '/run/*' -not -path '/tmp/*' "
                        "-not -path '/var/tmp/*'")
    assert left == "", left
