"""The audit report: one file that is whole, valid, bounded and harmless, whatever the desks hold."""

import re
import shutil
import subprocess
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree, html
from tests.flow.migrations import MAPPING, write_desk, write_project
from tests.unit.report.plan_files import ENDPOINTS, GUARDS, Draft, example

from ticketferry.apply.applier import ApplyResult
from ticketferry.apply.preflight import GuardState
from ticketferry.errors import FatalError
from ticketferry.plan.show import overview
from ticketferry.project import Project, stages
from ticketferry.project.report_data import gather
from ticketferry.quality.profile import profile
from ticketferry.report.data import DeskCount, ReportData, RequestCounts, collect
from ticketferry.report.html import render, write_report
from ticketferry.sdk.features import Limits
from ticketferry.verify.verifier import Verified, VerifyLine

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"q\" & 'a' \x07 \u202eevil 😀 שלום"


def _data(plan, **later) -> ReportData:
    data = collect(plan, limits=Limits(write_rate=10, read_rate=20), **later)
    data.overview = overview(plan, ENDPOINTS, GUARDS)
    return data


def _check(page: str) -> html.HtmlElement:
    """Parse strictly enough to see what a browser would only guess at, and check links and ids."""
    tree = html.document_fromstring(page)
    ids = Counter(tree.xpath("//@id"))
    assert [name for name, count in ids.items() if count > 1] == []
    for link in tree.xpath("//a/@href"):
        assert link.startswith("#"), link
        assert link[1:] in ids, f"{link} has no target"
    for name in tree.xpath("//@aria-labelledby"):
        assert name in ids
    for table in tree.xpath("//table"):
        assert table.find("caption") is not None
        heads = table.xpath("./thead/tr/th")
        assert heads
        assert all(head.get("scope") == "col" and head.text_content().strip() for head in heads)
        for row in table.xpath("./tbody/tr | ./tfoot/tr"):
            assert len(row) == len(heads), etree.tostring(row)[:300]
    levels = [int(node.tag[1]) for node in tree.xpath("//h1|//h2|//h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    return tree


def _section(tree: html.HtmlElement, name: str) -> html.HtmlElement:
    (found,) = tree.xpath(f"//section[@id='{name}']")
    return found


@pytest.fixture
def plan(tmp_path):
    found = example(tmp_path / "p-01.plan")
    yield found
    found.close()


def test_the_report_is_well_formed_and_every_link_has_a_target(plan):
    tree = _check(render(_data(plan)))
    assert [node.get("id") for node in tree.xpath("//section")] == [
        "verdict", "inputs", "completeness", "changes", "losses", "visibility", "people", "exceptions", "time", "safety",
        "records", "method",
    ]  # fmt: skip


def test_every_section_says_what_it_shows_before_anything_else(plan):
    for section in _check(render(_data(plan))).xpath("//section"):
        assert [child.tag for child in section[:2]] == ["h2", "p"]
        assert section[1].get("class") == "lead"
        assert len(section[1].text_content()) > 60


def test_every_table_names_the_command_that_prints_it_again(plan):
    for grid in _check(render(_data(plan))).xpath("//div[@class='grid']"):
        if grid.get("id") != "codes":
            (command,) = grid.xpath(".//p[@class='cmd']/code")
            assert command.text.startswith("ticketferry ")


def test_nothing_is_loaded_from_anywhere(plan):
    page = render(_data(plan))
    tree = html.document_fromstring(page)
    assert tree.xpath("//@src | //link | //iframe | //object | //form | //*[@style]") == []
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", page)
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_same_plan_gives_the_same_report_byte_for_byte(plan):
    assert render(_data(plan)) == render(_data(plan))


def test_counts_of_the_first_screen_add_up(plan):
    tree = _check(render(_data(plan)))
    rows = {
        row[0].text_content(): [int(cell.text_content().replace(",", "")) for cell in row[1:]]
        for row in tree.xpath("//div[@id='outcomes']//tbody/tr")
    }
    assert rows["ticket"] == [9, 1, 0, 1, 1, 2, 14]
    assert all(sum(numbers[:-1]) == numbers[-1] for numbers in rows.values())
    words = _section(tree, "losses").text_content()
    assert (
        "126 values = 100 carried as it is + 12 transformed by a rule + 9 kept beside + 3 dropped by rule + 2 impossible"
        in words
    )


def test_a_change_of_meaning_is_marked_by_a_sign_and_words_not_by_colour_alone(plan):
    tree = _check(render(_data(plan)))
    (row,) = tree.xpath("//div[@id='statuses']//tr[@class='moved']")
    assert [cell.text_content() for cell in row] == ["New", "~", "Waiting", "2", "another meaning"]
    assert (
        "~ 10 tickets: Open, New fall together into Waiting, 2 with another meaning (S204, mapping.yaml:16:3)."
        in tree.text_content()
    )
    for state in tree.xpath("//span[contains(@class, 'state')]"):
        assert state.text in ("met", "look", "unmet")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda draft: None, "Ready"),
        (lambda draft: draft.ticket(2, "reject", because="no route"), "Ready, once these were looked at"),
        (lambda draft: draft.header.update(figures={"newly visible": 1}), "Not ready"),
        (lambda draft: draft.finding("S205", "blocker", "acme:ticket:1", "m:1:1", "no such name"), "Not ready"),
    ],
)  # fmt: skip
def test_the_verdict_is_that_of_the_worst_criterion(tmp_path, change, word):
    draft = Draft()
    draft.ticket(1)
    change(draft)
    tree = _check(render(collect(draft.save(tmp_path / "p-02.plan"))))
    assert tree.xpath("//p[@class='word']")[0].text == word


