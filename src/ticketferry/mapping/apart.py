"""Whether two conditions can both hold for one ticket, told from their words alone; in doubt they can."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any, NamedTuple

from ticketferry.mapping.conditions import parse_time

__all__ = ["apart", "contradicts_itself"]

_COMPARE = re.compile(r"(>=|<=|!=|>|<|=)\s*(-?\d+(?:\.\d+)?)\Z")
_MANY = frozenset({"tag", "components", "domain", "organization", "requester", "assignee", "submitter"})
"""What may have several values, or several names: to be one of them does not keep it from being another."""
_ALIASES: dict[Any, str] = {"tags": "tag"}
_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_MOST = 200
"""Combinations that are looked at; a condition with more counts as one that can hold beside any other."""
_ENDLESS = float("inf")


class _Fact(NamedTuple):
    """What an alternative says of one field: `one_of` or `none_of` these, is there or is absent, lies between."""

    one_of: frozenset[str] | None = None
    none_of: frozenset[str] = frozenset()
    there: bool | None = None
    low: tuple[float, bool] = (-_ENDLESS, True)
    high: tuple[float, bool] = (_ENDLESS, True)
    more: bool = False
    """The condition asks for more than the fact says (a pattern): its opposite says nothing."""
    or_absent: bool = False
    """The bounds come of a `not`: what has no value fulfils it as well."""
    relative: bool = False
    """Whether the bounds are distances from the day of the plan: nothing tells how those stand to a date."""


def apart(one: Any, other: Any) -> bool:
    """Tell whether no ticket can fulfil both conditions (as written; None and `always`: every ticket)."""
    left, right = list(_alternatives(one)), list(_alternatives(other))
    if len(left) * len(right) > _MOST:
        return False
    return all(_contradict(a, b) for a in left for b in right)


def contradicts_itself(condition: Any) -> bool:
    """Tell whether no ticket at all can fulfil a condition, since two of its entries exclude each other."""
    ways = list(_alternatives(condition))
    return bool(ways) and all(_contradict(way, {}) for way in ways)


def _alternatives(condition: Any) -> Iterator[dict[str, list[_Fact]]]:
    """Yield the ways in which a condition can hold, each as facts by field."""
    if not isinstance(condition, dict):
        yield {}
        return
    parts: list[list[dict[str, list[_Fact]]]] = []
    for key, item in condition.items():
        if key == "all" and isinstance(item, list):
            parts += [list(_alternatives(each)) for each in item]
        elif key == "any" and isinstance(item, list):
            parts.append([way for each in item for way in _alternatives(each)])
        elif key == "not":
            parts.append(_opposite(item))
        else:
            field, facts = _facts(str(_ALIASES.get(key, key)), item)
            parts.append([{field: facts}] if facts else [{}])
    yield from _joined(parts)


def _joined(parts: list[list[dict[str, list[_Fact]]]]) -> list[dict[str, list[_Fact]]]:
    """Return the ways in which all parts can hold together; one that says nothing where there are too many."""
    count = 1
    for ways in parts:
        count *= len(ways)
    if count > _MOST:
        return [{}]
    found = []
    for chosen in product(*parts):
        joined: dict[str, list[_Fact]] = {}
        for way in chosen:
            for field, facts in way.items():
                joined.setdefault(field, []).extend(facts)
        found.append(joined)
    return found


def _opposite(condition: Any) -> list[dict[str, list[_Fact]]]:
    """Return the ways in which a condition does not hold; one that says nothing where that is not told by its words."""
    if not isinstance(condition, dict):
        return [{}]
    alternatives: list[dict[str, list[_Fact]]] = []
    for key, item in condition.items():
        if key == "any" and isinstance(item, list):
            alternatives += _joined([_opposite(each) for each in item])
        elif key == "all" and isinstance(item, list):
            alternatives += [way for each in item for way in _opposite(each)]
        elif key == "not":
            alternatives += _alternatives(item)
        else:
            field, facts = _facts(str(_ALIASES.get(key, key)), item)
            turned = [_turned(fact) for fact in facts]
            if len(turned) != 1 or turned[0] is None:
                return [{}]
            alternatives.append({field: [turned[0]]})
    return alternatives


def _turned(fact: _Fact) -> _Fact | None:
    plain = fact.low == (-_ENDLESS, True) and fact.high == (_ENDLESS, True)
    if fact.more:
        return None
    if fact.one_of is not None:
        return _Fact(none_of=fact.one_of)
    if fact.there is not None:
        return _Fact(there=not fact.there)
    if fact.none_of and plain:
        return _Fact(one_of=fact.none_of)
    if plain or fact.none_of:
        return None
    if fact.high == (_ENDLESS, True):
        return _Fact(high=(fact.low[0], not fact.low[1]), or_absent=True, relative=fact.relative)
    if fact.low == (-_ENDLESS, True):
        return _Fact(low=(fact.high[0], not fact.high[1]), or_absent=True, relative=fact.relative)
    return None


def _facts(key: str, item: Any) -> tuple[str, list[_Fact]]:
    name, _, suffix = key.rpartition("_")
    if suffix in ("before", "after") and name:
        return name, _of_time(suffix, item)
    if isinstance(item, dict):
        facts: list[_Fact] = []
        for verb, operand in item.items():
            if verb in ("before", "after"):
                facts += _of_time(verb, operand)
            elif verb == "not":
                turned = [_turned(fact) for fact in _facts(key, operand)[1]]
                facts += [fact for fact in turned if fact is not None] if len(turned) == 1 else []
            elif verb == "matches":
                facts.append(_Fact(there=True, more=True))
        return key, facts
    if isinstance(item, list):
        return key, [_Fact(one_of=frozenset(str(part).casefold() for part in item))]
    if not isinstance(item, str):
        return key, []
    if item in ("present", "absent"):
        return key, [_Fact(there=item == "present")]
    compare = _COMPARE.match(item.strip())
    if compare is None:
        return key, [_Fact(one_of=frozenset({item.casefold()}))]
    bound = float(compare[2])
    sign = compare[1]
    if sign == "!=":
        return key, []
    return key, [
        _Fact(
            low=(bound, sign != ">") if sign in (">", ">=", "=") else (-_ENDLESS, True),
            high=(bound, sign != "<") if sign in ("<", "<=", "=") else (_ENDLESS, True),
        )
    ]


def _of_time(sign: str, operand: Any) -> list[_Fact]:
    moment = parse_time(operand, _DAY) if isinstance(operand, str) else None
    if moment is None:
        return []
    at, relative = moment.timestamp(), operand.strip()[:1] in ("+", "-")
    if sign == "before":
        return [_Fact(high=(at, False), relative=relative)]
    return [_Fact(low=(at, True), relative=relative)]


def _contradict(one: dict[str, list[_Fact]], other: dict[str, list[_Fact]]) -> bool:
    for field in {*one, *other}:
        facts = [*one.get(field, ()), *other.get(field, ())]
        for index, a in enumerate(facts):
            for b in facts[index + 1 :]:
                if _clash(a, b, many=_is_many(field)):
                    return True
    return False


def _is_many(field: str) -> bool:
    return (
        bool({field, field.rpartition(".")[2]} & _MANY)
        or field.startswith("fields.")
        or field.endswith(".tags")
    )


def _clash(a: _Fact, b: _Fact, *, many: bool) -> bool:
    for one, other in ((a, b), (b, a)):
        if one.one_of is not None:
            if other.one_of is not None and not many and one.one_of.isdisjoint(other.one_of):
                return True
            if one.one_of <= other.none_of:
                return True
            if other.there is False:
                return True
        if one.there is True and other.there is False:
            return True
        comparable = not many and one.relative is other.relative and not (one.or_absent and other.or_absent)
        if comparable and (
            one.low[0] > other.high[0] or (one.low[0] == other.high[0] and not (one.low[1] and other.high[1]))
        ):
            return True
    return False
