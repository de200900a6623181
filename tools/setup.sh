# What ./demo, ./check and ./check-vm need on a Debian machine with Rust. Sourced, not run.
#
#   packages runtime          to build and run Heart: a C linker, Vulkan, a driver for it
#   packages runtime test     also what the tests run: brokers, flatc's build, promtool, Python
#   packages vm               what ./check-vm runs: QEMU, and what makes a guest's disk
#   packages package          what makes Debian packages (tools/packages/build)
#   packages package arm64    and for a Raspberry Pi
#   packages nix              what tools/nix/install unpacks Debian 13's Nix with
#   python_for_tests          a Python with paho-mqtt and flatbuffers; prints its path
#
# Says what it installs and why, on stderr, and installs nothing that is there already. Where it
# cannot install what is missing, it says so and ends with 69 (EX_UNAVAILABLE of sysexits).
# shellcheck shell=bash

# Debian keeps brokers and ldconfig in sbin, which a user's PATH lacks.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

say() { echo "$*" >&2; }

unavailable() {
    say "$@"
    exit 69
}

have() { command -v "$1" >/dev/null 2>&1; }

# Each row: who needs it, the Debian package, how it is seen that it (or its like) is there.
needs() {
    cat <<'ROWS'
runtime gcc                  have cc
runtime libc6-dev            have_headers
runtime libvulkan1           have_library libvulkan.so.1
runtime mesa-vulkan-drivers  have_vulkan_driver
test    libasound2-dev       have_alsa
test    pkg-config           have pkg-config
test    mosquitto            have mosquitto
test    mosquitto-clients    have mosquitto_pub
test    nats-server          have nats-server
test    rabbitmq-server      have rabbitmq-server
test    socat                have socat
test    curl                 have curl
test    git                  have git
test    cmake                have cmake
test    make                 have make
test    g++                  have c++
test    prometheus           have promtool
test    dbus-daemon          have dbus-daemon
test    tshark               have tshark
test    python3              have python3
test    python3-venv         python3 -c 'import venv, ensurepip'
test    chromium-headless-shell have_chromium
test    xvfb                 have Xvfb
test    xdotool              have xdotool
test    x11-apps             have xwd
test    x11-utils            have xwininfo
test    openbox              have openbox
test    weston               have weston
test    libxkbcommon0        have_library libxkbcommon.so.0
test    libxkbcommon-x11-0   have_library libxkbcommon-x11.so.0
test    libx11-xcb1          have_library libX11-xcb.so.1
test    libxcursor1          have_library libXcursor.so.1
test    libxi6               have_library libXi.so.6
test    libxrandr2           have_library libXrandr.so.2
test    fonts-noto-color-emoji have_emoji
vm      gcc                  have cc
vm      libc6-dev            have_headers
vm      libasound2-dev       have_alsa
vm      pkg-config           have pkg-config
vm      binutils             have strip
vm      python3              have python3
vm      python3-venv         python3 -c 'import venv, ensurepip'
vm      qemu-system-x86      have qemu-system-x86_64
vm      qemu-utils           have qemu-img
vm      mmdebstrap           have mmdebstrap
vm      e2fsprogs            have mke2fs
vm      busybox-static       have_static_busybox
package gcc                  have cc
package libc6-dev            have_headers
package libasound2-dev       have_alsa
package pkg-config           have pkg-config
package binutils             have strip
package dpkg-dev             have dpkg-shlibdeps
arm64   gcc-aarch64-linux-gnu have aarch64-linux-gnu-gcc
arm64   libc6-dev-arm64-cross [[ -f /usr/aarch64-linux-gnu/include/stdlib.h ]]
arm64   mmdebstrap           have mmdebstrap
arm64   qemu-user-static     have qemu-aarch64-static
nix     mmdebstrap           have mmdebstrap
nix     patchelf             have patchelf
nix     git                  have git
ROWS
}

# NATS and RabbitMQ speak only MQTT 3.1.1: crates/heart-link/tests/conformance runs over both. Some
# 40 MB to fetch, most of it Erlang, and half a minute of ./check.

# About 110 MB: crates/heart-input/tests/phone opens the phones' page in it, and
# crates/heart-renderer/tests/seen the preview. There, too, windows are opened on screens of Xvfb and Weston.
have_chromium() { have chromium-headless-shell || have chromium || have google-chrome; }
have_emoji() { [[ $(fc-match 'Noto Color Emoji') == *Emoji* ]]; }

have_headers() { echo '#include <stdlib.h>' | cc -E - ; }

# The guests' first program; one that needs libraries does not start there.
have_static_busybox() { have busybox && ! ldd "$(command -v busybox)"; }

# Microphones are tested, too (feature `microphone` of heart-device).
have_alsa() { echo '#include <alsa/asoundlib.h>' | cc -E - ; }

# Not `grep -q`: it would end before ldconfig does, which then fails.
have_library() { ldconfig -p | grep "$1"; }

# Any driver will do: Mesa's lavapipe paints on the CPU where there is no GPU.
have_vulkan_driver() {
    [[ -n ${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-} ]] || compgen -G '/usr/share/vulkan/icd.d/*.json' ||
        compgen -G '/etc/vulkan/icd.d/*.json' || compgen -G '/usr/local/share/vulkan/icd.d/*.json'
}

packages() {
    have cargo || unavailable "cargo is missing. Rust comes from https://rustup.rs;" \
        "the version is in rust-toolchain.toml."
    local kind package probe
    local -a missing=()
    while read -r kind package probe; do
        if [[ " $* " == *" $kind "* ]] && ! eval "$probe" >/dev/null 2>&1; then
            missing+=("$package")
        fi
    done < <(needs)
    ((${#missing[@]})) || return 0

    have apt-get || unavailable "Missing: ${missing[*]} (names of Debian packages). There is no" \
        "apt-get here: install them as this system does, and start again."
    local -a root=()
    if ((EUID != 0)); then
        # With a terminal sudo may ask; without one it must not hang.
        if have sudo && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; then
            root=(sudo)
        else
            unavailable "Missing: ${missing[*]}. As root:  apt-get install ${missing[*]}"
        fi
    fi
    say "Installing with apt-get: ${missing[*]}"
    local -a apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
    if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } >&2
    then
        unavailable "apt-get could not install ${missing[*]}; its words are above."
    fi
    if [[ -d /run/systemd/system && " ${missing[*]} " =~ \ (mosquitto|nats-server|rabbitmq-server|prometheus)\  ]]; then
        say "Debian starts brokers and prometheus as services. Heart's tests use none of them (they" \
            "start their own on free ports):" \
            "systemctl disable --now mosquitto nats-server rabbitmq-server prometheus"
    fi
}

# The client that docs/examples/foreign_client.py and the version of flatc (crates/heart-contract)
# ask for. Kept in target/python until a version changes.
python_for_tests() {
    local flatbuffers=25.12.19 paho=2.1.0
    local venv=$1
    local check="import importlib.metadata as m
assert (m.version('flatbuffers'), m.version('paho-mqtt')) == ('$flatbuffers', '$paho')"
    if ! "$venv/bin/python" -c "$check" 2>/dev/null; then
        say "Making a Python environment with flatbuffers and paho-mqtt in $venv"
        rm -rf "$venv"
        local -a pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
        if ! { python3 -m venv "$venv" &&
            "${pip[@]}" "flatbuffers==$flatbuffers" "paho-mqtt==$paho"; } >&2
        then
            unavailable "flatbuffers and paho-mqtt could not be had from PyPI; pip's words are above."
        fi
    fi
    echo "$venv/bin/python"
}
