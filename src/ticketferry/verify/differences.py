"""What differs, told in words: the value that was written and the one that stands there now, short, without what the mapping drops."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ticketferry.schema.records import canonical
from ticketferry.sdk.witness import plain

__all__ = ["Value", "told"]

LONGEST = 60
HIDDEN = "…"
NOTHING = ""
LINKED = "there"


class Value(NamedTuple):
    """One entry that differs. `wanted` None: what was written cannot be made again from the mapping as it is now."""

    key: str
    wanted: str | None
    now: str


def told(
    different: Sequence[str],
    wanted: Mapping[str, Any],
    now: Mapping[str, Any],
    written: frozenset[str],
    secrets: Sequence[str] = (),
) -> Iterator[Value]:
    """Yield each entry with both values. `written`: entries that had a value; `secrets`: values that nobody may read here.

    Of a part (a comment) only that which differs in it is told, each under a name of its own.
    """
    for key in different:
        expected, seen = wanted.get(key), now.get(key)
        known = key in wanted or key not in written
        if isinstance(expected, Mapping) and isinstance(seen, Mapping):
            for inner in sorted(expected.keys() | seen.keys()):
                if expected.get(inner) != seen.get(inner):
                    name = f"{key}.{inner}"
                    yield Value(name, _short(expected.get(inner), secrets), _short(seen.get(inner), secrets))
            continue
        if key.startswith(("links[", "organization[")):
            before, after = (
                _link(value, key in of, secrets) for value, of in ((expected, wanted), (seen, now))
            )
        else:
            before, after = _short(expected, secrets), _short(seen, secrets)
        yield Value(key, before if known else None, after)


def _link(value: Any, present: bool, secrets: Sequence[str]) -> str:
    """A link mostly has no title: that it is there is its value."""
    return (_short(value, secrets) or LINKED) if present else NOTHING


def _short(value: Any, secrets: Sequence[str]) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, Mapping):
        text = plain(str(value["html"])) if "html" in value else canonical(dict(value)).decode()
    elif isinstance(value, list):
        text = ", ".join(_short(item, ()) for item in value)
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = str(value)
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
