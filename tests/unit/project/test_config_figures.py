"""`kpi:` and `health:` of migration.yaml."""

from datetime import date

import pytest

from ticketferry.kpi.health import Bound
from ticketferry.mapping.yaml_document import Document, read
from ticketferry.project.config_figures import HealthConfig, KpiConfig, read_health, read_kpi


def document(text: str) -> Document:
    return read(text.encode(), "migration.yaml")


def test_nothing_written_is_the_default() -> None:
    empty = document("version: 1\n")
    assert read_health(None, empty) == HealthConfig()
    assert read_kpi(None, empty) == KpiConfig()
    assert empty.problems == []


def test_health_is_read() -> None:
    found = document("health: {since: 2026-11-30, bounds: {reopened: 1.5x, first_response: 4h}}\n")
    assert read_health(found.data["health"], found) == HealthConfig(
        date(2026, 11, 30),
        {"reopened": Bound(1.5, True, "1.5x"), "first_response": Bound(14_400.0, False, "4h")},
    )
    assert found.problems == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("health: yes", "is written"),
        ("health: {bounds: [reopened]}", "is written"),
        ("health: {sinse: 2026-11-30}", "did you mean `since`"),
        ("health: {since: 30.11.2026}", "is no day"),
        ("health: {bounds: {qq: 1x}}", "there are reopened"),
        ("health: {bounds: {first_response: 5%}}", "a time, as in `4h`"),
        ("kpi: {definition: fast}", "is no definition"),
        ("kpi: [stage]", "is written"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, words: str) -> None:
    found = document(text + "\n")
    reader = read_health if "health" in found.data else read_kpi
    (data,) = found.data.values()
    reader(data, found)
    (problem,) = found.problems
    assert words in problem
    assert problem.startswith("migration.yaml:1:"), problem
