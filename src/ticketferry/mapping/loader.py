"""Reading a mapping file: every error with file:line:column, all of them at once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from ticketferry.errors import ConfigError, MappingError
from ticketferry.mapping.extending import extended
from ticketferry.mapping.loader_checks import (
    check_conditions,
    check_raw,
    check_sources,
    check_texts,
    unknown_key,
    unknown_section,
    walk,
)
from ticketferry.mapping.locales import data_version
from ticketferry.mapping.model import PHASE_NAME, Part, Rules
from ticketferry.mapping.named_files import OUTSIDE, fill_values, inside, note_outside, read_table
from ticketferry.mapping.near import near
from ticketferry.mapping.sections.part import DECIDED
from ticketferry.mapping.short_forms import spread_parts, spread_tables
from ticketferry.mapping.unused_words import without_unused
from ticketferry.mapping.yaml_document import MAX_BYTES, Document, Path, read
from ticketferry.people.keys import email_key, external_key
from ticketferry.schema.records import digest

__all__ = [
    "MappingFile",
    "load",
    "loads",
]

_VARIABLE = re.compile(r"\$(\$\{)|\$\{([^}]*)\}")
"""`${name}`; `$${` is a plain `${`."""


@dataclass(frozen=True)
class MappingFile:
    """A mapping that was read and holds together. `digest` covers its content and that of every file it names."""

    rules: Rules
    document: Document
    digest: str
    agents: Mapping[str, str] = field(default_factory=dict)
    """Source agent (e-mail, external id or ref, lower case) -> account in the target (e-mail or id)."""
    decisions: FilePath | None = None
    """The file with a person's decisions on people, where the mapping names one."""

    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Key of a ticket (`status`, `fields.KEY`) -> values whose tickets wait for a rule (`new_values: hold`)."""

    def at(self, *path: str | int) -> str:
        """`file:line:column` of a rule."""
        return self.document.at(path)


def load(path: FilePath, environment: Mapping[str, str] | None = None) -> MappingFile:
    """Read a mapping file. Raises MappingError with every problem, ConfigError where the file cannot be read."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise MappingError([f"{path.name}:1:1: larger than {MAX_BYTES:,} bytes: not a mapping file"])
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"the mapping cannot be read: {error.strerror or error}",
            where=str(path),
            remedy="Check the path and its rights.",
        ) from error
    held = _HELD.get((path.name, raw))
    return _whole(raw, path, environment) if held is None else held


_HELD: dict[tuple[str, bytes], MappingFile] = {}
"""The last files that are made of their own bytes alone: a command reads its mapping several times."""
MOST_HELD, MOST_HELD_BYTES = 4, 200_000


def _whole(raw: bytes, path: FilePath, environment: Mapping[str, str] | None) -> MappingFile:
    """Read a file that is not held."""
    outside: list[str] = []
    before = OUTSIDE.set(outside)
    try:
        mapping = loads(raw, path.name, path.parent, environment)
    finally:
        OUTSIDE.reset(before)
    if not outside and len(raw) <= MOST_HELD_BYTES:
        while len(_HELD) >= MOST_HELD:
            _HELD.pop(next(iter(_HELD)), None)
        _HELD[path.name, raw] = mapping
    return mapping


def loads(
    raw: bytes | str, name: str = "mapping.yaml", folder: FilePath | None = None,
    environment: Mapping[str, str] | None = None,
) -> MappingFile:  # fmt: skip
    """Read a mapping from bytes or text; files that it names are looked for in `folder`. Raises MappingError."""
    document = read(raw, name)
    if not document.problems and not isinstance(document.data, dict):
        document.problems.append(f"{name}:1:1: a mapping file is made of `key: value` lines")
    twice = list(document.problems)
    if twice and not (isinstance(document.data, dict) and document.data):
        raise MappingError(twice)
    document = extended(document, lambda name, path, where: inside(name, path, where, folder))
    if set(document.problems) - set(twice):
        raise MappingError(list(dict.fromkeys([*twice, *document.problems])))
    # A key that stands twice hides no other problem: the first one counts, and all are told at once.
    document.problems = list(dict.fromkeys([*twice, *document.problems]))
    data = _with_variables(document, os.environ if environment is None else environment)
    spread_parts(data, document)
    fill_values(data, document, folder)
    spread_tables(data, document)
    data = _without_unknown(Rules, data, (), document)
    _refuse_twins(Rules, data, (), document)
    rules = _validate(data, document)
    if rules is None:
        check_raw(data, document)
        raise MappingError(_in_order(document))
    check_conditions(rules, document)
    check_texts(rules, document)
    check_sources(rules, document)
    agents, contents = _read_agents(rules, document, folder)
    decisions = inside(rules.people.duplicates, ("people", "duplicates"), document, folder)
    if document.problems:
        raise MappingError(_in_order(document))
    content: dict[str, Any] = {"rules": _telling(rules), "files": contents}
    if rules.text.header.locale is not None:
        note_outside(rules.text.header.locale)
        content["locale"] = data_version()
    return MappingFile(rules, document, digest(content).hex(), agents, decisions)


