"""No connector uses an operation that its vendor's document marks as deprecated, and the stand-ins do not serve it."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.jsm.responses.removed import STILL_SERVED
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk.app import ZendeskEmulator

CONNECTORS = Path(__file__).resolve().parents[2] / "connectors"
DOCUMENTS = {
    "ticketferry_jsm": ("jira-platform.openapi.json", "jsm-servicedesk.openapi.json"),
    "ticketferry_zendesk": ("zendesk-support.openapi.json",),
}
PREFIXES = {"API": "/rest/api/3", "DESK_API": "/rest/servicedeskapi"}
PARAMETER = re.compile(r"\{[^}]*\}")


def deprecated(folder: Path, names: tuple[str, ...]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for name in names:
        for path, methods in json.loads((folder / name).read_bytes())["paths"].items():
            for method, operation in methods.items():
                if method != "parameters" and operation.get("deprecated"):
                    found.add((method.upper(), path))
    return found


def _text(node: ast.expr, known: dict[str, str]) -> str | None:
    """Return a text with `{}` for what is filled in; names that stand for a beginning of a path are put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return PARAMETER.sub("{}", node.value)
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            name = part.value.id if isinstance(part.value, ast.Name) else ""
            parts.append(known.get(name, "{}"))
        elif isinstance(part, ast.Constant):
            parts.append(PARAMETER.sub("{}", str(part.value)))
    return "".join(parts)


def paths_of(connector: str) -> Iterator[tuple[str, str]]:
    """Yield file and path of every address of the API that a module of the connector builds."""
    for file in sorted((CONNECTORS / connector).glob("*.py")):
        known = dict(PREFIXES)
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                text = _text(node.value, known)
                if text is not None and text.startswith(("/rest/", "/api/")):
                    known[node.targets[0].id] = text
        for node in ast.walk(tree):
            text = _text(node, known) if isinstance(node, ast.Constant | ast.JoinedStr) else None
            if text is not None and text.startswith(("/rest/", "/api/")):
                yield file.name, text.partition("?")[0].removesuffix(".json")


@pytest.mark.parametrize("connector", DOCUMENTS)
def test_no_operation_is_used_that_the_vendor_takes_away(connector, shared):
    gone = {PARAMETER.sub("{}", path) for _, path in deprecated(shared / "specs", DOCUMENTS[connector])}
    used = set(paths_of(connector))
    assert len(used) > 25
    assert [(file, path) for file, path in sorted(used) if path in gone] == []


def test_the_search_for_paths_finds_an_operation_that_is_deprecated(tmp_path, monkeypatch):
    """The check can fail: it sees a path behind a name, and one with a parameter in it."""
    module = tmp_path / "ticketferry_jsm" / "catalog.py"
    module.parent.mkdir()
    module.write_text('API = "x"\ncall(f"{API}/workflow/search", f"{API}/priority/{number}")\n')
    monkeypatch.setitem(globals(), "CONNECTORS", tmp_path)
    found = {path for _, path in paths_of("ticketferry_jsm")}
    assert found == {"/rest/api/3/workflow/search", "/rest/api/3/priority/{}"}


@pytest.mark.parametrize(
    ("connector", "made", "still"),
    [
        ("ticketferry_jsm", lambda: JsmEmulator(ManualClock()), STILL_SERVED),
        ("ticketferry_zendesk", lambda: ZendeskEmulator(ManualClock()), {}),
    ],
)
def test_a_stand_in_answers_410_to_what_the_vendor_takes_away(connector, made, still, shared):
    """All but the listed ones, each of which says why."""
    emulator = made()
    wanted = deprecated(shared / "specs", DOCUMENTS[connector])
    assert set(still) <= wanted
    assert all(len(reason) > 20 for reason in still.values())
    answers = {}
    with emulator.serve(), httpx.Client(base_url=emulator.base_url) as client:
        auth = tuple(emulator.credentials.values())[-2:] if connector == "ticketferry_jsm" else None
        for method, path in sorted(wanted - set(still)):
            answer = client.request(method, PARAMETER.sub("7", path), auth=auth, json={})
            answers[method, path] = answer.status_code
    assert {call: status for call, status in answers.items() if status != 410} == {}
