#!/usr/bin/env python3
"""Heart's protocol spoken by a stranger: a gateway and a reader in Python.

    foreign_client.py publish --broker 127.0.0.1:1883 --site lab --node py-1 --device knob
    foreign_client.py read    --broker 127.0.0.1:1883 --site lab --node gw-1 --device knob

`publish` is a gateway with one knob that turns and is pressed by a script. `read` prints each
report of a device as one line of JSON. Both end after --seconds.

Needs `pip install paho-mqtt flatbuffers`, and flatc ($HEART_FLATC, or what tools/flatc/build has
built), from which the classes of schema/ are made in a temporary folder. docs/contract.md
explains the rules whose numbers stand here.
"""

import argparse
import atexit
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import flatbuffers
import paho.mqtt.client as mqtt

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
IDENTIFIER = b"HRT1"
MS = 1_000_000
BEAT_EVERY = 250 * MS
RESYNC_EVERY = 500 * MS
CHANGE_EVERY = 400 * MS
KNOB, BUTTON = 0, 0x100  # codes: encoder "knob", button "button" (BTN_0)
TAP, LONG_TAP = 5, 6


def make_classes():
    """Runs flatc over schema/ and makes what comes out importable as heart.wire."""
    flatc = os.environ.get("HEART_FLATC") or REPOSITORY / "target/flatc/flatc"
    folder = tempfile.mkdtemp(prefix="heart-wire-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # Each file by itself: with --gen-all flatc 25.12.19 leaves imports out.
    files = sorted((REPOSITORY / "schema").glob("*.fbs"))
    try:
        subprocess.run([flatc, "--python", "-o", folder, *files], check=True)
    except OSError as error:
        sys.exit(f"{flatc}: {error.strerror}. Run tools/flatc/build, or set HEART_FLATC.")
    sys.path.insert(0, folder)


make_classes()
from heart.wire import (  # noqa: E402  (made just now)
    Beat, Body, Button, Catalogue, Device, DeviceState, EchoAnswer, Encoder, Message, Report,
    Seen, Stamp,
)


def now():
    """Time of this host: nanoseconds that also count while it sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def key(name):
    """FNV-1a-32 of a name: how a message says whose it is."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def open_message(payload, node, device):
    """The message in a payload, or ValueError. `device` is None for beat and catalogue."""
    if len(payload) < 8 or payload[4:8] != IDENTIFIER:
        raise ValueError("wrong identifier")
    message = Message.Message.GetRootAs(payload, 0)
    if message.Node() != key(node) or message.Device() != (key(device) if device else 0):
        raise ValueError("topic and payload disagree")
    return message


def body_of(message, kind, table):
    """The body, if it is of this kind."""
    if message.BodyType() != kind:
        raise ValueError("topic and payload disagree")
    table.Init(message.Body().Bytes, message.Body().Pos)
    return table


class Gateway:
    """One session of one node with one knob."""

    def __init__(self, arguments):
        self.node, self.device = arguments.node, arguments.device
        self.root = f"heart/v1/{arguments.site}/{arguments.node}"
        self.session, self.began, self.connection = secrets.randbits(64), now(), 0
        self.seq = {"beat": 0, "catalogue": 0, "report": 0}
        # The whole state of the knob. Counters only grow (rule 1).
        self.position = self.step = self.turned_at = 0
        self.presses = self.shorts = self.longs = self.last = self.pressed_at = 0
        self.captured_at = now()
        self.echoes, self.resync_wanted, self.said_all_at = [], False, 0
        self.strangers, self.leaving = 0, False
        # Rule 15: the client id is of this session, so that no other run is kicked out.
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=f"{self.node}-{self.session:016x}",
            clean_session=True,
            protocol=mqtt.MQTTv311,
        )
        self.client.on_connect = self.on_connect
        self.client.on_message = self.on_message
        # Small messages must not wait for each other in the kernel.
        self.client.on_socket_open = lambda client, userdata, link: link.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    # What is said

    def status(self, state):
        """Rule 13."""
        return json.dumps({
            "state": state, "session": f"{self.session:016x}", "connection": self.connection,
            "version": "foreign_client", "schema": "1.0",
        })

    def finish(self, builder, stream, kind, body, t_captured=None):
        """Puts the envelope around a body and takes a new seq (rule 5)."""
        self.seq[stream] += 1
        sent = now()
        Message.Start(builder)
        Message.AddBody(builder, body)
        Message.AddBodyType(builder, kind)
        Message.AddNode(builder, key(self.node))
        Message.AddDevice(builder, key(self.device) if stream == "report" else 0)
        Message.AddStamp(builder, Stamp.CreateStamp(
            builder, self.session, self.seq[stream], t_captured or sent, sent, time.time_ns()))
        builder.Finish(Message.End(builder), file_identifier=IDENTIFIER)
        return bytes(builder.Output())

    def report(self):
        """Rule 1: the whole state, never a change. A knob is momentary: `pressed` stays false."""
        builder = flatbuffers.Builder(256)
        Report.StartButtonsVector(builder, 1)
        Button.CreateButton(builder, self.pressed_at, self.presses, self.shorts, self.longs,
                            BUTTON, False, self.last)
        buttons = builder.EndVector()
        Report.StartEncodersVector(builder, 1)
        Encoder.CreateEncoder(builder, self.turned_at, self.position, KNOB, self.step)
        encoders = builder.EndVector()
        Report.Start(builder)
        Report.AddButtons(builder, buttons)
        Report.AddEncoders(builder, encoders)
        return self.finish(builder, "report", Body.Body.Report, Report.End(builder),
                           self.captured_at)

    def beat(self):
        """Rule 4. Devices seen go in ascending order of their keys; here there is one."""
        builder = flatbuffers.Builder(256)
        echoes, self.echoes = self.echoes[:8], self.echoes[8:]
        Beat.StartAnswersVector(builder, len(echoes))
        for nonce, received in reversed(echoes):
            EchoAnswer.CreateEchoAnswer(builder, list(nonce), received, now())
        answers = builder.EndVector()
        Beat.StartSeenVector(builder, 1)
        seq = self.seq["report"]
        Seen.CreateSeen(builder, key(self.device), seq & 0xFFFFFFFF, seq >> 32)
        seen = builder.EndVector()
        Beat.Start(builder)
        Beat.AddConnection(builder, self.connection)
        Beat.AddUptime(builder, now() - self.began)
        Beat.AddCatalogueRevision(builder, 1)
        Beat.AddSeen(builder, seen)
        Beat.AddAnswers(builder, answers)
        return self.finish(builder, "beat", Body.Body.Beat, Beat.End(builder))

    def catalogue(self):
        builder = flatbuffers.Builder(256)
        name, kind = builder.CreateString(self.device), builder.CreateString("simulated")
        Device.Start(builder)
        Device.AddName(builder, name)
        Device.AddKind(builder, kind)
        Device.AddState(builder, DeviceState.DeviceState.Running)
        Device.AddSince(builder, self.began)
        device = Device.End(builder)
        Catalogue.StartDevicesVector(builder, 1)
        builder.PrependUOffsetTRelative(device)
        devices = builder.EndVector()
        Catalogue.Start(builder)
        Catalogue.AddRevision(builder, 1)
        Catalogue.AddDevices(builder, devices)
        return self.finish(builder, "catalogue", Body.Body.Catalogue, Catalogue.End(builder))

    # When it is said

    def say_report(self):
        """Rule 14: a discrete change is retained."""
        topic = f"{self.root}/{self.device}/report"
        self.client.publish(topic, self.report(), qos=1, retain=True)

    def say_all(self):
        """Birth, catalogue and all reports: on every connect and when asked (rules 12, 13)."""
        self.client.publish(f"{self.root}/status", self.status("online"), qos=1, retain=True)
        self.client.publish(f"{self.root}/catalogue", self.catalogue(), qos=1, retain=True)
        self.say_report()
        self.resync_wanted, self.said_all_at = False, now()

    def on_connect(self, client, userdata, flags, reason, properties):
        if reason.is_failure:
            sys.exit(f"the broker refused: {reason}")
        names = ("status", "beat", "command/resync", "command/echo", "+/report")
        client.subscribe([(f"{self.root}/{name}", 1) for name in names])
        self.say_all()

    def on_message(self, client, userdata, message):
        words = message.topic.removeprefix(self.root + "/").split("/")
        if words[0] == "command":
            if message.retain:
                return  # rule 17: a retained command is somebody's mistake
            if words[1] == "resync":
                self.resync_wanted = True
            elif len(message.payload) == 16 and len(self.echoes) < 64:
                self.echoes.append((message.payload, now()))
        elif words == ["status"]:
            # Rule 13: a death that was not meant, such as a late will.
            if not (message.retain or self.leaving) and b'"offline"' in message.payload:
                client.publish(message.topic, self.status("online"), qos=1, retain=True)
        elif words == ["beat"]:
            self.hear_beat(message.payload)
        elif message.retain and message.payload and words[0] != self.device:
            # Rule 14: a report of a device that is not in the catalogue any more.
            client.publish(message.topic, b"", qos=1, retain=True)

    def hear_beat(self, payload):
        """Rule 15: of two gateways with one name, the younger gives way."""
        try:
            message = open_message(payload, self.node, None)
            beat = body_of(message, Body.Body.Beat, Beat.Beat())
            session, uptime = message.Stamp().Session(), beat.Uptime()
        except Exception as error:  # Python's flatbuffers has no verifier: anything may happen
            print(f"a beat that is none: {error!r}", file=sys.stderr)
            return
        self.strangers += session != self.session
        if self.strangers >= 2 and uptime > now() - self.began:
            sys.exit(f"another gateway is called {self.node!r}: this one stops")

    # The knob

    def change(self, number):
        """Two turns, a press (enters a mode), a long press (leaves it), and again."""
        self.captured_at = now()
        what = number % 4
        if what < 2:
            self.step, self.turned_at = 1, self.captured_at
            self.position += self.step
        else:
            self.presses += 1
            self.shorts += what == 2
            self.longs += what == 3
            self.last, self.pressed_at = (TAP if what == 2 else LONG_TAP), self.captured_at
        self.say_report()

    # The life

    def connect(self, broker):
        """Rule 13: the will says which connect it is the death of."""
        self.connection += 1
        self.client.will_set(f"{self.root}/status", self.status("offline"), qos=1, retain=True)
        try:
            self.client.connect(*broker, keepalive=5)
        except OSError:
            self.connection -= 1
            raise

    def run(self, broker, seconds):
        end, changes = now() + seconds * 1000 * MS, 0
        connected, next_beat, next_change = False, 0, 0
        while now() < end:
            if not connected:
                try:
                    self.connect(broker)
                    # Two beats in rhythm must be heard before an event is believed (rule 9).
                    connected, next_beat, next_change = True, now(), now() + 1000 * MS
                except OSError as error:
                    print(f"{broker[0]}:{broker[1]}: {error}; trying again", file=sys.stderr)
                    time.sleep(0.2)
                    continue
            wait = max(0, min(next_beat, next_change, end) - now()) / 1e9
            connected = self.client.loop(timeout=wait) == mqtt.MQTT_ERR_SUCCESS
            if not self.client.is_connected():
                next_beat = now() + 10 * MS
                continue
            if now() >= next_beat:
                next_beat = max(next_beat + BEAT_EVERY, now())
                self.client.publish(f"{self.root}/beat", self.beat(), qos=0)
            if now() >= next_change:
                next_change = now() + CHANGE_EVERY
                self.change(changes)
                changes += 1
            if self.resync_wanted and now() - self.said_all_at >= RESYNC_EVERY:
                self.say_all()
        # Rule 13: its own death before a clean disconnect.
        self.leaving = True
        death = self.client.publish(
            f"{self.root}/status", self.status("offline"), qos=1, retain=True)
        patience = now() + 1000 * MS
        while not death.is_published() and now() < patience:
            self.client.loop(timeout=0.05)
        self.client.disconnect()
        print(json.dumps({"changes": changes, "session": f"{self.session:016x}"}))


