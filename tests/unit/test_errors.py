"""Errors tell what happened, where, and the next step; each ends the command with its own code, also across processes."""

import pickle

import pytest

from ticketferry import errors
from ticketferry.errors import Exit, FerryError, MappingError, RejectedError, RetryableError, RunFailed

CLASSES = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, FerryError)
]


def made(cls):
    if cls is MappingError:
        return cls(["m.yaml:1:1: a", "m.yaml:2:3: b"], where="m.yaml")
    extra = {"failed": 3} if cls is RunFailed else {}
    return cls("what happened", where="file:1:2", remedy="do this", **extra)


def test_every_error_is_exported_and_stands_in_the_tree_of_the_module():
    for cls in CLASSES:
        assert cls.__name__ in errors.__all__
        line = next(line for line in errors.__doc__.splitlines() if cls.__name__ in line.split())
        code = next(int(word) for word in line.split() if word.isdigit())
        assert cls.exit_code == code, line
    assert set(errors.__all__) == {cls.__name__ for cls in CLASSES} | {"Exit", "Problem"}


@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_says_where_what_and_the_next_step(cls):
    text = str(made(cls))
    assert text.splitlines()[0].startswith(("file:1:2: what happened", "m.yaml: 2 problems in the mapping"))
    assert text.splitlines()[-1].startswith("  ")


@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_of_a_planning_process_arrives_whole(cls):
    error = made(cls)
    found = pickle.loads(pickle.dumps(error))
    assert type(found) is cls
    assert str(found) == str(error)
    assert vars(found) == vars(error)


def test_a_bare_error_is_one_line():
    assert str(FerryError("what")) == "what"
    assert str(MappingError(["x"])).startswith("1 problem in")


def test_the_facts_of_an_error_are_kept():
    assert RetryableError("x", retry_after=2.5).retry_after == 2.5
    rejected = RejectedError("x", status=422, body={"a": 1})
    assert (rejected.status, rejected.body, rejected.exit_code) == (422, {"a": 1}, Exit.RECORDS_FAILED)
    assert RunFailed("x", failed=3).failed == 3
