"""Every finding of a profile: told of a desk that has the fault, not of one that has not, and gone with its remedy."""

from collections.abc import Callable

import pytest
from tests.unit.mapping.desks import field, named, statuses
from tests.unit.quality.desk import BASE, SmallDesk, blockers, pasted, small_desk

from ticketferry.quality.inspection import CHECKS
from ticketferry.schema.refs import Kind

LONG_AGO = "2024-03-01T10:00:00Z"
Fault = Callable[[SmallDesk], None]


def unused_field(desk: SmallDesk) -> None:
    desk.catalog["fields"] += [field("serial: no. ${x}", "text", name="Serial")]


def unused_option(desk: SmallDesk) -> None:
    desk.catalog["fields"][0]["options"] += [{"value": "never", "name": "Never chosen"}]


def unused_status(desk: SmallDesk) -> None:
    desk.catalog["statuses"] += statuses(("parked", "on_hold", ""))


def unused_group(desk: SmallDesk) -> None:
    desk.put(Kind.GROUP, "2", name="Old team")


def unused_form(desk: SmallDesk) -> None:
    desk.catalog["forms"] = named("Default", "Fax")


def unused_brand(desk: SmallDesk) -> None:
    desk.catalog["brands"] = named("Acme", "Trial")


def rare_tag(desk: SmallDesk) -> None:
    desk.ticket("1", tags=['one "off" ${x}', "both"])
    desk.ticket("2", tags=["both"])


def alike_tags(desk: SmallDesk) -> None:
    for number, tag in enumerate(("In-Voice", "in-voice", "invoice", "in voice", "invoice"), 1):
        desk.ticket(str(number), tags=[tag])


def dead_status(desk: SmallDesk) -> None:
    desk.catalog["statuses"] += statuses(("parked", "on_hold", ""))
    desk.ticket(
        "1",
        status="parked",
        stage="on_hold",
        created=LONG_AGO,
        events=({"time": "2024-03-02T10:00:00Z", "field": "status", "before": "open", "after": "parked"},),
    )


def many_statuses(desk: SmallDesk) -> None:
    desk.catalog["statuses"] += statuses(("working", "in_progress", ""), ("waiting", "in_progress", ""))
    for number in range(10, 32):
        desk.ticket(str(number), status="open")
    for number in range(40, 48):
        desk.ticket(str(number), status="working")
    desk.ticket("50", status="waiting")


def inactive_customer(desk: SmallDesk) -> None:
    desk.person("7", name="Nobody 'Asked'", email="nobody@acme.example")


def gone_agent(desk: SmallDesk) -> None:
    desk.person("8", name="Old Agent", role="agent", state="suspended")
    desk.ticket("1", assignee="acme:person:8")


def spam(desk: SmallDesk) -> None:
    desk.ticket("8", tags=["SPAM", "x"])
    desk.ticket("9", subject="Cheap SEO services for you", tags=["x"])


def tests(desk: SmallDesk) -> None:
    desk.ticket("8", subject="Test 12", says=(("2", "2025-12-30T10:00:00Z", "This is what we try out"),))


def duplicate(desk: SmallDesk) -> None:
    says = (
        ("1", "2025-12-30T10:00:00Z", "The invoice of November is wrong: it has the old address."),
        ("2", "2025-12-30T11:00:00Z", "Mended."),
    )
    desk.ticket("8", subject="Wrong invoice", says=says)
    desk.ticket("9", subject="Wrong invoice!", says=says)


def empty(desk: SmallDesk) -> None:
    desk.ticket(
        "8",
        stage="new",
        status="new",
        subject="(no subject)",
        says=(("1", "2025-12-30T10:00:00Z", "&nbsp;<br>"),),
    )


def wrong_time(desk: SmallDesk) -> None:
    desk.ticket(
        "8", created="2025-12-30T10:00:00Z", solved="2025-12-29T10:00:00Z", stage="resolved", status="solved"
    )


def orphan(desk: SmallDesk) -> None:
    desk.ticket("8", requester="acme:person:404")


def long_subject(desk: SmallDesk) -> None:
    desk.ticket("8", subject="ü" * 300)


def long_text(desk: SmallDesk) -> None:
    desk.ticket(
        "8", says=(("1", "2025-12-30T10:00:00Z", "log " * 9_000), ("2", "2025-12-31T10:00:00Z", "Thanks."))
    )


