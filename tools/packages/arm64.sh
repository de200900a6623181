# What cross-building for a Raspberry Pi needs beside the compiler: Debian's own arm64 libraries,
# unpacked and not installed. Sourced by tools/packages/build.
# shellcheck shell=bash

# libasound2 for microphones, libc for all; `mmdebstrap --variant=extract` brings what they need.
arm64_sysroot() {
    local root=$1 for_gnu=aarch64_unknown_linux_gnu
    if [[ ! -f $root/made ]]; then
        say "Unpacking Debian's arm64 libraries to $root"
        rm -rf "$root"
        mmdebstrap --quiet --variant=extract --architectures=arm64 --aptopt='Acquire::Retries "3"' \
            --include=libasound2-dev \
            bookworm "$root" "${HEART_MIRROR:-http://deb.debian.org/debian}" >&2 ||
            unavailable "Debian's arm64 libraries could not be had; mmdebstrap's words are above."
        # As a merged /usr has it: the loader is looked for in /lib.
        [[ -e $root/lib ]] || ln -s usr/lib "$root/lib"
        touch "$root/made"
    fi
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C link-arg=--sysroot=$root"
    export "CC_$for_gnu=aarch64-linux-gnu-gcc"
    export PKG_CONFIG_SYSROOT_DIR_$for_gnu="$root"
    export PKG_CONFIG_LIBDIR_$for_gnu="$root/usr/lib/aarch64-linux-gnu/pkgconfig:$root/usr/share/pkgconfig"
    export PKG_CONFIG_ALLOW_CROSS=1
    rustup target add aarch64-unknown-linux-gnu >&2 ||
        unavailable "Rust's library for aarch64 could not be had; rustup's words are above."
}
