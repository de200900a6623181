"""Archives in the kernel's initrd format ("newc"), made in memory.

base.py writes the guests' initrd with it, qemu.py the part that makes each guest itself.
"""

import io
from collections.abc import Iterable

FILE = 0o100000
FOLDER = 0o040000
LINK = 0o120777

# Path, mode with its type bits, contents (a link's target).
Entry = tuple[str, int, bytes]


def archive(entries: Iterable[Entry]) -> bytes:
    """All entries and the folders above them."""
    out = io.BytesIO()
    folders: set[str] = set()
    number = 0

    def put(path: str, mode: int, contents: bytes) -> None:
        nonlocal number
        number += 1
        name = path.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(contents), 0, 0, 0, 0, len(name), 0)
        out.write(b"070701" + b"".join(b"%08x" % field for field in fields) + name)
        out.write(b"\0" * (-out.tell() % 4) + contents)
        out.write(b"\0" * (-out.tell() % 4))

    for path, mode, contents in entries:
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder not in folders:
                folders.add(folder)
                put(folder, FOLDER | 0o755, b"")
        put("/".join(parts), mode, contents)
    put("TRAILER!!!", 0, b"")
    return out.getvalue()
