"""Files of issues, counted from an answer that shows nothing but them: a hundred issues a request, evenly out of the site's time."""

from collections.abc import Sequence

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry.sdk.forecast import Sampled, spread

from .client import JsmClient
from .issue_reader import wire_of
from .wire import API

__all__ = ["attachments_of", "by_root"]

_PAGE = 100
_MOST = 1_000
"""Issues whose files are looked at."""


def by_root(wires: Sequence[Wire]) -> list[Sampled]:
    """Put the wires of a reading of all issues together by issue."""
    found: dict[Ref, list[Wire]] = {}
    for wire in wires:
        if not wire.unread:
            found.setdefault(wire.root or wire.ref, []).append(wire)
    return [Sampled(its, 1.0) for its in found.values()]


def attachments_of(client: JsmClient, desk: str, ids: Sequence[str], total: float) -> list[Sampled]:
    """Read what files issues have. `ids`: issues in the order of their age, as many as are known of `total`."""
    chosen = spread([0.0] * len(ids), _MOST, largest=0)
    some = [(ids[index], stands_for * total / len(ids)) for index, stands_for in sorted(chosen.items())]
    found: list[Sampled] = []
    for start in range(0, len(some), _PAGE):
        part = dict(some[start : start + _PAGE])
        body = {"issueIdsOrKeys": list(part), "fields": ["attachment"]}
        answer = client.question(
            f"{API}/issue/bulkfetch", body, endpoint="issue.bulkfetch", group="issue.read"
        )
        for issue in answer["issues"]:
            id_ = str(issue["id"])
            root = Ref(desk, Kind.TICKET, id_)
            files = (issue.get("fields") or {}).get("attachment") or []
            wires = [wire_of(desk, Kind.ATTACHMENT, row["id"], row, root=root) for row in files]
            found.append(Sampled(wires, part.get(id_, total / len(ids))))
    return found