def publish(arguments):
    Gateway(arguments).run(arguments.broker, arguments.seconds)


def described(message, report):
    """A report as plain values. Unknown codes and enum values stay numbers."""
    stamp = message.Stamp()
    return {
        "session": f"{stamp.Session():016x}", "seq": stamp.Seq(),
        "t_captured": stamp.TCaptured(), "t_sent": stamp.TSent(),
        "buttons": [
            {"code": b.Code(), "pressed": bool(b.Pressed()), "last": b.Last(),
             "presses": b.Presses(), "shorts": b.Shorts(), "longs": b.Longs(),
             "changed_at": b.ChangedAt()}
            for b in map(report.Buttons, range(report.ButtonsLength()))],
        "encoders": [
            {"code": e.Code(), "position": e.Position(), "step": e.Step(),
             "changed_at": e.ChangedAt()}
            for e in map(report.Encoders, range(report.EncodersLength()))],
        "axes": [
            {"code": a.Code(), "value": a.Value(), "self_centring": bool(a.SelfCentring())}
            for a in map(report.Axes, range(report.AxesLength()))],
        "readings": [
            {"code": r.Code(), "value": r.Value() if r.Valid() else None, "unit": r.Unit()}
            for r in map(report.Readings, range(report.ReadingsLength()))],
        "texts": [
            {"count": t.Count(), "text": t.Text().decode(), "changed_at": t.ChangedAt()}
            for t in map(report.Texts, range(report.TextsLength()))],
    }


