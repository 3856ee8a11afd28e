"""The neutral target beyond the contract: marks, exact undo, refusals, crashes inside a batch."""

import copy
from dataclasses import replace

import pytest

from ticketferry.sdk import From, Kind, Outcome, Ref, Repeat, Session, Severity, UnknownOutcomeError
from ticketferry.testing import Driver, FaultyTarget, InjectedLoss, Killed, MemoryBlobs, hostile_records
from ticketferry_neutral import CONNECTOR
from ticketferry_neutral.files import state
from ticketferry_neutral.options import NeutralOptions
from ticketferry_neutral.source import NeutralSource
from ticketferry_neutral.target import NeutralTarget


@pytest.fixture
def session():
    return Session(desk="new", origin="acme", workspace="w1", blobs=MemoryBlobs())


@pytest.fixture
def target(tmp_path, session):
    return NeutralTarget(NeutralOptions(folder=tmp_path / "desk"), session)


@pytest.fixture
def driver(target, session):
    return Driver(target, CONNECTOR, session)


def create(driver, records=None):
    compiled = [driver.compile(Outcome.CREATE, record) for record in records or hostile_records()]
    return driver.apply([operation for each in compiled for operation in each.operations])


def by_ref(records, ref):
    return next(copy.deepcopy(record) for record in records if record["ref"] == ref)


def test_the_whole_desk_comes_out_as_it_went_in(driver, tmp_path):
    create(driver)
    found = state(tmp_path / "desk", by_origin=True)
    for record in hostile_records():
        kind = record["ref"].split(":")[1]
        written = found[kind][record["ref"]]
        parts = ("comments", "events", "attachments", "worklogs", "links", "identities")
        assert {key: value for key, value in record.items() if key not in parts}.items() <= written.items()
        for name, part_kind in (
            ("comments", "comment"),
            ("attachments", "attachment"),
            ("worklogs", "worklog"),
        ):
            for part in record.get(name, ()):
                assert part.items() <= found[part_kind][part["ref"]].items()
        assert sorted(map(str, record.get("links", []))) == sorted(map(str, written.get("links", [])))


def test_refs_inside_texts_point_into_the_new_desk(driver, tmp_path):
    create(driver)
    image = driver.slots["acme:attachment:903"]["id"]
    comment = state(tmp_path / "desk")["comment"][driver.slots["acme:comment:104"]["id"]]
    assert f'data-ref="new:attachment:{image}"' in comment["body"]["html"]
    assert "acme:" not in comment["body"]["html"]


def test_what_nothing_in_the_case_names_keeps_its_source_name_in_texts(driver):
    html = (
        '<p><a href="#7" data-ticket="acme:ticket:7">#7</a> <span data-person="acme:person:99">@x</span></p>'
    )
    comment = {"ref": "acme:comment:1", "public": True, "body": {"html": html}}
    compiled = driver.compile(Outcome.CREATE, {"ref": "acme:ticket:1", "subject": "x", "comments": [comment]})
    assert [operation.endpoint for operation in compiled.operations] == ["ticket.create", "comment.create"]
    driver.apply(compiled.operations)
    assert driver.read("acme:ticket:1")["comments"][0]["body"]["html"] == html


def test_a_side_conversation_bears_its_mark_and_who_spoke_is_named_as_in_the_new_desk(driver, tmp_path):
    create(driver)
    conversation = {
        "ref": "acme:side_conversation:9",
        "subject": "Parcel?",
        "messages": [
            {"ref": "acme:comment:91", "author": "acme:person:1", "public": False, "body": {"html": "<p>where</p>"}},
            {"ref": "acme:comment:92", "author": "acme:person:99", "public": False, "body": {"html": "<p>on its way</p>"}},
        ],
    }  # fmt: skip
    ticket = {
        "ref": "acme:ticket:9",
        "subject": "x",
        "requester": "acme:person:1",
        "side_conversations": [conversation],
    }
    create(driver, [ticket])
    written = state(tmp_path / "desk", by_origin=True)["side_conversation"]["acme:side_conversation:9"]
    assert written["subject"] == "Parcel?"
    person = driver.slots["acme:person:1"]["id"]
    spoke = state(tmp_path / "desk")["side_conversation"]["1"]["messages"]
    assert [row["author"] for row in spoke] == [f"new:person:{person}", "acme:person:99"]


