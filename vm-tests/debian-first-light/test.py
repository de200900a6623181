"""From a bare Debian to a changed mode by what docs/deploy/debian.md says, word for word.

apt's lists and packages are in its cache, as if just fetched: a guest has no network.
"""

import re
import time

start_all()
machine.wait_for_unit("multi-user.target")
text = machine.succeed("cat /host/deploy/debian.md")
first_light = text.split("\n## One host, first light\n")[1].split("\n## ")[0]
blocks = re.findall(r"^```sh\n(.*?)^```$", first_light, re.MULTILINE | re.DOTALL)
assert len(blocks) == 3, "the page has other blocks than this script knows"

# Without /host/bin, where the driver's guests find programs otherwise.
bare = "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; "
machine.fail(bare + "command -v mosquitto heart-input heart-renderer")
began = time.monotonic()


def typed(block: str, timeout: int) -> str:
    """A block of the page, in the folder where the packages lie."""
    return machine.succeed(f"{bare}cd /host/packages\n{block}", timeout=timeout)


with subtest("apt installs broker, gateway and renderer, and starts nothing of ours"):
    typed(blocks[0], 900)
    machine.fail("systemctl is-active heart-input heart-renderer")
    log.log(f"note  installed after {time.monotonic() - began:.0f} s")

with subtest("both configurations are right, both programs start"):
    typed(blocks[1], 120)
    for unit in ("heart-input.service", "heart-renderer.service"):
        machine.wait_for_unit(unit, timeout=120)

with subtest("the hands of the gateway lead the wall to another mode"):
    comes("machine", 9462, "painting", lambda status: status["frames"], 120)
    assert '"mode"' in typed(blocks[2], 30)
    now = comes("machine", 9462, "led elsewhere", lambda status: status["mode_changes"], 240)
    took = time.monotonic() - began
    log.log(f"note  from a bare Debian to a changed mode ({now['mode']}): {took:.0f} s, "
            f"{took / 60:.1f} minutes")
    gateways = {node["node"]: node["state"] for node in now["nodes"]}
    assert gateways == {"gw-1": "online"}, gateways
