"""The files of one ticket in both desks: there, with the same bytes, and seen by nobody more."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from ticketferry.sdk.witness import Facts, WitnessFile
from ticketferry.witness.rules import ExplainingRules
from ticketferry.witness.seen import Bytes, Difference, Seen

__all__ = ["compare_files", "off_portal"]


def off_portal(target: Facts, rules: ExplainingRules) -> bool:
    """Tell whether the mapping itself sends tickets to where this one is so that no customer sees them."""
    container, sort = target.container.casefold(), target.sort.casefold()
    return bool(container) and not rules.off_portal.isdisjoint({(container, sort), (container, "")})


def compare_files(
    before: Seen,
    after: Seen,
    rules: ExplainingRules,
    before_bytes: Bytes,
    after_bytes: Bytes | None,
    elsewhere: Callable[[str], bool],
    unjudged: Counter[str],
) -> Iterator[Difference]:
    """Yield what is not there, what customers see and did not, and what they see no longer. `elsewhere`: was held by another ticket; `unjudged`
    counts what could not be told.
    """
    left = list(after.files)
    sums: dict[str, str | None] = {}
    own: set[str] = set()

    def checksum(held: WitnessFile) -> str | None:
        if held.id not in sums:
            sums[held.id] = held.sha256 or (after_bytes(held) if after_bytes else None)
        return sums[held.id]

    # What has a file of the same name first: most files need one look then.
    for held in before.files:
        wanted = held.sha256 or before_bytes(held)
        own.add(wanted or "")
        near = sorted(
            left,
            key=lambda other: (
                other.name != held.name,
                other.public is not held.public,
                other.size != held.size,
            ),
        )
        if wanted and after_bytes:
            match = next((other for other in near if checksum(other) == wanted), None)
        else:
            unjudged["the bytes of a file: compared by name and size"] += 1
            match = next(
                (other for other in near if other.name == held.name and held.size in (None, other.size)), None
            )
        if match is None:
            yield _no_file(held, near, rules)
            continue
        left.remove(match)
        if match.doubtful or held.doubtful:
            unjudged["who sees a file: its ticket is among agents, or the desk does not tell"] += 1
        elif match.public and not held.public:
            yield Difference(
                "leak", f"file {held.id}", f"the internal file {held.name} can be seen by customers"
            )
        elif held.public and not match.public:
            rule = "comments.public" if rules.public_internal else ""
            if not rule and off_portal(after.facts, rules):
                rule = "route"
            yield Difference(
                "file",
                f"file {held.id}",
                f"customers saw {held.name} and see it no longer: no text that they read shows it",
                rule,
            )
    # What agents attached since is theirs; bytes that the old desk held in another ticket are not this one's.
    for held in left:
        total = checksum(held) if held.public else None
        if total and total not in own and elsewhere(total):
            yield Difference(
                "leak", f"file {held.id}", f"the file {held.name} of another ticket can be seen by customers"
            )


def _no_file(held: WitnessFile, near: Sequence[WitnessFile], rules: ExplainingRules) -> Difference:
    rule = rules.of_file(held)
    if near and near[0].name == held.name:
        return Difference("file", f"file {held.id}", f"{held.name} is there with other bytes", rule)
    return Difference("file", f"file {held.id}", f"{held.name} is not there", rule)
