"""A value changes only by a rule that says so: what stands in the target is the source's, or names the line that made it what it is."""

import copy
import json
import random
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.rounds import drawn
from tests.unit.mapping.test_vocabulary import CASES, DEFINITIONS, FOLDER, LOOKUPS, TREE, WAYS, leaves, loaded
from tests.unit.mapping.vocabulary_desk import NOW

from ticketferry.mapping.augmented import augmented
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.result import MapFate, Mapped
from ticketferry.sdk.trace import join_path

SCALARS = ("status", "priority", "type", "form", "project", "security", "resolution", "subject", "due", "requester", "assignee", "organization", "group", "created", "updated")  # fmt: skip
LINE = re.compile(r"[\w/-]+\.yaml:\d+:\d+")
SOMEBODY = re.compile(r"people\.\w+|organizations\.\w+|opening message")
"""Who is who is decided from both desks; the section is named, the line where the file has it."""


def constants(tree: Any) -> Iterator[str]:
    """Yield every text of a mapping, as values of the target may be written there."""
    if isinstance(tree, dict | list):
        for inner in tree.values() if isinstance(tree, dict) else tree:
            yield from constants(inner)
    else:
        yield str(tree)


def source_value(case: dict[str, Any], path: str) -> Any:
    """Return the value of a ticket at `ticket[12].satisfaction.comment`; None of a part's."""
    value: Any = case
    for step in path.removeprefix("ticket[12].").replace("ticket[].", "").split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def unexplained(case: dict[str, Any], mapped: Mapped, said: set[str]) -> Iterator[str]:
    """Yield what stands in the target and is neither the source's own nor has a rule that says so."""
    if mapped.record is None:
        return
    writers: defaultdict[str, list[tuple[str, MapFate]]] = defaultdict(list)
    for path, fate in mapped.fates.items():
        if fate.action == "to":
            writers[fate.to].append((path, fate))
    shown = {key: (key, mapped.record[key]) for key in SCALARS if mapped.record.get(key) is not None}
    for name, value in (mapped.record.get("fields") or {}).items():
        shown[f"fields.{name}"] = (join_path("fields", name), value)
    for key, (place, value) in shown.items():
        rules = writers[place]
        changed = [fate.by for _, fate in rules if fate.transformed]
        if changed:
            # The site holds days: of a due moment the day alone goes over, and the rule is the target's.
            if not all(LINE.search(by) or SOMEBODY.match(by) or key == by == "due" for by in changed):
                yield f"{key} was changed by {changed}, which names no line"
        elif rules:
            if not any(source_value(case, path) == value for path, _ in rules):
                yield f"{key} = {value!r} counts as carried from {[path for path, _ in rules]}"
        elif value != case.get(key) and str(value) not in said and not _goes_twice(case, value):
            yield f"{key} = {value!r} stands nowhere in the mapping, and no rule says that it made it"


def gone(case: dict[str, Any], mapped: Mapped) -> Iterator[str]:
    """Yield what counts as carried to a place of the target where nothing stands, and labels that count as carried and are not there."""
    if mapped.record is None:
        return
    held = {f"{join_path('fields', name)}" for name in mapped.record.get("fields") or {}} | set(mapped.record)
    for path, fate in mapped.fates.items():
        if fate.action != "to" or not path.startswith("ticket[12]."):
            continue
        if fate.to not in held and source_value(case, path) not in (None, "", [], {}):
            yield f"{path} counts as carried to {fate.to}, where nothing stands"
    tags = {str(tag) for tag in mapped.record.get("tags") or ()}
    for at, tag in enumerate(case.get("tags") or ()):
        own = mapped.fates.get(f"ticket[12].tags[{at}]")
        if (
            own is not None
            and own.action == "to"
            and own.to == "tags"
            and not own.transformed
            and str(tag) not in tags
        ):
            yield f"the label {tag} counts as carried and is not there"


def otherwise(tree: Any, house: Any, mapped: Mapped) -> Iterator[str]:
    """Yield a status, a priority or a type that the very rule which is named does not say, though another one may. A rule of more words than one adds to
    what stands under its key in the file that is extended.
    """
    if mapped.record is None:
        return
    for path, fate in mapped.fates.items():
        section, _, key = fate.by.partition(" ")[0].partition(".")
        if (
            fate.to != section
            or section not in ("status", "priority", "type")
            or key not in tree.get(section, {})
        ):
            continue
        value = mapped.record.get(section)
        rules = [tree[section][key]]
        if isinstance(rules[0], dict):
            rules.append(house.get(section, {}).get(key))
        if str(value) not in set(constants(rules)):
            yield f"{path}: {section} = {value!r}, which {fate.by} does not say"


OWN_WORDS = frozenset({"ref", "ticket", "comment", "header", "provenance", "opening"})
"""What the target's record says beside the source's own values: where a part hangs, and the lines over it, which are the mapping's."""


