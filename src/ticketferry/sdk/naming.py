"""When two names are one for a vendor: each target says so for itself, by kind of record."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, cast, runtime_checkable
from unicodedata import category, normalize

__all__ = ["NameKind", "NamedRows", "Naming", "folded_name", "named"]

_Row = TypeVar("_Row", bound=Mapping[str, Any])

NameKind: TypeAlias = Literal["organization", "group", "field", "option", "user", "user_id", "issue_key"]
"""`user`: the e-mail address of an account; `user_id`: an account's external id; `option`: what a drop-down stores; `issue_key`: the key that a ticket is to
have."""


_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5") | {chr(number) for number in range(0xFE00, 0xFE10)}
"""Letters and marks that show nothing [Unicode Default_Ignorable_Code_Point]; the others of the kind are formats (Cf)."""


def _is_seen(sign: str) -> bool:
    return sign not in _UNSEEN and category(sign) not in ("Cc", "Cf")


@runtime_checkable
class Naming(Protocol):
    """A target whose records have names that only one of them may bear."""

    def name_key(self, kind: NameKind, name: str) -> str:
        """Return what the vendor compares: two names are one for it where this is equal. "" for a name that any number may bear. Pure."""
        ...


def folded_name(name: str) -> str:
    """Return a name without what a desk's database does not tell apart: letters of either case, blanks, Unicode forms, dots at the end,
    and signs that nobody sees (joiners, soft hyphens, marks of direction, control characters).

    Rather one too many than one too few: two names that are taken for one stop a plan, two that are not show a customer another's tickets.
    """
    # `İ` is an i with a dot of its own when folded, and `ı` none: which letters a desk's collation takes for one, nobody says.
    text = normalize("NFKC", name).casefold().replace("i\u0307", "i").replace("\u0131", "i")
    if not (text.isascii() and text.isprintable()):
        text = "".join(sign for sign in text if sign.isspace() or _is_seen(sign))
    return " ".join(normalize("NFKC", text).split()).rstrip(" .")


class NamedRows:
    """Entries of a catalog by the exact name, else in any case of letters: people type names. The first of a name counts.

    `key`: what names an entry.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], key: str = "name") -> None:
        self._exact: dict[str, Any] = {}
        self._folded: dict[str, Any] = {}
        for row in rows:
            self._exact.setdefault(row[key], row)
            self._folded.setdefault(str(row[key]).casefold(), row)

    def get(self, name: str) -> Any:
        """Return the entry; None where there is none."""
        row = self._exact.get(name)
        return self._folded.get(name.casefold()) if row is None else row


def named(rows: Iterable[_Row] | None, name: str) -> _Row | None:
    """Find an entry of a short list, as `NamedRows` does."""
    return cast("_Row | None", NamedRows(rows or ()).get(name))