@pytest.mark.parametrize(
    ("state", "word"),
    [("planned", "Ready"), ("applied", "Applied"), ("undone", "Taken back"), ("superseded", "Superseded")],
)  # fmt: skip
def test_a_plan_that_is_done_or_over_is_not_called_ready(tmp_path, state, word):
    draft = Draft()
    draft.ticket(1)
    data = collect(draft.save(tmp_path / "p-02.plan"))
    data.state = state
    tree = _check(render(data))
    assert tree.xpath("//p[@class='word']")[0].text == word
    assert ("taken back since" in _section(tree, "verdict").text_content()) == (state == "undone")


def test_hostile_content_is_text_and_never_markup(tmp_path):
    draft = Draft(header={"source": {"key": "acme", "where": HOSTILE}, "phase": HOSTILE})
    draft.ticket(1, "reject", title=HOSTILE, because=HOSTILE)
    draft.ticket(
        2,
        status=(HOSTILE, HOSTILE),
        route=(HOSTILE, "", ""),
        title=HOSTILE,
        visible=(HOSTILE,),
        class_=HOSTILE,
    )
    draft.finding("F103", "blocker", "acme:ticket:1", HOSTILE, HOSTILE, HOSTILE)
    draft.finding("A007", "loss", "acme:ticket:2", HOSTILE, HOSTILE, HOSTILE)
    draft.sums.append(("ticket", HOSTILE, "unsupported", HOSTILE, 1))
    draft.impossible.append(("acme:ticket:2", "ticket", "2", HOSTILE, HOSTILE))
    tree = _check(render(collect(draft.save(tmp_path / "p-03.plan"))))
    assert len(tree.xpath("//script")) == 1
    assert tree.xpath("//img | //*[@onerror]") == []
    cells = [cell.text_content() for cell in tree.xpath("//td")]
    assert any("<script>alert(1)</script>" in cell for cell in cells)
    assert any("😀 שלום" in cell for cell in cells)
    assert "\x07" not in tree.text_content()


def test_text_of_any_direction_finds_its_own(plan):
    tree = _check(render(_data(plan)))
    (cell,) = tree.xpath("//div[@id='exceptions-all']//td[contains(., 'مرحبا')]")
    assert cell.get("dir") == "auto"


def test_what_later_stages_found_becomes_sections(tmp_path, plan):
    undo = Draft(header={"kind": "rollback", "undoes": "p-01", "figures": {"kept roots": 1}})
    undo.ticket(10, "skip", because="edited since in the target: subject")
    verified = Verified(
        Counter({"=": 10, "*": 1}),
        400,
        3,
        [VerifyLine("*", "acme:ticket:10", "SUP-1", ("subject",), HOSTILE)],
    )
    data = _data(plan, against=example(tmp_path / "p-00.plan"))
    data.applied = ApplyResult(performed=17, failed=1, problems={"rejected": 1})
    data.verified = verified
    data.rollback = undo.save(tmp_path / "p-09.plan")
    data.guards = [
        GuardState(GUARDS[0], True, "3 schemes read", ("issue.create",)),
        GuardState(GUARDS[1], False, "nobody", ("x",)),
    ]
    data.counts = [DeskCount("tickets", 14, 13), DeskCount("organizations", None, 2)]
    data.ledger = RequestCounts(120, 0)
    tree = _check(render(data))
    assert tree.xpath("//p[@class='word']")[0].text == "Not ready"
    assert "1 write failed" in _section(tree, "verdict").text_content()
    assert "differs in a field" in _section(tree, "verified").text_content()
    assert "edited since in the target: subject" in _section(tree, "rollback").text_content()
    assert "NOT PROVED" in _section(tree, "safety").text_content()
    assert "120 reads, 0 writes" in _section(tree, "inputs").text_content()
    assert "-1" in _section(tree, "completeness").text_content()
    assert "Records in the same class in both" in _section(tree, "compared").text_content()


