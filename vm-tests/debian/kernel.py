"""The guests' kernel and its modules, from Debian's package.

base.py calls it. The kernel is unpacked to its ELF form, which QEMU enters directly: no boot
loader, and none of the 4 s of decompression under TCG.
"""

import functools
import lzma
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

SIGNED = b"~Module signature appended~\n"
XZ = b"\xfd7zXZ\0"

# Fetched with the new tree's own sources, unpacked, never installed. A hook of mmdebstrap.
DOWNLOAD = r"""mkdir "$1/kernel"; cd "$1/kernel"; export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
apt-get -q download "$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: //p' |
    head -n 1)" """


class Kernel:
    """One unpacked kernel package."""

    def __init__(self, package: Path) -> None:
        folders = (package / "usr/lib/modules", package / "lib/modules")
        library = next(folder for folder in folders if folder.is_dir())
        self.modules = sorted(library.iterdir())[0]
        self.version = self.modules.name
        self.image = package / f"boot/vmlinuz-{self.version}"
        self.found = {module_name(path): path for path in self.modules.rglob("*.ko*")}

    def unpacked(self) -> bytes:
        """The ELF kernel inside the image; Debian 12 packs with xz."""
        image = self.image.read_bytes()
        at = image.find(XZ)
        elf = lzma.LZMADecompressor().decompress(image[at:]) if at >= 0 else b""
        if not elf.startswith(b"\x7fELF"):
            raise SystemExit(f"{self.image} is not packed with xz; kernel.py has to learn how")
        return elf

    def closure(self, names: Iterable[str]) -> tuple[list[str], set[str]]:
        """The modules and all that they need, in the order of loading; and what is not there
        (built in, or absent)."""
        order: list[str] = []
        missing: set[str] = set()

        def visit(name: str) -> None:
            name = name.replace("-", "_")
            if name in order:
                return
            if name not in self.found:
                missing.add(name)
                return
            for needed in needs(self.found[name]):
                visit(needed)
            order.append(name)

        for name in names:
            visit(name)
        return order, missing

    def install(self, names: Iterable[str], root: Path) -> set[str]:
        """Puts modules where modprobe finds them. Returns what is not there."""
        into = root / "usr/lib/modules" / self.version
        into.mkdir(parents=True, exist_ok=True)
        for file in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy(self.modules / file, into)
        order, missing = self.closure(names)
        for name in order:
            path = self.found[name]
            relative = path.relative_to(self.modules).with_name(path.name.removesuffix(".xz"))
            (into / relative).parent.mkdir(parents=True, exist_ok=True)
            (into / relative).write_bytes(module_bytes(path))
        subprocess.run(["chroot", root, "depmod", self.version], check=True)
        return missing


def module_name(path: Path) -> str:
    return path.name.split(".ko")[0].replace("-", "_")


def needs(path: Path) -> list[str]:
    """What a module says it needs, in its .modinfo section."""
    match = re.search(rb"\0depends=([^\0]*)\0", module_bytes(path))
    return [name for name in match[1].decode().split(",") if name] if match else []


@functools.cache
def module_bytes(path: Path) -> bytes:
    """A module, unpacked and without its signature: checking RSA takes long under TCG, and
    Debian's kernels do not insist on it."""
    data = path.read_bytes()
    if path.suffix == ".xz":
        data = lzma.decompress(data)
    if data.endswith(SIGNED):
        end = len(data) - len(SIGNED)
        length = int.from_bytes(data[end - 4:end], "big")
        data = data[:end - 12 - length]
    return data
