"""Traces of the shapes that stand everywhere in Jira's answers: accounts, and things that a site defines."""

from collections.abc import Mapping

from ticketferry.sdk import Json, derived, leaves
from ticketferry.sdk.trace import pattern_of

from .wire import person_id

__all__ = [
    "ACCOUNT",
    "ADDRESS",
    "AGAIN",
    "SET_UP",
    "STRAY",
    "trace_account",
    "trace_document",
    "trace_named",
    "trace_time",
]

ACCOUNT = "=the account's own record tells it"
ADDRESS = "=an address of the API"
SET_UP = "=set-up of the site, told with each record that uses it"
AGAIN = "=the same time in another form"
STRAY = ("self", "expand")
"""Keys of any record that tell of the API, not of the record."""
_FORM = "=the form of the document"
_WORDS = "the words of the document"


def trace_account(value: object, path: str, place: str) -> dict[str, str]:
    """Trace a user object: its id stands at `place`, the rest in the account's own record."""
    known = isinstance(value, Mapping) and person_id(value)
    return {path: ACCOUNT, f"{path}.accountId": place} if known else {}


def trace_named(value: object, path: str, place: str, key: str = "name") -> dict[str, str]:
    """Trace something that the site defines: its name stands at `place`, the rest is set-up. A plain text is the name itself."""
    if isinstance(value, Mapping):
        return {path: SET_UP, f"{path}.{key}": place} if value.get(key) else {}
    return {path: place} if isinstance(value, str) else {}


def trace_time(trace: dict[str, str], value: object, path: str, place: str) -> None:
    """Trace a time, which the service desk tells in four forms."""
    if isinstance(value, Mapping):
        kept = "epochMillis" if value.get("epochMillis") else "iso8601"
        trace |= {f"{path}.{form}": AGAIN for form in ("epochMillis", "iso8601", "jira", "friendly")}
        trace[f"{path}.{kept}"] = place
    elif value:
        trace[path] = place


def trace_document(trace: dict[str, str], value: Json, path: str, place: str) -> None:
    """Trace a document of which the words are kept: texts go to `place`, addresses and the like stay as they came."""
    for leaf in leaves(value):
        whole = path if leaf.path == "$" else f"{path}.{leaf.path}"
        last = leaf.path.rpartition(".")[2]
        if last in ("$", "text"):
            shape = pattern_of(whole)
            trace |= {shape: place, derived(shape): _WORDS}
        elif last in ("type", "version", "localId"):
            trace[pattern_of(whole)] = _FORM