def test_undo_of_an_update_leaves_the_folder_as_it_was(driver, tmp_path):
    create(driver)
    before = state(tmp_path / "desk")
    current = driver.read("acme:ticket:101")
    changed = by_ref(hostile_records(), "acme:ticket:101")
    changed |= {"subject": "x", "tags": [], "assignee": "acme:person:2", "fields": {"A": "1"}}
    dropped = changed["comments"].pop(1)
    changed["comments"][0]["body"] = {"html": "<p>edited</p>"}
    changed["comments"].append({**dropped, "ref": "acme:comment:777"})
    changed["events"] = [
        *changed["events"][:2],
        {"ref": "acme:event:50", "time": "2025-01-01T00:00:00Z", "type": "changed"},
    ]
    changed["links"] = [{"type": "relates", "to": "acme:ticket:103"}]
    fields = [
        "subject", "tags", "assignee", 'fields["A"]', f"comments[{dropped['ref']}]", "comments[acme:comment:777]",
        "comments[acme:comment:101]", "links[relates:acme:ticket:102:0]", "links[relates:acme:ticket:103:0]",
    ]  # fmt: skip
    compiled = driver.compile(Outcome.UPDATE, changed, current, fields)
    done = driver.apply(compiled.operations)
    assert state(tmp_path / "desk") != before
    driver.apply(driver.target.undo(done, current).operations)
    assert state(tmp_path / "desk") == before


def test_undo_of_everything_leaves_an_empty_desk(driver, tmp_path):
    done = create(driver)
    for lane in reversed(list(dict.fromkeys(operation.lane for operation, _ in done))):
        pairs = [pair for pair in done if pair[0].lane == lane]
        driver.apply(driver.target.undo(pairs, None).operations)
    assert state(tmp_path / "desk") == {}


def test_only_the_fields_that_moved_are_written(driver):
    create(driver, [{"ref": "acme:ticket:1", "subject": "a", "fields": {"A": "1", "B": "2"}}])
    driver.target.write(
        next(endpoint for endpoint in driver.target.endpoints if endpoint.name == "ticket.update"),
        [replace(_edit("1"), body={"set": {"priority": "High"}, "fields": {"B": "by a person"}})],
    )
    desired = {"ref": "acme:ticket:1", "subject": "b", "fields": {"A": "9", "B": "2"}}
    compiled = driver.compile(
        Outcome.UPDATE, desired, driver.read("acme:ticket:1"), ["subject", 'fields["A"]']
    )
    driver.apply(compiled.operations)
    seen = driver.read("acme:ticket:1")
    assert (seen["subject"], seen["fields"], seen["priority"]) == (
        "b",
        {"A": "9", "B": "by a person"},
        "High",
    )


def _edit(id_):
    from ticketferry.sdk import Operation

    ref = Ref("acme", Kind.TICKET, "1")
    return Operation("by hand", ref, "ticket.update", {"id": id_}, {}, ref)


def test_a_matched_account_is_not_written(driver):
    person = by_ref(hostile_records(), "acme:person:1")
    compiled = driver.compile(Outcome.MATCH, person, {**person, "name": "other"})
    assert list(compiled.operations) == []
    assert compiled.expected == {"ref": "acme:person:1"}
    fates = {fate.path: fate.disposition.value for fate in compiled.fates}
    assert (fates["email"], fates["name"]) == ("carried", "dropped_by_rule")


def test_people_of_the_target_are_named_directly(driver):
    record = {"ref": "acme:ticket:1", "subject": "x", "requester": "new:person:5"}
    operation = driver.compile(Outcome.CREATE, record).operations[0]
    assert operation.body["record"]["requester"] == "new:person:5"


