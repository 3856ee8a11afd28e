"""What hangs on a ticket: files and comments as an import takes them, and what our mark must say to read them back."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.sdk import From, Lane, Record, Ref, Severity, Template, parse_ref, slim
from ticketferry.sdk.case_files import FileRules, blob_of, by_comment, fitting_files, named_file
from ticketferry.sdk.messages import header_line, html_record, joined, named_files, tree_of
from ticketferry_zendesk.message import LIMIT, CommentHtml, draft_long
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.wire import to_the_second

__all__ = [
    "MOST_COMMENTS",
    "WrittenComment",
    "ZendeskThread",
    "by_time",
]

MOST_COMMENTS = 4_900
"""Zendesk refuses more than 5,000 comments on a ticket [DOC ticket_comments]; some room stays for those to come."""
_SURELY_ONE = LIMIT // 20
"""Characters of a body that one comment holds in any script and with any image in it."""
_BLANK = "<p>(no text)</p>"
_APART = frozenset(
    {"ref", "ticket", "public", "author", "body", "created", "header", "native", "provenance", "origin"}
)
FILES = FileRules("ZD-FILE", "ZD-FILE-NAME")


class WrittenComment:
    """One comment as it is written: its parts, what reading gives, and its entry in our mark."""

    def __init__(
        self,
        drafts: Sequence[CommentHtml],
        files: Sequence[str],
        entry: dict[str, Any],
        expected: Record,
        there: Mapping[str, str],
    ) -> None:
        self.drafts = drafts
        self._there = there
        self.files = files
        self.entry = entry
        self.expected = expected

    def bodies(
        self, comment: Record, when: str | None, site: ZendeskCatalogIndex
    ) -> list[dict[str, Template]]:
        """Return the comment's parts as an import takes them; its files hang on the first."""
        author = comment.get("author")
        found: list[dict[str, Template]] = []
        for number, draft in enumerate(self.drafts):
            body: dict[str, Template] = {
                "html_body": draft.template(self._there) or _BLANK,
                # It has no default of its own: always said [PROBE].
                "public": comment.get("public") is True,
            }
            if author:
                body["author_id"] = site.number(author)
            if when:
                body["created_at"] = when
            if number == 0 and self.files:
                body["uploads"] = [From(parse_ref(ref), "token") for ref in self.files]
            found.append(body)
        return found


