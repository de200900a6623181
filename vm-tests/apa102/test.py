"""An APA102 strip on a SPI bus: what the `apa102` output sends, as LEDs take it.

The pretended strip is in vm-tests/debian/devices/chips. `strip` (crates/heart-output/examples) shows
a PNG on the output.
"""

import struct
import tempfile
import zlib

WIDTH, HEIGHT = 60, 20
LEDS = WIDTH * HEIGHT


def colours(x: int, y: int) -> tuple[int, int, int]:
    return (x * 7 + y * 3) % 256, (x * y) % 256, 255 - (x + y) % 256


def lit(sums: list[int]) -> str:
    return f"lit {LEDS}, level 31 to 31, red {sums[0]}, green {sums[1]}, blue {sums[2]}"


def said(unit: str, line: str, timeout: int = 60) -> None:
    """The strip on this bus has shown it."""
    found = f"journalctl -u {unit} -o cat | grep -x '{line}'"
    gateway.wait_until_succeeds(
        f"{found} || {{ journalctl -u {unit} -n 5; exit 1; }}", timeout=timeout
    )


def png() -> bytes:
    """What `colours` says, as a PNG that no code of ours has made."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    rows = [bytes(v for x in range(WIDTH) for v in colours(x, y)) for y in range(HEIGHT)]
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


places = [(x, y) for y in range(HEIGHT) for x in range(WIDTH)]
sums = [sum((at + 1) * colours(*place)[c] for at, place in enumerate(places)) for c in range(3)]
picture, dark = lit(sums), lit([0, 0, 0])

start_all()

with subtest("a bus that is not there is waited for, and the picture arrives LED for LED"):
    gateway.wait_for_unit("multi-user.target", timeout=90)
    gateway.succeed("modprobe -a cuse")
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(png())
        file.flush()
        gateway.copy_from_host(file.name, "/run/picture.png")
    gateway.succeed("systemd-run --quiet --unit=show strip /dev/spidev9.0 /run/picture.png 600")
    gateway.succeed("pretend bus cusespi spidev9.0")
    play("bus", "plug 0 apa102", f"set 0 leds {LEDS}")
    said("bus", picture)

with subtest("the bus goes and comes back: the picture is there again"):
    gateway.succeed("systemctl stop bus")
    gateway.succeed("pretend again cusespi spidev9.0")
    play("again", "plug 0 apa102", f"set 0 leds {LEDS}")
    said("again", picture)

with subtest("at the end the strip is dark"):
    gateway.succeed("systemctl stop show")
    gateway.succeed("strip /dev/spidev9.0 /run/picture.png 1", timeout=60)
    said("again", dark)
