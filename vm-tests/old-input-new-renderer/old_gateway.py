#!/usr/bin/env python3
"""A gateway of the first contract, made of its recorded bytes (schema/fixtures/v1.0).

    old_gateway.py FIXTURES BROKER < script

Says the recorded status, catalogue and report, then a beat every 250 ms. Of the bytes only numbers
are changed, in their places: stamps, and in the report what the script says. Its lines:
    turn N            the knob's detents, relative
    press             the knob's button, pressed and let go: one short press more
    hold | release    the other button (south)
    later             from now on reports are of a later minor: version 1.7, two more fields
    unknown           from now on `last` of the knob's button is a value that nobody knows
    major             one report of the next major version, by its file identifier
Python's standard library only: a socket, and MQTT 3.1.1 by hand.
"""

import pathlib
import select
import socket
import struct
import sys
import time

ROOT = "heart/v1/lab/gw-1"
BEAT_EVERY = 0.25

# Where the numbers lie in the recorded bytes; the fixtures say so line by line.
SEQ, CAPTURED, SENT, WALL = 0x28, 0x30, 0x38, 0x40      # of each message's stamp
SEEN_KNOB = 0x94                                        # in the beat: low and high half
BUTTON, SOUTH = 0x80, 0x98                              # in the report: changed_at comes first
PRESSES, SHORTS, PRESSED, LAST = 8, 12, 22, 23          # within a button
TURNED_AT, POSITION, STEP = 0xB8, 0xC0, 0xC6            # of the encoder
PRESSED_WORD, SHORT_WORD, RELEASED_WORD, TAP_WORD = 1, 2, 4, 5


def recorded(path):
    lines = (line.split("#")[0] for line in path.read_text().splitlines())
    return bytearray.fromhex("".join(lines))


def now():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def put(message, at, layout, value):
    struct.pack_into("<" + layout, message, at, value)


def add(message, at, layout, by):
    put(message, at, layout, struct.unpack_from("<" + layout, message, at)[0] + by)


def of_a_later_minor(message):
    """The same with `minor` 7 and two fields more: another vtable for the root, at the end.

    A table finds its vtable by a signed offset; the fields lie where the recorded table is padded.
    """
    root = struct.unpack_from("<I", message)[0]
    vtable = root - struct.unpack_from("<i", message, root)[0]
    size, table_size = struct.unpack_from("<HH", message, vtable)
    entries = list(struct.unpack_from(f"<{(size - 4) // 2}H", message, vtable + 4))
    entries[1] = 4                  # minor: the first byte of padding
    entries += [0] * (6 - len(entries)) + [5, 6]
    later = bytearray(message)
    put(later, root, "i", root - len(later))
    later[root + 4:root + 7] = bytes([7, 1, 1])
    later += struct.pack(f"<{2 + len(entries)}H", 4 + 2 * len(entries), table_size, *entries)
    return later


class Broker:
    """As much of MQTT 3.1.1 as a gateway needs to speak."""

    def __init__(self, name):
        self.link = socket.create_connection((name, 1883))
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = b"gw-1-0123456789abcdef"
        self.packet(0x10, b"\0\4MQTT\4\2\0\0" + struct.pack(">H", len(client)) + client)
        assert self.link.recv(4) == b"\x20\2\0\0", "the broker refuses us"

    def packet(self, kind, body):
        length, size = b"", len(body)
        while True:
            size, digit = divmod(size, 128)
            length += bytes([digit | (0x80 if size else 0)])
            if not size:
                break
        self.link.sendall(bytes([kind]) + length + body)

    def publish(self, topic, payload, retain):
        name = f"{ROOT}/{topic}".encode()
        self.packet(0x30 | retain, struct.pack(">H", len(name)) + name + bytes(payload))


class Gateway:
    def __init__(self, fixtures, broker):
        self.broker, self.later = broker, False
        self.status = (fixtures / "status_online.json").read_bytes()
        self.beat, self.catalogue, self.report = (
            recorded(fixtures / f"{name}.hex") for name in ("beat", "catalogue", "report"))
        self.seqs = {"beat": 0x11, "catalogue": 0x11, "knob/report": 0x11}

    def say(self, topic, message, retain):
        self.seqs[topic] += 1
        put(message, SEQ, "Q", self.seqs[topic])
        put(message, SENT, "Q", now())
        put(message, WALL, "Q", time.time_ns())
        later = self.later and topic == "knob/report"
        self.broker.publish(topic, of_a_later_minor(message) if later else message, retain)

    def say_all(self):
        self.broker.publish("status", self.status, True)
        self.say("catalogue", self.catalogue, True)
        # Recorded with a button down and a turn: that was five seconds ago.
        for at in (BUTTON, SOUTH, TURNED_AT):
            put(self.report, at, "Q", now() - 5_000_000_000)
        put(self.report, CAPTURED, "Q", now())
        self.say("knob/report", self.report, True)

    def say_beat(self):
        put(self.beat, SEEN_KNOB, "Q", self.seqs["knob/report"])
        put(self.beat, CAPTURED, "Q", now())
        self.say("beat", self.beat, False)

    def play(self, verb, *numbers):
        report, at = self.report, now()
        put(report, CAPTURED, "Q", at)
        if verb == "turn":
            put(report, TURNED_AT, "Q", at)
            add(report, POSITION, "i", int(numbers[0]))
            put(report, STEP, "h", int(numbers[0]))
        elif verb == "press":
            put(report, BUTTON, "Q", at)
            add(report, BUTTON + PRESSES, "I", 1)
            add(report, BUTTON + SHORTS, "I", 1)
            put(report, BUTTON + LAST, "B", TAP_WORD)
        elif verb in ("hold", "release"):
            put(report, SOUTH, "Q", at)
            add(report, SOUTH + PRESSES, "I", verb == "hold")
            put(report, SOUTH + PRESSED, "?", verb == "hold")
            put(report, SOUTH + LAST, "B", PRESSED_WORD if verb == "hold" else RELEASED_WORD)
        elif verb == "later":
            self.later = True
        elif verb == "unknown":
            put(report, BUTTON + LAST, "B", 200)
        elif verb == "major":
            newer = bytearray(report)
            newer[4:8] = b"HRT2"
            self.seqs["knob/report"] += 1
            put(newer, SEQ, "Q", self.seqs["knob/report"])
            add(newer, POSITION, "i", 500)
            self.broker.publish("knob/report", newer, False)
            return
        self.say("knob/report", report, True)


def main():
    gateway = Gateway(pathlib.Path(sys.argv[1]), Broker(sys.argv[2]))
    gateway.say_all()
    due = time.monotonic()
    while True:
        ready, _, _ = select.select([sys.stdin, gateway.broker.link], [], [],
                                    max(0, due - time.monotonic()))
        if sys.stdin in ready:
            gateway.play(*sys.stdin.readline().split())
        if gateway.broker.link in ready and not gateway.broker.link.recv(4096):
            sys.exit("the broker has gone")
        if time.monotonic() >= due:
            gateway.say_beat()
            due += BEAT_EVERY


if __name__ == "__main__":
    main()