def test_a_rollback_plan_has_a_report_of_its_own(tmp_path):
    undo = Draft(header={"kind": "rollback", "undoes": "p-01", "figures": {"kept roots": 1}})
    undo.ticket(10, "skip", because="edited since in the target: subject")
    undo.write(undo.ticket(11, "gone", because="taken back"), "issue.edit")
    tree = _check(render(collect(undo.save(tmp_path / "p-09.plan"))))
    assert "edited since in the target: subject" in _section(tree, "exceptions").text_content()
    assert tree.xpath("//section[@id='losses' or @id='people']") == []


def test_an_empty_plan_has_a_report(tmp_path):
    tree = _check(render(collect(Draft().save(tmp_path / "p-04.plan"))))
    assert tree.xpath("//section[@id='exceptions' or @id='time']") == []


@pytest.mark.slow
def test_the_report_of_many_changes_stays_bounded_and_says_what_is_cut(tmp_path):
    draft = Draft()
    for number in range(1, 200_001):
        if number % 2:
            draft.ticket(
                number, "reject", because=f"required field is empty, case {number % 7}", title=HOSTILE * 2
            )
        else:
            draft.ticket(number, status=(f"Status {number % 40}", f"After {number % 25}"))
    plan = draft.save(tmp_path / "p-05.plan")
    size = write_report(tmp_path / "big.html", collect(plan))
    assert size <= 15_000_000
    page = (tmp_path / "big.html").read_text()
    assert size == len(page.encode())
    listed = page.count('<td dir="auto">reject</td>')
    cut = re.search(r'id="exceptions-all".*?<strong>([\d,]+) more</strong>', page, re.DOTALL)
    shown = len(re.findall("<tr>", page[page.index('id="exceptions-all"') : cut.start(1)])) - 1
    assert shown + int(cut[1].replace(",", "")) == 100_000
    assert 0 < shown <= listed


def test_a_small_limit_is_kept_too(tmp_path, plan):
    size = write_report(tmp_path / "small.html", _data(plan), most=60_000)
    assert size <= 60_000
    with pytest.raises(FatalError, match="cannot be made smaller"):
        write_report(tmp_path / "none.html", _data(plan), most=1_000)
    assert not (tmp_path / "none.html").exists()


# ---- a real migration ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def migration(tmp_path_factory):
    """A hostile desk of files, planned, with its profile."""
    root = tmp_path_factory.mktemp("migration")
    desk = write_desk(root / "source", 24)
    desk.comment(9001, 3, "<p>" + "x" * 60_000 + "</p>")
    desk.comment(9002, 3, "<p>مرحبا</p>", public=False)
    desk.ticket(9, 24, subject=HOSTILE, status="nobody decided this")
    write_project(root / "p", root / "source", root / "target", mapping=MAPPING)
    with Project.load(root / "p") as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        yield project, plan
        plan.close()


def test_samples_lay_source_and_plan_side_by_side_with_the_rule(migration):
    project, plan = migration
    data = gather(project, plan, golden=["3"], profile=profile(project.snapshots("source"), 1))
    tree = _check(render(data))
    first = tree.xpath("//details[@class='sample']")[0]
    assert first.xpath(".//h3")[0].text == "Ticket 3"
    rows = {
        row[0].text_content(): [cell.text_content() for cell in row] for row in first.xpath(".//tbody/tr")
    }
    assert rows["fields.serial"][1:4] == ["SN 000003", "SN-000003", 'fields["Serial no."]']
    assert rows["fields.serial"][4].startswith("transformed fields[0] serial mapping.yaml:")
    assert rows["number"][2] == "= the same"
    long = (
        rows["comment 9001: body.html"] if "comment 9001: body.html" in rows else rows["comment 9001: body"]
    )
    assert "characters, the first 420 shown]" in long[1]
    assert len(long[1]) < 600


