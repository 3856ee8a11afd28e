"""The files of one ticket on their way to a target: which of them can go, under which name, and what reading gives of each."""

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from ticketferry.schema.records import Record
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Blob, Severity
from ticketferry.sdk.lane import Lane, slim
from ticketferry.sdk.values import media_type

__all__ = ["FileRules", "blob_of", "by_comment", "file_name", "fitting_files", "named_file"]

_APART = frozenset({"ref", "ticket", "name", "size", "sha256", "state", "url", "native", "origin"})
"""Keys of a file that say nothing which a mark would have to keep."""
_LONGEST = 250
_ENDING = 20


class FileRules(NamedTuple):
    """What a product takes, and the codes of findings. `larger`, `beyond`: the end of a message, with `{:,}` for the figure; 0: no limit."""

    lost: str
    renamed: str
    largest: int = 0
    larger: str = "is larger than the {:,} bytes that one file may have"
    most: int = 0
    beyond: str = "is beyond the {:,} files that one ticket holds"


def fitting_files(items: Iterable[Record], lane: Lane, rules: FileRules) -> dict[str, Record]:
    """Return the files that can be uploaded, by their refs; of every other one it is told why it is lost."""
    fitting: dict[str, Record] = {}
    for item in items:
        if not item.get("sha256"):
            reason = f"has no bytes in the workspace ({item.get('state', 'not fetched')})"
        elif rules.largest and int(item.get("size", 0)) > rules.largest:
            reason = rules.larger.format(rules.largest)
        elif rules.most and len(fitting) >= rules.most:
            reason = rules.beyond.format(rules.most)
        else:
            fitting[item["ref"]] = item
            continue
        path = f"attachments[{parse_ref(item['ref']).id}]"
        lane.lost(path, rules.lost, f"{item.get('name', '?')!r} {reason}")
    return fitting


def by_comment(files: Mapping[str, Record], known: Container[str]) -> dict[str | None, list[str]]:
    """Return the refs of files by the comment that they hang on; under None those of no comment that is known."""
    refs_of: dict[str | None, list[str]] = {}
    for ref, item in files.items():
        owner = item.get("comment")
        refs_of.setdefault(owner if owner in known else None, []).append(ref)
    return refs_of


def blob_of(item: Record) -> Blob:
    """Return the bytes of a file as a request sends them."""
    return Blob(item["sha256"], file_name(item["name"]), media_type(item.get("media_type")))


def named_file(item: Record, lane: Lane, rules: FileRules) -> Record:
    """Return what reading gives of a file: its ref, the name that it gets, what a mark keeps of it, its size. Another name is told."""
    name = file_name(item["name"])
    if name != item["name"]:
        path = f"attachments[{parse_ref(item['ref']).id}].name"
        lane.transformed(path, "file names hold no path and no control character")
        lane.find(rules.renamed, Severity.REPAIR, path, f"the file is named {name!r}")
    kept = slim({key: value for key, value in item.items() if key not in _APART})
    size = {"size": item["size"]} if "size" in item else {}
    return {"ref": item["ref"], "name": name, **kept, **size}


def file_name(name: str) -> str:
    """Return a name that products take as it is: no path, no control character, no double quote (a form field encodes it), at most 250
    characters with its ending.
    """
    text = "".join(
        sign for sign in name.replace("\\", "/").rsplit("/", 1)[-1] if sign.isprintable() or sign == " "
    )
    text = " ".join(text.replace('"', "'").split())
    if not text.strip(". "):
        text = "file"  # `.` and `..` name folders
    if len(text) > _LONGEST:
        stem, dot, ending = text.rpartition(".")
        short = f"{stem[: _LONGEST - 1 - len(ending)]}{dot}{ending}"
        text = short if dot and len(ending) < _ENDING else text[:_LONGEST]
    return text
