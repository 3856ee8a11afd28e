"""Which desk answers, by its own word: an address can be made to lead elsewhere, a desk cannot become another one."""

from dataclasses import dataclass
from os.path import normcase

__all__ = ["DeskIdentity"]


@dataclass(frozen=True, slots=True)
class DeskIdentity:
    """What tells a desk from every other of its vendor.

    `id`: what the vendor gave the account once and never changes (Jira's cloud id, Zendesk's account id); empty where there is
    none. `place`: what people know it by and may change (a subdomain, a host, a folder). Ids decide; places only where one of
    the two has no id.
    """

    id: str
    place: str

    def same(self, other: "DeskIdentity") -> bool:
        """Tell whether both are one desk."""
        if self.id and other.id:
            return self.id == other.id
        return _comparable(self.place) == _comparable(other.place)

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.place} (id {self.id})" if self.id else self.place


def _comparable(place: str) -> str:
    """Return a place for comparing: hosts and subdomains know no case, folders know it where the system does."""
    return normcase(place) if "/" in place or "\\" in place else place.casefold()
