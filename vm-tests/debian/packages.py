"""Our packages as a guest has them: the files that they ship, laid over its root.

nodes.toml names them (`packages = ["heart-input"]`); command_line.py adds them to the guest's own
files. The unit is the shipped one, letter for letter. Programs are links into /host/bin, so that
no guest copies them. What dpkg does at an install (groups by sysusers.d) systemd does at boot,
and modules-load.d is heeded; other guests have these two services masked, for their boot's sake.
"""

from pathlib import Path

from cpio import FILE, LINK

CONTRIB = Path(__file__).resolve().parents[2] / "contrib"

# Package: what it ships besides its program, from contrib/ to the guest's root.
SHIPPED = {
    "heart-input": {
        "systemd/heart-input.service": "usr/lib/systemd/system/heart-input.service",
        "sysusers/heart-input.conf": "usr/lib/sysusers.d/heart-input.conf",
        "modules-load/heart-input.conf": "usr/lib/modules-load.d/heart-input.conf",
        "udev/70-heart-input.rules": "usr/lib/udev/rules.d/70-heart-input.rules",
    },
    "heart-renderer": {
        "systemd/heart-renderer.service": "usr/lib/systemd/system/heart-renderer.service",
        "sysusers/heart-renderer.conf": "usr/lib/sysusers.d/heart-renderer.conf",
        "modules-load/heart-renderer.conf": "usr/lib/modules-load.d/heart-renderer.conf",
        "udev/70-heart-renderer.rules": "usr/lib/udev/rules.d/70-heart-renderer.rules",
    },
}

AT_BOOT = ["systemd-sysusers.service", "systemd-modules-load.service"]


def package_files(names: list[str]) -> dict[str, tuple[int, bytes]]:
    """Path to mode with type bits, and contents; nothing for a guest without packages."""
    files: dict[str, tuple[int, bytes]] = {}
    for name in names:
        for source, target in SHIPPED[name].items():
            files[target] = (FILE | 0o644, (CONTRIB / source).read_bytes())
        files[f"usr/bin/{name}"] = (LINK, f"/host/bin/{name}".encode())
    for unit in AT_BOOT if names else []:
        files[f"etc/systemd/system/{unit}"] = (LINK, f"/usr/lib/systemd/system/{unit}".encode())
    return files
