"""The list of a ticket's comments as second witness of its audits: inline images, later privacy, redactions.

An audit may still tell a comment as it was when it was written. Where a ticket has an event that hides something, its comments
are read again as they are shown today, and a difference takes the less visible: `public_now` on a comment and on its privacy
events tells what the list said; texts and files that were redacted are replaced and `text_now` says so, so that what somebody
took out is not kept here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry_zendesk.audit_rows import steps
from ticketferry_zendesk.translate_comment import tokens
from ticketferry_zendesk.wire import Row

__all__ = ["HIDING", "add_images", "hides_files", "hides_something", "settle"]

HIDING = frozenset({"CommentPrivacyChange", "CommentRedactionEvent", "AttachmentRedactionEvent"})
"""Events after which a comment may show less than the audit that made it."""
_TEXTS = ("html_body", "body", "plain_body")


def hides_something(audits: Sequence[Row]) -> bool:
    """Say whether a ticket's comments must be looked at as they are shown today."""
    return any(step.kind in HIDING for row in audits for step in steps(row))


def hides_files(audits: Sequence[Row]) -> bool:
    """Say whether a text shows files that its comment does not list: audits leave inline images out [ISSUE zammad 4234]."""
    return any(_hides_files(step.row) for row in audits for step in steps(row) if step.spoken)


def _hides_files(comment: Row) -> bool:
    html = comment.get("html_body")
    if not isinstance(html, str) or "/attachments/token/" not in html:
        return False
    listed = "".join(str(file.get("content_url")) for file in _files(comment))
    return not tokens(html) <= tokens(listed)


def _files(comment: Row) -> list[Row]:
    found = comment.get("attachments")
    return [file for file in found if isinstance(file, dict)] if isinstance(found, list) else []


def add_images(audits: Sequence[Row], shown: Mapping[Any, Row]) -> None:
    """Complete the attachments of comments whose text shows files that the audits do not list."""
    for row in audits:
        for step in steps(row):
            if step.spoken and _hides_files(step.row):
                files = _files(shown.get(step.row.get("id"), {}))
                if files:
                    known = {file.get("id") for file in files}
                    kept = [file for file in _files(step.row) if file.get("id") not in known]
                    step.row["attachments"] = [*files, *kept]


def settle(audits: Sequence[Row], shown: Mapping[Any, Row]) -> None:
    """Let the audits of a ticket say no more than the list of its comments does."""
    comments = {step.row.get("id"): step.row for row in audits for step in steps(row) if step.spoken}
    verdicts: dict[Any, tuple[str, bool]] = {}
    privacy: dict[Any, list[Row]] = {}
    redacted: set[Any] = set()
    ordered = sorted(audits, key=lambda row: (str(row.get("created_at")), str(row.get("timestamp"))))
    for row in ordered:
        time = str(row.get("created_at"))
        for step in steps(row):
            id_ = step.row.get("comment_id")
            if step.kind == "CommentPrivacyChange":
                public = step.row.get("public") is True
                before = verdicts.get(id_)
                verdicts[id_] = (time, public and before[1] if before and before[0] == time else public)
                privacy.setdefault(id_, []).append(step.row)
            elif step.kind in HIDING:
                redacted.add(id_)
    for id_, comment in comments.items():
        now = shown.get(id_)
        if now is None:
            continue
        told = verdicts[id_][1] if id_ in verdicts else comment.get("public") is True
        if isinstance(now.get("public"), bool) and now["public"] is not told:
            comment["public_now"] = False
            for event in privacy.get(id_, ()):
                event["public_now"] = False
        if id_ in redacted:
            _take_out(comment, now)


def _take_out(comment: Row, now: Row) -> None:
    changed = False
    for key in _TEXTS:
        if isinstance(now.get(key), str) and comment.get(key) not in (None, now[key]):
            comment[key] = now[key]
            changed = True
    listed = {file.get("id"): file for file in _files(now)}
    files = []
    for file in _files(comment):
        other = listed.get(file.get("id"))
        if other is None or other.get("deleted") or other.get("content_url") != file.get("content_url"):
            other = other or {
                **file,
                "deleted": True,
                "content_url": "",
                "mapped_content_url": "",
                "thumbnails": [],
            }
            changed = changed or not file.get("deleted")
            files.append(other)
        else:
            files.append(file)
    if files:
        comment["attachments"] = files
    if changed:
        comment["text_now"] = True
