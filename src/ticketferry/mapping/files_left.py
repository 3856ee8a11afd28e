"""Which files of a ticket are not moved because of what they are: too old, with malware, a picture of a text, a recorded call."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ticketferry.mapping.conditions import LEAP, parse_time
from ticketferry.mapping.sections.part import REJECT
from ticketferry.mapping.work import Setup
from ticketferry.schema.body import references
from ticketferry.schema.body_subset import parse
from ticketferry.schema.records import Record

__all__ = ["FilesLeft", "LeftFile", "pictures"]


class LeftFile(NamedTuple):
    """Why a file is not moved. `word`: the key of the mapping that says so; `do`: what becomes of its name and address; `code` of the finding."""

    word: tuple[str, ...]
    do: Literal["link", "drop", "fail", "reject"]
    code: str
    message: str


_MALWARE = {"drop": "A009", "fail": "A011", REJECT: "A013"}
"""What becomes of a file with malware -> the code of the finding."""


class FilesLeft:
    """The words of `attachments` and `comments` that look at what a file is, compiled."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        rules = setup.rules.attachments
        self._older = rules.older_than
        self._malware = rules.malware
        self._links = rules.inline == "keep_link"
        self._calls = setup.rules.comments.voice.as_ == "text"
        self._bound = parse_time(f"-{self._older.years}y", setup.now) if self._older is not None else None

    def of(self, case: Record) -> dict[str, LeftFile]:
        """Return why files of a ticket are not moved, by their refs."""
        files: Sequence[Record] = case.get("attachments") or ()
        if not files:
            return {}
        comments = {comment["ref"]: comment for comment in case.get("comments") or ()}
        shown = pictures(case) if self._links else frozenset()
        found: dict[str, LeftFile] = {}
        for file in files:
            comment = comments.get(file.get("comment", ""), {})
            left = self._of(file, comment, case, shown)
            if left is not None:
                found[file["ref"]] = left
        return found

    def _of(self, file: Record, comment: Record, case: Record, shown: frozenset[str]) -> LeftFile | None:
        name = file.get("name", "")
        # With `link` it is one of those whose bytes cannot be had.
        if file.get("state") == "malware" and self._malware != "link":
            said = f"{_named(name, self._malware)}: the old desk found malware in it"
            return LeftFile(("attachments", "malware"), self._malware, _MALWARE[self._malware], said)
        if self._older is not None and self._is_old(
            file.get("created") or comment.get("created") or case.get("created")
        ):
            said = f"{_named(name, self._older.do)} is older than {self._older.years} years"
            return LeftFile(("attachments", "older_than"), self._older.do, "A010", said)
        if self._calls and comment.get("kind") == "voice" and not file.get("inline"):
            return LeftFile(("comments", "voice"), "link", "A012", f"{name} is the recording of a call")
        if file["ref"] in shown:
            return LeftFile(("attachments", "inline"), "link", "A012", f"{name} is a picture within a text")
        return None

    def _is_old(self, written: object) -> bool:
        moment = parse_time(written, self._setup.now) if isinstance(written, str) else None
        if moment is None or self._bound is None:
            return False
        if moment < self._bound:
            return True
        # Some day the bound passes it.
        self._setup.lookups.holds_until(self._setup.now + (moment - self._bound) - LEAP)
        return False


def _named(name: str, do: str) -> str:
    """Return how a finding calls a file: what a rule drops leaves no trace, its name least of all."""
    return "a file" if do == "drop" else name


def pictures(case: Record) -> frozenset[str]:
    """Return the refs of the files that are pictures within texts: by the desk's own word, or since a text shows an image file."""
    images = {
        file["ref"]: file
        for file in case.get("attachments") or ()
        if file.get("inline") or str(file.get("media_type", "")).startswith("image/")
    }
    found = {ref for ref, file in images.items() if file.get("inline")}
    if len(found) < len(images):
        for holder in (case, *(case.get("comments") or ())):
            html = (holder.get("body") or {}).get("html", "")
            if "data-ref=" in html:
                found.update(ref for ref in references(parse(html)).attachments if ref in images)
    return frozenset(found)
