"""Which program makes a plan: its own files, the connectors', and the versions of what they are built on."""

import sys
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from ticketferry.sdk.contract import Connector

__all__ = ["program_digest"]


def program_digest(*connectors: Connector) -> str:
    """Return a digest that is another one when any line of the program or of these connectors is, or a library has another version."""
    names = {_package_of(path) for one in connectors for path in (one.source, one.target) if path}
    made = blake2b(sys.version.encode(), digest_size=16)
    for name in ("ticketferry", *sorted(names)):
        made.update(_digest_of(name))
    return made.hexdigest()


def _package_of(path: str) -> str:
    return path.partition(":")[0].partition(".")[0]


@lru_cache(maxsize=32)
def _digest_of(package: str) -> bytes:
    made = blake2b(package.encode(), digest_size=16)
    spec = find_spec(package)
    for folder in spec.submodule_search_locations or () if spec is not None else ():
        for file in sorted(Path(folder).rglob("*.py")):
            made.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    if spec is not None and spec.origin and not spec.submodule_search_locations:
        made.update(Path(spec.origin).read_bytes())
    for needed in _requirements(package):
        try:
            made.update(f"{needed} {version(needed)}\n".encode())
        except PackageNotFoundError:
            continue
    return made.digest()


def _requirements(package: str) -> list[str]:
    try:
        listed = requires(package) or []
    except PackageNotFoundError:
        listed = []
    names = []
    for line in listed:
        name = ""
        for sign in line:
            if not (sign.isalnum() or sign in "-_."):
                break
            name += sign
        names.append(name)
    return sorted(set(names))