class ZendeskThread:
    """Compiles the files and comments of one ticket. Files are uploaded before the request that shows them."""

    def __init__(self, desired: Record, site: ZendeskCatalogIndex, lane: Lane, most_bytes: int) -> None:
        self.desired = desired
        self.site = site
        self.lane = lane
        self.files: dict[str, Record] = {}
        self.expected: Record = {}
        self.there: dict[str, str] = {}
        """Ref of a file that hangs on the ticket in Zendesk already -> its address: it is shown, and not uploaded once more."""
        self._most_bytes = most_bytes
        self._uploaded: set[str] = set()
        self._hung: set[str] = set()

    def survey(self) -> None:
        """Decide which files can be uploaded."""
        rules = FILES._replace(largest=self._most_bytes)
        self.files = fitting_files(self.desired.get("attachments", []), self.lane, rules)
        self.lane.carried(
            *(f"attachments[].{key}" for key in ("name", "media_type", "size", "sha256", "comment")),
            by="upload",
        )
        self.lane.kept("attachments[]", by="provenance comment (files)")

    def upload(self, refs: Sequence[str]) -> None:
        """Upload files, each once."""
        for ref in refs:
            if ref in self._uploaded or ref in self.there:
                continue
            self._uploaded.add(ref)
            blob = blob_of(self.files[ref])
            params: dict[str, Template] = {"filename": blob.name}
            self.lane.add("upload.add", f"{ref}/create", params=params, body=blob, subject=parse_ref(ref))

    def of(self, comment: str | None, known: frozenset[str]) -> list[str]:
        """Return the files of a comment; None: those that hang on no comment that is written."""
        return by_comment(self.files, known).get(comment, [])

    def say(
        self, comment: Record, extra: Sequence[str], known: frozenset[str], *, upload: bool = True
    ) -> WrittenComment:
        """Compile one comment and upload its files; `extra`: files of the ticket itself that hang on it."""
        ref = parse_ref(comment["ref"])
        tree = tree_of(comment.get("body"))
        header = header_line(comment.get("header", ""))
        drafts = draft_long(tree, frozenset(self.files), self.site.where, header=header)
        self._tell(ref, tree, drafts)
        own = list(dict.fromkeys([*self.of(comment["ref"], known), *extra]))
        # An image of another comment is shown by its address; one that no comment carries would be lost with its upload.
        own += [
            file
            for file in named_files(tree)
            if file in self.files and file not in own and not self._has_home(file, known)
        ]
        # A token serves once: the second comment that shows a file shows it by its address.
        own = [file for file in own if file not in self._hung]
        self._hung.update(own)
        if upload:
            self.upload([*own, *(file for draft in drafts for file in draft.images)])
        record = slim({key: value for key, value in comment.items() if key not in _APART})
        body = html_record(joined(draft.tree for draft in drafts))
        entry: dict[str, Any] = {"ref": comment["ref"], "record": record, "header": drafts[0].header}
        if len(drafts) > 1:
            entry["parts"] = [draft.header for draft in drafts]
        if not drafts[0].html:
            entry["blank"] = True
        if not comment.get("author"):
            entry["anonymous"] = True
        if comment.get("provenance"):
            entry["provenance"] = comment["provenance"]
        if own:
            entry["files"] = [self._file(file) for file in own]
        expected = slim(
            {
                "ref": comment["ref"],
                "public": comment.get("public") is True,
                "author": comment.get("author"),
                "body": body,
                "created": comment.get("created"),
                **record,
            }
        )
        return WrittenComment(drafts, own, slim(entry), expected, self.there)

    def parts(self, comment: Record) -> int:
        """Return in how many comments a message stands."""
        body = comment.get("body")
        if not body or len(body.get("html", "")) < _SURELY_ONE:
            return 1
        header = header_line(comment.get("header", ""))
        return len(draft_long(tree_of(body), frozenset(self.files), self.site.where, header=header))

    def _has_home(self, file: str, known: frozenset[str]) -> bool:
        return self.files[file].get("comment") in known

    def _tell(self, ref: Ref, tree: Any, drafts: Sequence[CommentHtml]) -> None:
        path = f"comments[{ref.id}].body"
        if len(drafts) > 1:
            self.lane.find(
                "ZD-SPLIT", Severity.REPAIR, path, f"a message of more than 64 kB stands in {len(drafts)} comments",
            )  # fmt: skip
        if any(draft.escaped for draft in drafts):
            self.lane.find(
                "ZD-BRACES", Severity.REPAIR, path, "`{{` is parted by a character without width, so that Zendesk renders nothing",
            )  # fmt: skip
        if joined(draft.tree for draft in drafts) != tree or not drafts[0].html:
            self.lane.transformed(path, "Zendesk's HTML")
        elif len(drafts) > 1 or any(draft.escaped for draft in drafts):
            self.lane.transformed(path, "split, or with placeholders parted: read back as it was")

    def _file(self, ref: str) -> dict[str, Any]:
        item = self.files[ref]
        expected = named_file(item, self.lane, FILES)
        self.expected.setdefault("attachments", []).append(expected)
        record = {key: value for key, value in expected.items() if key not in ("ref", "name", "size")}
        told = slim({"sized": "size" in item or None, "url": item.get("url")})
        return {"id": From(parse_ref(ref), "id"), "ref": ref, "record": record, **told}

    def fates(self) -> None:
        """Say where the parts of comments go."""
        self.lane.carried(
            *(f"comments[].{key}" for key in ("author", "public", "body", "created", "header")), by="comment"
        )
        self.lane.kept("comments[]", by="provenance comment")


def by_time(comments: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Return comments in the order in which Zendesk shows them: by their seconds, equal ones as they came, undated ones with the one before."""
    last = ""
    rows: list[tuple[str, int, Record]] = []
    for number, comment in enumerate(comments):
        last = to_the_second(comment.get("created")) or last
        rows.append((last, number, dict(comment)))
    return [comment for _, _, comment in sorted(rows, key=lambda row: row[:2])]
