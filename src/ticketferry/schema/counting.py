"""How many there are of something, in words: one rule for every screen, finding and report."""

__all__ = ["counted", "plural"]


def counted(count: int, kind: str) -> str:
    """Write how many there are of something: `1 group`, `1,200 groups`, `2 people`."""
    return f"{count:,} {plural(kind, count)}"


def plural(kind: str, count: int) -> str:
    """Write a noun, or a kind of record, as so many of it are called: `ticket`, `tickets`, `people`, `replies`."""
    if count == 1 or kind == "other":
        return kind
    if kind == "person" or kind.endswith(" person"):
        return f"{kind[: -len('person')]}people"
    if kind.endswith("y") and kind[-2:-1] not in "aeiou":
        return f"{kind[:-1]}ies"
    return f"{kind}s"
