"""A part of a Zendesk record that cannot be read: believed to be gone after a second witness only, else held and read again."""

from contextlib import contextmanager

import pytest
from tests.connectors.answers import answering
from tests.connectors.zendesk.reading import DESK, reading, source_on

from ticketferry.errors import AuthError, FatalError, RetryableError
from ticketferry.extract.snapshot import extract
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.snapshots import Snapshots
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.kit.messages import Answer
from ticketferry_zendesk import CONNECTOR


@contextmanager
def workspace(folder):
    folder.mkdir(parents=True, exist_ok=True)
    snapshots = Snapshots(folder / "source.db", DESK)
    try:
        yield snapshots
    finally:
        snapshots.close()


def extracted(emulator, folder, **options):
    more = {name: options.pop(name) for name in ("retry",) if name in options}
    source = source_on(emulator, **{"history": "thorough", "page_size": 40, **options})
    try:
        with workspace(folder) as snapshots:
            return extract(source, CONNECTOR, snapshots, emulator.clock, crosscheck=True, **more)
    finally:
        source.close()


def parts(folder, number, kind=Kind.TICKET):
    with workspace(folder) as snapshots:
        return len(snapshots.root(Ref(DESK, kind, str(number)), snapshots.latest().number))


@pytest.fixture
def emulator():
    with reading(ManualClock(), tickets=30, plan=None) as (_, emulator):
        yield emulator


@pytest.fixture
def answers(monkeypatch, emulator):
    return answering(monkeypatch, emulator, "/api/v2")


def conversation(emulator):
    """A living ticket with a thread."""
    return next(
        number
        for number in emulator.state.heads
        if emulator.state.live(number) and len(emulator.state.case(number).audits) > 3
    )


@pytest.mark.parametrize("status", [403, 404, 422, 500])
def test_a_living_ticket_whose_history_is_refused_is_held_and_never_an_empty_shell(
    emulator, answers, tmp_path, status
):
    number = conversation(emulator)
    answers[f"/tickets/{number}/audits"] = [status]
    done = extracted(emulator, tmp_path)
    (held,) = done.quarantine
    assert held.root == Ref(DESK, Kind.TICKET, str(number))
    assert held.cause.startswith("its history: ")
    answers.clear()
    again = extracted(emulator, tmp_path, retry=True)
    assert again.quarantine == []
    assert parts(tmp_path, number) > 3


def test_a_history_that_is_refused_once_comes_with_the_same_extract(emulator, answers, tmp_path):
    number = conversation(emulator)
    answers[f"/tickets/{number}/audits"] = [404, None]
    assert extracted(emulator, tmp_path).quarantine == []
    assert parts(tmp_path, number) > 3


def test_what_was_read_before_stays_when_a_history_is_refused_later(emulator, answers, tmp_path):
    number = conversation(emulator)
    extracted(emulator, tmp_path)
    before = parts(tmp_path, number)
    answers[f"/tickets/{number}/audits"] = [403]
    emulator.state.touch_ticket(number)
    emulator.clock.advance(200)
    extracted(emulator, tmp_path)
    assert parts(tmp_path, number) == before > 3


def test_a_ticket_that_two_answers_do_not_show_is_gone(emulator, answers, tmp_path):
    number = conversation(emulator)
    answers[f"/tickets/{number}/audits"] = [404]
    answers[f"/tickets/{number}"] = [404]
    assert extracted(emulator, tmp_path).quarantine == []
    assert parts(tmp_path, number) == 0


def test_a_desk_that_answers_nothing_any_more_ends_the_run_and_holds_nobody(emulator, tmp_path):
    emulator.faults.add(Fault("status_before", match="*/audits*", times=None, status=500))
    emulator.faults.add(Fault("status_before", match="/api/v2/tickets/*", times=None, status=500))
    emulator.faults.add(Fault("status_before", match="/api/v2/users/me*", times=None, status=500))
    with pytest.raises(RetryableError):
        extracted(emulator, tmp_path)


@pytest.mark.parametrize("history", ["thorough", "events"])
def test_a_ticket_that_shows_fewer_comments_than_the_desk_counts_is_held(
    emulator, monkeypatch, tmp_path, history
):
    from ticketferry_emulators.zendesk.responses import exports

    number = conversation(emulator)
    original = exports.with_metric_sets

    def one_more(state, call, tickets):
        rows = original(state, call, tickets)
        return [
            {**row, "comment_count": row["comment_count"] + 1}
            if row["id"] == number and "comment_count" in row
            else row
            for row in rows
        ]

    monkeypatch.setattr(exports, "with_metric_sets", one_more)
    done = extracted(emulator, tmp_path, history=history)
    (held,) = done.quarantine
    assert held.root.id == str(number)
    assert "the desk counts" in held.cause


@pytest.mark.parametrize("status", [403, 404])
def test_identities_that_are_refused_hold_the_person(emulator, answers, status):
    source = source_on(emulator)
    number = next(iter(emulator.state.lists["users"]))
    answers[f"/users/{number}/identities"] = [status]
    try:
        (wire, *_) = source._with_identities([{"id": number, "active": True}], None)
    finally:
        source.close()
    assert wire.unread.startswith("the identities: ")


