"""What the driver prints: one line per thing done, with the time since its start.

Every module of the driver uses it. It prints and counts time, nothing else.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

BEGAN = time.monotonic()

_lock = threading.Lock()
_depth = 0
_quiet = True


class TestFailure(Exception):
    """Something that a script demanded did not come true."""


def seconds() -> float:
    """Since the start of the driver."""
    return round(time.monotonic() - BEGAN, 1)


def log(text: str, who: str = "") -> None:
    with _lock:
        print(f"{seconds():7.1f} {'  ' * _depth}{who + ': ' if who else ''}{text}", flush=True)


class Log:
    """The word `log` of scripts."""

    def log(self, message: str) -> None:
        log(message)


def quiet_consoles(quiet: bool) -> None:
    """Whether the guests' consoles are kept out of the log (they are always in files)."""
    global _quiet
    _quiet = quiet


def log_console(text: str, who: str) -> None:
    if text and not _quiet:
        with _lock:
            print(f"{seconds():7.1f} {who} # {text}", flush=True)


@contextlib.contextmanager
def nested(text: str, who: str = "") -> Iterator[None]:
    """Logs what is done, indents what is logged meanwhile, and says how long it took."""
    global _depth
    log(text, who)
    _depth += 1
    began = time.monotonic()
    try:
        yield
    finally:
        _depth -= 1
        if time.monotonic() - began > 0.5:
            log(f"({text[:60]}: {time.monotonic() - began:.1f} s)", who)


def retry(condition: Callable[[bool], object], timeout: float = 900, pause: float = 0.5) -> None:
    """Calls `condition(is_last_try)` until it is true."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition(False):
            return
        time.sleep(pause)
    if not condition(True):
        raise TestFailure(f"action timed out after {timeout} seconds")
