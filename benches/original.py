"""The pattern of the original's sidecar, in a few lines of our own: a loop that looks at a switch
every 100 ms, a snapshot of it as JSON at QoS 0 each time, an action as JSON at QoS 1 where its
counter moved, and a subscriber.  Needs paho-mqtt.

    original.py PORT CHANGES [POLL_SECONDS]

Prints the microseconds from each change to the subscriber's callback, one line each.
"""

import json
import random
import sys
import threading
import time

import paho.mqtt.client as mqtt

ACTIONS, RAW = "heart/peripherals/actions", "heart/peripherals/raw"


def main(port: int, changes: int, poll: float) -> None:
    switch = {"rotation": 0, "button_presses": 0, "long_press_count": 0}
    changed_at: dict[int, int] = {}
    trips: list[int] = []
    ready, over = threading.Event(), threading.Event()

    def heard(_client, _data, message) -> None:
        now = time.monotonic_ns()
        said = json.loads(message.payload)
        trips.append(now - changed_at[said["payload"]["count"]])

    def loop(client: mqtt.Client) -> None:
        last = 0
        while not over.is_set():
            said = {"source": "switch", "timestamp": time.time(), "data": switch}
            client.publish(RAW, json.dumps(said), qos=0)
            count = switch["button_presses"]
            if count != last:
                action = {
                    "action": "switch.button.press",
                    "payload": {"count": count, "delta": count - last},
                    "source": "switch",
                    "timestamp": time.time(),
                }
                client.publish(ACTIONS, json.dumps(action), qos=1)
                last = count
            time.sleep(poll)

    hearer = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="original-renderer")
    hearer.on_message = heard
    hearer.on_subscribe = lambda *_: ready.set()
    hearer.connect("127.0.0.1", port)
    hearer.subscribe(ACTIONS, qos=1)
    hearer.loop_start()
    speaker = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="heart-peripheral-sidecar")
    speaker.connect("127.0.0.1", port)
    speaker.loop_start()
    if not ready.wait(10):
        sys.exit("original.py: the subscription was not answered within 10 s")
    thread = threading.Thread(target=loop, args=(speaker,))
    thread.start()

    hands = random.Random(7)
    for count in range(1, changes + 1):
        # Anywhere between two looks, and never two changes for one look.
        time.sleep(poll * hands.uniform(1.1, 2.1))
        changed_at[count] = time.monotonic_ns()
        switch["button_presses"] = count
    until = time.monotonic() + 10
    while len(trips) < changes and time.monotonic() < until:
        time.sleep(0.01)
    over.set()
    thread.join()
    if len(trips) != changes:
        sys.exit(f"original.py: {len(trips)} of {changes} actions arrived")
    print("\n".join(str(trip // 1000) for trip in trips))


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 4:
        sys.exit("usage: original.py PORT CHANGES [POLL_SECONDS]")
    main(int(sys.argv[1]), int(sys.argv[2]), float((sys.argv + ["0.1"])[3]))
