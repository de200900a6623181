"""Our packages as a guest has them: the files that they ship, laid over its root.

nodes.toml names them (`packages = ["heart-input"]`); command_line.py adds them to the guest's own
files. What is shipped is read where cargo-deb reads it, in the program's Cargo.toml; the unit is
the shipped one, letter for letter. Programs are links into /host/bin, so that no guest copies them.
What dpkg does at an install (groups by sysusers.d) systemd does at boot, and modules-load.d is
heeded; other guests have these two services masked, for their boot's sake.
"""

import tomllib
from pathlib import Path

from contents import PACKAGE_UNITS
from cpio import FILE, LINK

CRATES = Path(__file__).resolve().parents[2] / "crates"
SYSTEM = "usr/lib/systemd/system"


def shipped(name: str) -> dict[str, Path]:
    """What the package has of contrib/: the path in the guest, and the file."""
    crate = CRATES / name
    deb = tomllib.loads((crate / "Cargo.toml").read_text())["package"]["metadata"]["deb"]
    unit = f"{deb['systemd-units']['unit-name']}.service"
    files = {f"{SYSTEM}/{unit}": crate / deb["systemd-units"]["unit-scripts"] / unit}
    for source, folder, _mode in deb["assets"]:
        file = crate / source
        if "contrib" in file.parts:
            files[folder + file.name] = file
    return files


def package_files(names: list[str]) -> dict[str, tuple[int, bytes]]:
    """Path to mode with type bits, and contents; nothing for a guest without packages."""
    files: dict[str, tuple[int, bytes]] = {}
    for name in names:
        for target, source in shipped(name).items():
            files[target] = (FILE | 0o644, source.read_bytes())
        files[f"usr/bin/{name}"] = (LINK, f"/host/bin/{name}".encode())
    for unit in PACKAGE_UNITS if names else []:
        files[f"etc/systemd/system/{unit}"] = (LINK, f"/{SYSTEM}/{unit}".encode())
    return files
