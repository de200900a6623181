"""Looks at the scenarios' scripts as nixpkgs does when it builds a NixOS test: mypy, pyflakes.

    python3 vm-tests/lint.py FOLDER      needs mypy and pyflakes; FOLDER gets what is checked

A script is checked as it is run: driver_words.pyi, the names of the machines, words.py and its
test.py, one behind the other. The driver itself is checked as well. Exit status 0 or 1.
"""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

TESTS = Path(__file__).resolve().parent
# Beyond what nixpkgs asks for: functions say their types.
MYPY = [sys.executable, "-m", "mypy", "--no-error-summary", "--strict",
        "--disable-error-code=empty-body", "--cache-dir"]
PYFLAKES = [sys.executable, "-m", "pyflakes"]


def words_of(stub: str) -> list[str]:
    """The names that a driver gives to a script."""
    tree = ast.parse(stub)
    return [line.target.id for line in tree.body
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)]


def machines_of(folder: Path) -> list[str]:
    nodes = tomllib.loads((folder / "nodes.toml").read_text())["nodes"]
    return [re.sub(r"\W", "_", name) for name in nodes]


class Script:
    """One scenario's script, put together in a folder."""

    def __init__(self, folder: Path, into: Path) -> None:
        stub = (TESTS / "driver_words.pyi").read_text()
        machines = machines_of(folder)
        parts = [(TESTS / "driver_words.pyi", stub),
                 (folder / "nodes.toml", "".join(f"{name}: Machine\n" for name in machines)),
                 *((file, file.read_text()) for file in (TESTS / "words.py", folder / "test.py"))]
        self.typed = into / (re.sub(r"\W", "_", folder.name) + ".py")
        self.typed.write_text("".join(text for _, text in parts))
        self.bare = into / f"{self.typed.stem}.bare.py"
        self.bare.write_text("".join(text for _, text in parts[2:]))
        self.builtins = [*words_of(stub), *machines]
        self.parts = [(path, text.count("\n")) for path, text in parts]

    def place(self, file: str, line: int) -> str:
        """Where a line of the whole came from."""
        for path, lines in self.parts[0 if file == self.typed.name else 2:]:
            if line <= lines:
                return f"{path.relative_to(TESTS.parent)}:{line}"
            line -= lines
        return f"{file}:{line}"

    def told(self, text: str) -> str:
        """What a tool said, with the places of the files that people edit."""
        pattern = rf"(?m)^\S*?({re.escape(self.typed.stem)}(?:\.bare)?\.py):(\d+)"
        return re.sub(pattern, lambda m: self.place(m[1], int(m[2])), text)


def said(command: list[str], **environment: str) -> str:
    run = subprocess.run(command, capture_output=True, text=True, env=environment or None)
    return run.stdout + run.stderr if run.returncode else ""


def main() -> int:
    into = Path(sys.argv[1]).resolve() / "scripts"
    into.mkdir(parents=True, exist_ok=True)
    scripts = [Script(test.parent, into) for test in sorted(TESTS.glob("*/test.py"))]
    cache = str(into / "cache")
    text = said([*MYPY, cache, *(str(script.typed) for script in scripts)])
    text += said([*MYPY, cache, *map(str, sorted((TESTS / "debian").glob("*.py")))])
    others = [file for file in TESTS.glob("**/*.py") if file.name not in ("test.py", "words.py")]
    text += said([*PYFLAKES, *map(str, others)])
    for script in scripts:
        text += said([*PYFLAKES, str(script.bare)], PYFLAKES_BUILTINS=",".join(script.builtins))
        text = script.told(text)
    # A fault of words.py is one, however many scripts have it.
    lines = list(dict.fromkeys(text.splitlines()))
    print("\n".join(lines), end="\n" if lines else "", file=sys.stderr)
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
