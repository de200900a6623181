"""Words that the scenarios share. Run in front of each test.py, in its namespace.

Under NixOS: testScript = readFile ./words.py + readFile ./input/test.py. They speak of machines
by name: `gateway` runs heart-input, `renderer` heart-renderer, and on `reader` listen
(crates/heart-link/examples) writes what it believes to /run/heard.
"""

import json
import subprocess
from collections.abc import Callable
from typing import Any, Protocol


class Host(Protocol):
    """What these words need of a machine, whichever driver it is of."""

    name: str

    def succeed(self, *commands: str) -> str: ...

    def execute(self, command: str) -> tuple[int, str]: ...

    def wait_until_succeeds(self, command: str, timeout: int = 900) -> str: ...

    def wait_for_unit(self, unit: str, user: str | None = None, timeout: int = 900) -> None: ...

    def sleep(self, secs: int) -> None: ...


def machine_named(name: str) -> Host:
    """The machine of that name: not every scenario has each that these words speak of."""
    return next(machine for machine in machines if machine.name == name)


def up(machine: str, unit: str) -> None:
    """Waits for a unit that the machine starts at boot; a wall compiles its shaders first."""
    machine_named(machine).wait_for_unit(unit, timeout=180)


# What a reader heard


def heard(line: str, timeout: int = 40) -> str:
    """The line, a regular expression, is among what the reader has printed since `forget`."""
    found = f"grep -E -x 'gw-1 {line}' /run/heard || {{ tail -n 30 /run/heard; exit 1; }}"
    return machine_named("reader").wait_until_succeeds(found, timeout=timeout)


def forget() -> None:
    machine_named("reader").succeed(": >/run/heard")


# What hands do at the gateway


def play(unit: str, *lines: str) -> None:
    """Has a pretended device do something."""
    text = "".join(f"{line}\n" for line in lines)
    machine_named("gateway").succeed(f"printf '{text}' >/run/{unit}.in")


def plug_pad() -> Any:
    """A pad of the kernel's at the gateway; waits until the wall has it, and returns its status."""
    machine_named("gateway").succeed("modprobe -a uinput evdev", "pretend pad hands gamepad 'Pretended Pad'")
    return wall_shows("the pad", lambda s: not there(s, "pad")["stale"])


def tap(unit: str, key: int) -> None:
    """A short press."""
    play(unit, f"key {key} 1", "syn", "wait 50", f"key {key} 0", "syn")


def seconds_back(unit: str, device: str) -> float:
    """From the moment the kernel has the device to the gateway's `running`, on one clock."""
    newest = f"journalctl -u {unit} -o cat | grep '^here' | tail -n 1"
    here = machine_named("gateway").succeed(newest).split()[1]
    running = heard(f"{device} is running since .*").splitlines()[-1].split()[5]
    return float(running) - float(here)


# What the programs say of themselves: /status is docs/operations.md's, as plain data


def http_page(machine: str, port: int, path: str) -> str:
    """A page of a program; empty where nobody answers, or with an error."""
    found, text = machine_named(machine).execute(f"curl -s --fail -m 10 http://127.0.0.1:{port}{path}")
    return "" if found else text


def comes(machine: str, port: int, what: str, holds: Callable[[Any], object],
          timeout: int) -> Any:
    """Waits until the status of a program fits, and returns it."""
    said: Any = None

    def fits(_is_last: bool) -> bool:
        nonlocal said
        text = http_page(machine, port, "/status")
        said = json.loads(text) if text else None
        try:
            return bool(said and holds(said))
        except (LookupError, TypeError):  # of something that it does not know yet
            return False

    try:
        retry(fits, timeout)
    except Exception as error:
        raise AssertionError(f"{machine}: not {what}: {json.dumps(said)}") from error
    log.log(f"{machine}: {what}")
    return said


def wall_shows(what: str, holds: Callable[[Any], object] = bool, timeout: int = 60) -> Any:
    """Waits until the status of the renderer fits, and returns it."""
    return comes("renderer", 9462, what, holds, timeout)


def gateway_says(what: str, holds: Callable[[Any], object] = bool, timeout: int = 60) -> Any:
    """Waits until the status of the gateway fits, and returns it."""
    return comes("gateway", 9461, what, holds, timeout)


def there(status: Any, name: str, node: str = "gw-1") -> Any:
    """A device in a renderer's status, of a node that is online."""
    nodes = {told["node"]: told for told in status["nodes"] if told["state"] == "online"}
    return {told["device"]: told for told in nodes[node]["devices"]}[name]


def lost(status: Any, node: str = "gw-1") -> Any:
    """The devices of a node that a renderer has lost, by name."""
    nodes = {told["node"]: told for told in status["nodes"] if told["state"] == "lost"}
    return {told["device"]: told for told in nodes[node]["devices"]}


def mode(status: Any) -> tuple[str, int, bool, int]:
    """What a person in front of the wall calls its mode, and how often it changed."""
    return status["mode"], status["scene"], status["selecting"], status["mode_changes"]


def frames_later(status: Any, frames: int = 20) -> Any:
    """The status of a renderer that many frames after another one: two seconds at 10 a second."""
    return wall_shows(f"{frames} frames later", lambda s: s["frames"] >= status["frames"] + frames)


def counted(metric: str, machine: str = "gateway", port: int = 9461) -> float:
    """A metric, the sum over its labels; 0 while it is not there."""
    lines = http_page(machine, port, "/metrics").splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(metric))


def counts(metric: str, holds: Callable[[float], bool], machine: str = "gateway",
           port: int = 9461) -> None:
    """Waits until a metric fits. The programs hand their totals on once a second, so right after
    `/status` has shown something a metric may not know of it."""
    total = 0.0

    def fits(_is_last: bool) -> bool:
        nonlocal total
        total = counted(metric, machine, port)
        return holds(total)

    try:
        retry(fits, 30)
    except Exception as error:
        raise AssertionError(f"{machine}: {metric} is {total}") from error
    log.log(f"{machine}: {metric} is {total}")


def never_restarted(machine: str, unit: str) -> None:
    """systemd started the unit once and never again."""
    state = machine_named(machine).succeed(f"systemctl show {unit} -P ActiveState -P NRestarts")
    assert sorted(state.split()) == ["0", "active"], f"{machine}: {unit}: {state}"


def cpu_share(seconds: int) -> tuple[float, float]:
    """CPU of heart-input while nothing happens: % of the guest's core, and of the host's.

    An emulated second, on a host that others use too, is a fraction of a real one: the same piece
    of work is timed in both.
    """
    gateway = machine_named("gateway")

    def spent() -> tuple[float, float]:
        nanos = gateway.succeed("systemctl show heart-input --property=CPUUsageNSec --value")
        uptime = gateway.succeed("cat /proc/uptime").split()[0]
        return int(nanos) / 1e9, float(uptime)

    def work(run: Callable[[str], str]) -> float:
        loop = "TIMEFORMAT='%U %S'; { time for ((i = 0; i < 20000; i++)); do :; done; } 2>&1"
        user, system = run(loop).split()
        return float(user) + float(system)

    def on_the_host(script: str) -> str:
        run = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        return run.stdout

    before = spent()
    gateway.sleep(seconds)
    after = spent()
    share = 100 * (after[0] - before[0]) / (after[1] - before[1])
    return share, share / (work(gateway.succeed) / work(on_the_host))


