"""docker-compose builds the three images and brings the wall to a changed mode.

The base image is Debian from the guests' base, with what apt-get would fetch in apt's cache: a
guest has no network. Nothing is compiled in here.
"""

import re
import time

start_all()
host.wait_for_unit("multi-user.target")

page = host.succeed("cat /root/compose.md")
[block] = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
into, start, look = block.splitlines()

with subtest("Docker runs, with a Debian to build on"):
    host.succeed("modprobe -a overlay bridge veth br_netfilter nft_compat")
    host.succeed("systemctl start docker", timeout=180)
    host.succeed("docker import /srv/debian.tar debian:bookworm-slim", timeout=300)
    host.succeed("mkdir -p docs/deploy && cp -r /host/compose docs/deploy/ && "
                 "cp /host/packages/heart-*.deb docs/deploy/compose/")

began = time.monotonic()


def status() -> Any:
    return json.loads(host.succeed(look))


def restarts(container: str) -> int:
    return int(host.succeed(f"docker inspect --format '{{{{.RestartCount}}}}' {container}"))


with subtest("docker-compose builds and starts all three"):
    host.succeed(f"{into}\n{start}", timeout=900)
    log.log(f"note  images built and containers started after {time.monotonic() - began:.0f} s")
    host.wait_until_succeeds(look.replace("-s", "-sf"), timeout=120)

with subtest("the gateway's hands lead the wall to another mode"):
    first = status()["mode"]
    seen = {first}

    def is_led(_last: bool) -> bool:
        seen.add(status()["mode"])
        return len(seen) > 1

    retry(is_led, 240)
    took = time.monotonic() - began
    log.log(f"note  from docker-compose up to a changed mode ({first} to {(seen - {first}).pop()}): "
        f"{took:.0f} s, {took / 60:.1f} minutes")

with subtest("no container is anybody, or may write to its image"):
    for name in ("heart-input", "heart-renderer"):
        container = host.succeed(f"docker ps -q --filter ancestor={name}").strip()
        assert host.succeed(f"docker exec {container} id -un").strip() == "nobody"
        host.fail(f"docker exec {container} touch /usr/bin/x")

with subtest("a killed broker comes back by itself, and so does what is heard"):
    broker = host.succeed("docker ps -q --filter ancestor=heart-broker").strip()
    host.succeed(f"docker inspect --format '{{{{.State.Pid}}}}' {broker} | xargs kill -9")
    retry(lambda _last: restarts(broker) > 0 and status()["nodes"][0]["state"] == "online", 120)
