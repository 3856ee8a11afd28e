"""Who judges shares no code with whom it judges: what the witness and the connectors' witness modules may import."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from ticketferry.registry import connectors, witness_of
from ticketferry.sdk import Connector

ALLOWED = ("ticketferry.sdk.witness", "ticketferry.witness")
OWN = ("ticketferry", "ticketferry_intercom", "ticketferry_jsm", "ticketferry_neutral", "ticketferry_zendesk")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: name what is imported in full"
            found.add(str(node.module))
    return {name for name in found if name.split(".")[0] not in ("collections", "typing")}


@pytest.mark.parametrize("name", ["intercom", "jsm", "neutral", "zendesk"])
def test_a_connector_is_judged_by_code_that_knows_nothing_of_its_translation(name: str) -> None:
    found = connectors()[name]
    assert isinstance(found, Connector)
    module = witness_of(found)
    assert module is not None
    used = imports(Path(str(module.__file__)))  # type: ignore[attr-defined]
    assert {one for one in used if one.split(".")[0] in OWN} == {"ticketferry.sdk.witness"}


def test_the_comparison_uses_nothing_of_mapping_and_plan() -> None:
    folder = Path(str(import_module("ticketferry.witness").__file__)).parent
    for path in folder.glob("*.py"):
        own = {one for one in imports(path) if one.split(".")[0] in OWN}
        assert all(one.startswith(ALLOWED) for one in own), path.name
