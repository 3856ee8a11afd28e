"""What a plan says of all its records together is worked out once, when it is saved, and read from its file afterwards."""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from ticketferry.schema.refs import Json

__all__ = ["KEPT", "called", "kept", "rows"]

P = ParamSpec("P")
R = TypeVar("R")
Call = tuple[tuple[Any, ...], Mapping[str, Any]]
KEPT: dict[str, Callable[[Any], Json]] = {}
"""Name of a question with its arguments -> what answers it from the rows of a plan."""


def called(*args: Any, **kwargs: Any) -> Call:
    """Return the arguments, behind the plan, with which a question is kept."""
    return args, kwargs


def rows(told: Any) -> Iterator[tuple[Any, ...]]:
    """Restore rows."""
    return (tuple(row) for row in told)


def kept(
    restore: Callable[[Any], R], *calls: Call
) -> Callable[[Callable[Concatenate[Any, P], R]], Callable[Concatenate[Any, P], R]]:
    """Let the answers to a question, asked with one of `calls` (none: without arguments), be kept in the plan's file.

    `restore` turns what JSON left of an answer into what the question returns. A plan that was saved without the answer, and other
    arguments, are answered from its rows.
    """

    def wrap(function: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
        name = function.__name__

        for args, kwargs in calls or (called(),):
            KEPT[_key(name, args, kwargs)] = lambda plan, args=args, kwargs=kwargs: _plain(  # type: ignore[misc]
                function(plan, *args, **kwargs)
            )

        @wraps(function)
        def asked(plan: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
            told = plan.answer(_key(name, args, kwargs))
            return function(plan, *args, **kwargs) if told is None else restore(told)

        return asked

    return wrap


def _key(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    return " ".join([name, *map(str, args), *(f"{key}={value}" for key, value in sorted(kwargs.items()))])


def _plain(answer: Any) -> Any:
    return list(answer) if isinstance(answer, Iterator) else answer
