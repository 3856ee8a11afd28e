"""`reject` for a status: its tickets stay out of the plan and are told with the line, and all others go; `fail` stops the plan."""

import pytest
from tests.flow.migrations import MAPPING, by_origin, write_desk, write_project
from tests.unit.cli.terminal import Terminal

from ticketferry.errors import ConfigError
from ticketferry.project import Project, stages
from ticketferry.project.mapping_files import check_mapping
from ticketferry.project.mapping_words import words_of_mapping


def test_the_tickets_of_a_rejected_status_stay_out_and_all_others_go(tmp_path):
    write_desk(tmp_path / "src", 6)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    for word in ("fail", "reject"):
        (root / "mapping.yaml").write_text(MAPPING.replace("pending: Waiting", f"pending: {word}"))
        with Project.load(root) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            assert plan.outcomes()["ticket"] == {"create": 5, "reject": 1}
            checked = check_mapping(project)
            (told,) = [item for item in checked.findings if item.code in ("S201", "S202")]
            assert told.message.startswith("1 ticket is rejected, ")
            assert checked.good is (word == "reject")
            assert told.message in str(words_of_mapping(project).chapters)
            (found,) = [item for item in plan.findings() if item.code in ("S201", "S202")]
            assert found.where.startswith("mapping.yaml:5:")
            assert (found.where, found.code) == (told.where, told.code)
            assert "`pending`" in found.message
            if word == "fail":
                with pytest.raises(ConfigError):
                    stages.apply(project, plan)
                continue
            stages.apply(project, plan)
            moved = {ref for ref in by_origin(tmp_path / "target") if ref.startswith("acme:ticket:")}
            assert moved == {f"acme:ticket:{number}" for number in (1, 3, 4, 5, 6)}


def test_explain_says_first_why_a_ticket_is_rejected_and_where_and_no_value_of_it(tmp_path):
    """A user: `mapping explain 27` showed twenty-five values as dropped, each with the same reason, at a line that says something else."""
    write_desk(tmp_path / "src", 3)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    (root / "mapping.yaml").write_text(MAPPING.replace("pending: Waiting", "pending: fail"))
    with Project.load(root) as project:
        stages.extract(project)
        (place,) = [item.where for item in check_mapping(project).findings if item.code == "S201"]
    told = Terminal(root)("mapping", "explain", "2").stdout
    assert f"because status `pending`: the mapping says fail ({place})" in told
    assert "(dropped)" not in told
    assert "(dropped)" in Terminal(root)("mapping", "explain", "2", "--whole").stdout
