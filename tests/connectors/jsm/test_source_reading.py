"""Reading a site as a source: history, facts of the desk, deletions, totals, gaps, and each kind of credentials."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.connectors.jsm.emulated_site import INTERNAL, Site, doc, site
from tests.connectors.jsm.reading import of_kind, options, read, records, source

from ticketferry.sdk import Absence, Kind, Ref, Session, Severity
from ticketferry_emulators.jsm.models import automation
from ticketferry_jsm.site_reader import _SAFETY
from ticketferry_jsm.target import JsmTarget


@pytest.fixture
def jira() -> Iterator[Site]:
    with site() as found:
        yield found


# ---- history


def test_history_comes_as_events_in_the_terms_of_the_ticket(jira: Site) -> None:
    customer = jira.customer()
    key = jira.request(customer, labels=["a"])
    ada = jira.agent()
    fields = jira.fields
    jira.put(
        f"issue/{key}",
        {
            "fields": {
                "summary": "other",
                "assignee": {"accountId": ada},
                "labels": ["b", "c"],
                "duedate": "2024-02-03",
                "priority": {"id": "1"},
                fields["Refund amount"]: 12.5,
                fields["Affected regions"]: [{"value": "EMEA"}, {"value": "APAC"}],
                fields["Serial no."]: "SN-1",
            }
        },
        204,
    )
    jira.post(f"issue/{key}/transitions", {"transition": {"id": "11"}}, 204)
    jira.emulator.clock.advance(60)
    with_source = source(jira)
    wires, _ = read(with_source)
    events = {record["field"]: record for record in of_kind(records(with_source, wires), "event")}
    with_source.close()
    person = f"old:person:{ada}"
    expected = {
        "subject": ("Broken", "other"),
        "assignee": (None, person),
        "tags": (["a"], ["b", "c"]),
        "due": (None, "2024-02-03"),
        "priority": ("Medium", "Highest"),
        "fields.Refund amount": (None, 12.5),
        "fields.Affected regions": (None, ["EMEA", "APAC"]),
        "fields.Serial no.": (None, "SN-1"),
        "status": ("Waiting for triage", "Waiting for support"),
        "form": (None, "Emailed request"),
    }
    assert {name: (record.get("before"), record.get("after")) for name, record in events.items()} == expected
    bot = next(account.id for account in jira.state.accounts.values() if account.admin)
    assert {record["actor"] for record in events.values()} == {f"old:person:{bot}"}
    assert all(record["time"].endswith("Z") for record in events.values())


def test_a_rule_is_named_where_an_app_did_it(jira: Site) -> None:
    key = jira.request(jira.customer())
    jira.post(f"issue/{key}/transitions", {"transition": {"id": "11"}}, 204)
    jira.state.automation.add(automation.RESPOND)
    jira.post(f"issue/{key}/comment", {"body": doc("hello")}, 201)
    jira.emulator.clock.advance(60)
    found = source(jira)
    events = of_kind(records(found, read(found)[0]), "event")
    found.close()
    last = [event for event in events if event["field"] == "status"][-1]
    assert (last["after"], last["rule"]) == ("Waiting for customer", "Automation for Jira")


def test_a_long_history_is_read_over_several_pages_and_whole(jira: Site) -> None:
    key = jira.issue()
    for number in range(60):
        jira.state.record(
            jira.state.issue(key),
            jira.agent(),
            [{"field": "summary", "fieldtype": "jira", "fieldId": "summary", "fromString": "x", "toString": str(number), "from": None, "to": None}],
        )  # fmt: skip
    jira.emulator.clock.advance(60)
    found = source(jira)
    wires, _ = read(found)
    events = [wire for wire in wires if wire.ref.kind is Kind.EVENT]
    assert len(events) == 60
    assert len({wire.ref for wire in events}) == 60
    asked = Counter(entry.operation for entry in jira.emulator.ledger)
    assert asked["changelog.bulkfetch"] == 1
    assert asked["issue.changelog"] == 0
    found.close()


def test_a_list_that_stays_shorter_than_its_count_is_told(
    jira: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = jira.issue()
    for _ in range(30):
        jira.post(f"issue/{key}/worklog", {"timeSpentSeconds": 60}, 201)
        jira.emulator.clock.advance(1)
    jira.emulator.clock.advance(60)
    found = source(jira)
    wires, _ = read(found)
    assert sum(wire.ref.kind is Kind.WORKLOG for wire in wires) == 30, "the issue itself shows 20"
    real = found.client.every

    def cut(path: str, **more: Any) -> Any:
        rows = list(real(path, **more))
        return iter(rows[:-3] if path.endswith("/worklog") else rows)

    monkeypatch.setattr(found.client, "every", cut)
    wires, _ = read(found)
    head = next(wire for wire in wires if wire.ref.kind is Kind.TICKET)
    (finding,) = found.translate(head, found.catalog()).findings
    assert (finding.code, finding.severity, finding.count) == ("JSM-CUT", Severity.LOSS, 3)
    found.close()


# ---- what the desk knows


def test_sla_rating_approvals_and_remote_links_are_read(jira: Site) -> None:
    customer = jira.customer()
    key = jira.request(customer)
    issue = jira.state.issue(key)
    jira.emulator.clock.advance(3_600)
    jira.post(f"issue/{key}/comment", {"body": doc("an answer")}, 201)
    jira.post(f"issue/{key}/comment", {"body": doc("a note"), "properties": INTERNAL}, 201)
    jira.post(
        f"issue/{key}/remotelink", {"object": {"url": "https://x.example/1", "title": "The order"}}, 201
    )
    issue.feedback = {"type": "csat", "rating": 4, "comment": {"body": "quick!"}}
    issue.approvals.append(
        {"id": "7", "name": "Manager", "decision": "approved", "created": issue.created, "completed": issue.created + 60,
         "approvers": [(jira.agent(), "approved")]}
    )  # fmt: skip
    jira.emulator.clock.advance(60)
    found = source(jira)
    wires, _ = read(found)
    made = records(found, wires)
    (head,) = of_kind(made, "ticket")
    response, resolution = head["sla"]
    assert response["name"] == "Time to first response"
    assert (response["cycles"][0]["elapsed_seconds"], response["cycles"][0]["breached"]) == (3_601, False)
    assert "stop" not in resolution["cycles"][0]
    assert "elapsed_seconds" not in resolution["cycles"][0], "a running clock would differ at each reading"
    assert head["satisfaction"] == {"score": "4", "comment": "quick!"}
    assert {"type": "remote", "url": "https://x.example/1", "title": "The order"} in head["links"]
    approvals = sorted(
        (event for event in of_kind(made, "event") if event["type"] == "approval"),
        key=lambda event: event["time"],
    )
    assert [(event["after"], event.get("actor")) for event in approvals] == [
        ("pending", None),
        ("approved", f"old:person:{jira.agent()}"),
    ]
    jira.emulator.clock.advance(600)
    assert [wire.body for wire in read(found)[0]] == [wire.body for wire in wires], "nothing ticks"
    found.close()


def test_only_rated_issues_are_asked_for_what_was_said(jira: Site) -> None:
    customer = jira.customer()
    keys = [jira.request(customer) for _ in range(5)]
    jira.state.issue(keys[2]).feedback = {"type": "csat", "rating": 1, "comment": {"body": ""}}
    jira.emulator.clock.advance(60)
    jira.emulator.ledger.clear()
    found = source(jira, remote_links=False)
    read(found)
    asked = Counter(entry.operation for entry in jira.emulator.ledger)
    assert asked["request.feedback"] == 1
    assert asked["remote_link.list"] == 0
    assert asked["user.bulk"] == 1, "people whom no list gave are looked up together"
    assert sum(asked.values()) == 7, asked
    found.close()


def test_people_are_read_in_bulk_whatever_their_kind(jira: Site) -> None:
    jira.emulator.limits.enabled = False
    for number in range(120):
        account = jira.customer(f"c{number}@shop.example")
        jira.post("/rest/servicedeskapi/servicedesk/1/customer", {"accountIds": [account]}, 204)
    jira.emulator.ledger.clear()
    found = source(jira)
    wires, _ = read(found, "people")
    asked = Counter(entry.operation for entry in jira.emulator.ledger)
    assert asked["user.get"] == 0
    assert sum(asked.values()) < 12, asked
    people = {record["name"]: record for record in records(found, wires)}
    assert people["Automation for Jira"]["account"] == "app"
    assert people["Nils Former"]["state"] == "suspended"
    hidden = [account.name for account in jira.state.accounts.values() if account.hidden_email]
    assert hidden
    assert all("email" not in people[name] for name in hidden)
    assert sum(record["account"] == "customer" for record in people.values()) >= 1
    found.close()


# ---- catalog


def test_the_catalog_holds_forms_contexts_and_options_that_are_off(jira: Site) -> None:
    known = jira.state.fields[jira.fields["Refund reason"]]
    known.options[0].disabled = True
    found = source(jira)
    catalog = found.catalog()
    form = next(row for row in catalog["forms"] if row["name"] == "Emailed request")
    assert form["fields"] == ["summary", "description", "attachment"]
    field = next(row for row in catalog["fields"] if row["key"] == "Refund reason")
    off = [option["value"] for option in field["options"] if option.get("active") is False]
    assert off == ["Damaged"]
    contexts: Any = catalog["native"]["contexts"]
    assert contexts["Product"][0]["options"][:2] == ["Ferry", "Basic"]
    found.close()


def test_a_team_managed_project_has_its_workflow_read_by_type() -> None:
    with site("mixed") as jira:
        found = source(jira)
        catalog = found.catalog()
        team = next(project for project in catalog["projects"] if project["key"] == "TEAM")
        flow = next(row for row in catalog["workflows"] if row["id"] == team["types"][0]["workflow"])
        assert (flow["initial"], flow["statuses"]) == ("Open", ["Open", "Doing", "Done"])
        done = next(row for row in flow["transitions"] if row["to"] == "Done")
        assert (done["sources"], done["fields"]) == (["Open", "Doing"], ["resolution", "assignee"])
        found.close()
        target = JsmTarget(options(jira), Session(desk="new", clock=jira.emulator.clock))
        by_code = {finding.code: finding for finding in target.check()}
        target.close()
        assert by_code["JSM-GUARD-SCHEME"].severity is Severity.BLOCKER
        assert "TEAM: a team-managed project" in by_code["JSM-GUARD-SCHEME"].message


# ---- deltas


def test_a_deleted_issue_is_a_tombstone_also_one_that_came_between_two_lists(jira: Site) -> None:
    first, second = jira.issue(), jira.issue()
    jira.emulator.clock.advance(60)
    found = source(jira)
    wires, cursor = read(found, "deletions")
    assert wires == []
    between = jira.issue()
    jira.issue()
    jira.emulator.clock.advance(60)
    ids = [jira.state.issue(key).id for key in (first, between)]
    for key in (first, between):
        jira.delete(f"issue/{key}", None, 204)
    jira.emulator.clock.advance(60)
    wires, cursor = read(found, "deletions", cursor)
    assert [(wire.ref.id, wire.gone, wire.body) for wire in wires] == [(id_, True, None) for id_ in ids]
    assert read(found, "deletions", cursor)[0] == []
    assert jira.state.issue(second) is not None
    found.close()


def test_the_first_issues_of_a_project_on_an_old_site_do_not_cost_a_look_at_every_id_before_them(
    jira: Site,
) -> None:
    found = source(jira)
    _, cursor = read(found, "deletions")
    jira.state.counters["issue"] = 3_000_000
    gone, stays = jira.issue(), jira.issue()
    jira.delete(f"issue/{gone}", None, 204)
    jira.emulator.clock.advance(60)
    asked = len(jira.emulator.ledger)
    wires, cursor = read(found, "deletions", cursor)
    assert len(jira.emulator.ledger) - asked < 60
    assert [wire.ref.id for wire in wires][-1] == str(int(jira.state.issue(stays).id) - 1)
    assert read(found, "deletions", cursor)[0] == []
    found.close()


def test_an_issue_that_the_index_hides_is_not_taken_for_deleted(jira: Site) -> None:
    key = jira.issue()
    jira.emulator.clock.advance(60)
    found = source(jira)
    _, cursor = read(found, "deletions")
    jira.state.settle_index()
    jira.state.index.pop(int(jira.state.issue(key).id))
    jira.state.index_version += 1
    wires, cursor = read(found, "deletions", cursor)
    assert wires == []
    jira.delete(f"issue/{key}", None, 204)
    jira.emulator.clock.advance(60)
    assert len(read(found, "deletions", cursor)[0]) == 1, "it is still watched"
    found.close()


def test_a_delta_reads_what_changed_with_a_window_for_a_late_index(jira: Site) -> None:
    keys = [jira.issue() for _ in range(3)]
    jira.emulator.clock.advance(3_600)
    found = source(jira)
    _, cursor = read(found)
    jira.state.index_lag = 120.0
    jira.put(f"issue/{keys[1]}", {"fields": {"summary": "changed"}}, 204)
    wires, cursor = read(found, cursor=cursor)
    assert wires == [], "the index does not show it yet"
    jira.emulator.clock.advance(300)
    wires, _ = read(found, cursor=cursor)
    assert [wire.ref.id for wire in wires if wire.ref.kind is Kind.TICKET] == [jira.state.issue(keys[1]).id]
    found.close()


# ---- totals, gaps, inventory


def test_totals_agree_by_stage_and_month(jira: Site) -> None:
    keys = [jira.issue() for _ in range(4)]
    jira.emulator.clock.advance(40 * 86_400)
    keys += [jira.issue() for _ in range(3)]
    for key in keys[:2]:
        for transition in ("11", "21"):
            jira.post(f"issue/{key}/transitions", {"transition": {"id": transition}}, 204)
    jira.emulator.clock.advance(60)
    found = source(jira)
    totals = list(found.totals())
    found.close()
    whole = {total.stage: total.count for total in totals if not total.month}
    assert whole == {"": 7, "in_progress": 2, "new": 5, "resolved": 0}
    months = Counter()
    for total in totals:
        months[total.month] += total.count if total.month else 0
    assert sum(months.values()) == 7
    assert sorted(count for month, count in months.items() if month and count) == [3, 4]
    assert not any(total.exact for total in totals)
    assert all(total.where.startswith("POST /search/approximate-count project in") for total in totals)


def test_gaps_in_numbers_are_explained_as_far_as_jira_can_tell(jira: Site) -> None:
    keys = [jira.issue() for _ in range(3)]
    hidden = jira.issue("HR")
    jira.delete(f"issue/{keys[0]}", None, 204)
    jira.delete(f"issue/{hidden}", None, 204)
    moved = jira.state.issue(keys[1])
    moved.key, moved.number, moved.project = "BILL-1", 1, "10001"
    jira.state.keys["BILL-1"] = moved.id
    found = source(jira)
    said = found.explain_absent([*keys, hidden, "SUP-999"])
    found.close()
    assert said == {
        keys[0]: Absence.PURGED_OR_ARCHIVED,
        keys[1]: Absence.MOVED,
        hidden: Absence.UNKNOWN,
        "SUP-999": Absence.PURGED_OR_ARCHIVED,
    }, "HR has security levels: what does not answer may be hidden"


def test_a_fresh_issue_is_no_gap(jira: Site) -> None:
    jira.issue()
    jira.state.fresh_seconds = 20.0
    key = jira.post(
        "issue", {"fields": {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "x"}}
    )["key"]
    found = source(jira)
    assert found.explain_absent([key]) == {}
    found.close()


def test_the_inventory_lists_queues_and_names_what_no_api_lists(jira: Site) -> None:
    jira.issue()
    found = source(jira)
    rows = list(found.inventory())
    found.close()
    kinds = Counter(row.what for row in rows)
    assert kinds["queue"] == 6
    assert kinds["SLA"] == 2
    assert kinds["workflow"] == 3
    queue = next(row for row in rows if row.name == "SUP: All open")
    assert queue.used == 1
    assert "resolution = Unresolved" in queue.note
    assert {"automation rules", "SLA goals and calendars"} <= kinds.keys()


# ---- credentials


def test_absent_issues_are_left_out_and_a_deleted_one_takes_its_parts_along(jira: Site) -> None:
    key = jira.issue()
    id_ = jira.state.issue(key).id
    jira.post(f"issue/{key}/comment", {"body": doc("x")}, 201)
    jira.emulator.clock.advance(60)
    found = source(jira)
    ref = Ref("old", Kind.TICKET, id_)
    assert {wire.ref.kind for wire in found.fetch([ref])} == {Kind.TICKET, Kind.COMMENT}
    jira.delete(f"issue/{key}", None, 204)
    assert list(found.fetch([ref])) == []
    found.close()


# ---- the vendor's documents


@pytest.mark.filterwarnings("ignore:Unsupported scheme type:UserWarning")
def test_every_request_of_a_reading_and_its_answer_are_as_the_documents_say(
    shared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[httpx.Request, httpx.Response]] = []
    send = httpx.Client.send

    def noting(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        response = send(self, request, **more)
        if _is_json(response):
            response.read()
            found.append((request, response))
        return response

    with site("mixed") as jira:
        customer = jira.customer()
        jira.post("/rest/servicedeskapi/servicedesk/1/customer", {"accountIds": [customer]}, 204)
        organization = jira.post("/rest/servicedeskapi/organization", {"name": "Globex"}, 201)
        jira.post(
            f"/rest/servicedeskapi/organization/{organization['id']}/user", {"accountIds": [customer]}, 204
        )
        key = jira.request(customer)
        issue = jira.state.issue(key)
        issue.feedback = {"type": "csat", "rating": 4, "comment": {"body": "quick!"}}
        issue.approvals.append({"id": "7", "name": "Manager", "decision": "pending", "created": issue.created, "approvers": [(jira.agent(), "pending")]})  # fmt: skip
        jira.post(f"issue/{key}/comment", {"body": doc("x")}, 201)
        jira.post(f"issue/{key}/worklog", {"timeSpentSeconds": 60}, 201)
        jira.upload(key)
        jira.post(f"issue/{key}/remotelink", {"object": {"url": "https://x.example", "title": "x"}}, 201)
        jira.emulator.clock.advance(60)
        for path in ("sla", "approval", "feedback"):
            jira.get(
                f"/rest/servicedeskapi/request/{key}/{path}", 200, headers={"X-ExperimentalApi": "opt-in"}
            )
        jira.get("project", 200)
        jira.get("priority", 200)
        reading = source(jira)
        monkeypatch.setattr(httpx.Client, "send", noting)
        reading.check()
        reading.catalog()
        cursors = {stream: read(reading, stream)[1] for stream in reading.streams()}
        jira.delete(f"issue/{jira.issue()}", None, 204)
        for stream, cursor in cursors.items():
            read(reading, stream, cursor)
        list(reading.totals())
        list(reading.inventory())
        reading.explain_absent([key, "SUP-99"])
        wires, _ = read(reading)
        reading.fetch([wire.ref for wire in wires if wire.root is None])
        reading.close()
        monkeypatch.undo()
    from tests.contract.jsm_document_faults import Documents

    known = Documents(shared / "specs")
    complaints = [
        f"{request.method} {request.url.path}: {text}"
        for request, response in found
        for text in (*known.complaints(response), *known.request_complaints(request))
    ]
    assert len(found) > 60
    assert complaints == [], "\n".join(dict.fromkeys(complaints))


def test_images_mentions_and_losses_of_a_text_are_read(jira: Site) -> None:
    key = jira.issue()
    first, second = jira.upload(key, "a.png", b"one"), jira.upload(key, "b.png", b"two")
    media = jira.state.attachments[second["id"]].media
    shown = {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [
        {"type": "media", "attrs": {"id": media, "type": "file", "collection": "", "alt": "b.png"}},
    ]}  # fmt: skip
    mention = {
        "type": "paragraph",
        "content": [{"type": "mention", "attrs": {"id": jira.agent(), "text": "@Ada"}}],
    }
    panel = {"type": "panel", "attrs": {"panelType": "info"}, "content": doc("beware")["content"]}
    body = {"type": "doc", "version": 1, "content": [shown, mention, panel]}
    jira.put(f"issue/{key}", {"fields": {"description": body}}, 204)
    jira.post(f"issue/{key}/comment", {"body": body}, 201)
    jira.emulator.clock.advance(60)
    jira.emulator.ledger.clear()
    found = source(jira)
    wires, _ = read(found)
    asked = Counter(entry.operation for entry in jira.emulator.ledger)
    assert asked["attachment.content"] == 1, "the file of that name is asked for first, and it is enough"
    made = records(found, wires)
    for text in (of_kind(made, "ticket")[0]["body"]["html"], of_kind(made, "comment")[0]["body"]["html"]):
        assert f'data-ref="old:attachment:{second["id"]}"' in text
        assert f'data-person="old:person:{jira.agent()}"' in text
        assert "beware" in text
    catalog = found.catalog()
    told = {finding.code for wire in wires for finding in found.translate(wire, catalog).findings}
    assert told == {"JSM-ADF-PANEL"}
    assert first["id"] != second["id"]
    found.close()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"])
def test_a_delta_reaches_back_far_enough_in_any_zone_also_where_clocks_go_back(
    jira: Site, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JQL takes local times without an offset: in the hour that comes twice each means two moments."""
    reading = source(jira)
    monkeypatch.setattr(reading, "_zone", ZoneInfo(zone))
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for quarter in range(365 * 96):
        since = begin + timedelta(minutes=15 * quarter)
        if since.month not in (3, 4, 10, 11):
            continue
        local = datetime.strptime(reading._local(since.timestamp() - _SAFETY), "%Y-%m-%d %H:%M").replace(
            tzinfo=ZoneInfo(zone)
        )
        moments = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
        assert max(moments) <= since - timedelta(minutes=10)
        assert min(moments) >= since - timedelta(minutes=10, hours=2, seconds=60)
    reading.close()


