"""All examples of the guide and the worked mapping of two projects, and what comes out of each where the loader passes a word over."""

import copy
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from tests.docs.test_mapping_language import FILES, WHOLE, mapping_of, used
from tests.unit.mapping.test_vocabulary import _PLACE, FOLDER, OTHERS, ROOT, TREE
from tests.unit.mapping.vocabulary_desk import NOW, VocabularyLookups, cases, organizations, people

from ticketferry.errors import FerryError, MappingError
from ticketferry.mapping.augmented import augmented
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import load
from ticketferry.mapping.model import Part, Rules
from ticketferry.mapping.result import Mapped
from ticketferry.project.definitions_file import DeskDefinitions, read_definitions
from ticketferry.project.mapping_tests import run_elsewhere
from ticketferry.registry import connector

__all__ = ["ALL_WORDS", "EveryWord", "Word"]

Word = tuple[type[Part], str]
_EXAMPLES = ROOT / "samples" / "mapping_examples"
_ZENDESK = read_definitions(_EXAMPLES / "two-projects" / "catalogs.json")
_JSM = read_definitions(_EXAMPLES / "jsm-to-zendesk" / "catalogs.json")
_DESKS = {
    ("zendesk", "jsm"): _ZENDESK,
    ("jsm", "zendesk"): _JSM,
    ("zendesk", "zendesk"): DeskDefinitions(
        _ZENDESK.source, _JSM.target, _JSM.features, _ZENDESK.use
    ),
}  # fmt: skip
_GROUPS = {row["name"]: f"acme:group:{row['id']}" for row in _ZENDESK.source["groups"]}
CORPUS = [mapping_of(block) for block in WHOLE] + [TREE]


def _words(model: type[Part], seen: frozenset[type[Part]] = frozenset()) -> Iterator[Word]:
    """Yield every key of a section and of those below it, as the model has them."""
    if model in seen:
        return
    for name, info in model.model_fields.items():
        yield model, info.alias or name
        for part in _parts(info.annotation):
            yield from _words(part, seen | {model})


def _parts(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


ALL_WORDS: dict[str, Word] = {f"{model.__name__}.{key}": (model, key) for model, key in _words(Rules)}
"""Every word of the mapping language, by its section and its key."""


class EveryWord:
    """The corpus in a folder each. `without`: tells whether anything comes out otherwise where a word is passed over."""

    def __init__(self, folder: Path) -> None:
        self._folders = []
        for number, tree in enumerate(CORPUS):
            place = folder / str(number)
            if tree is TREE:
                shutil.copytree(FOLDER, place)
            for name, text in () if tree is TREE else FILES.items():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (place / name).write_text(text, "utf-8")
            self._folders.append(place)
        self._before: dict[int, Any] = {}

    def seen(self, word: Word) -> bool:
        """Tell whether a mapping of the corpus is refused, or gives something else, without a word; or where what it says holds anyway, with
        another value of it. A word that takes one value alone is seen by the refusal of every other.
        """
        using = [number for number, tree in enumerate(CORPUS) if word in set(used(Rules, tree))]
        if any(self._differs(number, without(Rules, CORPUS[number], word)) for number in using):
            return True
        others = [(number, other) for number in using for other in _said_otherwise(CORPUS[number], word)]
        taken = False
        for number, other in others:
            after = self._told(number, other)
            taken = taken or after is not None
            if after is not None and after != self._baseline(number):
                return True
        return bool(others) and not taken

    def _baseline(self, number: int) -> Any:
        if number not in self._before:
            self._before[number] = self._told(number, CORPUS[number])
            assert self._before[number] is not None
        return self._before[number]

    def _differs(self, number: int, tree: Any) -> bool:
        before = self._baseline(number)
        return bool(self._told(number, tree) != before)

    def _told(self, number: int, tree: Any) -> Any:
        """Return all that comes out of a mapping; None where it is refused."""
        path = self._folders[number] / "mapping.yaml"
        path.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), "utf-8")
        try:
            file = load(path)
        except MappingError:
            return None
        desks = _DESKS[tree["source"], tree["target"]]
        source = desks.source | {"url": "https://acme.zendesk.example"}
        lookups = VocabularyLookups(source)
        made = missing_definitions(file, source, desks.target, desks.features)
        target = augmented(desks.target, made)
        ways = {way.name: way.features for way in connector(tree["target"]).ways}
        engine = Engine(file, source, target, desks.features, lookups, NOW, ways)
        tickets = cases(_GROUPS | lookups.groups)
        if tree["source"] == "jsm":
            beside = {"project": "SUP", "components": ["Website"], "security": "HR only"}
            tickets = [{**case, **beside, "form": "Report an outage"} for case in tickets[:30]]
        records = chain(
            map(engine.case, tickets), map(engine.person, people()), map(engine.organization, organizations())
        )
        found = lint(file, source, target, desks.features)
        return [
            made, sorted((item.code, _PLACE.sub("", item.message)) for item in found),
            [_outcome(mapped) for mapped in records], _examples(path, desks),
        ]  # fmt: skip


