"""QEMU's command line of one guest, and the files that make the guest itself.

qemu.py starts what is composed here. Nothing is started or measured in this file, but the rate of
the host's time-stamp counter.
"""

import ctypes
import mmap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cpio import FILE, LINK, Entry
from packages import package_files

MICROVM = "microvm,acpi=on,rtc=on,isa-serial=off"

# Each of these costs visible seconds under TCG: spectre mitigations, KASLR, crypto self-tests.
KERNEL = ("console=hvc0 panic=-1 quiet loglevel=4 audit=0 mitigations=off nokaslr "
          "cryptomgr.notests no_timer_check tsc=reliable net.ifnames=0 systemd.show_status=no")
# Loops per jiffy from kHz, at Debian's HZ=250.
LOOPS_PER_KHZ = 4


def time_stamp_khz() -> int:
    """Rate of the host's time-stamp counter, which TCG hands through to the guest.

    The kernel is told, because on a busy host it cannot measure it: a microvm has no other
    clock to compare with, and then hangs before its console exists.
    """
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # rdtsc; shl rdx, 32; or rax, rdx; ret
    code.write(b"\x0f\x31\x48\xc1\xe2\x20\x48\x09\xd0\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    read = ctypes.CFUNCTYPE(ctypes.c_uint64)(address)
    began, first = time.monotonic_ns(), read()
    time.sleep(0.2)
    ended, last = time.monotonic_ns(), read()
    return int((last - first) * 1_000_000 // (ended - began))


def own_files(name: str, spec: Mapping[str, Any], addresses: Mapping[str, str],
              folder: Path) -> list[Entry]:
    """What makes this guest itself; guest/init lays it over the root at each boot."""
    hosts = "127.0.0.1 localhost\n" + "".join(f"{ip} {host}\n" for host, ip in addresses.items())
    files: dict[str, tuple[int, bytes]] = {
        "etc/hostname": (FILE | 0o644, f"{name}\n".encode()),
        "etc/hosts": (FILE | 0o644, hosts.encode()),
    } | package_files(spec.get("packages", []))
    for path, given in spec.get("files", {}).items():
        value = {"text": given} if isinstance(given, str) else given
        text = value.get("text")
        contents = text.encode() if text is not None else (folder / value["source"]).read_bytes()
        files[path.lstrip("/")] = (FILE | int(str(value.get("mode", "644")), 8), contents)
    for unit in spec.get("services", []):
        ours = f"etc/systemd/system/{unit}"
        where = ours if ours in files else f"lib/systemd/system/{unit}"
        wants = f"etc/systemd/system/multi-user.target.wants/{unit}"
        files[wants] = (LINK, f"/{where}".encode())
    entries = [(f"node/{path}", mode, contents) for path, (mode, contents) in files.items()]
    return [*entries, ("net", FILE | 0o644, f"{addresses[name]}/24\n".encode())]


def command_line(name: str, spec: Mapping[str, Any], *, index: int, khz: int, kernel: Path,
                 initrd: Path, disk: Path, folders: Mapping[str, tuple[Path, bool]],
                 sockets: Mapping[str, int]) -> list[str]:
    """`folders`: mount tag to path and whether it is read only. `sockets`: descriptors."""
    machine = spec.get("machine", MICROVM)
    bus = "device" if machine.startswith("microvm") else "pci"  # virtio over MMIO, or over PCI
    append = (f"{KERNEL} tsc_early_khz={khz} lpj={khz * LOOPS_PER_KHZ} "
              f"systemd.machine_id={index:032x} {spec.get('append', '')}")
    command = [
        "qemu-system-x86_64", "-name", name, "-nodefaults", "-no-user-config", "-no-reboot",
        "-display", "none", "-global", "virtio-mmio.force-legacy=false",
        "-M", machine, "-cpu", spec.get("cpu", "qemu64,+rdrand"),
        "-accel", f"tcg,tb-size={spec.get('tb_mib', 128)}", "-smp", str(spec.get("cpus", 1)),
        "-m", str(spec.get("memory", 256)), "-kernel", str(kernel), "-initrd", str(initrd),
        "-append", append,
        "-drive", f"file={disk},if=none,id=root,cache=unsafe,discard=unmap",
        "-device", f"virtio-blk-{bus},drive=root", "-device", f"virtio-serial-{bus}",
        "-chardev", f"socket,id=console,fd={sockets['console']}",
        "-device", "virtconsole,chardev=console,nr=0",
        "-chardev", f"socket,id=agent,fd={sockets['agent']}",
        "-device", "virtserialport,chardev=agent,name=vmtest,nr=1",
        "-chardev", f"socket,id=monitor,fd={sockets['monitor']}",
        "-mon", "chardev=monitor,mode=control",
        "-netdev", f"dgram,id=lan,local.type=fd,local.str={sockets['network']}",
        "-device", f"virtio-net-{bus},id=nic,netdev=lan,mac=52:54:00:12:01:{index:02x}",
    ]
    for tag, (path, read_only) in folders.items():
        switch = "on" if read_only else "off"
        command += [
            "-fsdev", f"local,id={tag},path={path},security_model=none,multidevs=remap,"
                      f"readonly={switch}",
            "-device", f"virtio-9p-{bus},fsdev={tag},mount_tag={tag}",
        ]
    return command + [str(word) for word in spec.get("qemu", [])]
