"""What a format could not hold, summed up while a body is read or written."""

from collections.abc import Callable, Mapping

from ticketferry.schema.body import Loss

__all__ = ["LossTally"]


class LossTally:
    """Sums losses by code and detail, so that a thousand coloured words are one row with a count."""

    __slots__ = ("_messages", "_rows")

    def __init__(self, messages: Mapping[str, str]) -> None:
        """`messages`: the table of codes; what stands there for a code opens the message of each of its losses."""
        self._messages = messages
        self._rows: dict[tuple[str, str], tuple[str, int]] = {}

    def add(self, code: str, where: Callable[[], str] | str, detail: str = "") -> None:
        """Count one more; `where` is asked for only the first time."""
        row = self._rows.get((code, detail))
        if row is not None:
            self._rows[code, detail] = (row[0], row[1] + 1)
        else:
            self._rows[code, detail] = (where if isinstance(where, str) else where(), 1)

    def losses(self) -> list[Loss]:
        """Every row, in order of first appearance."""
        return [
            Loss(code, where, f"{self._messages[code]}: {detail}" if detail else self._messages[code], count)
            for (code, detail), (where, count) in self._rows.items()
        ]