def test_reading_a_target_gives_tickets_with_a_mark_only(driver, target, tmp_path):
    *roots, ticket = hostile_records()[:7]
    create(driver, [*roots, {**ticket, "links": []}])
    with target.folder.writing("new") as writer:
        writer.put(Kind.TICKET, "900", {"ref": "new:ticket:900", "subject": "by a person"})
        comment = {"ref": "new:comment:900", "public": True}
        writer.put(Kind.COMMENT, "900", comment, root=(Kind.TICKET, "900"))
        writer.put(Kind.PERSON, "900", {"ref": "new:person:900", "name": "Ina"})
    ids = {
        wire.ref for stream in target.streams() for page in target.read(stream, None) for wire in page.records
    }
    assert Ref("new", Kind.PERSON, "900") in ids
    assert Ref("new", Kind.TICKET, "900") not in ids
    assert Ref("new", Kind.COMMENT, "900") not in ids
    assert target.count("ticket") == 1
    assert target.count("comment") == 6
    whole = NeutralSource(NeutralOptions(folder=tmp_path / "desk"), Session("new"))
    assert whole.count("ticket") == 2


def test_marks_of_another_workspace_are_a_blocker(driver, tmp_path):
    create(driver, hostile_records()[:3])
    other = NeutralTarget(NeutralOptions(folder=tmp_path / "desk"), Session("new", "acme", "w2"))
    found = [finding for finding in other.check() if finding.severity is Severity.BLOCKER]
    assert [finding.code for finding in found] == ["NF-MARK"]
    assert "w1" in found[0].message
    assert "w2" in found[0].message
    assert not [finding for finding in driver.target.check() if finding.severity is Severity.BLOCKER]


def test_planning_needs_no_folder(target):
    assert target.catalog() == {"desk": "new", "product": "neutral"}
    assert [finding.severity for finding in target.check()] == [Severity.INFO]
    assert [len(page.records) for stream in target.streams() for page in target.read(stream, None)] == [
        0
    ] * 11


@pytest.mark.parametrize("fault", ["absent", "other bytes"])
def test_bytes_that_are_not_there_or_not_right_refuse_the_attachment_alone(tmp_path, fault):
    files = {} if fault == "absent" else {"a" * 64: b"other"}
    session = Session("new", "acme", blobs=MemoryBlobs(files))
    target = NeutralTarget(NeutralOptions(folder=tmp_path / "desk"), session)
    driver = Driver(target, CONNECTOR, session)
    attachment = {"ref": "acme:attachment:1", "name": "x.txt", "sha256": "a" * 64}
    compiled = driver.compile(
        Outcome.CREATE, {"ref": "acme:ticket:1", "subject": "x", "attachments": [attachment]}
    )
    create_, add = compiled.operations
    driver.send([create_])
    result = driver.send([add])[0]
    assert result.status == "rejected"
    assert (result.error.code, result.error.subject) == ("NF-BLOB", Ref("acme", Kind.ATTACHMENT, "1"))
    assert "attachment" not in state(tmp_path / "desk")


def test_a_record_that_the_schema_does_not_hold_is_refused_alone(driver):
    good = driver.compile(Outcome.CREATE, {"ref": "acme:ticket:1", "subject": "x"}).operations[0]
    bad = driver.compile(Outcome.CREATE, {"ref": "acme:ticket:2", "subject": 5}).operations[0]
    results = driver.send([bad, good])
    assert [result.status for result in results] == ["rejected", "done"]
    assert "subject" in results[0].error.message


def test_twins_of_one_mark_are_a_doubt(driver):
    operation = driver.compile(Outcome.CREATE, {"ref": "acme:ticket:1", "subject": "x"}).operations[0]
    first = driver.send([operation])[0].gives["id"]
    driver.send([operation])
    found = driver.target.find([driver.resolved(operation)], {})[0]
    assert (found.status, found.gives["id"], found.error.severity) == ("done", first, Severity.DOUBT)


