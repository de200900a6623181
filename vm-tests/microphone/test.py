"""A microphone: what is played into the kernel's loopback card comes out as levels and bands.

A tone of 1 kHz at half of full scale has an RMS of 0.354 and stands in band 8 (894 to 1283 Hz). The
card is pulled by unbinding its driver.
"""

TONE = """
import math, struct, sys
samples = [round(16384 * math.sin(2 * math.pi * n / 16)) for n in range(16000)]
second = struct.pack("<16000h", *samples)
while True:
    sys.stdout.buffer.write(second)
"""
# Columns of listen's line: node device bands COUNT PERIOD RMS PEAK BAND_0 … BAND_15
FIRST_BAND = 7


def loudest_band(line: str) -> int:
    bands = [float(word) for word in line.split()[FIRST_BAND:]]
    assert len(bands) == 16, line
    return bands.index(max(bands))


start_all()

with subtest("without a card the microphone is gone"):
    reader.wait_for_open_port(1883, timeout=90)
    gateway.wait_for_unit("multi-user.target", timeout=90)
    gateway.succeed("systemctl start heart-input", timeout=60)
    heard("room is gone since .*")

with subtest("a card: silence is heard"):
    gateway.succeed("modprobe snd-aloop")
    heard("room is running since .* ")
    heard(r"room reading rms 0\.0000")
    heard(r"room reading peak 0\.0000")

with subtest("a tone: its level, and the band that it stands in"):
    gateway.succeed(f"printf '%s' '{TONE}' >/run/tone.py")
    gateway.succeed("systemd-run --unit=tone bash -c "
                    "'python3 /run/tone.py | aplay -q -t raw -D plughw:CARD=Loopback,DEV=0"
                    " -f S16_LE -r 16000 -c 1'")
    heard(r"room reading rms 0\.35[0-9]*")
    heard(r"room reading peak 0\.(50|49)[0-9]*")
    lines = heard(r"room bands [0-9]+ [0-9]+ 0\.35[0-9]* .*").splitlines()
    assert loudest_band(lines[-1]) == 8, lines[-1]

with subtest("silence again"):
    forget()
    gateway.succeed("systemctl stop tone")
    heard(r"room reading rms 0\.0000")

with subtest("the card goes: gone, its readings lost; it comes: heard again"):
    forget()
    gateway.succeed("echo snd_aloop.0 >/sys/bus/platform/drivers/snd_aloop/unbind")
    heard("room is (gone|faulted) since .*")
    heard("room reading rms lost")
    forget()
    gateway.succeed("echo snd_aloop.0 >/sys/bus/platform/drivers/snd_aloop/bind")
    heard("room is running since .* ")
    heard(r"room reading rms 0\.0000")

with subtest("the gateway never restarted"):
    assert gateway.get_unit_property("heart-input.service", "NRestarts") == "0"
