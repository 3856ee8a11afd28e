"""Which cases that the export gave are to be read again: by the account's own counts, by a sample, and by what does not fit."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from ticketferry.sdk import FatalError, Recheck, Record, Ref, RejectedError, parse_ref
from ticketferry.sdk.rest.parallel import OrderedMap
from ticketferry_zendesk.client import ZendeskClient

__all__ = ["oddity", "rechecks", "sampled"]

_SHARE = 100
"""One ticket of so many is counted where the account does not count them all."""
_PORTION = 200
_HIDDEN = frozenset({"privacy", "redacted"})


def rechecks(
    client: ZendeskClient, several: OrderedMap, cases: Iterable[Record], *, quick: bool = True
) -> Iterator[Recheck]:
    """Compare each case with its `comment_count` where tickets come with it; else count a seeded 1 % one by one.

    A case in which something does not fit is read again whatever the counts say. Not `quick`: cases were read one by one, so that
    only the desk's own count can tell of more.
    """
    waiting: list[tuple[Ref, int, str]] = []
    for case in cases:
        if case.get("stage") == "deleted":
            continue
        ref = parse_ref(case["ref"])
        held = sum(1 for comment in case.get("comments", ()) if comment.get("kind") != "chat")
        odd = oddity(case) if quick else ""
        told = case.get("native", {}).get("comment_count")
        if isinstance(told, int) and not isinstance(told, bool):
            if told != held or odd:
                why = f"{held} comments, the desk counts {told}" if told != held else odd
                yield Recheck(ref, why, told)
            else:
                yield Recheck(ref, "counted", told, again=False)
        elif quick and (odd or sampled(ref.id)):
            waiting.append((ref, held, odd))
            if len(waiting) >= _PORTION:
                yield from _count(client, several, waiting)
                waiting = []
    yield from _count(client, several, waiting)


def sampled(number: str) -> bool:
    """Say whether a ticket is one of the sample: the same tickets on every machine and in every run."""
    return int.from_bytes(blake2b(number.encode(), digest_size=4).digest(), "big") % _SHARE == 0


def oddity(case: Record) -> str:
    """Return what does not fit in a case that is not deleted, empty where all does."""
    comments = case.get("comments", ())
    if not comments:
        return "no comments"
    if not any(comment.get("opening") for comment in comments):
        return "no opening message"
    known = {comment["ref"] for comment in comments}
    statuses: list[Any] = []
    for event in case.get("events", ()):
        if event.get("type") in _HIDDEN and event.get("comment") and event["comment"] not in known:
            return "a comment that was hidden later is missing"
        if event.get("field") == "status" and event.get("after") is not None:
            statuses.append(event["after"])
    if statuses and case.get("status") is not None and statuses[-1] != case["status"]:
        return f"the history ends with the status {statuses[-1]}, the ticket has {case['status']}"
    return ""


def _count(
    client: ZendeskClient, several: OrderedMap, waiting: list[tuple[Ref, int, str]]
) -> Iterator[Recheck]:
    def ask(item: tuple[Ref, int, str]) -> int | None:
        try:
            return client.count(f"/tickets/{item[0].id}/comments/count", endpoint="check.comments")
        except RejectedError as error:
            if error.status in (403, 404):
                return None  # deleted since
            raise
        except FatalError:
            return None  # an edition of the API without this count

    for (ref, held, odd), told in zip(waiting, several.each(ask, waiting), strict=True):
        chosen = sampled(ref.id)
        differs = told is not None and told != held
        why = odd or (f"{held} comments, the desk counts {told}" if differs else "counted")
        yield Recheck(ref, why, told, again=bool(odd) or differs, sampled=chosen)
