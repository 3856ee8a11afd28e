"""The whole way on files through the command line: what is printed, what scripts read, what the exit codes say."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from tests.unit.cli.terminal import MAPPING, Terminal, make_terminal

from ticketferry.cli.layout import width


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A migration that was extracted, planned and applied; tests here only look at it."""
    terminal = make_terminal(tmp_path_factory.mktemp("applied"))
    terminal("-q", "extract")
    terminal("-q", "plan")
    terminal("apply", "p-01", "--yes")
    return terminal


@pytest.fixture
def fresh(tmp_path: Path) -> Terminal:
    return make_terminal(tmp_path)


def test_a_check_reads_only_and_says_so(fresh: Terminal) -> None:
    shown = fresh("check").stdout
    assert "reads only: 0 requests, 0 writes" in shown
    assert shown.index("source") < shown.index("target")
    found = json.loads(fresh("check", "source", "--json").stdout)
    assert found["good"] is True
    assert list(found["desks"]) == ["source"]


def test_an_extract_shows_what_it_will_take_before_and_what_changed_after(fresh: Terminal) -> None:
    shown = fresh("extract", "--estimate").stdout
    assert re.search(r"^ticket\s+6\s", shown, re.MULTILINE)
    assert "12 files with" in shown
    assert "free" in shown
    assert not (fresh.folder / "source.db").exists()
    first = json.loads(fresh("extract", "--json").stdout)
    assert first["desks"]["source"]["changed"]["ticket"] == 6
    assert first["desks"]["source"]["files"] == 12
    again = json.loads(fresh("extract", "--json").stdout)
    assert sum(again["desks"]["source"]["changed"].values()) == 0


def test_a_plan_screen_adds_up_and_ends_with_commands(fresh: Terminal) -> None:
    fresh("-q", "extract")
    shown = fresh("plan").stdout
    assert "Neither desk was written to." in " ".join(shown.split())
    row = next(line for line in shown.splitlines() if line.startswith("tickets"))
    total, *outcomes = [int(figure) for figure in re.findall(r"\d+", row)]
    assert total == sum(outcomes) == 6
    values = re.search(
        r"Values  ([\d,]+) = ([\d,]+) carried \+ ([\d,]+) transformed \+ ([\d,]+) kept",
        " ".join(shown.split(" ")),
    )
    assert values is not None
    assert "ticketferry apply p-01" in shown.splitlines()[-1]
    assert not (fresh.folder.parent / "target" / "ticket.jsonl").exists()


def test_the_json_of_a_plan_has_the_facts_of_its_screen(applied: Terminal) -> None:
    found = json.loads(applied("plan", "show", "p-01", "--json").stdout)
    assert found["id"] == "p-01"
    assert found["leaves"] == sum(found["dispositions"].values())
    assert found["operations"] == sum(row["operations"] for row in found["endpoints"])
    assert found["state"] == "applied"


def test_no_line_of_any_screen_is_wider_than_80_columns(applied: Terminal) -> None:
    for command in (
        "check", "extract --estimate", "profile", "people", "plan show p-01", "plan losses p-01", "plan list",
        "plan show p-01 --classes", "plan show p-01 --operations", "plan show p-01 --findings", "plan show p-01 --changes",
        "status", "errors", "explain ticket:1", "connectors", "connectors neutral", "mapping check", "verify", "preflight",
    ):  # fmt: skip
        for line in applied(*command.split()).stdout.splitlines():
            if " " in line.strip():
                assert width(line) <= 80, f"{command}: {line}"


