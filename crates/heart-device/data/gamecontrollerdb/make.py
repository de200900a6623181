"""Makes linux.txt from a gamecontrollerdb.txt, named as the one argument.

Keeps the lines of Linux, without names, one line per mapping with all its GUIDs; the mapping
that most pads have comes first. Leaves out GUIDs that evdev cannot give (those of SDL's own
drivers, which carry a letter in byte 14) and mappings that bind nothing.
"""

import sys

groups = {}
for line in open(sys.argv[1], encoding="utf-8"):
    guid, _, rest = line.strip().partition(",")
    elements = [e for e in rest.split(",")[1:] if e]
    if "platform:Linux" not in elements or len(guid) != 32:
        continue
    of_vendor = guid[8:12] != "0000" and guid[12:16] == "0000"
    if of_vendor and guid[28:] != "0000":
        continue
    elements.remove("platform:Linux")
    groups.setdefault(",".join(elements), []).append(guid)

print("# SDL_GameControllerDB, ALTERED by make.py beside this file: Linux only, grouped, no names.")
print("# Copyright (C) 1997-2025 Sam Lantinga and contributors; zlib licence, see LICENSE.")
for mapping, guids in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
    print(mapping, *guids)
