"""What can be told from what was read already is told before anything that talks to a desk."""

import time
from pathlib import Path

import pytest
from tests.flow.desks import Desks, desks

from ticketferry.errors import MappingError
from ticketferry.project import Project, stages


@pytest.fixture(scope="module")
def pair():
    with desks(4) as found:
        yield found


def refused(pair: Desks, project: Project, more: str) -> list[str]:
    """Plan with more lines in the mapping; returns what was said, and makes sure that no desk was asked."""
    path: Path = project.config.mapping
    before = path.read_text("utf-8")
    asked = [len(emulator.ledger.entries()) for emulator in (pair.zendesk, pair.jira)]
    try:
        path.write_text(before + more, encoding="utf-8")
        with pytest.raises(MappingError) as error:
            stages.make_plan(project)
    finally:
        path.write_text(before, encoding="utf-8")
    assert [len(emulator.ledger.entries()) for emulator in (pair.zendesk, pair.jira)] == asked
    return [str(problem) for problem in error.value.problems]


def test_a_mapping_error_is_told_before_the_target_is_read(pair, tmp_path):
    with Project.load(pair.project(tmp_path / "mig"), clock=pair.clock) as project:
        stages.extract(project)
        begun = time.process_time()
        said = refused(pair, project, "clean: [{id: hold, when: {tag: legal-hodl}, do: keep}]\n")
        assert any("no ticket of the source has the tag `legal-hodl`" in line for line in said)
        said = refused(pair, project, "clean: [{id: a, when: {status: solvd}, do: skip, because: x}]\n")
        assert any("did you mean `solved`?" in line for line in said)
        said = refused(pair, project, "brnads: {}\n")
        assert any("unknown key `brnads`" in line for line in said)
        assert time.process_time() - begun < 30