def large_file(desk: SmallDesk) -> None:
    desk.file("1", "1", name="film.mp4", size=30_000_000)


def risky_file(desk: SmallDesk) -> None:
    desk.file("1", "1", name="Invoice.PDF.exe", size=3)


def missing_file(desk: SmallDesk) -> None:
    desk.file("1", "1", name="scan.pdf", size=3, state="missing")


def says(text: str) -> Fault:
    def fault(desk: SmallDesk) -> None:
        desk.ticket(
            "8", says=(("1", "2025-12-30T10:00:00Z", text), ("2", "2025-12-31T10:00:00Z", "Thank you."))
        )

    return fault


def untriaged(desk: SmallDesk) -> None:
    desk.ticket("8", stage="new", status="new", says=(), created="2025-12-20T10:00:00Z")


def silent_handover(desk: SmallDesk) -> None:
    desk.ticket("8", events=(
        {"time": "2025-12-30T10:01:00Z", "field": "group", "after": "acme:group:1"},
        {"time": "2025-12-30T20:00:00Z", "field": "group", "before": "acme:group:1", "after": "acme:group:9"},
    ))  # fmt: skip


def told_handover(desk: SmallDesk) -> None:
    desk.ticket(
        "8",
        says=(
            ("1", "2025-12-30T10:00:00Z", "It does not print"),
            ("2-", "2025-12-30T19:30:00Z", "For the second line: see above"),
        ),
        events=(
            {"time": "2025-12-30T10:01:00Z", "field": "group", "after": "acme:group:1"},
            {
                "time": "2025-12-30T20:00:00Z",
                "field": "group",
                "before": "acme:group:1",
                "after": "acme:group:9",
            },
        ),
    )


def waiting_as_work(desk: SmallDesk) -> None:
    desk.ticket(
        "8",
        created="2025-12-01T10:00:00Z",
        says=(
            ("1", "2025-12-01T10:00:00Z", "It does not print"),
            ("2", "2025-12-02T10:00:00Z", "Which printer is it?"),
        ),
    )


def unfollowed(desk: SmallDesk) -> None:
    desk.ticket(
        "8",
        stage="pending_customer",
        status="pending",
        created="2025-11-01T10:00:00Z",
        says=(
            ("1", "2025-11-01T10:00:00Z", "It does not print"),
            ("2", "2025-11-02T10:00:00Z", "Which printer is it?"),
        ),
    )


def unexplained(desk: SmallDesk) -> None:
    desk.ticket(
        "8",
        stage="resolved",
        status="solved",
        says=(("1", "2025-12-30T10:00:00Z", "It does not print"), ("2-", "2025-12-30T11:00:00Z", "done")),
    )


def reopened(desk: SmallDesk) -> None:
    steps = (("open", "solved", "30T11"), ("solved", "open", "30T13"))
    desk.ticket(
        "8",
        events=tuple(
            {"time": f"2025-12-{at}:00:00Z", "field": "status", "before": before, "after": after}
            for before, after, at in steps
        ),
    )


