"""When two names are one for a vendor: each target says so for itself, by kind of record."""

from typing import Literal, Protocol, TypeAlias, runtime_checkable
from unicodedata import normalize

__all__ = ["NameKind", "Naming", "folded_name"]

NameKind: TypeAlias = Literal["organization", "group", "field", "option", "user", "user_id"]
"""`user`: the e-mail address of an account; `user_id`: an account's external id; `option`: what a drop-down stores."""


@runtime_checkable
class Naming(Protocol):
    """A target whose records have names that only one of them may bear."""

    def name_key(self, kind: NameKind, name: str) -> str:
        """Return what the vendor compares: two names are one for it where this is equal. "" for a name that any number may bear. Pure."""
        ...


def folded_name(name: str) -> str:
    """Return a name without what a desk's database does not tell apart: letters of either case, blanks, Unicode forms, dots at the end.

    Rather one too many than one too few: two names that are taken for one stop a plan, two that are not show a customer another's tickets.
    """
    return " ".join(normalize("NFKC", normalize("NFKC", name).casefold()).split()).rstrip(" .")
