"""One scenario: its machines, the words its script may use, and the end of it all.

__main__.py makes one per run. The script's words are those of the NixOS test driver.
"""

import contextlib
import os
import re
import shutil
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from command_line import time_stamp_khz
from log import Log, TestFailure, log, nested, quiet_consoles, retry
from machine import Addresses
from network import Switch
from qemu import QemuMachine


def bases(folder: Path) -> list[str]:
    """The kind of base of each node that the folder describes, in the order of their names."""
    described = tomllib.loads((folder / "nodes.toml").read_text())
    usual = described.get("defaults", {}).get("base", "usual")
    return [node.get("base", usual) for _, node in sorted(described["nodes"].items())]


class Scenario:
    """The folder that describes it, and what runs of it."""

    def __init__(self, folder: Path, base: Path, share: Path, out: Path) -> None:
        self.folder, self.out = folder, out
        self.temporary = Path(tempfile.mkdtemp(prefix="heart-vm-"))
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        described = tomllib.loads((folder / "nodes.toml").read_text())
        names = sorted(described["nodes"])
        addresses: Addresses = {name: f"192.168.1.{i}" for i, name in enumerate(names, 1)}
        switch = Switch()
        switch.start()
        defaults, khz = described.get("defaults", {}), time_stamp_khz()
        self.machines = [
            QemuMachine(name, {**defaults, **described["nodes"][name]}, addresses,
                        folder=folder, base=base / kind, share=share, out=out,
                        state=self.temporary / name, switch=switch, khz=khz)
            for name, kind in zip(names, bases(folder), strict=True)
        ]
        self.subtests: list[tuple[str, bool, float]] = []

    @contextlib.contextmanager
    def subtest(self, name: str) -> Iterator[None]:
        began, passed = time.monotonic(), False
        with nested(f"subtest: {name}"):
            try:
                yield
                passed = True
            finally:
                self.subtests.append((name, passed, round(time.monotonic() - began, 1)))

    def start_all(self) -> None:
        for machine in self.machines:
            machine.start()

    def join_all(self) -> None:
        for machine in self.machines:
            machine.wait_for_shutdown()

    def words(self) -> dict[str, Any]:
        """The names that a script finds."""
        words: dict[str, Any] = {re.sub(r"\W", "_", m.name): m for m in self.machines}
        if len(self.machines) == 1:
            words["machine"] = self.machines[0]
        return words | {
            "machines": self.machines, "start_all": self.start_all, "join_all": self.join_all,
            "subtest": self.subtest, "retry": retry, "log": Log(), "driver": self,
            "os": os,
            "serial_stdout_on": lambda: quiet_consoles(False),
            "serial_stdout_off": lambda: quiet_consoles(True),
        }

    def close(self, failed: bool) -> None:
        """Ends every machine; of a failed run the last words are kept."""
        for machine in self.machines:
            if failed and machine.is_up():
                with contextlib.suppress(TestFailure, OSError):
                    log(machine.last_words(), machine.name)
            if machine.process_runs():
                log(f"memory at most {machine.resident_mib()} MiB, CPU {machine.cpu():.1f} s",
                    machine.name)
            with contextlib.suppress(TestFailure, OSError):
                machine.crash()
        shutil.rmtree(self.temporary, ignore_errors=True)
