#!/bin/bash
# Builds the pretended devices as static programs for the guests.
#
#     build.sh OUT      OUT/<program> for each <program>.c here, and the scripts beside them
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"
for source in *.c; do
    # Every program may use the pretended chips; what it does not use is left out by the linker.
    "${CC:-cc}" -std=gnu11 -static -O1 -ffunction-sections -fdata-sections -Wl,--gc-sections \
        -Wall -Wextra -Werror -Wno-address-of-packed-member \
        -o "$out/${source%.c}" "$source" chips/*.c -lm
done
cp pretend air.py "$out/"
