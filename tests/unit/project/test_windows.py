"""When writes may happen: weekly spans, blackouts, the change of the clock; what an apply does at their ends, and what a plan says of them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.flow.migrations import write_desk, write_project
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.errors import ConfigError, WaitingError, WindowOverError
from ticketferry.mapping.yaml_document import Document
from ticketferry.project import Project, load_config, stages
from ticketferry.project.windows import WriteWindows, read_windows
from ticketferry.sdk.pacing import SystemClock

WEEKEND = {"zone": "Europe/Berlin", "open": ["Fri 18:00 - Mon 06:00"]}


def windows(data: dict) -> WriteWindows:
    document = Document("migration.yaml")
    found = read_windows(data, ("windows",), document)
    assert not document.problems, document.problems
    assert found is not None
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-12-04T16:59:59", "window opens Fri 4 Dec 18:00"),
        ("2026-12-04T17:00:00", "window ends Mon 7 Dec 06:00"),
        ("2026-12-06T23:30:00", "window ends Mon 7 Dec 06:00"),
        ("2026-12-07T04:59:59", "window ends Mon 7 Dec 06:00"),
        ("2026-12-07T05:00:00", "window opens Fri 11 Dec 18:00"),
    ],
)
def test_a_weekend_is_open_from_friday_evening_to_monday_morning_by_the_clock_of_its_zone(
    moment: str, told: str
) -> None:
    assert windows(WEEKEND).told(at(moment)) == told


def test_over_the_change_of_the_clock_the_wall_clock_counts() -> None:
    weekend = windows(WEEKEND)
    # Summer time begins on 29 March 2026 and ends on 25 October 2026 in Berlin.
    spring, autumn = weekend.current(at("2026-03-28T12:00:00")), weekend.current(at("2026-10-24T12:00:00"))
    assert spring is not None
    assert autumn is not None
    assert spring.seconds == 59 * 3600
    assert autumn.seconds == 61 * 3600
    night = windows({"zone": "Europe/Berlin", "open": ["Sun 02:00 - Sun 03:00"]})
    twice = night.current(at("2026-10-25T00:30:00"))
    assert twice is not None
    assert twice.seconds == 2 * 3600, "from the first 02:00 to the one 03:00"


def test_a_blackout_closes_what_is_open_and_spans_that_touch_are_one() -> None:
    dark = windows({**WEEKEND, "blackout": ["2026-12-05", "2026-12-06 10:00 - 2026-12-06 12:00"]})
    left = [
        (dark.shown(span.begin), dark.shown(span.end)) for span in dark.from_now(at("2026-12-04T12:00:00"))
    ][:3]
    assert left == [
        ("Fri 4 Dec 18:00", "Sat 5 Dec 00:00"),
        ("Sun 6 Dec 00:00", "Sun 6 Dec 10:00"),
        ("Sun 6 Dec 12:00", "Mon 7 Dec 06:00"),
    ]
    joined = windows(
        {"zone": "UTC", "open": ["Mon 00:00 - Mon 24:00", "Tue 00:00 - Tue 12:00", "Mon 20:00 - Tue 02:00"]}
    )
    span = joined.current(at("2026-12-01T01:00:00"))
    assert span is not None
    assert (span.begin, span.end) == (at("2026-11-30T00:00:00"), at("2026-12-01T12:00:00"))


def test_what_does_not_go_into_one_window_takes_several() -> None:
    nights = windows({"zone": "UTC", "open": ["Mon 22:00 - Tue 02:00", "Tue 22:00 - Wed 02:00"]})
    one = nights.fit(at("2026-11-30T12:00:00"), 3 * 3600)
    assert (one.count, one.open_now, one.end) == (1, False, at("2026-12-01T01:00:00"))
    two = nights.fit(at("2026-11-30T23:00:00"), 3 * 3600)
    assert (two.count, two.open_now) == (2, True)
    assert two.end == at("2026-12-01T22:01:00"), "three hours less a minute in the first"
    assert nights.fit(at("2026-11-30T12:00:00"), 1e9).end is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("windows: weekend", "is written {zone"),
        ("windows: {zone: Mars/Base, open: [Fri 18:00 - Mon 06:00]}", "there is no time zone `Mars/Base`"),
        ("windows: {open: [Fri 18:00 - Mon 06:00]}", "`windows.zone` is wanted"),
        ("windows: {zone: UTC, open: [Friday evening]}", "is no weekly span"),
        ("windows: {zone: UTC, open: [Fri 18:00 - Mon 25:00]}", "is no weekly span"),
        ("windows: {zone: UTC}", "says when writes may happen"),
        ("windows: {zone: UTC, open: [Fri 18:00 - Mon 06:00], blackout: [soon]}", "is no span"),
        (
            "windows: {zone: UTC, open: [Fri 18:00 - Mon 06:00], blackout: [2026-12-26 - 2026-12-24]}",
            "ends before it begins",
        ),
        ("windows: {zone: UTC, opens: [Fri 18:00 - Mon 06:00]}", "did you mean `open`"),
    ],
)
def test_windows_that_nobody_understands_are_refused_where_they_stand(
    tmp_path: Path, written: str, said: str
) -> None:
    root = write_project(tmp_path / "p", tmp_path / "a", tmp_path / "b")
    with (root / "migration.yaml").open("a") as file:
        file.write(f"{written}\n")
    with pytest.raises(ConfigError) as refused:
        load_config(root)
    assert said in refused.value.message
    assert "migration.yaml:6:" in refused.value.message


class Turned(SystemClock):
    """Stands still but for what is slept, and `tick` seconds with every question what time it is."""

    def __init__(self, now: datetime) -> None:
        self.now, self.tick = now.timestamp(), 0.0

    def time(self) -> float:
        self.now += self.tick
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)


def test_no_write_outside_and_a_clean_stop_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_desk(tmp_path / "source", 8)
    root = write_project(tmp_path / "p", tmp_path / "source", tmp_path / "target")
    with (root / "migration.yaml").open("a") as file:
        file.write("windows: {zone: UTC, open: [Fri 18:00 - Fri 18:10]}\n")
    clock = Turned(at("2026-12-04T17:00:00"))
    monkeypatch.setattr("ticketferry.project.folder.SystemClock", lambda: clock)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        with pytest.raises(WaitingError, match="no window is open") as refused:
            stages.apply(project, plan)
        assert "Fri 4 Dec 18:00" in refused.value.message
        assert not (tmp_path / "target" / "ticket.jsonl").exists()
        screen = " ".join(Terminal(root)("plan", "show").stdout.split())
        assert "Window opens Fri 4 Dec 18:00, until Fri 4 Dec 18:10: 10 min" in screen
        assert "it fits" in screen
        told = json.loads(Terminal(root)("plan", "show", "--json").stdout)["window"]
        assert (told["fits"], told["open"]) == (True, False)
        clock.sleep(3600 + 535)
        status = Terminal(root)("status").stdout
        assert "window ends Fri 4 Dec 18:10" in " ".join(status.split())
        assert all(width(line) <= 80 for line in status.splitlines() if "/" not in line), status
        clock.tick = 0.05
        with pytest.raises(WindowOverError):
            stages.apply(project, plan)
        assert at("2026-12-04T18:09:00") <= project.now() < at("2026-12-04T18:10:00")
        states = project.journal("p-01", "").counts()
        assert 0 < states["done"] < plan.count()
        assert set(states) == {"done"}, "nothing is left half-done"
        clock.sleep((at("2026-12-11T18:00:00") - project.now()).total_seconds())
        assert stages.apply(project, plan, allow_old=True).failed == 0
        clock.sleep(86_400)
        undo = stages.plan_rollback(project, "p-01")
        assert stages.apply(project, undo).failed == 0, "a rollback is bound by no window"
