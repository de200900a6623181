"""Makes the base of all guests, as root: kernel, small initrd, read-only root disk.

There is one for each kind of contents.py.

    vmlinux      Debian's kernel, unpacked
    initrd       busybox, the modules that the root disk needs, guest/init
    base.ext4    the root disk; guests write to overlays of their own
    stamp        what it was made from: a hash of this folder's base files

Needs mmdebstrap, dpkg, e2fsprogs, busybox-static. About 40 s and 0.5 GB, once per hash.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import contents
from cpio import FILE, archive
from kernel import DOWNLOAD, Kernel, module_bytes

HERE = Path(__file__).resolve().parent
MADE_FROM = ["base.py", "contents.py", "cpio.py", "kernel.py", "guest"]


def stamp() -> str:
    """Changes when anything that goes into the base changes."""
    digest = hashlib.sha256()
    for name in MADE_FROM:
        path = HERE / name
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest() + "\n"


def is_current(out: Path) -> bool:
    file = out / "stamp"
    return file.is_file() and file.read_text() == stamp()


def make(out: Path, mirror: str | None, kind: contents.Kind) -> None:
    began = time.monotonic()

    def lap(what: str) -> None:
        print(f"base: {what} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)

    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=out) as temporary:
        root, package = Path(temporary) / "root", Path(temporary) / "package"
        unpack(root, mirror or host_mirror(), kind)
        lap(f"Debian {contents.SUITE} unpacked")
        subprocess.run(["dpkg-deb", "-x", next((root / "kernel").glob("*.deb")), package],
                       check=True)
        shutil.rmtree(root / "kernel")
        kernel = Kernel(package)
        (out / "vmlinux").write_bytes(kernel.unpacked())
        modules = contents.INITRD_MODULES + contents.GUEST_MODULES + list(kind.modules)
        missing = kernel.install(modules, root)
        trim(root, kind)
        furnish(root)
        (out / "initrd").write_bytes(initrd(kernel))
        lap(f"kernel {kernel.version}; built in or absent: {' '.join(sorted(missing)) or '-'}")
        disk(root, out / "base.ext4", kind.room)
        lap("disk written")
    (out / "stamp").write_text(stamp())


def unpack(root: Path, mirror: str, kind: contents.Kind) -> None:
    debootstrap(root, mirror, kind.packages, kind.fetched, f"--customize-hook={DOWNLOAD}")
    if kind.image:
        image = root / "srv/debian.tar"
        debootstrap(image, mirror, [], kind.image)


def debootstrap(out: Path, mirror: str, packages: Iterable[str], fetched: Iterable[str],
                *more: str) -> None:
    """Debian in a folder or a tar; `fetched` packages only lie in apt's cache, with the lists."""
    command = ["mmdebstrap", "--variant=minbase", "--mode=root", "--quiet",
               '--aptopt=Acquire::Retries "3"',
               "--dpkgopt=path-exclude=/usr/share/man/*",
               "--dpkgopt=path-exclude=/usr/share/locale/*"]
    if packages:
        command.append(f"--include={','.join(packages)}")
    if fetched:
        # mmdebstrap's own apt would leave out what packages recommend.
        fetch = ('chroot "$1" apt-get -qq -y -o APT::Install-Recommends=true --download-only '
                 f'install {" ".join(fetched)} >/dev/null')
        command += ["--skip=cleanup/apt", f"--customize-hook={fetch}"]
    subprocess.run([*command, *more, contents.SUITE, out, mirror], check=True)


def host_mirror() -> str:
    """The Debian (not security) archive that this host's apt uses, else Debian's own."""
    lists = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(file.read_text() for file in sorted(lists) if file.is_file()) + "\n"
    found = re.search(r"https?://\S+/debian(?=/?\s)", text)
    return found[0] if found else "http://deb.debian.org/debian"


def trim(root: Path, kind: contents.Kind) -> None:
    """Takes out what only costs time or room."""
    emptied = [] if kind.fetched else contents.EMPTIED_FOLDERS
    for folder in contents.DROPPED_FOLDERS + emptied:
        shutil.rmtree(root / folder, ignore_errors=True)
    for folder in emptied:
        (root / folder).mkdir(parents=True)
    for pattern in contents.DROPPED_FILES:
        for file in root.glob(pattern):
            file.unlink()
    units = root / "etc/systemd/system"
    for unit in contents.MASKED_UNITS:
        if unit not in kind.whole_units:
            mask(units / unit)
    for rule in (root / "lib/udev/rules.d").iterdir():
        if rule.name not in contents.KEPT_RULES:
            mask(root / "etc/udev/rules.d" / rule.name)
    for generator in (root / "lib/systemd/system-generators").iterdir():
        mask(root / "etc/systemd/system-generators" / generator.name)
    # Every guest enables its own services; D-Bus is started by its socket.
    for wants in (root / "lib/systemd/system/multi-user.target.wants").iterdir():
        wants.unlink()
    for wants in units.glob("multi-user.target.wants/*"):
        wants.unlink()


def mask(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/null")


def furnish(root: Path) -> None:
    """Puts in what the driver needs."""
    units = root / "etc/systemd/system"
    for folder in ("host", "xchg"):
        (root / folder).mkdir(exist_ok=True)
    shutil.copy(HERE / "guest/vmtest-agent", root / "usr/local/sbin/vmtest-agent")
    (root / "usr/local/sbin/vmtest-agent").chmod(0o755)
    shutil.copy(HERE / "guest/vmtest-agent.service", units)
    (units / "sysinit.target.wants").mkdir(exist_ok=True)
    (units / "sysinit.target.wants/vmtest-agent.service").symlink_to("../vmtest-agent.service")
    (units / "default.target").unlink(missing_ok=True)
    (units / "default.target").symlink_to("/lib/systemd/system/multi-user.target")
    texts = {
        "etc/systemd/system/systemd-udev-trigger.service.d/vmtest.conf": contents.COLDPLUG,
        "etc/systemd/journald.conf.d/vmtest.conf": contents.JOURNAL,
        "etc/systemd/system.conf.d/vmtest.conf": contents.MANAGER,
        "etc/fstab": "",  # guest/init mounts everything
        "etc/machine-id": "",
        "etc/resolv.conf": "",
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)


def initrd(kernel: Kernel) -> bytes:
    order, _ = kernel.closure(contents.INITRD_MODULES)
    busybox = shutil.which("busybox")
    if busybox is None:
        raise SystemExit("busybox is missing: apt-get install busybox-static")
    entries = [
        ("bin/busybox", FILE | 0o755, Path(busybox).read_bytes()),
        ("init", FILE | 0o755, (HERE / "guest/init").read_bytes()),
        ("modules/order", FILE | 0o644, "".join(f"{name}.ko\n" for name in order).encode()),
    ]
    entries += [(f"modules/{name}.ko", FILE | 0o644, module_bytes(kernel.found[name]))
                for name in order]
    return archive(entries)


def disk(root: Path, image: Path, room: int) -> None:
    sizes = subprocess.run(["du", "-sm", root], capture_output=True, text=True, check=True)
    mib = int(sizes.stdout.split()[0]) * 115 // 100 + room
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^metadata_csum", "-m", "0",
                    "-L", "vmtest", "-d", root, image, f"{mib}M"], check=True)
    image.chmod(0o444)
