"""A heart-rate strap and four knobs over Bluetooth: BlueZ, the kernel, and a virtual controller.

The controller (hci_vhci) and the peripherals are Bumble's (vm-tests/debian/devices/air.py), whose
Python is slow under emulation: waits are long.
"""

LONG = 120

start_all()

with subtest("without bluetoothd the devices say what is missing"):
    reader.wait_for_open_port(1883, timeout=90)
    gateway.wait_for_unit("multi-user.target", timeout=90)
    gateway.succeed("systemctl start heart-input", timeout=60)
    heard("strap is (gone|faulted) since .*")

with subtest("an adapter, and nobody in range"):
    gateway.succeed("modprobe -a hci_vhci algif_hash algif_skcipher")
    gateway.succeed("systemctl start dbus bluetooth", timeout=60)
    gateway.succeed("pretend air air.py")
    gateway.wait_until_succeeds("journalctl -u air -o cat | grep -x here", timeout=LONG)
    gateway.wait_until_succeeds("bluetoothctl power on", timeout=60)
    heard("strap is gone since .* no free .*", timeout=LONG)

with subtest("a strap: pulse, interval, contact, battery"):
    play("air", "strap bpm 72 833", "strap battery 80", "strap here")
    heard("strap is running since .* ", timeout=LONG)
    heard(r"strap reading bpm 72\.0000")
    heard(r"strap reading rr 0\.83[0-9]*")
    heard(r"strap reading contact 1\.0000")
    heard(r"strap reading battery 0\.8000")
    play("air", "strap bpm 140 428")
    heard(r"strap reading bpm 140\.0000")

with subtest("off the skin: no pulse is believed"):
    play("air", "strap contact 0")
    heard("strap reading bpm lost")
    play("air", "strap contact 1")
    forget()
    play("air", "strap bpm 90 666")
    heard(r"strap reading bpm 90\.0000")

with subtest("four knobs over the Nordic UART service"):
    play("air", "knobs here")
    heard("knobs is running since .* ", timeout=LONG)
    turn = 'knobs line {"event_type":"switch.rotation","data":%d,"producer_id":%d}'
    play("air", turn % (4, 2), turn % (7, 2))
    heard("knobs encoder knob_2 3")
    play("air", 'knobs line {"event_type":"button.press","data":1,"producer_id":3}')
    heard("knobs button button_3 up 1 1 0")

with subtest("the strap is taken away: gone, its readings lost; put on again: heard again"):
    forget()
    play("air", "strap gone")
    heard("strap is (gone|faulted) since .*", timeout=LONG)
    heard("strap reading bpm lost")
    forget()
    play("air", "strap bpm 64 937", "strap here")
    heard("strap is running since .* ", timeout=LONG)
    heard(r"strap reading bpm 64\.0000")

with subtest("the gateway never restarted"):
    assert gateway.get_unit_property("heart-input.service", "NRestarts") == "0"
