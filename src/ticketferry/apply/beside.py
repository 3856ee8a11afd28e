"""What people put beside what we made: links, which show themselves on both records, and further organizations of a ticket."""

from collections.abc import Callable, Iterable, Iterator

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind
from ticketferry.schema.vectors import LINKS_BESIDE, SHARED_BESIDE
from ticketferry.store.idmap import IdMap

__all__ = ["beside_of_others"]


def beside_of_others(
    root: str, current: Record, idmap: IdMap, planned: Callable[[str], Iterable[str]] = lambda _: ()
) -> Iterator[str]:
    """Yield links of a record as it stands now, by their name in its vector, that neither its own lane nor that of the other
    record made, and organizations that it is shared with beside its own. `planned`: what a plan wanted of the other record, where that counts too.
    """
    native = current.get("native") or {}
    for shared in native.get(SHARED_BESIDE, ()):
        yield f"organization[{shared}]"
    for kind, inward, id_ in native.get(LINKS_BESIDE, ()):
        other = idmap.source_of(Kind.TICKET.value, id_)
        applied = idmap.applied(other) if other is not None else None
        wanted = planned(other) if other is not None else ()
        made = {
            *(applied.seen if applied is not None else ()),
            *(applied.wanted if applied is not None else ()),
            *wanted,
        }
        if f"links[{kind}:{root}:{int(not inward)}]" not in made:
            yield f"links[{kind}:{other or id_}:{int(bool(inward))}]"
