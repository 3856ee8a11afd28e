"""The tables of docs/emulators.md: every operation that they name exists in the vendor's document."""

import json
import re
from pathlib import Path

from ticketferry_emulators.intercom import app as intercom
from ticketferry_emulators.jsm import app as jira
from ticketferry_emulators.jsm import oauth
from ticketferry_emulators.kit.coverage import served, table
from ticketferry_emulators.zendesk.app import ROUTES, UNDOCUMENTED

PAGE = Path(__file__).resolve().parents[2] / "docs" / "emulators.md"
PARAMETER = re.compile(r"\{[^}]+\}")


def documented(path: Path) -> dict[tuple[str, str], str]:
    """Return the operations of an OpenAPI document by method and path, parameters without their names."""
    paths = json.loads(path.read_bytes())["paths"]
    return {
        (method.upper(), PARAMETER.sub("{}", path)): operation["operationId"]
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def test_every_operation_that_the_zendesk_emulator_serves_is_the_documents(shared):
    known = documented(shared / "specs" / "zendesk-support.openapi.json")
    wrong, checked = [], 0
    for row in served(ROUTES):
        name = known.get((row.method, PARAMETER.sub("{}", row.path)))
        if row.operation in UNDOCUMENTED:
            assert name is None, f"{row.operation} is documented as {name}"
        elif name != row.operation:
            wrong.append(f"{row.method} {row.path}: {row.operation}, in the document {name}")
        checked += 1
    assert checked > 150
    assert wrong == []


def test_every_operation_that_the_jira_emulator_serves_is_in_a_document_of_atlassian(shared):
    known = {
        **documented(shared / "specs" / "jira-platform.openapi.json"),
        **documented(shared / "specs" / "jsm-servicedesk.openapi.json"),
    }
    rows = list(served((*jira.ROUTES, *oauth.ROUTES)))
    strange = {row.operation for row in rows if (row.method, PARAMETER.sub("{}", row.path)) not in known}
    assert len(rows) > 120
    assert strange == jira.UNDOCUMENTED


def test_the_page_has_a_row_for_every_operation_that_the_jira_and_intercom_emulators_serve():
    text = PAGE.read_text("utf-8")
    assert table(jira.ROUTES, but=jira.UNDOCUMENTED) in text
    assert table((*jira.ROUTES, *oauth.ROUTES), only=jira.UNDOCUMENTED) in text
    assert table(intercom.ROUTES, but=intercom.UNDOCUMENTED) in text
    assert table(intercom.ROUTES, only=intercom.UNDOCUMENTED) in text


def test_the_page_has_a_row_for_every_served_operation():
    text = PAGE.read_text("utf-8")
    for row in served(ROUTES):
        assert f"| {row.operation} | {row.method} | `{row.path}` | {row.what} |" in text
    assert table(ROUTES, only=UNDOCUMENTED) in text


def test_every_row_says_what_the_operation_does():
    routes = (*ROUTES, *jira.ROUTES, *oauth.ROUTES, *intercom.ROUTES)
    assert [row for row in served(routes) if len(row.what) < 8 or "Return the handler" in row.what] == []
