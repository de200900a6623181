#!/bin/bash
# Builds the pretended devices as static programs for the guests.
#
#     build.sh OUT      OUT/<tool> for each <tool>.c here, and the scripts beside them
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"
for source in *.c; do
    "${CC:-cc}" -std=gnu11 -static -O1 -Wall -Wextra -Werror -Wno-address-of-packed-member \
        -o "$out/${source%.c}" "$source"
done
cp pretend "$out/"
