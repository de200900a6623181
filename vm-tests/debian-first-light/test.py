"""From a bare Debian to a changed mode by what docs/deploy/debian.md says, word for word.

apt's lists and packages are in its cache, as if just fetched: a guest has no network.
"""

import re
import time

start_all()
host.wait_for_unit("multi-user.target")

page = host.succeed("cat /root/debian.md")
first_light = page.split("\n## One host, first light\n")[1].split("\n## ")[0]
blocks = re.findall(r"^```sh\n(.*?)^```$", first_light, re.MULTILINE | re.DOTALL)
assert len(blocks) == 3, "the page has other blocks than this script knows"

# Without /host/bin, where the driver's guests find programs otherwise.
bare = "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; "
host.fail(bare + "command -v mosquitto heart-input heart-renderer")
began = time.monotonic()


def typed(block: str, timeout: int) -> str:
    """A block of the page, in the folder where the packages lie."""
    return host.succeed(f"{bare}cd /host/packages\n{block}", timeout=timeout)


def status() -> Any:
    return json.loads(typed(blocks[2], 30))


with subtest("apt installs broker, gateway and renderer, and starts nothing of ours"):
    typed(blocks[0], 900)
    host.fail("systemctl is-active heart-input heart-renderer")
    log.log(f"note  installed after {time.monotonic() - began:.0f} s")

with subtest("both configurations are right, both programs start"):
    typed(blocks[1], 120)
    for unit in ("heart-input.service", "heart-renderer.service"):
        host.wait_for_unit(unit, timeout=120)

with subtest("the hands of the gateway lead the wall to another mode"):
    first = status()["mode"]
    seen = {first}

    def is_led(_last: bool) -> bool:
        seen.add(status()["mode"])
        return len(seen) > 1

    retry(is_led, 240)
    took = time.monotonic() - began
    log.log(f"note  from a bare Debian to a changed mode ({first} to {(seen - {first}).pop()}): "
        f"{took:.0f} s, {took / 60:.1f} minutes")
    gateways = {node["node"]: node["state"] for node in status()["nodes"]}
    assert gateways == {"gw-1": "online"}, gateways
