"""Regular expressions of a mapping, by a matcher whose time grows with the text alone (RE2): no pattern can make a run stand still.

What RE2 does not have (look-ahead, look-behind, references back in the pattern) is refused when the mapping is read.
"""

import re
from functools import lru_cache
from typing import Any

import re2

__all__ = ["Pattern", "PatternError", "compile_pattern", "fault", "fault_of_replacement"]

MAX_SOURCE = 1_000
"""Characters of a pattern."""
MAX_DEPTH = 50
MAX_COUNT = 1_000
"""Repetitions that `{n,m}` may ask for."""
MAX_OUTPUT = 200_000
"""Characters that a replacement may give."""

_COUNT = re.compile(r"\{(\d*)(,?)(\d*)\}")
_GROUP = re.compile(r"\\(?:(\d{1,2})|g<(\w+)>|(.))", re.DOTALL)
_SIGNS = {"n": "\n", "t": "\t", "\\": "\\"}


class PatternError(ValueError):
    """A pattern that cannot be read, or a replacement that grows past its bound."""


class Pattern:
    """One compiled pattern."""

    def __init__(self, source: str, *, ignore_case: bool) -> None:
        options = re2.Options()
        options.log_errors = False
        options.case_sensitive = not ignore_case
        try:
            self._compiled: Any = re2.compile(source, options)
        except re2.error as error:
            fault = error.args[0] if error.args else "cannot be read"
            raise PatternError(
                fault.decode(errors="replace") if isinstance(fault, bytes) else str(fault)
            ) from None

    @property
    def groups(self) -> int:
        """Count the groups."""
        return int(self._compiled.groups)

    @property
    def names(self) -> frozenset[str]:
        """Return the names of named groups."""
        return frozenset(self._compiled.groupindex)

    def found(self, text: str) -> bool:
        """Tell whether the pattern is anywhere in the text."""
        return self._compiled.search(text) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where the pattern fits, in order: `text[start:end]`."""
        return [(match.start(), match.end()) for match in self._compiled.finditer(text)]

    def replace(self, text: str, to: str, count: int = 0) -> str:
        r"""Put `to` (`\1`, `\g<name>` for groups) in place of what fits, `count` times at most (0: everywhere).

        Raises PatternError where the text would grow past all measure.
        """
        parts: list[str] = []
        size = last = 0
        for done, match in enumerate(self._compiled.finditer(text), 1):
            new = _filled(match, to)
            parts += [text[last : match.start()], new]
            size += len(new)
            last = match.end()
            if size > MAX_OUTPUT:
                raise PatternError(f"the replacement gives more than {MAX_OUTPUT:,} characters")
            if done == count:
                break
        return "".join([*parts, text[last:]]) if parts else text


def _filled(match: Any, to: str) -> str:
    def put(sign: re.Match[str]) -> str:
        if sign[1] or sign[2]:
            group = int(sign[1]) if sign[1] else int(sign[2]) if sign[2].isdigit() else sign[2]
            return match.group(group) or ""
        return _SIGNS.get(sign[3], sign[3])

    return _GROUP.sub(put, to)


@lru_cache(maxsize=512)
def compile_pattern(source: str, *, ignore_case: bool = False) -> Pattern:
    """Compile a pattern once. Raises PatternError with the reason."""
    if len(source) > MAX_SOURCE:
        raise PatternError(f"longer than {MAX_SOURCE:,} characters")
    depth = deepest = 0
    escaped = False
    for sign in source:
        if not escaped and sign in "()":
            depth += 1 if sign == "(" else -1
            deepest = max(deepest, depth)
        escaped = sign == "\\" and not escaped
    if deepest > MAX_DEPTH:
        raise PatternError(f"brackets more than {MAX_DEPTH} deep")
    for low, _, high in _COUNT.findall(source):
        if any(number and (len(number) > 6 or int(number) > MAX_COUNT) for number in (low, high)):
            raise PatternError(f"more than {MAX_COUNT:,} repetitions")
    return Pattern(source, ignore_case=ignore_case)


def fault(source: str) -> str | None:
    """Say what is wrong with a pattern, or None."""
    try:
        compile_pattern(source)
    except PatternError as error:
        return str(error)
    return None


def fault_of_replacement(source: str, to: str) -> str | None:
    """Say what is wrong with a replacement for a pattern, or None."""
    try:
        pattern = compile_pattern(source)
    except PatternError:
        return None
    for sign in _GROUP.finditer(to):
        if sign[1] and int(sign[1]) > pattern.groups:
            return f"not a replacement: `\\{sign[1]}` but the pattern has {pattern.groups} groups"
        if (
            sign[2]
            and sign[2] not in pattern.names
            and not (sign[2].isdigit() and int(sign[2]) <= pattern.groups)
        ):
            return f"not a replacement: `{sign[0]}` but the pattern has no group of that name"
        if sign[3] and sign[3] not in _SIGNS:
            return f"not a replacement: `{sign[0]}` means nothing (write `\\\\` for the sign itself)"
    if re.search(r"(?<!\\)(?:\\\\)*\\$", to):
        return "not a replacement: it ends with a single `\\`"
    return None