def _telling(rules: Rules) -> dict[str, Any]:
    """Return what a plan depends on. Another test makes no other plan, nor does what suggestions are worked out with, and neither does
    a word that came later and is not used.
    """
    beside: dict[str, Any] = {
        "tests": True,
        "golden": True,
        "phases": {"__all__": {"pace"}},
        "accept": True,
        "people": {"phone_region"},
    }
    told = without_unused(rules.model_dump(mode="json", by_alias=True, exclude=beside))
    if not told["text"]["repair"]:
        del told["text"]["repair"]
    if told["comments"]["voice"] == {"as": "keep"}:
        told["comments"]["voice"] = "keep"
    for rule in told["clean"]:
        for later in ("redact", "merge", "overrides", "to"):
            if not rule[later]:
                del rule[later]
    return told


def _in_order(document: Document) -> list[str]:
    def place(problem: str) -> tuple[bool, str, int, int]:
        position = re.match(r"(.+?):(\d+):(\d+):", problem)
        if position is None:
            return (True, "", 0, 0)
        return (position[1] == document.name, position[1], int(position[2]), int(position[3]))

    return sorted(document.problems, key=place)


def _with_variables(document: Document, environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, str] = {}
    declared = document.data.get("vars") or {}
    if not isinstance(declared, dict):
        document.complain(("vars",), "`vars` takes names and values")
        declared = {}
    for key, value in declared.items():
        if isinstance(value, str):
            values[key] = value
        elif isinstance(value, dict) and set(value) == {"env"} and isinstance(value["env"], str):
            note_outside(value["env"])
            given = environment.get(value["env"])
            if given is None:
                document.complain(
                    ("vars", key), f"the environment has no {value['env']}: set it, or write the value"
                )
            values[key] = given or ""
        else:
            document.complain(("vars", key), "a variable is a text or {env: NAME}")
    filled = {
        key: _fill(item, values, (key,), document) for key, item in document.data.items() if key != "vars"
    }
    return filled | ({"vars": values} if values else {})


def _fill(item: Any, values: Mapping[str, str], path: Path, document: Document) -> Any:
    if isinstance(item, dict):
        out: dict[str, Any] = {}
        for key, value in item.items():
            new = _fill(key, values, (*path, key), document)
            if new != key:
                for place in [place for place in document.places if place[: len(path) + 1] == (*path, key)]:
                    document.places[*path, new, *place[len(path) + 1 :]] = document.places[place]
                    document.files[*path, new, *place[len(path) + 1 :]] = document.file_of(place)
            out[new] = _fill(value, values, (*path, new), document)
        return out
    if isinstance(item, list):
        return [_fill(value, values, (*path, index), document) for index, value in enumerate(item)]
    if not isinstance(item, str) or "${" not in item:
        return item

    def put(match: re.Match[str]) -> str:
        if match[1]:
            return "${"
        name = match[2]
        if name not in values:
            like = near(name, values)
            hint = f"did you mean `${{{like}}}`?" if like else "add it to `vars`"
            document.complain(path, f"`${{{name}}}` is not among the variables: {hint}")
            return ""
        return values[name]

    return _VARIABLE.sub(put, item)


def _keys(model: type[Part]) -> dict[str, Any]:
    keys = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
    beside = dict.fromkeys(DECIDED, str | None) if model.decided() else {}
    return keys | beside | {word: keys[key] for word, key in model.also.items()}


def _without_unknown(model: type[Part], data: Any, path: Path, document: Document) -> Any:
    """Complain of keys that the model does not have, with the nearest that it has, and leave them out."""
    if not isinstance(data, dict):
        return data
    known = _keys(model)
    out: dict[str, Any] = {}
    for key, value in data.items():
        here = (*path, key)
        if key not in known:
            document.complain(here, unknown_key(key, known) if path else unknown_section(key, known))
            continue
        out[key] = _descend(known[key], value, here, document)
    return out