def test_a_batch_that_was_lost_half_way_is_told_apart(driver):
    tickets = [{"ref": f"acme:ticket:{number}", "subject": str(number)} for number in range(1, 21)]
    batch = [driver.compile(Outcome.CREATE, ticket).operations[0] for ticket in tickets]
    endpoint = next(endpoint for endpoint in driver.target.endpoints if endpoint.name == "ticket.create")
    assert (endpoint.batch, endpoint.repeat) == (20, Repeat.FIND)
    faulty = FaultyTarget(driver.target, [InjectedLoss("after", items=7)])
    with pytest.raises(UnknownOutcomeError):
        faulty.write(endpoint, batch)
    assert [result.status for result in faulty.find(batch, {})] == ["done"] * 7 + ["absent"] * 13


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_write_and_going_on_gives_the_same_desk(tmp_path, session, when):
    """The loop that apply runs, in small: find what is unknown, send again what is absent."""
    plain = NeutralTarget(NeutralOptions(folder=tmp_path / "plain"), session)
    total = len(create(Driver(plain, CONNECTOR, session)))
    for number in range(0, total, 3):
        folder = tmp_path / f"killed-{number}"
        faulty = FaultyTarget(
            NeutralTarget(NeutralOptions(folder=folder), session), [InjectedLoss(when, "killed", skip=number)]
        )
        driver = Driver(faulty, CONNECTOR, session)
        _apply_surely(driver, faulty)
        assert faulty.pending == 0
        assert state(folder, by_origin=True) == state(tmp_path / "plain", by_origin=True)


def _apply_surely(driver, faulty):
    send = driver.send

    def surely(batch):
        try:
            return send(batch)
        except Killed:
            found = faulty.find([driver.resolved(operation) for operation in batch], {})
            if found[0].status == "done":
                driver.slots.setdefault(str(batch[0].subject), {}).update(found[0].gives)
                return found
            return send(batch)

    driver.send = surely
    create(driver)


def test_numbers_are_never_given_twice(driver):
    create(driver, [{"ref": "acme:ticket:1", "subject": "a"}])
    done = create(driver, [{"ref": "acme:ticket:2", "subject": "b"}])
    driver.apply(driver.target.undo(done, None).operations)
    create(driver, [{"ref": "acme:ticket:3", "subject": "c"}])
    assert driver.slots["acme:ticket:3"]["id"] == "3"


def test_history_is_replaced_as_a_whole_and_keeps_the_numbers_of_what_stays(driver, tmp_path):
    events = [
        {"ref": f"acme:event:{each}", "time": "2024-01-01T00:00:00Z", "type": f"step {each}"}
        for each in (1, 2, 3)
    ]
    ticket = {"ref": "acme:ticket:1", "subject": "a", "events": events}
    create(driver, [ticket])
    moved = {
        **ticket,
        "subject": "b",
        "events": [events[0], events[2], {**events[1], "ref": "acme:event:9", "type": "new"}],
    }
    compiled = driver.compile(Outcome.UPDATE, moved, driver.read("acme:ticket:1"), ["subject"])
    driver.apply(compiled.operations)
    assert sorted(state(tmp_path / "desk")["event"]) == ["1", "3", "4"]


def test_what_a_plan_waits_for_is_symbolic(driver):
    ticket = by_ref(hostile_records(), "acme:ticket:102")
    operations = driver.compile(Outcome.CREATE, ticket).operations
    link = next(operation for operation in operations if operation.endpoint == "link.add")
    assert link.body["link"]["to"].parts == ("new:ticket:", From(Ref("acme", Kind.TICKET, "103")))


def test_the_settling_time_is_the_options(tmp_path, session):
    target = NeutralTarget(NeutralOptions(folder=tmp_path, settle=60), session)
    assert target.limits.settle_seconds == 60


def test_a_folder_that_was_a_target_is_a_source_without_its_marks(driver, tmp_path):
    create(driver)
    desk = NeutralSource(NeutralOptions(folder=tmp_path / "desk"), Session("second"))
    wires = [wire for stream in desk.streams() for page in desk.read(stream, None) for wire in page.records]
    assert len(wires) > 20
    for wire in wires:
        done = desk.translate(wire, desk.catalog())
        assert "origin" not in done.records[0]
        assert done.records[0]["ref"].startswith("second:")
        assert done.trace.get("origin", "=").startswith("=")


def test_an_actor_of_the_history_points_into_the_new_desk(driver, tmp_path):
    create(driver)
    actors = {event["actor"] for event in state(tmp_path / "desk")["event"].values()}
    assert all(actor.startswith("new:person:") for actor in actors)
