"""How many there are of something, and how long it took, in words: one rule for every screen, finding and report."""

__all__ = ["counted", "duration", "plural"]


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
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


def duration(seconds: float) -> str:
    """Write a length of time in its two largest units: `20 h 55 min`, `47 min`, `3 s`."""
    total = max(0, round(seconds))
    if total < 60:
        return f"{total} s"
    if total < 3600:
        minutes, rest = divmod(total, 60)
        return f"{minutes} min {rest} s" if minutes < 5 and rest else f"{minutes} min"
    if total < 172_800:
        hours, rest = divmod(total // 60, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, rest = divmod(total // 3600, 24)
    return f"{days} d {rest} h" if rest else f"{days} d"
