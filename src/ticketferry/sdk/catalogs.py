"""What is looked up in a catalog, made once for each: planning asks it for every record."""

from collections.abc import Callable
from typing import Generic, TypeVar

from ticketferry.schema.catalog import Catalog

__all__ = ["PerCatalog"]

T = TypeVar("T")


class PerCatalog(Generic[T]):
    """Gives what `make` makes of a catalog, the same while it is asked for the same catalog (the object, not its content)."""

    def __init__(self, make: Callable[[Catalog], T]) -> None:
        self._make = make
        self._made: tuple[Catalog, T] | None = None

    def __call__(self, catalog: Catalog) -> T:
        """Return it. Thread-safe: at worst it is made twice."""
        made = self._made
        if made is None or made[0] is not catalog:
            self._made = made = (catalog, self._make(catalog))
        return made[1]
