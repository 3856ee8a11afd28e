"""What stands in Zendesk of a ticket that came before, by the records of the source that it came from."""

from ticketferry.sdk import Change, Record, Template
from ticketferry_zendesk.translate_own import PARTS

__all__ = ["by_origin", "hangs_on", "hidden_since", "parts_of"]


def by_origin(record: Record, name: str) -> dict[str, Record]:
    """Return parts of a kind by the source record that they stand for, else by themselves."""
    return {str(part.get("origin") or part["ref"]): part for part in record.get(name, [])}


def hangs_on(part: Record, comment: Record) -> bool:
    """Tell whether a file hangs on a comment."""
    return part.get("comment") in (comment["ref"], comment.get("origin"))


def parts_of(there: Record, first: Template, text: str = "") -> list[tuple[Template, str]]:
    """Return number and words of each comment that a message stands in; `first`, `text`: of one that stands in one."""
    parts = (there.get("native") or {}).get(PARTS)
    return [(str(id_), str(words)) for id_, words in parts] if parts else [(first, text)]


def hidden_since(change: Change, current: Record, desired: Record) -> bool:
    """Tell whether words or files stand in public that the source has hidden, redacted or taken away since."""
    there = {item["ref"]: item for item in desired.get("comments", [])}
    files = {item["ref"] for item in desired.get("attachments", []) if item.get("state") != "redacted"}
    public = {ref: part for ref, part in by_origin(current, "comments").items() if part.get("public") is True}
    for ref, part in public.items():
        now = there.get(ref, {})
        hides = now.get("public") is not True or (now.get("redacted") and not part.get("redacted"))
        if hides and f"comments[{ref}]" in change.fields:
            return True
    return any(
        ref not in files
        and f"attachments[{ref}]" in change.fields
        and any(hangs_on(part, comment) for comment in public.values())
        for ref, part in by_origin(current, "attachments").items()
    )
