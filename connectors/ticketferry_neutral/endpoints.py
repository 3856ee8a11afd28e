"""Every write that a folder of neutral files takes, in dependency order."""

from ticketferry.sdk import Endpoint, Kind, Repeat
from ticketferry_neutral.lines import PART_OF

__all__ = ["ENDPOINTS", "PART_LISTS", "create_of", "kind_of_endpoint"]

PART_LISTS: dict[str, Kind] = {
    "comments": Kind.COMMENT,
    "attachments": Kind.ATTACHMENT,
    "worklogs": Kind.WORKLOG,
    "side_conversations": Kind.SIDE_CONVERSATION,
}
"""Key of a case -> kind of the parts in it, in the order in which they are written."""

_CREATED = {
    Kind.GROUP: ("create", 1),
    Kind.ORGANIZATION: ("create", 1),
    Kind.PERSON: ("create", 1),
    Kind.TICKET: ("create", 20),
    Kind.COMMENT: ("create", 1),
    Kind.ATTACHMENT: ("add", 1),
    Kind.WORKLOG: ("add", 1),
    Kind.SIDE_CONVERSATION: ("add", 1),
}
"""Kind -> (verb, batch)."""


def _path(kind: Kind) -> str:
    return "{ticket}/" + f"{kind.value}.jsonl" if kind in PART_OF else f"{kind.value}.jsonl"


def _endpoints() -> tuple[Endpoint, ...]:
    creates = [
        Endpoint(
            f"{kind.value}.{verb}",
            "POST",
            _path(kind),
            "write",
            batch=batch,
            gives=("id",),
            repeat=Repeat.FIND,
        )
        for kind, (verb, batch) in _CREATED.items()
    ]
    others = [
        Endpoint(f"{kind.value}.{verb}", method, _path(kind) + "/{id}", "write", gives=(), repeat=Repeat.SAFE)
        for verb, method in (("update", "PATCH"), ("restore", "POST"), ("delete", "DELETE"))
        for kind in reversed(_CREATED)
    ]
    links = [
        Endpoint(f"link.{verb}", method, "ticket.jsonl/{id}/links", "write", gives=(), repeat=Repeat.SAFE)
        for verb, method in (("add", "PUT"), ("delete", "DELETE"))
    ]
    history = Endpoint("history.put", "PUT", "{ticket}/event.jsonl", "write", gives=(), repeat=Repeat.SAFE)
    return (*creates, *others[: len(_CREATED)], *links, history, *others[len(_CREATED) :])


ENDPOINTS = _endpoints()
"""Nothing here notifies anybody, so nothing is guarded. Updates and deletions may be sent twice; a record is made once."""


def kind_of_endpoint(name: str) -> Kind:
    """Return the kind of record that an endpoint writes; links stand in tickets, history is a ticket's events."""
    noun = name.split(".", 1)[0]
    return {"link": Kind.TICKET, "history": Kind.EVENT}.get(noun) or Kind(noun)


def create_of(kind: Kind) -> str:
    """Return the name of the endpoint that makes a record of `kind`."""
    return f"{kind.value}.{_CREATED[kind][0]}"
