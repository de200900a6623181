"""docker-compose builds the three images and brings the wall to a changed mode.

The base image is Debian from the guests' base, with what apt-get would fetch in apt's cache: a
guest has no network. Nothing is compiled in here.
"""

import re
import time
from collections.abc import Callable
from typing import Any

start_all()
machine.wait_for_unit("multi-user.target")
text = machine.succeed("cat /host/deploy/compose.md")
[block] = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
enter, compose, look = block.splitlines()

with subtest("Docker runs, with a Debian to build on"):
    machine.succeed("modprobe -a overlay bridge veth br_netfilter nft_compat")
    machine.succeed("systemctl start docker", timeout=180)
    machine.succeed("docker import /srv/debian.tar debian:bookworm-slim", timeout=300)
    machine.succeed("mkdir -p docs/deploy && cp -r /host/deploy/compose docs/deploy/ && "
                 "cp /host/packages/heart-*.deb docs/deploy/compose/")

began = time.monotonic()


def wall(what: str, holds: Callable[[Any], object], timeout: int) -> Any:
    """Waits until the renderer's status fits; says what the containers said if it does not."""
    try:
        return comes("machine", 9462, what, holds, timeout)
    except AssertionError:
        log.log(machine.succeed(f"{enter}\ndocker-compose logs --tail 30 2>&1"))
        raise


def restarts(container: str) -> int:
    return int(machine.succeed(f"docker inspect --format '{{{{.RestartCount}}}}' {container}"))


with subtest("docker-compose builds and starts all three"):
    machine.succeed(f"{enter}\n{compose}", timeout=900)
    log.log(f"note  images built and containers started after {time.monotonic() - began:.0f} s")
    wall("painting", lambda status: status["frames"], 300)
    assert '"mode"' in machine.succeed(look)

with subtest("the gateway's hands lead the wall to another mode"):
    now = wall("led elsewhere", lambda status: status["mode_changes"], 120)["mode"]
    took = time.monotonic() - began
    log.log(f"note  from docker-compose up to a changed mode ({now}): {took:.0f} s, "
            f"{took / 60:.1f} minutes")

with subtest("no container is anybody, or may write to its image"):
    for name in ("heart-input", "heart-renderer"):
        container = machine.succeed(f"docker ps -q --filter ancestor={name}").strip()
        assert machine.succeed(f"docker exec {container} id -un").strip() == "nobody"
        machine.fail(f"docker exec {container} touch /usr/bin/x")

with subtest("a killed broker comes back by itself, and so does what is heard"):
    broker = machine.succeed("docker ps -q --filter ancestor=heart-broker").strip()
    machine.succeed(f"docker inspect --format '{{{{.State.Pid}}}}' {broker} | xargs kill -9")
    wall("back", lambda status: restarts(broker) and status["nodes"][0]["state"] == "online", 120)