# ---- the set-up ------------------------------------------------------------------------------------------------------

LISTS = [
    ("/brands", "brands"),
    ("/ticket_forms", "forms"),
    ("/custom_statuses", "custom_statuses"),
]


@pytest.mark.parametrize(("path", "name"), LISTS)
def test_a_list_of_the_set_up_that_is_not_there_once_is_asked_for_again(
    emulator, answers, tmp_path, path, name
):
    answers[path] = [404, None]
    extracted(emulator, tmp_path)
    with workspace(tmp_path) as snapshots:
        found = snapshots.catalog(snapshots.latest().catalog)
    assert found["native"]["lists"][path[1:]] > 0
    assert found["statuses" if name == "custom_statuses" else name]


@pytest.mark.parametrize(("path", "name"), LISTS)
def test_a_list_that_was_there_before_and_is_not_now_stops_the_extract(
    emulator, answers, tmp_path, path, name
):
    extracted(emulator, tmp_path)
    answers[path] = [404]
    with pytest.raises(FatalError, match=f"none of its {name.replace('_', ' ')}"):
        extracted(emulator, tmp_path)


@pytest.mark.parametrize(("path", "name"), LISTS)
def test_a_list_that_may_not_be_read_names_the_missing_right(emulator, answers, tmp_path, path, name):
    answers[path] = [403]
    with pytest.raises(AuthError, match=f"may not read the {path[1:].replace('_', ' ')}") as caught:
        extracted(emulator, tmp_path)
    assert f"without: [{path[1:]}]" in caught.value.remedy
    extracted(emulator, tmp_path, without=(path[1:],))
    with workspace(tmp_path) as snapshots:
        assert snapshots.latest() is not None, f"read without {name}"


@pytest.mark.parametrize("body", [{}, {"brands": None}, [], None, {"brands": ["x"]}])
def test_a_malformed_list_is_an_error_and_no_empty_list(emulator, answers, tmp_path, body):
    answers["/brands"] = [Answer(200, body)]
    with pytest.raises(RetryableError, match="the answer"):
        extracted(emulator, tmp_path)
    answers["/brands"] = [Answer(200, body), None]
    assert extracted(emulator, tmp_path).snapshot.digest


def test_a_plan_without_a_list_says_so_in_the_options(emulator, answers, tmp_path):
    answers["/slas/policies"] = [403]
    source = source_on(emulator, without=("sla_policies",))
    try:
        assert source.catalog()["sla_policies"] == []
    finally:
        source.close()


def test_a_ticket_that_goes_on_lacking_comments_is_held_by_every_extract(emulator, monkeypatch, tmp_path):
    from ticketferry_emulators.zendesk.responses import exports

    number = conversation(emulator)
    original = exports.with_metric_sets
    monkeypatch.setattr(
        exports,
        "with_metric_sets",
        lambda state, call, tickets: [
            {**row, "comment_count": 99} if row["id"] == number and "comment_count" in row else row
            for row in original(state, call, tickets)
        ],
    )
    import ticketferry_emulators.zendesk.responses.tickets as routes

    if hasattr(routes, "with_metric_sets"):
        monkeypatch.setattr(routes, "with_metric_sets", exports.with_metric_sets)
    for more in ({}, {}, {"retry": True}):
        done = extracted(emulator, tmp_path, **more)
        assert [one.root.id for one in done.quarantine] == [str(number)], more


# ---- answers of a broken proxy ---------------------------------------------------------------------------------------


def test_the_history_of_another_ticket_is_not_taken_for_this_ones(emulator, answers, tmp_path):
    one, other = [number for number in emulator.state.heads if emulator.state.live(number)][:2]
    strange = Answer(200, {"audits": [emulator.state.case(other).audits[0]], "meta": {"has_more": False}})
    answers[f"/tickets/{one}/audits"] = [strange]
    (held,) = extracted(emulator, tmp_path).quarantine
    assert held.root.id == str(one)
    assert f"tells of {other}, which was not asked for" in held.cause
    answers[f"/tickets/{one}/audits"] = [strange, None]
    assert extracted(emulator, tmp_path, retry=True).quarantine == []


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/brands", "brands"),
        ("/group_memberships", "group_memberships"),
        ("/incremental/tickets/cursor", "tickets"),
    ],
)
def test_a_list_that_goes_in_circles_ends_with_an_error(emulator, answers, tmp_path, path, key):
    turn = iter(range(10**9))

    first = []

    def again(call, truth):
        if not first:
            first.append(truth().body[key][:1] or [{"id": 1, "name": "x"}])
        more = {"meta": {"has_more": True, "after_cursor": f"c{next(turn) % 3}"}}
        export = {"end_of_stream": False, "after_cursor": f"c{next(turn)}"}
        return Answer(200, {key: first[0], **more, **export})

    answers[path] = [again]
    with pytest.raises(FatalError, match="same page again and again"):
        extracted(emulator, tmp_path)
