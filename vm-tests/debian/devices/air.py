#!/usr/bin/env python3
"""Radio air for a guest: a Bluetooth controller for its kernel, and peripherals around it.

    modprobe -a hci_vhci algif_hash algif_skcipher; systemctl start bluetooth; air.py < script

The kernel's hci0 is a Bumble controller behind /dev/vhci; the peripherals are Bumble devices on the
same link. Lines of the script:

    strap here | strap gone             a heart-rate strap (Heart Rate and Battery services)
    strap bpm BPM [RR_MS…]              said once a second from now on
    strap contact 0 | 1
    strap battery PERCENT
    strap silent                        connected, but says nothing any more
    knobs here | knobs gone             a controller that speaks lines over the Nordic UART service
    knobs line TEXT                     one notification, with a line break

Needs Bumble (PyPI), which ./check-vm puts into /host/python.
"""

import asyncio
import logging
import sys

sys.path.insert(0, "/host/python")

from bumble.controller import Controller  # noqa: E402
from bumble.core import UUID, AdvertisingData, PhysicalTransport  # noqa: E402
from bumble.device import Device  # noqa: E402
from bumble.gatt import Characteristic, Service  # noqa: E402
from bumble.hci import Address  # noqa: E402
from bumble.host import Host  # noqa: E402
from bumble.link import LocalLink  # noqa: E402
from bumble.profiles.battery_service import BatteryService  # noqa: E402
from bumble.profiles.heart_rate_service import HeartRateService  # noqa: E402
from bumble.transport.common import AsyncPipeSink  # noqa: E402
from bumble.transport.vhci import open_vhci_transport  # noqa: E402

NORDIC_UART = UUID("6E400001-B5A3-F393-E0A9-E50E24DCCA9E")
NORDIC_UART_RX = UUID("6E400002-B5A3-F393-E0A9-E50E24DCCA9E")
NORDIC_UART_TX = UUID("6E400003-B5A3-F393-E0A9-E50E24DCCA9E")


class Air(LocalLink):
    """Bumble's link says that data came from a controller's random address; the kernel connects
    from its public one, and changes the random one with each search. Here data comes from the
    address that the connection was made with."""

    def send_acl_data(self, sender_controller: Controller, destination_address: Address,
                      transport: PhysicalTransport, data: bytes) -> None:
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is not None and receiver is not None:
            asyncio.get_running_loop().call_soon(
                receiver.on_link_acl_data, connection.self_address, transport, data)


class Peripheral:
    """One device on the link: advertises while it is here and not connected."""

    def __init__(self, link: Air, name: str, address: str, service: UUID) -> None:
        controller = Controller(name, link=link, public_address=address)
        host = Host(controller, AsyncPipeSink(controller))
        self.device = Device(name=name, address=Address(address), host=host)
        self.advertised = bytes(AdvertisingData([
            (AdvertisingData.FLAGS, bytes([0x06])),
            (AdvertisingData.COMPLETE_LOCAL_NAME, name.encode()),
            (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS
             if len(service.to_bytes()) == 2 else
             AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, service.to_bytes()),
        ]))

    async def here(self) -> None:
        await self.device.power_on()
        await self.device.start_advertising(auto_restart=True, advertising_data=self.advertised)

    async def gone(self) -> None:
        await self.device.stop_advertising()
        for connection in list(self.device.connections.values()):
            await connection.disconnect()


class Strap(Peripheral):
    def __init__(self, link: Air) -> None:
        super().__init__(link, "Pretended Strap", "F0:F1:F2:F3:F4:F5", HeartRateService.UUID)
        self.bpm, self.rr = 0, [0.0]
        self.contact, self.percent = True, 100
        self.rate = HeartRateService(
            read_heart_rate_measurement=lambda _connection: self.measurement(),
            body_sensor_location=HeartRateService.BodySensorLocation.CHEST)
        self.battery = BatteryService(lambda _connection: self.percent)
        self.device.add_services([self.rate, self.battery])

    def measurement(self) -> HeartRateService.HeartRateMeasurement:
        return HeartRateService.HeartRateMeasurement(
            heart_rate=self.bpm, sensor_contact_detected=self.contact,
            rr_intervals=self.rr or None)

    async def speak(self) -> None:
        """Once a second, as straps do."""
        while True:
            await asyncio.sleep(1)
            if self.bpm:
                await self.device.notify_subscribers(
                    self.rate.heart_rate_measurement_characteristic)

    async def obey(self, verb: str, values: list[str]) -> None:
        if verb == "bpm":
            self.bpm, self.rr = int(values[0]), [float(ms) / 1000 for ms in values[1:]]
        elif verb == "contact":
            self.contact = values[0] == "1"
        elif verb == "battery":
            self.percent = int(values[0])
            await self.device.notify_subscribers(self.battery.battery_level_characteristic)
        elif verb == "silent":
            self.bpm = 0
        else:
            raise ValueError(verb)


class Knobs(Peripheral):
    def __init__(self, link: Air) -> None:
        super().__init__(link, "Pretended Knobs", "F0:F1:F2:F3:F4:F6", NORDIC_UART)
        self.tx = Characteristic(
            NORDIC_UART_TX, Characteristic.Properties.NOTIFY, Characteristic.READABLE, b"")
        self.rx = Characteristic(
            NORDIC_UART_RX,
            Characteristic.Properties.WRITE | Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
            Characteristic.WRITEABLE, b"")
        self.device.add_service(Service(NORDIC_UART, [self.tx, self.rx]))

    async def obey(self, verb: str, values: list[str]) -> None:
        if verb != "line":
            raise ValueError(verb)
        text = " ".join(values).encode() + b"\n"
        # What fits into the smallest notification: as the original's firmware does it.
        for at in range(0, len(text), 20):
            await self.device.notify_subscribers(self.tx, text[at:at + 20])


async def main() -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    link = Air()
    strap, knobs = Strap(link), Knobs(link)
    around: dict[str, Strap | Knobs] = {"strap": strap, "knobs": knobs}
    # Last: from here on the kernel waits for answers, 2 s for each.
    kernel = await open_vhci_transport(None)
    Controller("kernel", host_source=kernel.source, host_sink=kernel.sink, link=link,
               public_address="F0:F1:F2:F3:F4:00")
    speaking = asyncio.create_task(strap.speak())
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("here", flush=True)
    while line := (await reader.readline()).decode():
        name, verb, *values = line.split()
        thing = around[name]
        if verb == "here":
            await thing.here()
        elif verb == "gone":
            await thing.gone()
        else:
            await thing.obey(verb, values)
        print("done:", line.strip(), flush=True)
    speaking.cancel()


if __name__ == "__main__":
    asyncio.run(main())