def read(arguments):
    """Prints what comes. It believes everything; docs/contract.md says what a renderer may."""
    count = 0

    def on_connect(client, userdata, flags, reason, properties):
        if reason.is_failure:
            sys.exit(f"the broker refused: {reason}")
        topic = f"heart/v1/{arguments.site}/{arguments.node}/{arguments.device}/report"
        client.subscribe(topic, qos=1)

    def on_message(client, userdata, message):
        nonlocal count
        if not message.payload:
            return  # a retained topic that was cleared
        _, _, _, node, device, _ = message.topic.split("/")
        try:
            opened = open_message(message.payload, node, device)
            line = described(opened, body_of(opened, Body.Body.Report, Report.Report()))
        except Exception as error:  # Python's flatbuffers has no verifier: anything may happen
            print(f"{message.topic}: {error!r}", file=sys.stderr)
            return
        line = {"node": node, "device": device, "retained": bool(message.retain), **line}
        print(json.dumps(line), flush=True)
        count += 1

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    client.on_connect, client.on_message = on_connect, on_message
    end = now() + arguments.seconds * 1000 * MS
    connected = False
    while now() < end:
        try:
            if not connected:
                client.connect(*arguments.broker, keepalive=5)
            connected = client.loop(timeout=0.1) == mqtt.MQTT_ERR_SUCCESS
        except OSError as error:
            print(f"{error}; trying again", file=sys.stderr)
            time.sleep(0.2)
    sys.exit(0 if count else 1)


def broker_address(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["publish", "read"])
    parser.add_argument("--broker", type=broker_address, default=("127.0.0.1", 1883),
                        metavar="HOST:PORT")
    parser.add_argument("--site", default="lab")
    parser.add_argument("--node", required=True)
    parser.add_argument("--device", default="knob", help="read also takes '+': any")
    parser.add_argument("--seconds", type=int, default=10)
    arguments = parser.parse_args()
    {"publish": publish, "read": read}[arguments.command](arguments)


if __name__ == "__main__":
    main()
