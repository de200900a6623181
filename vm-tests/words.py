"""Words that the scenarios share. Run in front of each test.py, in its namespace.

Under NixOS: testScript = readFile ./words.py + readFile ./input/test.py. They speak of two
machines: `gateway` runs heart-input, and on `reader` listen (crates/heart-link/examples) writes
what it believes to /run/heard.
"""

import subprocess


def heard(line, timeout=40):
    """The line, a regular expression, is among what the reader has printed since `forget`."""
    found = f"grep -E -x 'gw-1 {line}' /run/heard || {{ tail -n 30 /run/heard; exit 1; }}"
    return reader.wait_until_succeeds(found, timeout=timeout)


def forget():
    reader.succeed(": >/run/heard")


def play(unit, *lines):
    """Has a pretended device do something."""
    text = "".join(f"{line}\n" for line in lines)
    gateway.succeed(f"printf '{text}' >/run/{unit}.in")


def seconds_back(unit, device):
    """From the moment the kernel has the device to the gateway's `running`, on one clock."""
    here = gateway.succeed(f"journalctl -u {unit} -o cat | grep '^here' | tail -n 1").split()[1]
    running = heard(f"{device} is running since .*").splitlines()[-1].split()[5]
    return float(running) - float(here)


def counted(metric):
    """A metric of the gateway; 0 while it is not there."""
    page = gateway.succeed("curl -s http://127.0.0.1:9461/metrics")
    values = [line.split()[-1] for line in page.splitlines() if line.startswith(metric)]
    return sum(float(value) for value in values)


def cpu_share(seconds):
    """CPU of heart-input while nothing happens: % of the guest's core, and of the host's.

    An emulated second, on a host that others use too, is a fraction of a real one: the same piece
    of work is timed in both.
    """
    def spent():
        nanos = gateway.succeed("systemctl show heart-input --property=CPUUsageNSec --value")
        uptime = gateway.succeed("cat /proc/uptime").split()[0]
        return int(nanos) / 1e9, float(uptime)

    def work(run):
        loop = "TIMEFORMAT='%U %S'; { time for ((i = 0; i < 20000; i++)); do :; done; } 2>&1"
        user, system = run(loop).split()
        return float(user) + float(system)

    def on_the_host(script):
        run = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        return run.stdout

    before = spent()
    gateway.sleep(seconds)
    after = spent()
    share = 100 * (after[0] - before[0]) / (after[1] - before[1])
    return share, share / (work(gateway.succeed) / work(on_the_host))