def unexplained_parts(case: dict[str, Any], mapped: Mapped) -> Iterator[str]:
    """Yield what stands in the comments, files and links of the target otherwise than in the source, without a rule that says so; and those
    of the source that are neither there, nor kept beside, nor dropped by a line.
    """
    if mapped.record is None:
        return
    talks = [(f"side_conversation[{talk['ref'].split(':')[2]}].messages[{at}]", message)
             for talk in case.get("side_conversations", ()) for at, message in enumerate(talk["messages"])]  # fmt: skip
    for name, more in (("comment", talks), ("attachment", [])):
        there = {row["ref"]: row for row in mapped.record.get(f"{name}s", ())}
        rows = [(f"{name}[{row['ref'].split(':')[2]}]", row) for row in case.get(f"{name}s", ())] + more
        for ref in there.keys() - {row["ref"] for _, row in rows} - {f"{case['ref']}.body"}:
            yield f"{name} {ref} stands nowhere in the source"
        for head, row in rows:
            new = there.get(row["ref"])
            yield from _absent(mapped, head, row) if new is None else _differing(mapped, head, row, new)
    ends = {json.dumps(link, sort_keys=True) for link in case.get("links", ())}
    for at, _ in enumerate(case.get("links", ())):
        fate = mapped.fates.get(f"ticket[12].links[{at}]") or mapped.fates.get("ticket[12].links")
        if fate is None or (fate.action == "drop" and not LINE.search(fate.by)):
            yield f"link {at} is gone by {fate}"
        elif fate.action == "to" and fate.transformed and not LINE.search(fate.by):
            yield f"link {at} was changed by {fate.by}, which names no line"
    changed = [
        fate
        for path, fate in mapped.fates.items()
        if re.match(r"ticket\[12\]\.(links\[|merged_into)", path) and fate.transformed
    ]
    new_links = [
        link for link in mapped.record.get("links", ()) if json.dumps(link, sort_keys=True) not in ends
    ]
    if len(new_links) > len(changed):
        yield f"of the links {new_links} only {len(changed)} are told as changed"


def _fate(mapped: Mapped, head: str, key: str) -> MapFate | None:
    pattern = re.sub(r"\[\w+\]", "[]", head, count=1)
    places = (f"{head}.{key}", head, f"{pattern}.{key}", pattern)
    return next((mapped.fates[place] for place in places if place in mapped.fates), None)


def _absent(mapped: Mapped, head: str, row: dict[str, Any]) -> Iterator[str]:
    for key in row:
        fate = _fate(mapped, head, key)
        if fate is None:
            talk = mapped.fates.get(head.partition(".")[0]) or mapped.fates.get("side_conversation[]")
            fate = talk if head.startswith("side") else None
        if fate is not None and fate.action == "to" and re.match(r"(comments|attachments)\[\w+\]", fate.to):
            yield f"{head}.{key} counts as carried to {fate.to}, which is not there"
        if fate is None or (fate.action == "drop" and not LINE.search(fate.by)):
            yield f"{head}.{key} is gone by {fate}"


