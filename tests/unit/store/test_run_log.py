"""The log of a run: every request counted, no body and no secret kept."""

import json
import threading
from datetime import UTC, datetime

from ticketferry.sdk.session import RequestNote
from ticketferry.store.run_log import RunLog


def now() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_events_and_the_ledger_of_requests_are_kept(tmp_path):
    path = tmp_path / "runs" / "r-001.log.jsonl"
    log = RunLog(path, now)
    log.event("begin", command="apply", plan="p-01 שלום")
    for desk, write in (("acme", False), ("acme", False), ("dest", True)):
        log.note(RequestNote(desk, "POST", "x", 200, 0.1, write=write))
    assert (
        log.count(),
        log.count(write=True),
        log.count(desk="acme"),
        log.count(write=True, desk="acme"),
    ) == (3, 1, 2, 0)
    log.close()
    log.close()
    log.event("after the end")
    begin, requests = lines(path)[:2]
    assert (begin["event"], begin["plan"], begin["at"]) == ("begin", "p-01 שלום", now().isoformat())
    assert [row["count"] for row in requests["requests"]] == [2, 1]
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_runs_of_one_name_do_not_overwrite_each_other(tmp_path):
    for number in range(2):
        log = RunLog(tmp_path / "log", now)
        log.event("begin", number=number)
        log.close()
    assert [line["number"] for line in lines(tmp_path / "log") if line["event"] == "begin"] == [0, 1]


def test_threads_write_whole_lines(tmp_path):
    log = RunLog(tmp_path / "log", now)

    def work() -> None:
        for _ in range(50):
            log.event("x", text="y" * 500)
            log.note(RequestNote("a", "GET", "x", 200, 0.0, write=False))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    assert len(lines(tmp_path / "log")) == 201
    assert log.count() == 200


def test_a_log_without_a_file_counts_all_the_same():
    log = RunLog(None, now)
    log.event("x")
    log.note(RequestNote("a", "GET", "x", 200, 0.0, write=False))
    log.close()
    assert log.count() == 1