def _refuse_twins(annotation: Any, value: Any, path: Path, document: Document) -> None:
    """Complain of names in a table that differ only in case: letters of any case mean one name, so that only one would count."""
    if isinstance(value, dict) and path[-1:] != ("vars",):
        if get_origin(annotation) is dict:
            seen: dict[str, str] = {}
            for key in value:
                first = seen.setdefault(str(key).casefold(), key)
                if first != key:
                    document.complain(
                        (*path, key), f"`{key}` and `{first}` differ only in case: one of them has no effect"
                    )
            for key, item in value.items():
                _refuse_twins(get_args(annotation)[1], item, (*path, key), document)
            return
        for kind in (annotation, *get_args(annotation)):
            if isinstance(kind, type) and issubclass(kind, Part):
                for key, inner in _keys(kind).items():
                    if key in value:
                        _refuse_twins(inner, value[key], (*path, key), document)
    elif isinstance(value, list):
        for kind in (annotation, *get_args(annotation)):
            if get_origin(kind) is list or get_origin(annotation) is list:
                for index, item in enumerate(value):
                    _refuse_twins(get_args(annotation)[0], item, (*path, index), document)
                return


def _descend(annotation: Any, value: Any, path: Path, document: Document) -> Any:
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Part):
            if get_origin(annotation) is dict and isinstance(value, dict):
                return {
                    key: _without_unknown(kind, item, (*path, key), document) for key, item in value.items()
                }
            if get_origin(annotation) is list and isinstance(value, list):
                return [
                    _without_unknown(kind, item, (*path, index), document) for index, item in enumerate(value)
                ]
            if get_origin(annotation) not in (dict, list):
                return _without_unknown(kind, value, path, document)
    return value


_SAID = {
    "missing": "`{key}` is missing here",
    "string_type": "a text is wanted here",
    "dict_type": "`key: value` lines are wanted here",
    "list_type": "a list is wanted here",
    "model_type": "`key: value` lines are wanted here",
    "model_attributes_type": "`key: value` lines are wanted here",
    "int_parsing": "a whole number is wanted here, not `{input}`",
    "int_type": "a whole number is wanted here",
    "bool_parsing": "`true` or `false` is wanted here, not `{input}`",
    "bool_type": "`true` or `false` is wanted here",
    "float_parsing": "a number is wanted here, not `{input}`",
    "greater_than": "a number above {gt} is wanted here, not `{input}`",
    "greater_than_equal": "a number of {ge} or more is wanted here, not `{input}`",
    "less_than": "a number below {lt} is wanted here, not `{input}`",
    "less_than_equal": "a number of {le} or less is wanted here, not `{input}`",
    "too_short": "an empty list is nothing here: write at least one entry",
    "string_too_short": "an empty text is nothing here: write one",
    "string_too_long": "at most {max_length} signs are wanted here",
}
_PATTERNS = {
    "^[A-Z]{2}$": "`{input}` is no country: write its two letters, as in DE",
    PHASE_NAME: "`{input}` is no name for a phase: letters, digits, `.`, `-` and `_`, at most 64, the first a letter or a digit",
}
"""Words for texts of a certain form, by that form."""
_LONGEST_SHOWN = 60


def _validate(data: dict[str, Any], document: Document) -> Rules | None:
    try:
        return Rules.model_validate(data)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            document.complain(walk(data, fault["loc"]), _words_of(fault))
        return None


def _words_of(fault: Mapping[str, Any]) -> str:
    """Say what is wrong with a value, in the words of the language rather than those of the library that found it."""
    context = fault.get("ctx", {})
    shown = {"key": fault["loc"][-1] if fault["loc"] else "", "input": _shown(fault.get("input"))}
    if fault["type"] in _SAID:
        return _SAID[fault["type"]].format(**context | shown)
    if fault["type"] == "literal_error":
        return f"`{shown['input']}` is not known here: {context['expected']}"
    if fault["type"] == "string_pattern_mismatch" and context["pattern"] in _PATTERNS:
        return _PATTERNS[context["pattern"]].format(**shown)
    return str(fault["msg"])


def _shown(value: Any) -> str:
    """Return a value as a message quotes it."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _agent_key(written: str) -> str:
    """Return what the file calls somebody, for comparing: addresses by the rules of mail; ids and refs letter by letter."""
    return (email_key(written) if "@" in written else external_key(written)) or written


def _read_agents(
    rules: Rules, document: Document, folder: FilePath | None
) -> tuple[dict[str, str], dict[str, Any]]:
    contents: dict[str, Any] = {}
    path: Path = ("people", "agents")
    file = inside(rules.people.agents, path, document, folder)
    if file is None:
        return {}, contents
    agents: dict[str, str] = {}
    for row in read_table(file, path, document):
        if agents.setdefault(_agent_key(row.source), row.target) != row.target:
            document.problems.append(
                f"{file.name}:{row.line}:1: {row.source} stands here twice, with two targets"
            )
    contents[str(rules.people.agents)] = agents
    return agents, contents