def _outcome(mapped: Mapped) -> tuple[Any, ...]:
    fates = {key: (*fate[:3], _PLACE.sub("", fate.by)) for key, fate in mapped.fates.items()}
    findings = [(item.code, _PLACE.sub("", item.message)) for item in mapped.findings]
    because = _PLACE.sub("", mapped.because)
    return (
        mapped.outcome,
        mapped.record,
        mapped.phase,
        mapped.way,
        findings,
        fates,
        because,
        mapped.newly_visible,
    )


def _examples(path: Path, desks: DeskDefinitions) -> Any:
    """Return what the file's own tests say."""
    try:
        return [(test.name, _PLACE.sub("", repr(test.differences))) for test in run_elsewhere(path, desks)]
    except FerryError as error:
        return _PLACE.sub("", str(error))


def without(model: type[Part], data: Any, word: Word) -> Any:
    """Return what a file says without a word, wherever it stands: as if the loader passed it over."""
    if not isinstance(data, dict):
        return data
    names = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
    return {
        key: _below(names[key], value, word) if key in names else value
        for key, value in data.items()
        if (model, key) != word
    }


def _below(annotation: Any, value: Any, word: Word) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return without(annotation, value, word)
    if get_origin(annotation) is list and isinstance(value, list):
        return [_below(get_args(annotation)[0], each, word) for each in value]
    if get_origin(annotation) is dict and isinstance(value, dict):
        return {key: _below(get_args(annotation)[1], each, word) for key, each in value.items()}
    for argument in get_args(annotation):
        changed = _below(argument, value, word)
        if changed != value:
            return changed
    return value


def _said_otherwise(tree: Any, word: Word) -> Iterator[Any]:
    """Yield the tree with other values of a word that is said as it holds anyway."""
    for other in OTHERS:
        changed = _with(Rules, copy.deepcopy(tree), word, other)
        if changed != tree:
            yield changed


def _with(model: type[Part], data: Any, word: Word, other: str) -> Any:
    if not isinstance(data, dict):
        return data
    names = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
    for key in [key for key in data if key in names]:
        if (model, key) == word and isinstance(data[key], str):
            data[key] = other
            if other == "drop" and "because" in names:
                data["because"] = "decided"
        else:
            data[key] = _with_below(names[key], data[key], word, other)
    return data


def _with_below(annotation: Any, value: Any, word: Word, other: str) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return _with(annotation, value, word, other)
    if get_origin(annotation) is list and isinstance(value, list):
        return [_with_below(get_args(annotation)[0], each, word, other) for each in value]
    if get_origin(annotation) is dict and isinstance(value, dict):
        return {key: _with_below(get_args(annotation)[1], each, word, other) for key, each in value.items()}
    for argument in get_args(annotation):
        _with_below(argument, value, word, other)
    return value