def test_output_without_a_terminal_holds_no_control_codes_though_subjects_do(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    desk = (tmp_path / "source" / "ticket.jsonl").read_text(encoding="utf-8")
    (tmp_path / "source" / "ticket.jsonl").write_text(
        desk.replace("Ticket 1 ", "\\u001b[2J\\u202eTicket 1 "), encoding="utf-8"
    )
    terminal("-q", "extract")
    terminal("-q", "plan")
    for command in (["explain", "1"], ["plan", "show", "p-01", "ticket:1"], ["plan", "show", "--changes"]):
        shown = terminal(*command).stdout
        assert "Ticket 1" in shown
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", shown)


def test_apply_says_what_it_writes_and_goes_on_after_a_canary(fresh: Terminal) -> None:
    fresh("-q", "extract")
    fresh("-q", "plan")
    canary = fresh("apply", "p-01", "--canary", 2, "--yes").stdout
    assert "ticket.create" in canary
    assert "only the first 2 tickets" in canary
    rest = json.loads(fresh("apply", "p-01", "--yes", "--json").stdout)
    assert rest["figures"]["already"] > 0
    assert rest["figures"]["left"] == 0
    assert json.loads(fresh("apply", "p-01", "--yes", "--json").stdout)["figures"]["performed"] == 0


def test_a_second_plan_is_empty_and_the_exit_code_can_say_so(fresh: Terminal) -> None:
    fresh("-q", "extract")
    fresh("-q", "plan", "--exit-code", code=2)
    fresh("apply", "p-01", "--yes")
    shown = fresh("plan", "--exit-code").stdout
    assert "Writes  none" in shown


def test_verify_counts_by_sign_and_ends_with_2_where_somebody_changed_something(fresh: Terminal) -> None:
    fresh("-q", "extract")
    fresh("-q", "plan")
    fresh("apply", "p-01", "--yes")
    same = fresh("verify", "p-01", "--lines").stdout
    assert sum(line.startswith("= acme:") for line in same.splitlines()) == int(
        re.search(r"^=\s+(\d+)  the same", same, re.MULTILINE)[1]
    )
    target = fresh.folder.parent / "target" / "ticket.jsonl"
    lines = target.read_text(encoding="utf-8").splitlines()
    changed = json.loads(lines[-1])
    changed["record"]["subject"] = "edited by a person"
    target.write_text("\n".join([*lines, json.dumps(changed)]) + "\n", encoding="utf-8")
    shown = fresh("verify", code=2).stdout
    assert re.search(
        r"^\* acme:ticket:\d+ -> \S+\n    subject: .+ -> edited by a person$", shown, re.MULTILINE
    )
    assert json.loads(fresh("verify", "--json", code=2).stdout)["counts"]["*"] == 1


def test_rollback_shows_first_and_takes_back_with_apply_alone(fresh: Terminal) -> None:
    fresh("-q", "extract")
    fresh("-q", "plan")
    fresh("apply", "p-01", "--yes")
    shown = fresh("rollback", "p-01").stdout
    assert "Nothing was written." in shown
    fresh("verify", "p-01")
    undone = json.loads(fresh("rollback", "p-01", "--apply", "--yes", "--json").stdout)
    assert undone["figures"]["failed"] == 0
    assert "no plan was applied" in fresh("verify").stdout
    assert fresh.failing("apply", "p-01").exit_code == 1


def test_the_tickets_of_a_status_add_up(tmp_path: Path) -> None:
    mapping = MAPPING.replace("  - {name: rest, where: always}\n", "")
    terminal = make_terminal(tmp_path, mapping=mapping)
    first = terminal("status").stdout
    assert "ticketferry extract" in first
    terminal("-q", "extract")
    assert "ticketferry plan" in terminal("status").stdout
    terminal("-q", "plan")
    found = json.loads(terminal("status", "--json").stdout)
    known = sum(phase["tickets"] for phase in found["phases"])
    assert known + found["left_out"] + found["unphased"] + found["unplanned"] == found["tickets"] == 6
    assert found["unphased"] > 0
    assert any("apply p-01" in step["command"] for step in found["steps"])


def test_tickets_that_were_taken_back_are_not_called_left_out_by_a_rule(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path, tickets=8)
    terminal("-q", "extract")
    terminal("-q", "plan", "--limit", 3)
    terminal("-q", "apply", "p-01", "--yes")
    terminal("-q", "plan")
    terminal("-q", "apply", "p-02", "--yes")
    terminal("-q", "rollback", "p-01", "--apply", "--yes")
    shown = terminal("status").stdout
    assert "taken back or not planned" in " ".join(shown.split()), shown
    assert "by rule or rejected" not in shown


def test_status_does_not_make_a_workspace(fresh: Terminal) -> None:
    fresh("status")
    assert sorted(path.name for path in fresh.folder.iterdir()) == ["mapping.yaml", "migration.yaml"]


def test_explain_accounts_for_every_value_of_a_record(applied: Terminal) -> None:
    found = json.loads(applied("explain", "ticket:1", "--json").stdout)
    assert len(found["leaves"]) == sum(found["dispositions"].values())
    by_path = {leaf["path"]: leaf for leaf in found["leaves"] if leaf["kind"] == "ticket"}
    assert by_path["fields.card"]["disposition"] == "dropped_by_rule"
    assert "mapping.yaml:" in by_path["fields.card"]["rule"]
    assert by_path["status"]["planned"] == "Open"
    for same in ("acme:ticket:1", "1", "#1"):
        assert json.loads(applied("explain", same, "--json").stdout)["root"] == "acme:ticket:1"
    part = json.loads(applied("explain", "comment:2", "--json").stdout)
    assert part["root"] == "acme:ticket:1"
    assert {leaf["id"] for leaf in part["leaves"]} == {"2"}


def test_the_id_map_is_exported_as_csv_json_and_json_lines(applied: Terminal) -> None:
    rows = list(csv.DictReader(io.StringIO(applied("export", "idmap").stdout)))
    assert {row["old_number"] for row in rows} == {"1", "2", "3", "4", "5", "6"}
    assert {row["how"] for row in rows} == {"created"}
    people = json.loads(applied("export", "idmap", "--kind", "person", "--json").stdout)
    assert len(people) == 5
    lines = applied("export", "operations", "p-01", "--jsonl").stdout.splitlines()
    assert {json.loads(line)["state"] for line in lines} == {"done"}
    assert json.loads(applied("export", "idmap", "--kind", "group", "--json").stdout)[0]["kind"] == "group"


def test_an_export_to_a_file_is_whole_and_private(applied: Terminal) -> None:
    applied("export", "idmap", "-o", "out/map.csv")
    path = applied.folder / "out" / "map.csv"
    assert path.stat().st_mode & 0o077 == 0
    assert [item.name for item in path.parent.iterdir()] == ["map.csv"]


def test_plans_are_listed_compared_and_exported(applied: Terminal) -> None:
    applied("-q", "plan")
    listed = json.loads(applied("plan", "list", "--json").stdout)["plans"]
    assert [row["id"] for row in listed][:2] == ["p-01", "p-02"]
    assert "p-01 -> p-02" in applied("plan", "diff", "p-01", "p-02").stdout
    rows = list(csv.DictReader(io.StringIO(applied("plan", "export", "p-01", "--csv").stdout)))
    assert {row["kind"] for row in rows} == {"ticket", "person", "organization", "group"}
    lines = applied("plan", "export", "p-01", "--jsonl", "--operations").stdout.splitlines()
    assert all(json.loads(line)["body"] is not None for line in lines if '"ticket.create"' in line)


def test_people_suggestions_never_lose_a_decision(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    with (tmp_path / "source" / "person.jsonl").open("a", encoding="utf-8") as file:
        for number, mail in ((8, "twin@x.example"), (9, "TWIN@x.example")):
            record = {
                "ref": f"acme:person:{number}",
                "name": "Twin",
                "role": "end_user",
                "state": "active",
                "email": mail,
            }
            file.write(
                json.dumps({"id": str(number), "updated": "2024-01-01T00:00:00Z", "record": record}) + "\n"
            )
    terminal("-q", "extract")
    found = json.loads(terminal("people", "--json").stdout)
    assert sum(fate["count"] for fate in found["fates"]) == found["people"] == 7
    assert found["clusters"] == 1
    terminal("people", "--write")
    path = tmp_path / "mig" / "decisions" / "people.csv"
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    (twin,) = (row for row in rows if row[0] == "acme:person:9")
    twin[rows[0].index("decision")] = "separate"
    with path.open("w", encoding="utf-8", newline="") as written:
        csv.writer(written).writerows(rows)
    terminal("people", "--write")
    assert "separate" in path.read_text(encoding="utf-8")
    assert json.loads(terminal("people", "--json").stdout)["clusters"] == 0


def test_a_profile_and_a_report_are_made_from_the_workspace_alone(applied: Terminal) -> None:
    assert json.loads(applied("profile", "--json").stdout)["tickets"] == 6
    assert "6 tickets" in applied("profile").stdout
    made = json.loads(applied("report", "p-01", "--json").stdout)
    assert made["path"] == "reports/p-01.html"
    assert "<html" in (applied.folder / made["path"]).read_text(encoding="utf-8")


def test_a_profile_tells_what_is_wrong_with_lines_that_can_be_pasted(applied: Terminal) -> None:
    applied("report", "p-01")
    found = json.loads(applied("profile", "--json").stdout)["quality"]
    shown = applied("profile").stdout
    assert found
    assert all(width(line) <= 80 for line in shown.splitlines())
    for row in found:
        assert f"{row['code']}  {row['count']:,} " in shown
        for line in row["remedy"]["lines"]:
            # Broken at a blank or whole: YAML reads the same of either.
            assert " ".join(line.split()) in " ".join(shown.split())
    rows = list(csv.DictReader(io.StringIO(applied("profile", "--csv").stdout)))
    assert [(row["code"], int(row["count"])) for row in rows] == [
        (row["code"], row["count"]) for row in found
    ]
    assert "What is wrong in the old desk" in (applied.folder / "reports" / "p-01.html").read_text(
        encoding="utf-8"
    )


def test_a_profile_of_what_the_mapping_moves_leaves_out_what_it_skips(fresh: Terminal) -> None:
    fresh("-q", "extract")
    path = fresh.folder / "mapping.yaml"
    rule = 'clean:\n  - {id: first, when: {number: "1"}, do: skip, because: a test}\n'
    path.write_text(path.read_text(encoding="utf-8") + rule, encoding="utf-8")
    assert json.loads(fresh("profile", "--json").stdout)["tickets"] == 6
    assert json.loads(fresh("profile", "--mapped", "--json").stdout)["tickets"] == 5
    assert "what the mapping moves" in fresh("profile", "--mapped").stdout


def test_a_mapping_that_cannot_be_read_keeps_nobody_from_a_profile(fresh: Terminal) -> None:
    fresh("-q", "extract")
    (fresh.folder / "mapping.yaml").write_text("nonsense: 1\n", encoding="utf-8")
    assert json.loads(fresh("profile", "--json").stdout)["tickets"] == 6
    assert fresh.failing("profile", "--mapped").exit_code == 1


def test_a_mapping_is_drafted_and_never_overwritten(fresh: Terminal) -> None:
    fresh("-q", "extract")
    before = (fresh.folder / "mapping.yaml").read_text(encoding="utf-8")
    assert fresh.failing("mapping", "draft").exit_code == 1
    fresh("mapping", "draft", "-o", "draft.yaml")
    assert (fresh.folder / "draft.yaml").read_text(encoding="utf-8") == fresh(
        "mapping", "draft", "-o", "-"
    ).stdout
    assert (fresh.folder / "mapping.yaml").read_text(encoding="utf-8") == before
    assert "zendesk_to_jsm" in fresh("mapping", "list").stdout


def test_every_command_that_a_report_prints_is_one_that_the_command_line_knows() -> None:
    from ticketferry.cli import cli
    from ticketferry.cli.app import App
    from ticketferry.report.commands import COMMANDS, command

    for name in COMMANDS:
        words = command(name, "p-01", "p-02" if name == "compare" else "ticket:1").split()[1:]
        context, found = cli.make_context("ticketferry", list(words), obj=App()), cli
        rest = (
            [*context._protected_args, *context.args] if hasattr(context, "_protected_args") else context.args
        )
        while rest and hasattr(found, "get_command") and found.get_command(context, rest[0]) is not None:
            found = found.get_command(context, rest[0])
            context = found.make_context(rest[0], list(rest[1:]), parent=context)
            rest = [*getattr(context, "_protected_args", []), *context.args]
        assert found is not cli, name
        assert not rest, f"{name}: {rest} is left over"


def states_of(terminal: Terminal) -> dict[str, int]:
    """Return state -> tickets as `status --json` says, after it was held against the number of tickets and the screen."""
    code = 2 if json.loads(terminal.any("status", "--json").stdout)["needs_somebody"] else 0
    found = json.loads(terminal("status", "--json", code=code).stdout)
    total: dict[str, int] = {}
    for counts in found["census"]["by_phase"].values():
        for state, count in counts.items():
            total[state] = total.get(state, 0) + count
    assert sum(total.values()) == found["tickets"]
    wide = [
        line
        for line in terminal("status", code=code).stdout.splitlines()
        if width(line) > 80 and " " in line.strip()
    ]
    assert not wide, wide
    for step in found["steps"]:
        words = step["command"].removeprefix("ticketferry ").split()
        help_ = terminal(*words[:1], "--help")
        assert help_.exit_code == 0
    return {state: count for state, count in total.items() if count}


def test_every_ticket_of_the_old_desk_is_in_one_state_and_they_add_up(tmp_path: Path) -> None:
    """From the first plan over the apply and the verify to a change that came late: nothing is "done" that is not."""
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    assert states_of(terminal) == {"planned": 6}
    terminal("apply", "p-01", "--yes")
    assert states_of(terminal) == {"applied": 6}
    assert "Nothing to do" not in terminal("status").stdout
    terminal("verify")
    assert states_of(terminal) == {"verified": 6}
    assert "Nothing to do" in terminal("status").stdout
    # A ticket changes in the old desk after it was written.
    folder = tmp_path / "source" / "ticket.jsonl"
    line = json.loads(folder.read_text().splitlines()[0])
    line["record"]["subject"] = "changed late"
    with folder.open("a") as file:
        file.write(json.dumps(line) + "\n")
    terminal("-q", "extract")
    assert states_of(terminal) == {"verified": 5, "changed": 1}
    shown = terminal("status").stdout
    assert "Nothing to do" not in shown
    assert "ticketferry plan" in shown
    terminal("-q", "plan")
    assert states_of(terminal) == {"verified": 5, "changed": 1}
    assert "apply p-02" in terminal("status").stdout
    terminal("apply", "p-02", "--yes")
    terminal("verify")
    assert states_of(terminal) == {"verified": 6}
    # Somebody edits a ticket in the new desk: verify says so, and status does not call it well.
    target = tmp_path / "target" / "ticket.jsonl"
    line = json.loads(target.read_text().splitlines()[-1])
    line["record"]["subject"] = "edited by hand"
    with target.open("a") as file:
        file.write(json.dumps(line) + "\n")
    terminal.any("verify")
    assert states_of(terminal) == {"verified": 5, "differs": 1}
    assert "Nothing to do" not in terminal.any("status").stdout


def test_an_update_tells_the_old_value_the_new_one_and_the_rule(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    terminal("apply", "p-01", "--yes")
    folder = tmp_path / "source" / "ticket.jsonl"
    line = json.loads(folder.read_text().splitlines()[0])
    line["record"] |= {
        "subject": "changed late",
        "fields": {**line["record"]["fields"], "serial": "SN 999999"},
    }
    with folder.open("a") as file:
        file.write(json.dumps(line) + "\n")
    terminal("-q", "extract")
    terminal("-q", "plan")
    found = json.loads(terminal("plan", "show", "p-02", "ticket:1", "--json").stdout)
    moves = {move["field"]: move for move in found["moves"]}
    assert set(moves) >= {"subject", 'fields["Serial no."]'}
    assert moves["subject"]["before"].startswith("Ticket 1")
    assert moves["subject"]["after"] == "changed late"
    serial = moves['fields["Serial no."]']
    assert (serial["before"], serial["after"]) == ("SN-000001", "SN-999999")
    assert serial["rules"], "the rule of the mapping is named"
    shown = " ".join(terminal("plan", "show", "p-02", "ticket:1").stdout.split())
    assert "SN-000001 -> SN-999999" in shown


def test_a_verify_of_one_plan_says_nothing_of_the_tickets_of_another(tmp_path: Path) -> None:
    """Only what was looked at after it was written is verified; all is well when all was looked at."""
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan", "--limit", "2")
    terminal("apply", "p-01", "--yes")
    terminal("-q", "extract")
    terminal("-q", "plan")
    terminal("apply", "p-02", "--yes")
    written = states_of(terminal)
    assert set(written) == {"applied"}
    terminal("verify", "p-01")
    narrow = states_of(terminal)
    assert narrow["applied"] > 0
    assert narrow["verified"] > 0
    assert "Nothing to do" not in terminal("status").stdout
    assert "ticketferry verify" in terminal("status").stdout
    terminal("verify", "p-02")
    assert states_of(terminal) == {"verified": written["applied"]}
    assert "Nothing to do" in terminal("status").stdout


def test_a_preview_of_the_cleaning_adds_up_and_shows_what_each_rule_takes(fresh: Terminal) -> None:
    fresh("-q", "extract")
    assert "no section `clean`" in " ".join(fresh("clean", "preview").stdout.split())
    path = fresh.folder / "mapping.yaml"
    rules = (
        "clean:\n"
        '  - {id: first, when: {number: ["1", "2"]}, do: skip, because: a test}\n'
        '  - {id: again, when: {number: "1"}, do: skip, because: too late}\n'
        "  - {id: words, when: always, redact: {in: [subject], patterns: ['Ticket \\d']}, because: a word}\n"
        '  - {id: hold, when: {number: ["2", "3"]}, do: keep, overrides: [first, words], because: litigation}\n'
    )
    path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")
    found = json.loads(fresh("clean", "preview", "--json").stdout)
    rows = {row["id"]: (row["takes"], row["holds"], row["lifted"]) for row in found["rows"]}
    assert (found["tickets"], found["stay"], found["changed"]) == (6, 1, 3)
    assert rows == {"first": (1, 2, 1), "again": (0, 1, 0), "words": (3, 6, 2), "hold": (2, 2, 0)}
    shown = " ".join(fresh("clean", "preview").stdout.split())
    assert "6 tickets = 5 moved + 1 left behind" in shown
    assert "words: redact 3 tickets, 3 values in them; 2 more are held back" in shown
    assert "because litigation" in shown
    plan = json.loads(fresh("plan", "--json").stdout)
    assert (plan["outcomes"]["ticket"]["create"], plan["outcomes"]["ticket"]["skip"]) == (5, 1)
