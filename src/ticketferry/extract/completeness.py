"""What is known of a snapshot's completeness, and how it is put into words that add up in sight."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from ticketferry.errors import FatalError
from ticketferry.schema.counting import counted
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.surveys import Surveys

__all__ = ["CLASSES", "NAMED", "Completeness", "Counted", "Numbers", "refuse_gaps"]

NAMED = 10
"""Unexplained numbers that are named; all of them are counted."""
CLASSES = (
    "deleted",
    "merged",
    "spam",
    "suspended",
    "purged",
    "purged_or_archived",
    "unused",
    "moved",
    "invisible",
)
"""What a number without a living ticket can be, in the order in which they are told."""
_WORDS = {
    "purged": "deleted for good", "purged_or_archived": "deleted for good or archived", "unused": "never a ticket", "moved": "renumbered",
    "invisible": "not visible to us",
}  # fmt: skip


@dataclass(slots=True)
class Numbers:
    """The numbers 1 … highest of all sequences: `used` = `here` + the sum of `classes` + `late` + `unknown`."""

    used: int = 0
    here: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    """Deleted, merged, spam, suspended, purged, archived, unused, moved, invisible: tombstones in the snapshot and explained gaps together."""
    late: int = 0
    """There by now, and not read: they came while the desk was read, and the next extract brings them."""
    unknown: int = 0
    examples: list[str] = field(default_factory=list)
    asked: int = 0
    """Numbers that the desk was asked for this time; what was explained before is not asked again."""
    found: int = 0
    """Tickets that no stream gave and that were read by their number."""
    unnumbered: int = 0
    """Tickets whose number is in no sequence, and those of `thin`."""
    doubled: int = 0
    """Tickets that share their number with another one."""
    thin: list[str] = field(default_factory=list)
    """Sequences with so few tickets that their gaps were not asked for."""
    sequences: int = 0
    tickets: int = 0
    """Tickets of the snapshot, tombstones that the desk still shows among them."""
    refused: str = ""
    """Why the desk did not explain its gaps."""

    @property
    def words(self) -> str:
        """Say the sum: `412,806 numbers used: 400,112 here + 8,431 deleted + 3,102 merged, 0 unexplained`."""
        if not self.used:
            return "the tickets' numbers are no sequence, so gaps in them tell nothing"
        parts = [f"{self.here:,} here"]
        parts += [f"{count:,} {_WORDS.get(name, name)}" for name, count in self.classes.items()]
        if self.late:
            parts.append(f"{self.late:,} not read yet")
        unknown = f" + {self.unknown:,} unexplained" if self.unknown else ", 0 unexplained"
        return f"{self.used:,} numbers used: {' + '.join(parts)}{unknown}"

    @property
    def beside(self) -> list[str]:
        """Say what the sum leaves out, a sentence each."""
        lines = []
        if self.examples:
            more = self.unknown - len(self.examples)
            names = ", ".join(self.examples) + (f" and {more:,} more" if more > 0 else "")
            why = f" ({self.refused})" if self.refused else ""
            lines.append(f"unexplained{why}: {names}")
        if self.found:
            lines.append(f"{counted(self.found, 'ticket')} in no list of the desk, read by number")
        if self.unnumbered:
            lines.append(f"{counted(self.unnumbered, 'ticket')} with a number that is in no sequence")
        if self.doubled:
            lines.append(f"{counted(self.doubled, 'ticket')} with the number of another one")
        return lines


@dataclass(slots=True)
class Counted:
    """Control totals: how many were asked, and how they came out."""

    asked: int = 0
    equal: int = 0
    moved: int = 0
    differs: int = 0
    estimate: int = 0
    desk: int = 0
    here: int = 0
    again: bool = False
    """Whether changes were read once more before judging."""
    stays: int = 0
    """Of those that differ: how many came out the same way at the extract before."""
    lag: str = ""
    """What the desk's lists leave out because it is too new, in words."""
    refused: str = ""
    """Why the desk did not count."""
    unasked: int = 0
    """Months that were equal the last time and in which nothing changed since: not asked again."""

    @property
    def fresh(self) -> int:
        """Count the differences that the extract before had not: the desk knows more than came, and the next one may bring it."""
        return self.differs - self.stays

    @property
    def behind(self) -> str:
        """Say that the desk knows more than came, and what brings the rest; "" where nothing says so."""
        if not self.fresh:
            return ""
        why = f" ({self.lag})" if self.lag else ""
        return (
            f"the desk knows more than came: {counted(self.fresh, 'count')} differ{'s' if self.fresh == 1 else ''}. Changes of the last"
            f" minute come with the next extract{why}: run `ticketferry extract` again"
        )

    @property
    def words(self) -> str:
        """Say how the desk's own counts came out: `612 counts of the desk: 600 equal + 12 moved meanwhile`."""
        if not self.asked:
            return f"the desk told no counts: {self.refused}" if self.refused else "the desk told no counts"
        parts = [f"{self.equal:,} equal"]
        if self.moved:
            parts.append(f"{self.moved:,} moved meanwhile")
        if self.estimate:
            parts.append(f"{self.estimate:,} only estimated by the desk")
        if self.differs:
            parts.append(f"{self.differs:,} differ")
        tail = f"; then it told no more: {self.refused}" if self.refused else ""
        if self.unasked:
            tail += f"; {self.unasked:,} more were equal before, and nothing of theirs changed since"
        return f"{counted(self.asked, 'count')} by stage and month: {' + '.join(parts)}{tail}"


@dataclass(slots=True)
class Completeness:
    """What was found about one snapshot."""

    snapshot: int
    at: str
    numbers: Numbers = field(default_factory=Numbers)
    totals: Counted = field(default_factory=Counted)

    @classmethod
    def read(cls, snapshots: Snapshots) -> "Completeness | None":
        """Return what the newest check found; None where none was made."""
        body = Surveys(snapshots).summary()
        if body is None:
            return None
        return cls(
            int(body["snapshot"]),
            str(body["at"]),
            Numbers(**body["numbers"]),
            Counted(**body["totals"]),
        )

    def keep(self, snapshots: Snapshots) -> None:
        """Keep it in the workspace."""
        Surveys(snapshots).store_summary(self.snapshot, datetime.fromisoformat(self.at), asdict(self))


def refuse_gaps(numbers: Numbers) -> None:
    """Raise FatalError naming the first numbers that nobody can explain."""
    if not numbers.unknown:
        return
    one = numbers.unknown == 1
    raise FatalError(
        f"{numbers.unknown:,} ticket number{'' if one else 's'} of the old desk {'is' if one else 'are'} {numbers.beside[0]}",
        remedy="Everything that was read is kept. Look them up in the old desk: where a ticket is there, these credentials"
        " may not see it (`ticketferry check source`). Then run `ticketferry extract source` again.",
    )
