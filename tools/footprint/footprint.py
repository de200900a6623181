"""What a gateway costs: CPU, memory, threads, allocations, with a full set of twins.

    tools/footprint/run            prints the table; --write puts it into docs/operations.md

The release build of heart-input runs against a real Mosquitto with a reader, for --seconds after
a warm-up; then the same within 25 % of one core and 64 MiB ("target-class": this host's core is
not a Pi's). Allocations are counted by crates/heart-input/examples/allocations.rs. On a Pi:

    heart-input --config tools/footprint/heart-input.toml    with --pid PID of it in another shell
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
PAGE = ROOT / "docs/operations.md"
BEGIN, END = "<!-- footprint -->\n", "<!-- /footprint -->\n"
WARM_UP = 5.0
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--seconds", type=float, default=20.0)
    arguments.add_argument("--write", action="store_true", help="put the table into docs/operations.md")
    arguments.add_argument("--pid", type=int, help="only look at this running heart-input")
    arguments.add_argument("--target", default=os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target")))
    given = arguments.parse_args()
    if given.pid:
        print_row("running", look(given.pid, given.seconds, "127.0.0.1:9461"))
        return 0
    release = pathlib.Path(given.target) / "release"
    rows = []
    with tempfile.TemporaryDirectory() as folder, broker() as port:
        config = write_config(pathlib.Path(folder), port)
        with gateway(release, config, None) as (pid, listen):
            rows.append(("free", look(pid, given.seconds, listen)))
        with gateway(release, config, (25, 64)) as (pid, listen):
            rows.append(("CPUQuota=25 %, MemoryMax=64M (target-class, not target)", look(pid, given.seconds, listen)))
        counted = {
            what: allocations(release, what, config, given.seconds) for what in ("bytes", "link")
        }
    table = render(rows, counted, given.seconds)
    print(table)
    if given.write:
        text = PAGE.read_text()
        before, rest = text.split(BEGIN)
        PAGE.write_text(before + BEGIN + table + END + rest.split(END)[1])
    return 0


def write_config(folder: pathlib.Path, port: int) -> pathlib.Path:
    """The configuration with this run's broker, and a stick that moves 250 times a second."""
    steps = ["loop_ms = 1000\n"]
    for step in range(250):
        wave = abs(step % 100 - 50) / 50.0
        steps.append(f'[[step]]\nat_ms = {4 * step}\ncontrol = "left_x"\nvalue = {wave:.3f}\n')
        if step in (50, 75):
            down = int(step == 50)
            steps.append(f'[[step]]\nat_ms = {4 * step}\ncontrol = "south"\nvalue = {down}\n')
    (folder / "pad.toml").write_text("".join(steps))
    link = f'[link]\nbrokers = ["mqtt://127.0.0.1:{port}"]\n[http]\nlisten = "127.0.0.1:{free_port()}"\n\n'
    text = (HERE / "heart-input.toml").read_text()
    head, device, rest = text.partition("[[device]]")
    config = folder / "heart-input.toml"
    config.write_text(head + link + device + rest)
    return config


@contextlib.contextmanager
def broker() -> Iterator[int]:
    """A Mosquitto with one reader of everything."""
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
        file.flush()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        mosquitto = subprocess.Popen(["mosquitto", "-c", file.name], **quiet)
        try:
            wait_for(lambda: connects(port), "Mosquitto")
            words = ["mosquitto_sub", "-p", str(port), "-t", "heart/#", "-F", "%l"]
            reader = subprocess.Popen(words, **quiet)
            try:
                yield port
            finally:
                reader.kill()
                reader.wait()
        finally:
            mosquitto.kill()
            mosquitto.wait()