def test_messages_of_a_sample_stand_as_people_read_them_in_both_desks(migration):
    """An auditor: I was shown <div class="zd-comment">, and was to sign that customers read the same words."""
    project, plan = migration
    page = _check(render(gather(project, plan)))
    tables = page.xpath("//table[@class='read']")
    assert tables
    rows = [list(row.xpath("./td")) for row in tables[0].xpath("./tbody/tr")]
    assert len(rows) == 3
    old, new = rows[1]
    assert old.xpath("string(./span[@class='said'])") == "hello 1 😀 עברית"
    assert new.xpath("string(./span[@class='same'])") == "= the same text"
    assert "Person" in old.xpath("string(./span[@class='by'])")
    assert [cell.xpath("string(./span[@class='by'])").count("internal") for cell in rows[1]] == [1, 1]
    assert [file.text for file in rows[2][1].xpath("./span[@class='file']")] == [
        "a.txt (8 bytes)",
        "a.txt (0 bytes)",
    ]


def test_the_values_of_a_whole_plan_are_checked_against_the_independent_count(migration):
    project, plan = migration
    data = gather(project, plan)
    assert data.leaves == data.overview.leaves
    words = f"{data.leaves:,} values counted at extraction, {data.leaves:,} have a disposition"
    assert words in _check(render(data)).text_content()


def test_samples_are_the_same_for_everybody_and_one_of_each_class_at_least(migration):
    project, plan = migration
    one, two = gather(project, plan), gather(project, plan)
    assert [sample.root for sample in one.samples] == [sample.root for sample in two.samples]
    classes = {row.name for row in one.overview.classes if row.kind == "ticket"}
    assert classes <= {sample.class_ for sample in one.samples}


def test_samples_are_cut_before_the_limit_is_broken(migration, tmp_path):
    project, plan = migration
    data = gather(project, plan)
    assert write_report(tmp_path / "r.html", data, most=150_000) <= 150_000


def test_a_plan_whose_mapping_changed_since_shows_no_samples_and_says_why(migration):
    project, plan = migration
    mapping = project.root / "mapping.yaml"
    before = mapping.read_text()
    try:
        mapping.write_text(before.replace("PCI", "PCI rules"))
        data = gather(project, plan)
    finally:
        mapping.write_text(before)
    assert "the mapping" in data.stale
    assert not data.samples
    assert "the mapping changed since the plan was made" in _check(render(data)).text_content()


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium here")
def test_the_filter_hides_what_does_not_fit(migration, tmp_path):
    project, plan = migration
    path = tmp_path / "report.html"
    write_report(path, gather(project, plan))
    page = _dump(path, "q=acme:ticket:9%20reject", tmp_path)
    rows = page.xpath("//table[contains(@class, 'filter')]/tbody/tr")
    shown = [row for row in rows if row.get("hidden") is None]
    assert 0 < len(shown) < len(rows)
    assert all("acme:ticket:9" in row.text_content() and "reject" in row.text_content() for row in shown)
    assert re.fullmatch(
        rf"{len(shown) + 1:,} of [\d,]+ rows and samples", page.get_element_by_id("found").text
    )


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium here")
def test_a_link_to_a_sample_opens_it(migration, tmp_path):
    project, plan = migration
    path = tmp_path / "report.html"
    data = gather(project, plan)
    write_report(path, data)
    last = data.samples[-1].anchor
    assert html.document_fromstring(path.read_bytes()).get_element_by_id(last).get("open") is None
    assert _dump(path, last, tmp_path).get_element_by_id(last).get("open") is not None


def _dump(path: Path, fragment: str, folder: Path) -> html.HtmlElement:
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={folder / 'profile'}", "--dump-dom", f"{path.as_uri()}#{fragment}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=90, check=True)
    return html.document_fromstring(done.stdout.decode())


def test_every_command_names_the_environment_that_the_plan_is_of(plan):
    told = re.findall(r"<code>(ticketferry [^<]*)</code>", render(_data(plan, environment="sandbox")))
    assert len(told) > 10
    assert [line for line in told if not line.startswith("ticketferry --env sandbox ")] == []
    assert "--env" not in render(_data(plan))
