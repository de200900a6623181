"""A machine that is a QEMU process: start, crash, shutdown, link off and on, one command.

scenario.py makes them. Every socket between driver and QEMU is an inherited descriptor, so no
port and no path can collide; QEMU needs no privilege and dies with the driver.
"""

import base64
import contextlib
import ctypes
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

from command_line import command_line, own_files
from cpio import archive
from log import TestFailure
from machine import Addresses, Machine
from network import Switch

# A boot takes 6 to 9 s on an idle host, and ten times that on one that is busy.
BOOT_TIMEOUT = 300
PR_SET_PDEATHSIG = 1

POWER_OFF = "systemctl start poweroff.target --job-mode=replace-irreversibly --no-block"
LAST_WORDS = "systemctl --no-pager --failed; journalctl -b --no-pager -n 40"


def die_with_driver() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class QemuMachine(Machine):
    """One guest. Its disk lives as long as the scenario, through crashes and restarts."""

    def __init__(self, name: str, spec: dict[str, Any], addresses: Addresses, *, folder: Path,
                 base: Path, share: Path, out: Path, state: Path, switch: Switch,
                 khz: int) -> None:
        super().__init__(name, out, state / "exchange")
        self.spec, self.addresses, self.folder = spec, addresses, folder
        self.base, self.share, self.state = base, share, state
        self.switch, self.khz = switch, khz
        self.process: subprocess.Popen[bytes] | None = None
        self.booted = False
        self.spent = 0.0
        self.numbers = itertools.count(1)

    # Life

    def start(self, allow_reboot: bool = False) -> None:
        """Plugs it in; `connect`, or any command, waits for its shell."""
        if self.process_runs():
            return
        pairs = {what: socket.socketpair() for what in ("console", "agent", "monitor")}
        theirs = {what: pair[1] for what, pair in pairs.items()}
        theirs["network"] = self.switch.plug(self.name)
        command = command_line(
            self.name, self.spec, index=list(self.addresses).index(self.name) + 1, khz=self.khz,
            kernel=self.base / "vmlinux", initrd=self._initrd(), disk=self._disk(),
            folders={"xchg": (self.exchange, False), "hostshare": (self.share, True)},
            sockets={what: end.fileno() for what, end in theirs.items()})
        if allow_reboot:
            command.remove("-no-reboot")
        self.log("starting")
        self.process = subprocess.Popen(
            command, pass_fds=[end.fileno() for end in theirs.values()],
            stdin=subprocess.DEVNULL, preexec_fn=die_with_driver)
        for end in theirs.values():
            end.close()
        self.agent_socket = pairs["agent"][0]
        self.agent = cast(BinaryIO, self.agent_socket.makefile("rwb"))
        self.monitor = cast(BinaryIO, pairs["monitor"][0].makefile("rwb"))
        self.booted, self.started = False, time.monotonic()
        self.monitor.readline()
        self._ask("qmp_capabilities")
        console = (pairs["console"][0],)
        threading.Thread(target=self._read_console, args=console, daemon=True).start()

    def _disk(self) -> Path:
        disk = self.state / "disk.qcow2"
        if not disk.exists():
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw",
                            "-b", self.base / "base.ext4", disk], check=True)
        return disk

    def _initrd(self) -> Path:
        """The base's, and behind it the guest's own files: the kernel takes both."""
        initrd = self.state / "initrd"
        own = own_files(self.name, self.spec, self.addresses, self.folder)
        initrd.write_bytes((self.base / "initrd").read_bytes() + archive(own))
        return initrd

    def _read_console(self, console: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for raw in console.makefile("rb"):
                self.console_line(raw)

    def process_runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_up(self) -> bool:
        return self.booted and self.process_runs()

    def connect(self) -> None:
        if self.is_up():
            return
        self.start()
        with self.nested("waiting for the guest's shell"):
            self.agent_socket.settimeout(BOOT_TIMEOUT)
            try:
                line = self.agent.readline()
            except TimeoutError:
                line = b""
            if not line.startswith(b"ready"):
                raise TestFailure(f"{self.name}: no shell after {BOOT_TIMEOUT} s")
            self.agent_socket.settimeout(None)
            self.booted = True
            took = time.monotonic() - self.started
            self.log(f"shell after {took:.1f} s, {self.cpu():.1f} s of CPU")

    def shell(self, script: str, timeout: float) -> tuple[int, str]:
        number = next(self.numbers)
        self.agent_socket.settimeout(timeout + 60 if timeout else None)
        try:
            words = base64.b64encode(script.encode())
            self.agent.write(b"%d %d %s\n" % (number, timeout, words))
            self.agent.flush()
            while line := self.agent.readline():
                part = line.decode().rstrip("\n").split(" ")
                if part[0] == str(number):
                    output = base64.b64decode(part[2]).decode("utf-8", "replace")
                    return int(part[1]), output
        except OSError as error:
            raise TestFailure(f"{self.name}: the shell does not answer ({error})") from error
        raise TestFailure(f"{self.name}: the shell is gone")

    def last_words(self) -> str:
        return self.shell(LAST_WORDS, 60)[1]

    def crash(self) -> None:
        """Pulls the plug."""
        if self.process is not None and self.process_runs():
            self.spent = self.cpu()
            self.process.kill()
            self.process.wait()
        self._ended()

    def shutdown(self, timeout: float = 120) -> None:
        if not self.process_runs():
            return
        self.connect()
        with self.nested("shutting down"):
            self.agent.write(b"0 0 %s\n" % base64.b64encode(POWER_OFF.encode()))
            self.agent.flush()
            self.wait_for_shutdown(timeout)

    def wait_for_shutdown(self, timeout: float = 900) -> None:
        with self.nested("waiting for the machine to power off"):
            assert self.process is not None, f"{self.name} was never started"
            self.spent = self.cpu()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                raise TestFailure(
                    f"{self.name} did not power off in {timeout} s") from None
        self._ended()

    def reboot(self) -> None:
        self.shutdown()
        self.start()

    def _ended(self) -> None:
        if self.process is not None:
            self.agent_socket.close()
        self.booted = False

    # The hypervisor

    def _ask(self, command: str, **given: object) -> Any:
        """One command of QEMU's machine protocol, and its answer."""
        self.monitor.write(json.dumps({"execute": command, "arguments": given}).encode() + b"\n")
        self.monitor.flush()
        while line := self.monitor.readline():
            answer = json.loads(line)
            if "error" in answer:
                raise TestFailure(f"{self.name}: {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise TestFailure(f"{self.name}: the machine is gone")

    def send_monitor_command(self, command: str) -> str:
        return str(self._ask("human-monitor-command", **{"command-line": command}))

    def send_key(self, key: str, delay: float = 0.01) -> None:
        """One press on the guest's keyboard, by QEMU's name of the key (a, ret, ctrl-c)."""
        self.send_monitor_command(f"sendkey {key}")
        time.sleep(delay)

    def block(self) -> None:
        self.log("network link off")
        self._ask("set_link", name="nic", up=False)

    def unblock(self) -> None:
        self.log("network link on")
        self._ask("set_link", name="nic", up=True)

    def cpu(self) -> float:
        """Seconds of host CPU spent, also by processes before a crash."""
        if self.process is None or not self.process_runs():
            return self.spent
        text = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return self.spent + (int(text[11]) + int(text[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self) -> int:
        """Most memory that the process ever had."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(r"VmHWM:\s+(\d+)", status)
        return int(match[1]) // 1024 if match else 0