@contextlib.contextmanager
def gateway(
    release: pathlib.Path, config: pathlib.Path, limits: tuple[int, int] | None
) -> Iterator[tuple[int, str]]:
    """heart-input, within (percent of a core, MiB) if given."""
    listen = next(line.split('"')[1] for line in config.read_text().splitlines() if line.startswith("listen"))
    with group(limits) as enter:
        process = subprocess.Popen(
            [release / "heart-input", "--config", config, "--log-level", "warn"], preexec_fn=enter
        )
        try:
            wait_for(lambda: status(listen)["link"]["ready"], "heart-input's link")
            running = lambda: [d for d in status(listen)["devices"] if d["state"] != "running"]
            wait_for(lambda: not running(), "every device to run")
            time.sleep(WARM_UP)
            yield process.pid, listen
            if process.poll() is not None:
                raise SystemExit(f"heart-input ended by itself: {process.returncode}")
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def group(limits: tuple[int, int] | None):
    """A control group with limits (version 1 controllers, as this host has them, or version 2)."""
    if limits is None:
        yield None
        return
    percent, mebibytes = limits
    base = pathlib.Path("/sys/fs/cgroup")
    if (base / "cpu").is_dir():
        quota = {"cpu.cfs_period_us": 20_000, "cpu.cfs_quota_us": 200 * percent}
        parts = {base / "cpu": quota, base / "memory": {"memory.limit_in_bytes": mebibytes << 20}}
    else:
        limits2 = {"cpu.max": f"{200 * percent} 20000", "memory.max": mebibytes << 20}
        parts = {base: limits2}
    folders = []
    try:
        for place, values in parts.items():
            folder = place / f"heart-footprint-{os.getpid()}"
            folder.mkdir()
            folders.append(folder)
            for file, value in values.items():
                (folder / file).write_text(str(value))

        def enter() -> None:
            for folder in folders:
                (folder / "cgroup.procs").write_text(str(os.getpid()))

        yield enter
    finally:
        for folder in folders:
            wait_for(lambda f=folder: not (f / "cgroup.procs").read_text(), "the group to empty")
            folder.rmdir()


def look(pid: int, seconds: float, listen: str) -> dict[str, float]:
    """CPU, memory, threads and what was said, over some seconds."""
    first, cpu, began = status(listen)["counts"], ticks(pid), time.monotonic()
    samples = metric(listen, "heart_samples_read_total")
    time.sleep(seconds)
    took = time.monotonic() - began
    last = status(listen)["counts"]
    with open(f"/proc/{pid}/status") as file:
        told = dict(line.split(":", 1) for line in file)
    return {
        "cpu": 100.0 * (ticks(pid) - cpu) / TICKS / took,
        "rss": int(told["VmRSS"].split()[0]) / 1024,
        "peak": int(told["VmHWM"].split()[0]) / 1024,
        "threads": int(told["Threads"]),
        "reports": (last["reports"] - first["reports"]) / took,
        "batches": (last["samples"] - first["samples"]) / took,
        "samples": (metric(listen, "heart_samples_read_total") - samples) / took,
    }


def allocations(release: pathlib.Path, what: str, config: pathlib.Path, seconds: float) -> dict[str, float]:
    program = release / "examples/allocations"
    words = [program, what, config, str(round(seconds))]
    out = subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(out.stdout)


def render(rows: list[tuple[str, dict[str, float]]], counted: dict[str, dict[str, float]], seconds: float) -> str:
    lines = [
        f"Measured over {seconds:.0f} s on {processor()} by `tools/footprint/run --write`.\n\n",
        "| | CPU, of one core | RSS | peak RSS | threads | reports/s | batches/s | samples/s |\n",
        "|---|---|---|---|---|---|---|---|\n",
    ]
    for name, row in rows:
        lines.append(
            f"| {name} | {row['cpu']:.1f} % | {row['rss']:.1f} MiB | {row['peak']:.1f} MiB "
            f"| {row['threads']} | {row['reports']:.0f} | {row['batches']:.0f} | {row['samples']:.0f} |\n"
        )
    lines.append("\n| allocations | per second | per report or batch |\n|---|---|---|\n")
    names = {"bytes": "from the bus to the contract's bytes", "link": "the whole gateway, with its broker"}
    for what, name in names.items():
        row = counted[what]
        said = max(1, row["reports"] + row["batches"])
        lines.append(f"| {name} | {row['allocations'] / row['seconds']:.1f} | {row['allocations'] / said:.2f} |\n")
    return "".join(lines)


def print_row(name: str, row: dict[str, float]) -> None:
    print(name, " ".join(f"{key}={value:.1f}" for key, value in row.items()))


def status(listen: str) -> dict:
    with urllib.request.urlopen(f"http://{listen}/status", timeout=5) as answer:
        return json.load(answer)


def metric(listen: str, name: str) -> float:
    with urllib.request.urlopen(f"http://{listen}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def ticks(pid: int) -> int:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def processor() -> str:
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{len(names)} shared cores of {names[0]}" if names else os.uname().machine


def connects(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(holds, what: str, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, KeyError):
            if holds():
                return
        time.sleep(0.1)
    raise SystemExit(f"waited {seconds:.0f} s for {what}")


if __name__ == "__main__":
    sys.exit(main())
