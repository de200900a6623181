#!/usr/bin/env python3
"""Runs test scripts in the NixOS test driver's words against Debian guests under QEMU.

    python3 vm-tests/debian base [--kind KIND] OUT         makes OUT/KIND, a base, as root
    python3 vm-tests/debian current [--kind KIND] OUT      0 if it is what `base` would make
    python3 vm-tests/debian kinds SCENARIO…                the bases that these need
    python3 vm-tests/debian run --base OUT [options] SCENARIO

./check-vm calls it. A scenario is a folder with nodes.toml (the machines) and test.py (the
script); docs/vm_tests.md tells how to write one. Python 3.11, standard library only.
"""

import argparse
import json
import signal
import sys
import traceback
from pathlib import Path

import base
import contents
from log import TestFailure, log, quiet_consoles, seconds
from scenario import Scenario, bases


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("base", "current"):
        command = commands.add_parser(name)
        command.add_argument("out", type=Path)
        command.add_argument("--kind", choices=sorted(contents.KINDS), default="usual")
        command.add_argument("--mirror", help="default: the Debian mirror of this host")
    kinds = commands.add_parser("kinds")
    kinds.add_argument("scenarios", type=Path, nargs="+")
    run = commands.add_parser("run")
    run.add_argument("scenario", type=Path)
    run.add_argument("--base", type=Path, required=True)
    run.add_argument("--out", type=Path, required=True, help="gets consoles and result.json")
    run.add_argument("--share", type=Path, required=True, help="/host in every guest, read only")
    run.add_argument("--timeout", type=int, default=300, help="of the whole run, seconds")
    run.add_argument("--consoles", action="store_true", help="show the guests' consoles")
    return parser.parse_args()


def too_long(limit: int) -> None:
    """Ends the script by an exception, wherever it waits."""

    def end(_number: int, _frame: object) -> None:
        raise TestFailure(f"the run was told to end, or took more than {limit} s")

    signal.signal(signal.SIGALRM, end)
    signal.signal(signal.SIGTERM, end)
    signal.alarm(limit)


def run(asked: argparse.Namespace) -> int:
    """Performs one scenario; 0 or 1."""
    quiet_consoles(not asked.consoles)
    scenario = Scenario(asked.scenario.resolve(), asked.base.resolve(), asked.share.resolve(),
                        asked.out.resolve())
    failed, why = True, ""
    try:
        too_long(asked.timeout)
        words = scenario.words()
        for script in (scenario.folder.parent / "words.py", scenario.folder / "test.py"):
            exec(compile(script.read_text(), str(script), "exec"), words)
        failed = False
    except BaseException:
        why = traceback.format_exc()
        log("FAILED; the guests' last words follow, and then why")
    finally:
        signal.alarm(0)
        scenario.close(failed)
    if why:  # after the guests' words, for of a long log people see the end
        log(why)
    for name, passed, took in scenario.subtests:
        log(f"{'pass' if passed else 'FAIL'}  {name} ({took} s)")
    result = {
        "ok": not failed, "seconds": seconds(),
        "subtests": [{"name": n, "ok": ok, "seconds": took} for n, ok, took in scenario.subtests],
    }
    (scenario.out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    log(f"{'FAILED' if failed else 'passed'} in {result['seconds']} s")
    return int(failed)


def main() -> int:
    asked = arguments()
    if asked.command == "base":
        base.make(asked.out / asked.kind, asked.mirror, contents.KINDS[asked.kind])
        return 0
    if asked.command == "current":
        return 0 if base.is_current(asked.out / asked.kind) else 1
    if asked.command == "kinds":
        print(*sorted({kind for folder in asked.scenarios for kind in bases(folder)}))
        return 0
    return run(asked)


if __name__ == "__main__":
    sys.exit(main())
