"""Golden tickets are looked at every time, and one that is not there is told."""

from pathlib import Path

from tests.flow.migrations import MAPPING, write_desk, write_project

from ticketferry.project import Project, stages
from ticketferry.project.golden import golden_tickets
from ticketferry.project.mapping_files import check_mapping
from ticketferry.project.reporting import report_plan


def test_golden_tickets_open_each_report_and_change_no_plan(tmp_path: Path) -> None:
    write_desk(tmp_path / "source", 24)
    root = tmp_path / "p"
    write_project(root, tmp_path / "source", tmp_path / "target", mapping=MAPPING)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        digest = plan.digest
        plan.close()
    mapping = root / "mapping.yaml"
    mapping.write_text(mapping.read_text() + "golden: [17, 4711, 5]\n")
    with Project.load(root) as project:
        refs, missing = golden_tickets(project, project.mapping())
        assert [ref.rsplit(":", 1)[1] for ref in refs] == ["17", "5"]
        assert [(row.code, row.message) for row in missing] == [("S206", "the source has no ticket `4711`")]
        told = [row for row in check_mapping(project).findings if "4711" in row.message]
        assert len(told) == 1
        assert told[0].where.startswith("mapping.yaml:")
        assert stages.make_plan(project, offline=True).digest == digest, "no plan depends on them"
        page = tmp_path / "report.html"
        report_plan(project, project.plan("p-01"), page, with_profile=False)
        text = page.read_text()
    assert 0 < text.index("Ticket 17<") < text.index("Ticket 5<")
