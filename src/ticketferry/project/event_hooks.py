"""`on_event:` of migration.yaml: which programs and addresses are told of what happens to a migration. Nothing is called here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ticketferry.mapping.yaml_document import Document, Path
from ticketferry.project.secret_references import REFERENCE

__all__ = ["ALWAYS", "EVENTS", "FACTS", "WAYS", "EventHook", "read_event_hooks"]

ALWAYS = "always"
EVENTS: Mapping[str, str] = {
    "began": "an apply, or a rollback, begins to write or goes on",
    "paused": "the desk takes no writes: the run waits until it does",
    "resumed": "the desk takes writes again",
    "failed": "an apply went through its plan, and records failed",
    "ended": "an extract, a plan, an apply or a verify came to its end",
    "differs": "verify found records that are not as planned",
    "waiting": "a person must act first: import files, approve, prove a guard, take a step of the cut-over",
    "stopped": "a run did not come to its end: the desk is gone, the disk is full, somebody interrupted it",
    "window_begins": "the first apply within a window of `windows:`",
    "window_ends": "an apply stopped because its window, or the time of --until, was over",
    "phase_planned": "a phase has a plan",
    "phase_approved": "its plan was approved",
    "phase_applied": "all of it is written",
    "phase_verified": "it was read back and is as planned",
    "phase_cut_over": "people work on it in the new desk from now on",
    "phase_done": "somebody said that it is done",
    "phase_degraded": "something of it failed, differs or is missing",
    "phase_rolled_back": "it was taken back, or its cut-over was called off",
}
"""What a hook can be told of, and when it happens."""
FACTS = (
    "id",
    "event",
    "at",
    "desks",
    "environment",
    "command",
    "run",
    "plan",
    "phase",
    "state",
    "failed",
    "text",
)
"""What a hook is told of an event. None of it is a secret, or says anything of a ticket or a person."""
WAYS = ("run", "shell", "post")
_KEYS = ("on", *WAYS, "sign", "variables", "timeout")
_USUAL, _LONGEST = 10.0, 60.0
_TIMEOUT = re.compile(r"(\d{1,3})\s*(s|m)?\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
"""A fact in an argument; doubled braces stand for one."""
_WRITTEN = '[{on: [failed, paused], run: [./tell.sh, "{text}"]}, {on: always, post: env:OPS_WEBHOOK}]'


@dataclass(frozen=True, slots=True)
class EventHook:
    """One hook: of `on` (empty: of every event) it is told by one of three ways: a program with its arguments, a line for the shell, an
    address that is posted to.

    `post` and `sign` are references to secrets; `variables`: what the program gets of our environment beside the usual; `timeout` in seconds;
    `place`: where it stands (`file:line:column`).
    """

    on: frozenset[str]
    place: str
    run: tuple[str, ...] = ()
    shell: str = ""
    post: str = ""
    sign: str = ""
    variables: tuple[str, ...] = ()
    timeout: float = _USUAL

    def wants(self, event: str) -> bool:
        """Tell whether it is told of an event."""
        return not self.on or event in self.on

    @property
    def words(self) -> str:
        """Say what it calls, without a secret."""
        return " ".join(self.run) or self.shell or f"post to {self.post}"


def read_event_hooks(data: Any, place: Path, document: Document) -> tuple[EventHook, ...]:
    """Read `on_event:`; what is wrong is noted in the document under `place`."""
    if data is None:
        return ()
    rows = data if isinstance(data, list) else [data] if isinstance(data, Mapping) and data else None
    if rows is None:
        document.complain(place, f"`on_event` is written {_WRITTEN}")
        return ()
    single = not isinstance(data, list)
    read = [_hook(row, place if single else (*place, index), document) for index, row in enumerate(rows)]
    return tuple(hook for hook in read if hook is not None)


def _hook(row: Any, place: Path, document: Document) -> EventHook | None:
    if not isinstance(row, Mapping):
        document.complain(place, "a hook is written {on: [failed], run: [./tell.sh]}")
        return None
    for key in row:
        if key not in _KEYS:
            document.complain((*place, key), f"unknown key `{key}`{_near(key, _KEYS)}")
    ways = [way for way in WAYS if row.get(way) is not None]
    if len(ways) != 1:
        several = f"`{'` and `'.join(ways)}` stand together" if ways else "it says nothing to call"
        document.complain(place, f"a hook has one of `run`, `shell` and `post`: {several}")
    return EventHook(
        _events(row, place, document),
        document.at(place),
        run=_arguments(row.get("run"), (*place, "run"), document),
        shell=_text(row, "shell", place, document),
        post=_reference(row, "post", place, document),
        sign=_reference(row, "sign", place, document),
        variables=_variables(row.get("variables"), (*place, "variables"), document),
        timeout=_timeout(row.get("timeout"), (*place, "timeout"), document),
    )


def _events(row: Mapping[str, Any], place: Path, document: Document) -> frozenset[str]:
    named = row.get("on")
    if named == ALWAYS:
        return frozenset()
    names = named if isinstance(named, list) else [named] if isinstance(named, str) else []
    if not names:
        document.complain((*place, "on"), "`on` names events, as in [failed, paused], or is `always`")
    for name in names:
        if not isinstance(name, str) or name not in EVENTS:
            document.complain((*place, "on"), f"there is no event `{name}`{_near(name, EVENTS, 'there are')}")
    return frozenset(name for name in names if isinstance(name, str))


def _arguments(value: Any, place: Path, document: Document) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value) or not any(value[:1]):
        document.complain(
            place,
            '`run` is a list: the program and its arguments, as in [./tell.sh, "{text}"]; a line for a shell stands in `shell`',
        )
        return ()
    for index, argument in enumerate(value):
        for found in PLACEHOLDER.finditer(argument):
            if found[1] is not None and found[1] not in FACTS:
                document.complain(
                    (*place, index),
                    f"`{found[0]}` is no fact of an event{_near(found[1], FACTS, 'there are')}; a brace itself is written twice",
                )
    return tuple(value)


def _text(row: Mapping[str, Any], key: str, place: Path, document: Document) -> str:
    value = row.get(key)
    if value is not None and not (isinstance(value, str) and value.strip()):
        document.complain((*place, key), f"`{key}` is one line of text")
    return value if isinstance(value, str) else ""


def _reference(row: Mapping[str, Any], key: str, place: Path, document: Document) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or not REFERENCE.match(value):
        what = "whoever knows the address can post to it" if key == "post" else "it proves who posts"
        document.complain(
            (*place, key), f"`{key}` is a secret, {what}: write env:NAME or keyring:service/user"
        )
        return ""
    if key == "sign" and row.get("post") is None:
        document.complain((*place, key), "`sign` signs what is posted: it goes with `post`")
    return value


def _variables(value: Any, place: Path, document: Document) -> tuple[str, ...]:
    names = [] if value is None else value if isinstance(value, list) else [value]
    for name in names:
        if not isinstance(name, str) or not _VARIABLE.match(name):
            document.complain(
                place, f"`variables` lists names of environment variables, as in [OPS_CHANNEL]; not `{name}`"
            )
    return tuple(name for name in names if isinstance(name, str))


def _timeout(value: Any, place: Path, document: Document) -> float:
    if value is None:
        return _USUAL
    found = _TIMEOUT.match(value) if isinstance(value, str) else None
    seconds = float(found[1]) * (60 if found[2] == "m" else 1) if found else 0.0
    if not 1 <= seconds <= _LONGEST:
        document.complain(place, "`timeout` is 1s to 60s")
        return _USUAL
    return seconds


def _near(name: Any, known: Any, otherwise: str = "") -> str:
    matches = get_close_matches(str(name), list(known), n=1)
    if matches:
        return f"; did you mean `{matches[0]}`?"
    return f"; {otherwise} {', '.join(known)}" if otherwise else f"; there are {', '.join(known)}"
