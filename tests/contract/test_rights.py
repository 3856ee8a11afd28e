"""What each write needs by its vendor's own document is what `check` asks for before anything is written."""

import json
import re

import pytest
from tests.connectors.jsm.emulated_site import doc
from tests.connectors.jsm.emulated_site import site as served
from tests.connectors.jsm.migrating import migration

from ticketferry.sdk import Endpoint, Severity
from ticketferry_jsm import endpoints as jira
from ticketferry_jsm.rights import comments_of_others
from ticketferry_zendesk import endpoints as zendesk

PARAMETER = re.compile(r"\{[^}]*\}")
NAMED = re.compile(
    r"\*([A-Z][A-Za-z]+ (?:[A-Za-z]+ )*[A-Za-z]+)\*|Global (bulk change)|\b(Delete|Browse) \[?(?:project|issues)"
)
JIRA = {
    "browse projects": "BROWSE_PROJECTS", "browse project": "BROWSE_PROJECTS", "browse": "BROWSE_PROJECTS",
    "create issues": "CREATE_ISSUES", "edit issues": "EDIT_ISSUES", "delete": "DELETE_ISSUES",
    "transition issues": "TRANSITION_ISSUES", "link issues": "LINK_ISSUES", "add comments": "ADD_COMMENTS",
    "edit all comments": "EDIT_ALL_COMMENTS", "delete all comments": "DELETE_ALL_COMMENTS",
    "create attachments": "CREATE_ATTACHMENTS", "delete all attachments": "DELETE_ALL_ATTACHMENTS",
    "work on issues": "WORK_ON_ISSUES", "delete all worklogs": "DELETE_ALL_WORKLOGS",
    "administer projects": "ADMINISTER_PROJECTS", "manage watcher list": "MANAGE_WATCHERS", "administer jira": "ADMINISTER", "bulk change": "BULK_CHANGE",
}  # fmt: skip
OWN = frozenset({"edit own comments", "delete own comments", "delete own attachments", "delete own worklogs"})
"""Said instead of the right for all: import files bring records of other authors."""
DESK = {
    "Service desk administrator or agent": "SERVICEDESK_AGENT", "Service Desk Administrator or Agent": "SERVICEDESK_AGENT",
    "Service desk's agent": "SERVICEDESK_AGENT", "Services desk administrator": "ADMINISTER_PROJECTS",
    "Service desk administrator": "ADMINISTER_PROJECTS", "Jira administrator": "ADMINISTER", "Jira Administrator": "ADMINISTER",
}  # fmt: skip
JIRA_WRITES = [endpoint for endpoint in jira.ENDPOINTS if not endpoint.file]


def operations(document: dict, *, method: str, path: str) -> list[dict]:
    wanted = PARAMETER.sub("{}", path)
    exact = [found for there, found in document["paths"].items() if there == path]
    found = exact or [one for there, one in document["paths"].items() if PARAMETER.sub("{}", there) == wanted]
    return [one[method.lower()] for one in found if method.lower() in one]


def path_of(endpoint: Endpoint) -> str:
    """Return the address as the documents write it: a fixed name of a property is one of the parameters there."""
    return re.sub(r"/properties/[^{/]+$", "/properties/{}", endpoint.path)


@pytest.mark.parametrize("endpoint", JIRA_WRITES, ids=lambda one: one.name)
def test_jiras_documents_name_no_right_that_the_check_does_not_ask_for(endpoint, shared):
    documents = [
        json.loads((shared / "specs" / name).read_bytes())
        for name in ("jira-platform.openapi.json", "jsm-servicedesk.openapi.json")
    ]
    found = [
        one
        for document in documents
        for one in operations(document, method=endpoint.method, path=path_of(endpoint))
    ]
    assert len(found) == 1, endpoint.path
    said = found[0]["description"].partition("ermissions](#permissions) required")[2]
    assert said, "the document says nothing"
    if "servicedeskapi" in endpoint.path:
        names = {next(right for words, right in DESK.items() if said.lstrip("*: ").startswith(words))}
    else:
        words = {" ".join(part for part in one if part).lower() for one in NAMED.findall(said)}
        assert words, said
        names = {JIRA[word] for word in words - OWN}
    assert names == set(endpoint.needs), said


