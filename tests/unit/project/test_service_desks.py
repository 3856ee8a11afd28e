"""`service_desks` of migration.yaml: which of a site's desks take part, on either side and in each environment; and the file's JSON Schema."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ticketferry.errors import ConfigError
from ticketferry.project import load_config
from ticketferry.project.config import _TOP, Config
from ticketferry.project.event_hooks import EVENTS
from ticketferry.project.migration_schema import migration_schema

ROOT = Path(__file__).resolve().parents[3]
JIRA = "connector: jsm, email: a@x.example, token: 'env:JIRA', base_url: 'https://{}.example'"
ZENDESK = "connector: zendesk, subdomain: acme, email: a@x.example, token: 'env:ZD'"
SCHEMA = Draft202012Validator(migration_schema())
HOOKS = (
    "on_event:\n  - {on: [failed, paused], run: [./tell.sh, '{text}'], variables: OPS_CHANNEL, timeout: 5s}\n"
    "  - {on: always, post: env:OPS, sign: 'keyring:ops/key'}\n  - {on: ended, shell: make done}\n"
)


def load(folder: Path, source: str, target: str, rest: str, environment: str | None = None) -> Config:
    (folder / "migration.yaml").write_text(
        f"source: {{key: a, {source}}}\ntarget: {{key: b, {target}}}\n{rest}\n"
    )
    return load_config(folder, environment)


def projects(config: Config) -> tuple[list[str] | None, list[str] | None]:
    return config.source.values.get("projects"), config.target.values.get("projects")


def test_a_list_names_the_desks_of_the_one_side_that_has_several(tmp_path: Path) -> None:
    config = load(tmp_path, ZENDESK, JIRA.format("acme"), "service_desks: [SUP, bill]")
    assert projects(config) == (None, ["SUP", "bill"])
    assert config.target.options(offline=True).projects == ["SUP", "BILL"]  # type: ignore[attr-defined]
    assert projects(load(tmp_path, JIRA.format("old"), ZENDESK, "service_desks: [SUP]")) == (["SUP"], None)


def test_each_side_and_each_environment_has_its_own(tmp_path: Path) -> None:
    both = JIRA.format("old"), JIRA.format("new")
    assert projects(load(tmp_path, *both, "service_desks: {source: [HELP], target: [SUP, BILL]}")) == (
        ["HELP"],
        ["SUP", "BILL"],
    )
    rest = "service_desks: {target: [SUP, BILL]}\nenvironments:\n  sandbox: {target: {base_url: 'https://s.example'}, service_desks: {target: [SBX]}}\n  production: {}"
    assert [projects(load(tmp_path, *both, rest, name))[1] for name in ("sandbox", "production")] == [
        ["SBX"],
        ["SUP", "BILL"],
    ]


@pytest.mark.parametrize(
    ("source", "target", "said", "place", "words"),
    [
        (ZENDESK, ZENDESK, "[SUP]", "3:1", "there are no several service desks in `zendesk`: leave"),
        (JIRA.format("a"), JIRA.format("b"), "[SUP]", "3:1", "write {source: […], target: […]}"),
        (ZENDESK, JIRA.format("b"), "{source: [SUP]}", "3:17", "`zendesk`, the source, has no several"),
        (ZENDESK, JIRA.format("b"), "{tarket: [SUP]}", "3:17", "`tarket` is no side"),
        (ZENDESK, JIRA.format("b"), "SUP", "3:1", "`service_desks` is written [SUP, BILL]"),
        (ZENDESK, JIRA.format("b"), "{}", "3:1", "`service_desks` is written"),
        (ZENDESK, JIRA.format("b"), "[]", "3:1", "an empty list names no service desk"),
        (ZENDESK, JIRA.format("b"), "[SUP, [x]]", "3:1", "a list of their project keys"),
        (ZENDESK, JIRA.format("b"), "[SUP, sup]", "3:22", "`sup` stands here twice"),
        (
            ZENDESK,
            JIRA.format("b") + ", projects: [SUP]",
            "[SUP]",
            "3:1",
            "`target.projects` (migration.yaml:2:",
        ),
    ],
)
def test_each_mistake_is_told_at_its_place(
    tmp_path: Path, source: str, target: str, said: str, place: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, source, target, f"service_desks: {said}")
    assert f"migration.yaml:{place}" in str(caught.value), caught.value
    assert words in str(caught.value)


def faults(text: str) -> list[str]:
    return [error.message for error in SCHEMA.iter_errors(as_editors_read(yaml.safe_load(text)))]


def as_editors_read(data: Any) -> Any:
    """Editors read YAML 1.2, in which `on` is a text; PyYAML reads 1.1, in which it is true."""
    if isinstance(data, list):
        return [as_editors_read(item) for item in data]
    if isinstance(data, dict):
        return {"on" if key is True else key: as_editors_read(value) for key, value in data.items()}
    return data


def test_the_schema_knows_every_word_of_the_file_and_every_event() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)
    assert set(SCHEMA.schema["properties"]) == set(_TOP)
    assert all(name in str(SCHEMA.schema["properties"]["on_event"]) for name in EVENTS)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("samples/**/migration.yaml")), ids=lambda path: path.parent.name
)
def test_the_schema_takes_what_ships(path: Path) -> None:
    assert faults(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("rest", "taken"),
    [
        (HOOKS, True),
        ("service_desks: [SUP]", True),
        ("service_desks: {target: [SUP]}", True),
        (
            "environments: {sandbox: {target: {base_url: x}, on_event: [], service_desks: [A]}, production: }",
            True,
        ),
        ("windows: {zone: UTC, open: [Fri 18:00 - Mon 06:00]}\nworkers: 4\npace: {share: 0.5}", True),
        ("service_desks: []", False),
        ("on_event: [{on: faild, run: [a]}]", False),
        ("on_event: [{on: failed, run: [a], shell: b}]", False),
        ("on_event: [{on: failed, post: 'https://x.example'}]", False),
        ("workers: 999", False),
        ("wokers: 9", False),
    ],
)
def test_the_schema_and_the_loader_agree(tmp_path: Path, rest: str, taken: bool) -> None:
    head = f"source: {{key: a, {ZENDESK}}}\ntarget: {{key: b, {JIRA.format('b')}}}\n"
    assert (faults(head + rest) == []) is taken
    try:
        load(tmp_path, ZENDESK, JIRA.format("b"), rest, "sandbox" if "environments" in rest else None)
        loaded = True
    except ConfigError:
        loaded = False
    assert loaded is taken


def test_the_schema_refuses_an_option_that_the_product_has_not_and_a_secret_in_the_file() -> None:
    good = f"source: {{key: a, {ZENDESK}}}\ntarget: {{key: b, {JIRA.format('b')}}}\n"
    assert faults(good) == []
    assert faults(good.replace("subdomain: acme", "subdomain: acme, projects: [A]"))
    assert faults(good.replace("'env:ZD'", "abcdef"))