def _is_json(response: httpx.Response) -> bool:
    """Say whether an answer is one of the API; the bytes of files, and where they lie, are none."""
    kind = response.headers.get("content-type", "")
    return "json" in kind or (not kind and not response.has_redirect_location)


# ---- the archive


def away(jira: Site, *keys: str, back: bool = False) -> None:
    jira.put(f"issue/{'un' if back else ''}archive", {"issueIdsOrKeys": list(keys)}, 200)


def test_an_archived_issue_that_answers_nothing_is_never_called_deleted(jira: Site) -> None:
    keys = [jira.issue() for _ in range(3)]
    jira.emulator.clock.advance(60)
    found = source(jira)
    _, cursor = read(found, "deletions")
    away(jira, keys[1])
    jira.get(f"issue/{keys[1]}", 404)
    assert jira.post("search/approximate-count", {"jql": "project = SUP"}, 200)["count"] == 2
    wires, cursor = read(found, "deletions", cursor)
    assert [(wire.ref.id, wire.gone) for wire in wires] == [(jira.state.keys[keys[1]], True)]
    assert found.explain_absent([keys[1]]) == {keys[1]: Absence.PURGED_OR_ARCHIVED}
    away(jira, keys[1], back=True)
    assert found.explain_absent([keys[1]]) == {}, "it is there again, and the core reads it"
    found.close()


def test_an_archived_issue_that_answers_by_its_id_is_read(jira: Site) -> None:
    """No document of Jira Cloud says whether an archived issue can be read: both hold."""
    jira.state.archive_answers = True
    keys = [jira.issue() for _ in range(3)]
    jira.emulator.clock.advance(60)
    found = source(jira)
    _, cursor = read(found, "deletions")
    away(jira, keys[1])
    assert read(found, "deletions", cursor)[0] == []
    assert found.explain_absent([keys[1]]) == {}
    jira.put(f"issue/{keys[1]}", {"fields": {"summary": "other"}}, 400)
    found.close()


def test_the_archive_refuses_as_documented(jira: Site) -> None:
    parent = jira.issue()
    answer = jira.put("issue/archive", {"issueIdsOrKeys": [parent, "SUP-999"]}, 200)
    assert answer["numberOfIssuesUpdated"] == 1
    assert answer["errors"]["issuesNotFound"]["issueIdsOrKeys"] == ["SUP-999"]
    jira.put("issue/archive", {"issueIdsOrKeys": [parent]}, 400)
    jira.put("issue/archive", {"issueIdsOrKeys": ["SUP-1"] * 1001}, 412)
