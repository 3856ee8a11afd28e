"""Tickets whose messages are HTML with files: bodies, attachments, and images in the middle of a text, with their trace."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind
from ticketferry.sdk.body import Loss, from_html, from_text, write_html
from ticketferry.sdk.traced import TracedRecords

__all__ = ["TracedTexts"]


class TracedTexts(TracedRecords):
    """The records of a ticket. `ours` tells of an image's address whether it lies with the desk: who fetches another one of a mail is told
    to whoever sent it. `losses`: of all texts so far.
    """

    def __init__(self, desk: str, case: Record, ours: Callable[[str], bool]) -> None:
        super().__init__(desk, case)
        self.case = case
        self.losses: list[Loss] = []
        self._ours = ours

    def text(self, text: object, id_: str, comment: str = "", *, marked_up: bool = True) -> Record | None:
        """Return a text as records hold it, None for one that shows nothing; each image of the desk's becomes a file, `ID-image0`, that
        hangs on `comment`. The record being made goes on.
        """
        if not isinstance(text, str):
            return None
        images: dict[str, str] = {}

        def image(url: str) -> str | None:
            name = f"{id_}-image{len(images)}"
            return images.setdefault(url, self.ref(Kind.ATTACHMENT, name)) if self._ours(url) else None

        tree, losses = from_html(text, image=image) if marked_up else (from_text(text), [])
        self.losses += losses
        for url, ref in images.items():
            name = unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or "image"
            self._file(ref, name, comment, url=url, inline=True)
        html = write_html(tree)
        return {"html": html, "format": "html" if marked_up else "text", "original": text} if html else None

    def files(
        self,
        rows: Iterable[Mapping[str, Any]],
        id_: str,
        table: Mapping[str, str],
        comment: str = "",
        at: str = "",
    ) -> None:
        """Make a file, `ID-0`, of each row, that hangs on `comment`. `table`: name in the wire -> key; `at`: where the rows stand, "" where
        something else tells of their leaves. The record being made goes on.
        """
        for index, row in enumerate(rows):
            values = {key: row[name] for name, key in table.items() if row.get(name)}
            name = str(values.pop("name", "") or f"file-{index + 1}")
            paths = {f"{at}[{index}].{name}": key for name, key in table.items() if at and row.get(name)}
            self._file(self.ref(Kind.ATTACHMENT, f"{id_}-{index}"), name, comment, paths, **values)

    def _file(
        self, ref: str, name: str, comment: str, paths: Mapping[str, str] | None = None, **told: Any
    ) -> None:
        going_on = self.record
        held = {"comment": comment} if comment else {}
        self.begin({"ref": ref, "ticket": self.case["ref"], "name": name, **held, **told})
        for path, key in (paths or {}).items():
            self.at(path, key)
        self.resume(going_on)
