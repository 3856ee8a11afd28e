"""Check a pack of ticketferry, without ticketferry: `python3 check.py [FOLDER or FILE.zip]`.

Every file named in SHA256SUMS must be there with that sum, and no other file. Needs Python 3.8 or newer and nothing else.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path
from typing import IO

SUMS = "SHA256SUMS"


def digests(place: Path) -> tuple[dict[str, str], str]:
    """Return name -> SHA-256 of every file, and the text of SHA256SUMS."""
    found: dict[str, str] = {}
    if place.is_dir():
        for path in sorted(place.rglob("*")):
            if path.is_file() or path.is_symlink():
                found[path.relative_to(place).as_posix()] = digest(path.open("rb"))
        return found, (place / SUMS).read_text(encoding="utf-8")
    with zipfile.ZipFile(place) as pack:
        for name in pack.namelist():
            if name in found:
                sys.exit(f"{name} stands in the pack twice")
            found[name] = digest(pack.open(name))
        return found, pack.read(SUMS).decode("utf-8")


def digest(file: IO[bytes]) -> str:
    """Return the SHA-256 of a file, and close it."""
    made = hashlib.sha256()
    with file:
        for block in iter(lambda: file.read(1 << 20), b""):
            made.update(block)
    return made.hexdigest()


def main() -> int:
    """Check, say what is wrong, and return 1 where anything is."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    try:
        found, text = digests(place)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        sys.exit(f"{place} cannot be read as a pack: {error}")
    found.pop(SUMS, None)
    wanted = {}
    for line in text.splitlines():
        made, name = line.split("  ", 1)
        wanted[name] = made
    faults = [f"missing: {name}" for name in sorted(wanted.keys() - found.keys())]
    faults += [f"not of the pack: {name}" for name in sorted(found.keys() - wanted.keys())]
    faults += [
        f"changed: {name}" for name in sorted(wanted.keys() & found.keys()) if wanted[name] != found[name]
    ]
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{len(wanted)} files, {len(faults)} faults\n")
    return 1 if faults or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