def _differing(mapped: Mapped, head: str, row: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for key in (row.keys() | new.keys()) - OWN_WORDS:
        before, after = row.get(key), new.get(key)
        fate = _fate(mapped, head, key)
        if before == after or (key == "public" and bool(before) == after):
            continue
        if after is None:
            if fate is None or fate.action == "to" or (fate.action == "drop" and not LINE.search(fate.by)):
                yield f"{head}.{key} = {before!r} is gone by {fate}"
        elif fate is None or not fate.transformed or not (LINE.search(fate.by) or SOMEBODY.match(fate.by)):
            yield f"{head}.{key} became {after!r} by {fate}"


def _goes_twice(case: dict[str, Any], value: Any) -> bool:
    """Tell whether a value is one that the ticket has, whose own fate is another place: times go to fields and to the file's own dates."""
    return value in (case.get("created"), case.get("solved"), case.get("number"), case.get("url"))


def engine_of(file: MappingFile) -> Engine:
    made = missing_definitions(file, DEFINITIONS.source, DEFINITIONS.target, DEFINITIONS.features)
    return Engine(
        file,
        DEFINITIONS.source,
        augmented(DEFINITIONS.target, made),
        DEFINITIONS.features,
        LOOKUPS,
        NOW,
        WAYS,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("rules") / "mig"
    shutil.copytree(FOLDER, made)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ACME_VIP_ORG", "Umbrella Shop")
        yield made


def made_of_nothing(tree: Any) -> set[str]:
    """Return the fields of the target that a rule without a source writes: an expression alone; what it reads has a fate of its own."""
    return {
        f"fields.{rule['to']}"
        for rule in tree.get("fields", ())
        if "from" not in rule and isinstance(rule.get("to"), str)
    }


def extended(folder: Path) -> Any:
    """Return the file that the mapping extends."""
    return yaml.load((folder / "house" / "zendesk_to_jsm.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)


def said_in(folder: Path, tree: Any) -> set[str]:
    texts = {*constants(tree), *constants(extended(folder))}
    accounts = {ref for text in texts if (ref := LOOKUPS.named(text)) is not None}
    return texts | accounts | {"English", "French"}


def test_every_value_of_the_worked_mapping_is_the_sources_or_has_a_rule(folder: Path) -> None:
    file = loaded(folder, TREE)
    assert file is not None
    engine, said, house = engine_of(file), said_in(folder, TREE), extended(folder)
    kinds: set[str] = set()
    for case in CASES:
        mapped = engine.case(case)
        assert list(unexplained(case, mapped, said)) == []
        assert list(unexplained_parts(case, mapped)) == []
        assert list(gone(case, mapped)) == []
        assert list(otherwise(TREE, house, mapped)) == []
        kinds |= {fate.action for fate in mapped.fates.values()}
    assert kinds == {"to", "keep", "drop"}


def test_a_change_that_no_rule_says_is_seen(folder: Path) -> None:
    file = loaded(folder, TREE)
    assert file is not None
    mapped = engine_of(file).case(CASES[1])
    assert mapped.record is not None
    said = said_in(folder, TREE)
    for key, value in (("subject", "another"), ("priority", "?"), ("project", "NOWHERE")):
        broken = copy.deepcopy(mapped)
        assert broken.record is not None
        broken.record[key] = value
        broken.fates = {path: fate for path, fate in broken.fates.items() if fate.to != key}
        assert [line for line in unexplained(CASES[1], broken, said) if line.startswith(key)]
    broken = copy.deepcopy(mapped)
    assert broken.record is not None
    broken.record["fields"]["Steps to reproduce"] = "let go"
    assert list(unexplained(CASES[1], broken, said))


def test_a_change_in_a_comment_a_file_or_a_link_that_no_rule_says_is_seen(folder: Path) -> None:
    file = loaded(folder, TREE)
    assert file is not None
    mapped = engine_of(file).case(CASES[1])
    assert list(unexplained_parts(CASES[1], mapped)) == []

    def broken(what: str, at: int, **changes: Any) -> list[str]:
        other = copy.deepcopy(mapped)
        assert other.record is not None
        other.record[what][at] |= changes
        return list(unexplained_parts(CASES[1], other))

    assert broken("comments", 0, body={"html": "<p>said otherwise</p>"})
    assert broken("comments", 1, public=True), "an internal word that everybody reads"
    assert broken("comments", 0, author="acme:person:5")
    assert broken("comments", 0, created="2020-01-01T00:00:00Z")
    assert broken("attachments", 0, name="other.png")
    assert broken("attachments", 0, sha256="ff")
    assert broken("links", 2, url="https://elsewhere.example")
    for what in ("comments", "attachments"):
        other = copy.deepcopy(mapped)
        assert other.record is not None
        del other.record[what][0]
        assert list(unexplained_parts(CASES[1], other)), what
        other.record[what].append({"ref": "acme:comment:999"})
        assert any("nowhere in the source" in line for line in unexplained_parts(CASES[1], other))
    silent = {path: fate for path, fate in mapped.fates.items() if not path.startswith("comment[4]")}
    assert list(unexplained_parts(CASES[1], mapped)) == []
    other = copy.deepcopy(mapped)
    other.fates = {**silent, "comment[4]": MapFate("drop", "", False, "nobody knows")}
    assert any("comment[4]" in line for line in unexplained_parts(CASES[1], other))


@pytest.mark.slow
@pytest.mark.seeded
def test_no_mapping_changes_a_value_that_none_of_its_rules_names(folder: Path) -> None:
    tried = 0
    for seed in drawn(range(200), 12, "only by rule"):
        chance = random.Random(seed)
        tree = copy.deepcopy(TREE)
        del tree["tests"]
        for path in chance.sample(list(leaves(tree)), chance.randint(1, 60)):
            before = copy.deepcopy(tree)
            holder: Any = tree
            try:
                for step in path[:-1]:
                    holder = holder[step]
                del holder[path[-1]]
            except (KeyError, IndexError):
                continue
            if path[0] == "extends" or loaded(folder, tree) is None:
                tree = before
        file = loaded(folder, tree)
        assert file is not None
        engine, said, house = engine_of(file), said_in(folder, tree), extended(folder)
        tried += 1
        for case in CASES:
            mapped = engine.case(case)
            assert list(unexplained_parts(case, mapped)) == [], (
                f"seed {seed}\n{yaml.safe_dump(tree, allow_unicode=True)}"
            )
            found = unexplained(case, mapped, said)
            wrong = [line for line in found if line.partition(" = ")[0] not in made_of_nothing(tree)]
            wrong += [*gone(case, mapped), *otherwise(tree, house, mapped)]
            assert wrong == [], f"seed {seed}: {wrong}\n{yaml.safe_dump(tree, allow_unicode=True)}"
    assert tried >= 12
