"""The names of packages that Nix files speak of, as a Nix attribute set: NAME = [ PARTS ].

    names.py FOLDER…

What follows `pkgs.` or the like; PARTS are what follows the name, such as `libX11` of xorg.
"""

import pathlib
import re
import sys

NAME = r"([A-Za-z_][A-Za-z0-9_'-]*)"
SPOKEN = re.compile(rf"\b(?:[A-Za-z]*[pP]kgs[A-Za-z]*|final|prev)\.{NAME}(?:\.{NAME})?")

found: dict[str, set[str]] = {}
for folder in sys.argv[1:]:
    for file in sorted(pathlib.Path(folder).rglob("*.nix")):
        for name, part in SPOKEN.findall(file.read_text(errors="replace")):
            found.setdefault(name, set()).update([part] if part else [])

print("{")
for name, parts in sorted(found.items()):
    print(f'  "{name}" = [ {" ".join(f"{chr(34)}{part}{chr(34)}" for part in sorted(parts))} ];')
print("}")