def test_every_write_says_what_it_needs():
    assert [endpoint.name for endpoint in jira.ENDPOINTS if not endpoint.needs] == []


@pytest.mark.parametrize(
    ("right", "severity"),
    [(right, Severity.BLOCKER) for right in ("ADD_COMMENTS", "LINK_ISSUES", "BULK_CHANGE")]
    + [(right, Severity.DOUBT) for right in ("MANAGE_WATCHERS", "WORK_ON_ISSUES", "SET_ISSUE_SECURITY")],
)
def test_a_right_that_is_missing_is_told_before_anything_is_written(right, severity):
    with migration() as found:
        account = found.target.client.myself()["accountId"]
        assert not [one for one in found.target.check() if one.code == "JSM-RIGHT"]
        found.state.lacking[account].add(right)
        told = [one for one in found.target.check() if one.code == "JSM-RIGHT"]
        assert {one.severity for one in told} == {severity}
        assert all(right in one.message for one in told)


def test_the_right_for_ones_own_comments_does_for_the_api_and_not_for_an_import_file():
    with migration() as found:
        account = found.target.client.myself()["accountId"]

        def guard():
            return comments_of_others(found.target.client, ["SUP"]).severity

        assert guard() is Severity.INFO
        assert "JSM-GUARD-COMMENTS" in {one.code for one in found.target.guards()}
        found.state.lacking[account].add("EDIT_ALL_COMMENTS")
        assert not [
            one
            for one in found.target.check()
            if one.severity is Severity.BLOCKER and one.code == "JSM-RIGHT"
        ]
        assert guard() is Severity.DOUBT
        found.state.lacking[account].add("EDIT_OWN_COMMENTS")
        told = [one for one in found.target.check() if one.code == "JSM-RIGHT"]
        assert {one.severity for one in told} == {Severity.BLOCKER}
        assert all("EDIT_ALL_COMMENTS" in one.message for one in told)
    wanting = {one.name for one in jira.ENDPOINTS if "JSM-GUARD-COMMENTS" in one.guards}
    assert wanting == {"import.issue", "comment.hide", "comment.mark"}


def test_the_stand_in_refuses_whoever_may_not():
    with served() as site:
        key = site.issue()
        account = next(iter(site.state.accounts.values())).id
        mine = site.get("myself")["accountId"]
        site.post(f"issue/{key}/watchers", account, 204)
        site.state.lacking[mine] |= {"MANAGE_WATCHERS", "WORK_ON_ISSUES", "LINK_ISSUES", "EDIT_OWN_COMMENTS"}
        site.post(f"issue/{key}/watchers", account, 403)
        site.post(f"issue/{key}/worklog", {"timeSpentSeconds": 60}, 400)
        site.post(
            "issueLink",
            {"type": {"name": "Blocks"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": key}},
            404,
        )
        comment = site.post(f"issue/{key}/comment", {"body": doc("hello")}, 201)["id"]
        site.put(f"comment/{comment}/properties/a", {"a": 1}, 201)  # the right for all comments is left
        site.state.lacking[mine].add("EDIT_ALL_COMMENTS")
        site.put(f"comment/{comment}/properties/a", {"a": 2}, 403)


@pytest.mark.parametrize("endpoint", zendesk.ENDPOINTS, ids=lambda one: one.name)
def test_an_admin_of_zendesk_may_do_every_write(endpoint, shared):
    """The check asks for an admin (ZD-ROLE-001) and a token that writes (ZD-WRITE-003): no document names more."""
    document = json.loads((shared / "specs" / "zendesk-support.openapi.json").read_bytes())
    for one in operations(document, method=endpoint.method, path=endpoint.path):
        said = re.split(r"#+ Allowed [Ff]or:?", one.get("description", ""))
        for part in said[1:]:
            who = re.findall(r"^\s*[*-] (Admins|Agents|End users)\b", part.partition("\n#")[0], re.MULTILINE)
            assert who, part
