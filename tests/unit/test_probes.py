"""The coverage that probes tell is the one that coverage.py sees with its own trace function."""

import ast
import contextlib

import pytest
from coverage import Coverage, CoverageData
from tests.probes import PROBES, Probes, arcs_of

SOURCE = '''"""A module with every kind of statement."""
from __future__ import annotations

import contextlib
import functools

KINDS = {
    "one": 1,
    "two": 2,
}


@functools.lru_cache(
    maxsize=None
)
@functools.wraps(
    len
)
def decorated(number):
    """Says nothing."""
    return number


class Thing:
    """A class with a suite of its own."""

    size: int = 3
    if size > 5:
        big = True

    def method(self, value):
        global SEEN
        SEEN = value
        if value:
            return value
        elif value == 0:
            pass
        else:
            return "never"


def loops(rows):
    for row in rows:
        if row == "skip":
            continue
        if row == "stop":
            break
        KINDS.get(
            row,
            None,
        )
    else:
        rows = list(rows)
    while rows:
        rows.pop()
        if len(rows) > 50:
            break
    while True:
        for row in rows:
            return row
        return None


def cases(value):
    match value:
        case {"kind": kind} if kind in KINDS:
            found = kind
        case [first, *_]:
            found = first
        case str():
            found = value
    match value:
        case "a":
            found = "A"
        case _:
            found = "other"
    return found


def tries(how):
    try:
        if how == "key":
            raise KeyError(how)
        elif how == "value":
            raise ValueError(how)
    except KeyError:
        how = "was key"
    except (
        ValueError,
        TypeError,
    ) as error:
        how = str(error)
    else:
        how = "well"
    finally:
        how += "!"
    with contextlib.suppress(ValueError), contextlib.nullcontext() as nothing:
        if how == "well!":
            raise ValueError
        nothing = 1
    return how


def numbers(most):
    number = 0
    while number < most:
        yield number
        number += 1
    yield from (extra for extra in [most] if extra)


async def later(rows):
    async for row in rows:
        if row: result = row
    return [row for row in KINDS
            if row]
'''
CALLS = (
    "",
    "decorated(1)",
    "Thing().method(1)",
    "Thing().method(0)",
    "loops([])",
    "loops(['skip', 'one'])",
    "loops(['stop'])",
    "cases('a')",
    "cases(['b'])",
    "cases(3)",
    "cases({'kind': 'one'})",
    "tries('key')",
    "tries('value')",
    "tries('well')",
    "list(numbers(0))",
    "next(numbers(2))",
    "loops(['one']); loops(['stop', 'one']); cases('x'); cases(['y']); tries('key'); tries(''); list(numbers(3))",
)


def told(data: CoverageData, tmp_path, path):
    """Lines that were not reached, and of each condition how many ways there are and were taken, in the words of coverage.py."""
    data.write()
    read = Coverage(data_file=data.data_filename(), branch=True, config_file=False)
    read.load()
    _, statements, _, missing, _ = read.analysis2(str(path))
    assert statements
    return missing, read.branch_stats(str(path))


@pytest.mark.parametrize("call", CALLS)
def test_it_tells_what_a_trace_function_sees(tmp_path, call):
    path = tmp_path / "every_kind.py"
    path.write_text(SOURCE, encoding="utf-8")

    tree = ast.parse(SOURCE)
    probes = Probes(tree)
    hits = [0] * probes.count
    probed = {PROBES: hits, "__name__": "every_kind"}
    exec(compile(tree, path, "exec"), probed)
    exec(call, probed)
    seen = CoverageData(str(tmp_path / "probes"))
    seen.add_arcs({str(path): arcs_of(path, {number for number, hit in enumerate(hits) if hit})})

    traced = {"__name__": "every_kind"}
    measured = Coverage(
        data_file=str(tmp_path / "traced"), branch=True, config_file=False, include=[str(path)]
    )
    measured.start()
    try:
        exec(compile(SOURCE, path, "exec"), traced)
        exec(call, traced)
    finally:
        measured.stop()
    assert told(seen, tmp_path, path) == told(measured.get_data(), tmp_path, path)


def test_a_program_does_the_same_with_probes_in_it():
    calls = [call for call in CALLS if call]
    tree = ast.parse(SOURCE)
    probes = Probes(tree)
    results = []
    for code, more in (
        (compile(SOURCE, "plain", "exec"), {}),
        (compile(tree, "probed", "exec"), {PROBES: [0] * probes.count}),
    ):
        names = {"__name__": "every_kind", **more}
        exec(code, names)
        answers = []
        for call in calls:
            with contextlib.suppress(SyntaxError):
                answers.append(repr(eval(call, names)))
        results.append(answers)
        assert names["__doc__"] == "A module with every kind of statement."
        assert names["decorated"].__wrapped__.__doc__ == len.__doc__
        assert names["Thing"].__doc__ == "A class with a suite of its own."
    assert results[0] == results[1]
    assert len(results[0]) == len(calls) - 1
