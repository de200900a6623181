"""The wire between the guests: a learning switch inside the driver.

scenario.py makes one, qemu.py plugs guests in. Frames travel over datagram socket pairs, so
nothing of a test is visible on the host's interfaces. A full cable loses frames, as a real one.
"""

import contextlib
import selectors
import socket
import threading


class Switch(threading.Thread):
    """One layer-2 segment."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="switch")
        self.selector = selectors.DefaultSelector()
        self.macs: dict[bytes, str] = {}
        self.ports: dict[str, socket.socket] = {}
        self.dropped = 0

    def plug(self, name: str) -> socket.socket:
        """A new cable for the named guest (a restart replaces the old one); the guest's end."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        ours.setblocking(False)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        old = self.ports.get(name)
        self.ports[name] = ours
        if old is not None:
            self.selector.unregister(old)
            old.close()
        self.selector.register(ours, selectors.EVENT_READ, name)
        return theirs

    def run(self) -> None:
        while True:
            for key, _ in self.selector.select(0.2):
                with contextlib.suppress(OSError, KeyError):
                    assert isinstance(key.fileobj, socket.socket)
                    self.forward(key.fileobj.recv(65600), key.data)

    def forward(self, frame: bytes, sender: str) -> None:
        """To the port where the receiver was last seen, or to all."""
        if len(frame) < 14:
            return
        self.macs[frame[6:12]] = sender
        to = None if frame[0] & 1 else self.macs.get(frame[0:6])
        for name, port in list(self.ports.items()):
            if name != sender and to in (None, name):
                try:
                    port.send(frame)
                except OSError:  # full or gone
                    self.dropped += 1
