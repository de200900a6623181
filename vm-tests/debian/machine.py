"""A machine as test scripts see it: the NixOS test driver's calls that need only a root shell.

qemu.py adds what the hypervisor gives. Commands run as root under `set -euo pipefail`; every
wait has a limit, 900 s unless the script says less, as in NixOS.
"""

import base64
import contextlib
import re
import shlex
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from log import TestFailure, log, log_console, nested, retry, seconds

Addresses = Mapping[str, str]


class Machine:
    """Everything but starting, stopping and running one command."""

    def __init__(self, name: str, out: Path, exchange: Path) -> None:
        self.name, self.out, self.exchange = name, out, exchange
        self.exchange.mkdir(parents=True)
        self.lines: list[str] = []
        self.seen = 0
        self.changed = threading.Condition()

    def connect(self) -> None:
        raise NotImplementedError

    def shell(self, script: str, timeout: float) -> tuple[int, str]:
        """Status and standard output of a script; 0 is no limit."""
        raise NotImplementedError

    def log(self, text: str) -> None:
        log(text, self.name)

    def nested(self, text: str) -> contextlib.AbstractContextManager[None]:
        return nested(text, self.name)

    # Commands

    def execute(self, command: str, check_return: bool = True, check_output: bool = True,
                timeout: float | None = 900) -> tuple[int, str]:
        self.connect()
        script = f"set -euo pipefail; {command}"
        if not check_output:
            script = f"({script}) >/dev/console 2>&1"
        status, output = self.shell(script, timeout or 0)
        return (status if check_return else -2), output

    def succeed(self, *commands: str, timeout: float | None = None) -> str:
        output = ""
        for command in commands:
            with self.nested(f"must succeed: {command}"):
                status, out = self.execute(command, timeout=timeout)
                if status != 0:
                    self.log(f"output: {out}")
                    raise TestFailure(
                        f"{self.name}: command `{command}` failed (exit code {status})")
                output += out
        return output

    def fail(self, *commands: str, timeout: float | None = None) -> str:
        output = ""
        for command in commands:
            with self.nested(f"must fail: {command}"):
                status, out = self.execute(command, timeout=timeout)
                if status == 0:
                    raise TestFailure(
                        f"{self.name}: command `{command}` unexpectedly succeeded")
                output += out
        return output

    def _until(self, command: str, timeout: float, wanted: bool, what: str) -> str:
        last = ""

        def check(_is_last: bool) -> bool:
            nonlocal last
            status, last = self.execute(command, timeout=timeout)
            return (status == 0) == wanted

        with self.nested(f"waiting for {what}: {command}"):
            try:
                retry(check, timeout)
            except TestFailure as failure:
                raise TestFailure(f"{self.name}: {failure}: {command}\n{last}") from None
        return last

    def wait_until_succeeds(self, command: str, timeout: float = 900) -> str:
        return self._until(command, timeout, True, "success")

    def wait_until_fails(self, command: str, timeout: float = 900) -> str:
        return self._until(command, timeout, False, "failure")

    # Units

    def systemctl(self, query: str, user: str | None = None) -> tuple[int, str]:
        if user is not None:
            query = f"--user --machine={shlex.quote(user)}@.host {query}"
        return self.execute(f"systemctl {query}")

    def get_unit_info(self, unit: str, user: str | None = None) -> dict[str, str]:
        status, text = self.systemctl(f"--no-pager show {shlex.quote(unit)}", user)
        if status != 0:
            raise TestFailure(f"{self.name}: no information on {unit} (exit code {status})")
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def get_unit_property(self, unit: str, property: str, user: str | None = None) -> str:
        query = f"--no-pager show {shlex.quote(unit)} --property={property} --value"
        status, text = self.systemctl(query, user)
        if status != 0:
            raise TestFailure(f"{self.name}: no property {property} of unit {unit}")
        return text.strip()

    def require_unit_state(self, unit: str, require_state: str = "active") -> None:
        state = self.get_unit_property(unit, "ActiveState")
        if state != require_state:
            raise TestFailure(f"{self.name}: unit {unit} is {state}, expected {require_state}")

    def wait_for_unit(self, unit: str, user: str | None = None, timeout: float = 900) -> None:
        def is_active(_is_last: bool) -> bool:
            state = self.get_unit_property(unit, "ActiveState", user)
            if state == "failed":
                raise TestFailure(f"{self.name}: unit {unit} reached state failed")
            if state == "inactive":
                _, jobs = self.systemctl("list-jobs --full 2>&1", user)
                if "No jobs" in jobs:
                    state = self.get_unit_property(unit, "ActiveState", user)
                    if state == "inactive":
                        raise TestFailure(
                            f"{self.name}: unit {unit} is inactive and no jobs are pending")
            return state == "active"

        with self.nested(f"waiting for unit {unit}"):
            retry(is_active, timeout)

    def start_job(self, jobname: str, user: str | None = None) -> tuple[int, str]:
        return self.systemctl(f"start {jobname}", user)

    def stop_job(self, jobname: str, user: str | None = None) -> tuple[int, str]:
        return self.systemctl(f"stop {jobname}", user)

    # Files, ports, consoles

    def wait_for_file(self, filename: str, timeout: float = 900) -> None:
        self._until(f"test -e {shlex.quote(filename)}", timeout, True, "file")

    def wait_for_open_port(self, port: int, addr: str = "localhost",
                           timeout: float = 900) -> None:
        self._until(f"(exec 3<>/dev/tcp/{addr}/{port}) 2>/dev/null", timeout, True,
                    f"TCP port {port}")

    def wait_for_closed_port(self, port: int, addr: str = "localhost",
                             timeout: float = 900) -> None:
        self._until(f"(exec 3<>/dev/tcp/{addr}/{port}) 2>/dev/null", timeout, False,
                    f"closed TCP port {port}")

    def wait_for_open_unix_socket(self, addr: str, is_datagram: bool = False,
                                  timeout: float = 900) -> None:
        kind = "-xdH" if is_datagram else "-xlH"
        self._until(f"ss {kind} src unix:{shlex.quote(addr)} | grep . >/dev/null", timeout, True,
                    f"socket {addr}")

    def console_line(self, raw: bytes) -> None:
        """Takes one line of the console; into the file NAME.console as well."""
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", raw.decode("utf-8", "replace")).rstrip()
        with self.changed:
            self.lines.append(text)
            self.changed.notify_all()
        with open(self.out / f"{self.name}.console", "a") as file:
            file.write(f"{seconds()} {text}\n")
        log_console(text, self.name)

    def wait_for_console_text(self, regex: str, timeout: float = 900) -> None:
        """A match in the lines that no earlier call has looked at."""
        end = time.monotonic() + timeout
        with self.nested(f"waiting for /{regex}/ on the console"), self.changed:
            while True:
                text = "\n".join(self.lines[self.seen:])
                if match := re.search(regex, text):
                    self.seen += text[:match.end()].count("\n") + 1
                    return
                if time.monotonic() > end:
                    raise TestFailure(f"{self.name}: /{regex}/ did not appear on the console")
                self.changed.wait(0.5)

    def get_console_log(self) -> str:
        return "\n".join(self.lines)

    def copy_from_host_via_shell(self, source: str, target: str) -> None:
        contents = base64.b64encode(Path(source).read_bytes()).decode()
        self.succeed(f"mkdir -p $(dirname {target}) && base64 -d >{target} <<<{contents}")

    def copy_from_host(self, source: str, target: str) -> None:
        with self.nested(f"copying {source} to {target}"):
            into = self.exchange / f"in.{time.monotonic_ns()}"
            copy: Callable[[str, Path], Any] = (
                shutil.copytree if Path(source).is_dir() else shutil.copy)
            copy(source, into)
            self.succeed(
                f"mkdir -p $(dirname {target}); cp -rT /xchg/{into.name} {target}; sync")

    def copy_from_vm(self, source: str, target_dir: str = "") -> None:
        with self.nested(f"copying {source} out"):
            name, into = f"out.{time.monotonic_ns()}", self.out / target_dir
            self.succeed(f"cp -rT {source} /xchg/{name}; sync")
            into.mkdir(parents=True, exist_ok=True)
            got = self.exchange / name
            if got.is_dir():
                shutil.copytree(got, into / Path(source).name, dirs_exist_ok=True)
            else:
                shutil.copy(got, into / Path(source).name)

    def sleep(self, secs: float) -> None:
        time.sleep(secs)