FAULTS: dict[str, Fault] = {
    "Q101": unused_field, "Q102": unused_option, "Q103": unused_status, "Q104": unused_group, "Q105": unused_form, "Q106": unused_brand,
    "Q107": rare_tag, "Q108": alike_tags, "Q109": dead_status, "Q110": many_statuses, "Q201": inactive_customer, "Q202": gone_agent,
    "Q301": spam, "Q302": tests, "Q303": duplicate, "Q304": empty, "Q305": wrong_time, "Q306": orphan, "Q307": long_subject,
    "Q308": long_text, "Q401": says("Herr MÃ¼ller aus KÃ¶ln schreibt"), "Q402": says("Bonjour, je ne peux pas ouvrir le document et la page est vide"),
    "Q403": large_file, "Q404": risky_file, "Q405": missing_file, "Q501": says("my account is DE89 3704 0044 0532 0130 00"),
    "Q502": says("my card is <strong>4111</strong> 1111 1111 1111"), "Q503": says("password: hunter22"), "Q504": says("mail to me@home.example"),
    "Q505": says("call +49 30 1234567"), "Q601": untriaged, "Q602": silent_handover, "Q603": waiting_as_work, "Q604": unfollowed,
    "Q605": unexplained, "Q606": reopened,
}  # fmt: skip
COUNTS = {"Q108": 3, "Q301": 2}
WITH_LINES = (
    "Q101", "Q107", "Q108", "Q110", "Q301", "Q302", "Q303", "Q304", "Q307", "Q401", "Q403", "Q404", "Q501", "Q502", "Q503", "Q504", "Q505",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    with small_desk(tmp_path / "source.db") as made:
        yield made


def test_every_check_is_tried_here():
    assert list(FAULTS) == [check.code for check in CHECKS]


def test_a_desk_with_nothing_wrong_is_told_nothing(desk):
    desk.finish()
    assert [(row.code, row.samples) for row in desk.profile(BASE).quality] == []
    assert desk.profile(BASE, mapped=True).quality == []


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_is_found_and_counted(desk, code):
    FAULTS[code](desk)
    desk.finish()
    found = {row.code: row for row in desk.profile().quality}
    row = found[code]
    assert row.count == COUNTS.get(code, 1)
    assert 0 < row.share <= 1
    assert row.share == row.count / row.of
    assert row.samples
    assert row.remedy.words


@pytest.mark.parametrize("code", WITH_LINES)
def test_a_pasted_remedy_is_accepted_and_removes_the_finding(desk, code):
    FAULTS[code](desk)
    desk.finish()
    assert blockers(BASE, desk.catalog) == []
    assert code in {row.code for row in desk.profile(BASE, mapped=True).quality}, "gone without its remedy"
    remedy = {row.code: row for row in desk.profile(BASE).quality}[code].remedy
    better = pasted(BASE, remedy)
    assert blockers(better, desk.catalog) == []
    assert code not in {row.code for row in desk.profile(better, mapped=True).quality}, better


def test_what_has_no_lines_says_who_decides(desk):
    for code, fault in FAULTS.items():
        if code not in WITH_LINES:
            fault(desk)
    desk.finish()
    for row in desk.profile(BASE).quality:
        if row.code not in WITH_LINES:
            assert not row.remedy.lines
            assert len(row.remedy.words) > 40, row.code


def test_a_handover_with_a_note_is_none_without(desk):
    told_handover(desk)
    desk.finish()
    assert "Q602" not in {row.code for row in desk.profile().quality}


def test_what_left_the_desk_is_not_looked_at(desk):
    desk.ticket(
        "8", stage="deleted", status="deleted", says=(("1", "2025-12-30T10:00:00Z", "password: hunter22"),)
    )
    desk.ticket("9", stage="spam", status="spam", tags=["spam"])
    desk.finish()
    assert desk.profile().quality == []


def test_samples_never_show_what_is_personal(desk):
    for code in ("Q501", "Q502", "Q503", "Q504", "Q505"):
        FAULTS[code](desk)
    desk.finish()
    for row in desk.profile().quality:
        told = repr(row)
        for secret in ("DE89", "4111", "hunter22", "home.example", "1234567"):
            assert secret not in told


def test_a_ticket_that_a_plan_would_put_into_quarantine_is_not_moved(desk):
    desk.ticket("8", says=(("1", "2025-12-30T10:00:00Z", "not in <blink>the</blink> subset"),))
    desk.finish()
    assert desk.profile(BASE).tickets == 6
    assert (
        desk.profile(
            f"{BASE}clean:\n  - {{id: x, when: always, redact: {{patterns: [iban]}}, because: x}}\n",
            mapped=True,
        ).tickets
        == 5
    )


@pytest.mark.parametrize(
    "times",
    [{"updated": "yesterday"}, {"created": "2025-12-30T10:00:00+02:00"}, {"updated": "2027-01-01T00:00:00Z"}],
)
def test_times_that_cannot_be_are_told(desk, times):
    desk.ticket("8", **times)
    desk.finish()
    assert [row.count for row in desk.profile().quality if row.code == "Q305"] == [1]


def test_a_ticket_in_no_phase_is_not_moved(desk):
    desk.finish()
    phases = f"{BASE}phases:\n  - {{name: open, where: {{status: [new, open]}}}}\n"
    assert desk.profile(phases).tickets == 5
    assert desk.profile(phases, mapped=True).tickets == 2
