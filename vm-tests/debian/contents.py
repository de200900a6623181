"""What is in a guest: packages, kernel modules, and what is left out so that it boots fast.

Lists only; base.py makes them true. A device that tests pretend needs its module here, and its
udev rule among those that are kept.
"""

from dataclasses import dataclass

SUITE = "bookworm"

PACKAGES = """systemd systemd-sysv udev dbus iproute2 kmod procps iputils-ping socat curl
mosquitto mosquitto-clients i2c-tools gpiod evtest libudev1 alsa-utils bluez python3 libvulkan1
mesa-vulkan-drivers""".split()

# In the initrd, loaded before the root disk is mounted.
INITRD_MODULES = """virtio_pci virtio_mmio virtio_blk virtio_console virtio_net ext4
crc32c_generic 9p 9pnet_virtio evdev""".split()

# On the root disk, for modprobe, with whatever they depend on.
GUEST_MODULES = """virtio_rng overlay loop fuse cuse uinput evdev uhid usbhid hid-generic
hid-cp2112 i2c-dev i2c-stub i2c-smbus sch_netem spi-butterfly spidev parport_pc parport
virtio_input joydev snd-aloop hci_vhci algif_hash algif_skcipher cmac ccm ecb""".split()

# Units that only cost boot time in a throw-away guest.
MASKED_UNITS = """apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
e2scrub_reap.service fstrim.timer systemd-pstore.service getty.target getty@tty1.service
console-getty.service serial-getty@ttyS0.service systemd-logind.service
systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-ask-password-wall.path
systemd-ask-password-console.path systemd-random-seed.service systemd-binfmt.service
proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount
sys-kernel-tracing.mount systemd-machine-id-commit.service systemd-firstboot.service
systemd-repart.service systemd-pcrphase.service systemd-pcrphase-sysinit.service
systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service
systemd-tmpfiles-clean.timer systemd-boot-update.service cryptsetup.target integritysetup.target
veritysetup.target remote-fs.target systemd-sysusers.service ldconfig.service
systemd-journal-flush.service systemd-sysctl.service systemd-remount-fs.service
kmod-static-nodes.service sys-fs-fuse-connections.mount sys-kernel-config.mount
systemd-modules-load.service systemd-user-sessions.service modprobe@configfs.service
modprobe@fuse.service modprobe@drm.service modprobe@efi_pstore.service""".split()

# udev rules that input, serial, I2C and SPI devices need; the others (storage, network naming,
# seats, power) cost seconds under TCG.
KEPT_RULES = """50-udev-default.rules 60-evdev.rules 60-input-id.rules
60-persistent-input.rules 60-persistent-hidraw.rules 60-serial.rules 60-i2c-tools.rules
70-joystick.rules 80-drivers.rules 99-systemd.rules""".split()

# Of what is there at boot udev looks only at what a test may look for: a stock kernel has some 70
# terminals, each of them an event.
COLDPLUG = """[Service]
ExecStart=
ExecStart=-udevadm trigger --type=devices --action=add --subsystem-match=input \\
 --subsystem-match=misc --subsystem-match=hidraw --subsystem-match=i2c-dev \\
 --subsystem-match=spidev --subsystem-match=virtio-ports --subsystem-match=net \\
 --subsystem-match=mem
"""

JOURNAL = "[Journal]\nStorage=volatile\nForwardToConsole=yes\nMaxLevelConsole=info\n"
# lavapipe compiles shaders for a minute if it optimises them under TCG: here it does not.
MANAGER = """[Manager]
DefaultTimeoutStartSec=120
DefaultTimeoutStopSec=20
DefaultEnvironment=GALLIVM_PERF=nopt
"""

DROPPED_FOLDERS = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info",
                   "usr/share/bug", "usr/share/lintian", "boot"]
EMPTIED_FOLDERS = ["var/cache/apt", "var/lib/apt/lists"]
# Of Mesa only lavapipe, which paints on the CPU: the loader opens each driver that is there.
DROPPED_FILES = ["usr/share/vulkan/icd.d/[!l]*.json", "usr/lib/x86_64-linux-gnu/libvulkan_[!l]*.so"]


@dataclass(frozen=True)
class Kind:
    """One base. A node of nodes.toml names the one that it wants: `base = "bare"`."""

    packages: list[str]
    # Kernel modules beyond GUEST_MODULES.
    modules: tuple[str, ...] = ()
    # Fetched and not installed: guests have no network, and apt finds these in its cache.
    fetched: tuple[str, ...] = ()
    # Without what the driver's other guests leave out to boot fast.
    whole_units: tuple[str, ...] = ()
    # Made into /srv/debian.tar, an image for `docker import`; what is fetched into it.
    image: tuple[str, ...] = ()
    # Free on its disk, MiB.
    room: int = 256


PACKAGE_UNITS = ("systemd-sysusers.service", "systemd-modules-load.service")
RUNTIME = ("libasound2", "libvulkan1", "mesa-vulkan-drivers")

KINDS = {
    "usual": Kind(PACKAGES),
    # A host as an installation crew finds it: Debian, and nothing that Heart needs.
    "bare": Kind("systemd systemd-sysv udev dbus iproute2 kmod procps curl sudo socat".split(),
                 fetched=(*RUNTIME, "mosquitto", "mosquitto-clients"), room=1024,
                 whole_units=PACKAGE_UNITS),
    "docker": Kind("systemd systemd-sysv udev dbus iproute2 kmod procps curl sudo "
                   "docker.io docker-compose iptables apparmor".split(),
                   modules=tuple("""bridge veth br_netfilter nf_tables nft_compat nft_chain_nat
                   nft_counter xt_MASQUERADE xt_conntrack xt_addrtype xt_nat xt_tcpudp
                   nf_conntrack_netlink""".split()),
                   image=("systemd-standalone-sysusers", "mosquitto", *RUNTIME), room=4096),
}
