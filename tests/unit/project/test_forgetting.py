"""Somebody who is forgotten is in no byte of the folder: not in free pages, journals, packed rows, dictionaries, archives and copies."""

import json
import shutil
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from tests.bytes_of_folders import found_in
from tests.flow.migrations import DESK, SourceDesk, migrate, write_desk, write_project

from ticketferry.cli import cli
from ticketferry.errors import StalePlanError
from ticketferry.project import Project, forgetting, pack_check, stages
from ticketferry.project.forgetting_people import find_somebody
from ticketferry.project.health import read_new_desk
from ticketferry.project.held_back import hand_on
from ticketferry.project.pack import write_pack
from ticketferry.schema.refs import Kind
from ticketferry.store.blobs import Blobs
from ticketferry.store.forgotten_list import ForgottenList

CANARIES = (
    "qzanna", "qzmüller", "anna.qz", "qzwork", "qzalias", "qzdetails", "qznote", "qzfield", "qzext9", "qztag", "771234567", "77 1234567", "qzsecretfile",
)  # fmt: skip
"""In every field of the person, and in what others wrote of them; in small letters."""
ANNA = {
    "name": "Qzanna Qzmüller",
    "alias": "Qzalias Qzanna",
    "role": "end_user",
    "state": "active",
    "email": "Anna.Qz@qzwork.example",
    "identities": [
        {"type": "email", "value": "anna.qz@qzwork.example", "primary": True},
        {"type": "phone", "value": "+49 30 771234567"},
    ],
    "external_id": "QZEXT9",
    "fields": {"colour": "qzfield blue"},
    "tags": ["qztag"],
    "notes": "qznote of somebody",
    "details": "qzdetails here",
    "time_zone": "Europe/Berlin",
}

SHARED, THEIRS, ABROAD = (
    b"\x89PNG a logo that two tickets have", b"\x89PNG a picture of one person alone", b"\x89PNG a logo of the new desk too",
)  # fmt: skip
"""Bytes without a word of theirs: of a file of theirs and of another's, of theirs alone, of theirs and of another's in the new desk."""


def canaries_in(data: bytes) -> set[str]:
    found = set[str]()
    for text in (data.decode("utf-8", "replace"), data.decode("utf-16-le", "replace")):
        small = text.casefold()
        found |= {canary for canary in CANARIES if canary in small or canary.replace("ü", "&uuml;") in small}
        if "\\u00" in small:
            found |= {canary for canary in CANARIES if canary in small.replace("\\u00fc", "ü")}
    return found


def found(root: Path) -> dict[str, set[str]]:
    return found_in(root, canaries_in)


def with_id(folder: Path) -> None:
    """Let a desk say who it is: a folder that was copied is the same one."""
    (folder / "desk.json").write_text(
        json.dumps({"schema_version": 1, "id": "one", "product": "neutral", "catalog": {}})
    )


def desk(folder: Path) -> SourceDesk:
    made = write_desk(folder, 3)
    with_id(folder)
    made.put("person", 3, ANNA)
    made.ticket(
        1,
        3,
        requester=f"{DESK}:person:3",
        subject="Qzanna needs help",
        fields={"serial": "SN 000001", "note": "ask qzmüller"},
    )
    made.comment(
        1,
        1,
        "<p>I am <b>Qzanna</b> Qzm&uuml;ller, call 030/77 12345 67</p>",
        author=f"{DESK}:person:3",
        opening=True,
    )
    made.comment(
        2, 1, "<p>Dear Qzanna, we wrote to anna.qz@qzwork.example</p>", author=f"{DESK}:person:1", public=True
    )
    made.comment(4, 2, "<p>as Qzanna Qzmüller (+49 30 771234567) said</p>")
    made.comment(5, 2, "<p>ask <b>Qzanna</b> <i>Qzmüller</i></p>", author=f"{DESK}:person:1")
    secret = made.file(b"this is qzsecretfile of Qzanna Qzm\xc3\xbcller")
    made.put(
        "attachment",
        10,
        {
            "ticket": f"{DESK}:ticket:1", "comment": f"{DESK}:comment:1", "name": "Qzanna Qzmüller.txt", "media_type": "text/plain",
            "size": len(b"this is qzsecretfile of Qzanna Qzm\xc3\xbcller"), "sha256": secret,
        },
        ("ticket", 1),
    )  # fmt: skip
    for id_, ticket, comment, data in (
        (11, 1, 1, SHARED),
        (12, 2, 5, SHARED),
        (13, 1, 1, THEIRS),
        (14, 1, 1, ABROAD),
    ):
        made.put(
            "attachment",
            id_,
            {
                "ticket": f"{DESK}:ticket:{ticket}", "comment": f"{DESK}:comment:{comment}", "name": f"{id_}.png", "media_type": "image/png",
                "size": len(data), "sha256": made.file(data),
            },
            ("ticket", ticket),
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("forgotten")
    desk(base / "src")
    root = write_project(base / "mig", base / "src", base / "target")
    migrate(root)
    with Project.load(root) as project:
        stages.verify(project)
        write_pack(project, project.plan("p-01"), root / "audit.zip", personal_data=True)
        database = project.workspace.database.connection
        database.execute(
            "INSERT INTO problem VALUES ('p-01', 1, ?, 'X1', 'loss', '', 'qzfield blue is no colour', '', 'r-1', '2026')",
            (f"{DESK}:person:3",),
        )
        database.execute(
            "INSERT INTO problem VALUES ('p-01', 2, ?, 'X1', 'loss', '', ?, '', 'r-1', '2026')",
            (f"{DESK}:person:3", "qznote of many pages " * 3_000),
        )
        seq = next(project.plan("p-01").operations("root = ?", (f"{DESK}:person:3",))).seq
        database.execute("UPDATE op SET error = 'colour: qzfield is refused' WHERE seq = ?", (seq,))
        image = zlib.compress(orjson.dumps({"ref": f"{DESK}:ticket:2", "subject": "Qzanna Qzmüller"}))
        database.execute(
            "INSERT INTO before_image(plan, ref, image) VALUES ('p-01', ?, ?)", (f"{DESK}:ticket:2", image)
        )
        project.workspace.back_up("r-1")
    (root / "decisions").mkdir(exist_ok=True)
    (root / "decisions" / "people.csv").write_text(
        "ref,name,email,suggestion,decision,why,by\n"
        f"{DESK}:person:3,Qzanna Qzmüller,Anna.Qz@qzwork.example,separate,separate,qzanna is one,Ito\n"
        f"{DESK}:person:4,Person 4,P4@X.example,separate,separate,not Qzanna Qzmüller,Ito\n"
    )
    (root / "runs" / "asked.log.jsonl").write_text('{"path": "/search?query=anna.qz%40qzwork.example"}\n')
    with zipfile.ZipFile(root / "sheet.xlsx", "w") as book:
        book.writestr("xl/sharedStrings.xml", "<sst><t>Qzanna Qzm&#252;ller</t></sst>")
    return base


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    for name in ("src", "target", "mig"):
        shutil.copytree(made / name, tmp_path / name)
    text = (tmp_path / "mig" / "migration.yaml").read_text().replace(str(made), str(tmp_path))
    (tmp_path / "mig" / "migration.yaml").write_text(text)
    return tmp_path / "mig"


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["-C", str(root), *words], catch_exceptions=False)


DO = ("--by", "M. Ito", "--because", "request 17", "--apply", "--yes")


@pytest.mark.parametrize("texts", ["keep", "erase"])
def test_no_byte_of_the_folder_holds_them_afterwards(root: Path, texts: str) -> None:
    assert {"source.db", "target.db", "workspace.db", "decisions/people.csv", "audit.zip!report.html", "sheet.xlsx!xl/sharedStrings.xml"} <= {
        name.partition(":")[0] for name in found(root)
    }  # fmt: skip
    answer = run(root, "forget", "anna.qz@QZWORK.example", "--texts", texts, *DO)
    assert answer.exit_code == 0, answer.output
    assert found(root) == {}
    with Project.load(root) as project:
        source = project.snapshots("source")
        latest = source.latest()
        assert latest is not None
        rows = source.row(Kind.COMMENT, "1", latest.number), source.row(Kind.COMMENT, "2", latest.number)
        assert rows[0] is not None
        assert rows[1] is not None
        erased = "call" not in str(rows[0].records)
        assert erased is (texts == "erase")
        assert "we wrote to" in str(rows[1].records), "what others wrote stays"
        assert source.writer.bucket_digest(latest.number) == latest.digest
        assert project.workspace.database.one(
            "SELECT count(*) FROM slot WHERE ref = ?", (f"{DESK}:person:3",)
        ) != (0,)


def test_a_file_that_another_has_too_stays_theirs(root: Path) -> None:
    """The bytes of a file are kept once: what goes with one person's attachment is not another's."""
    shared, own, abroad = (sha256(data).hexdigest() for data in (SHARED, THEIRS, ABROAD))
    with Project.load(root) as project:
        blobs = Blobs(project.root / "blobs")
        assert all(blobs.path(checksum).exists() for checksum in (shared, own, abroad))
        project.snapshots("target").store_content("of-another", abroad, len(ABROAD), "stored")
    assert run(root, "forget", "3", "--texts", "erase", *DO).exit_code == 0
    assert blobs.path(shared).read_bytes() == SHARED
    assert blobs.path(abroad).read_bytes() == ABROAD
    assert not blobs.path(own).exists()
    with Project.load(root) as project:
        rows = project.snapshots("source").database.rows("SELECT id, sha256, state FROM content")
        held = {id_: (checksum, state) for id_, checksum, state in rows}
    assert held["12"] == (shared, "stored")
    assert held["11"] == held["13"] == ("", "redacted")


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
        and not path.name.startswith(("workspace.db", "lock"))
        and not path.name.endswith(("-wal", "-shm"))
    }


def test_a_look_changes_nothing_and_counts_what_would_go(root: Path) -> None:
    before = files(root)
    answer = run(root, "forget", "3", "--json")
    assert answer.exit_code == 3, answer.output
    told = json.loads(answer.output)
    assert told["accounts"] == [f"{DESK}:person:3", "dest:person:3"] or len(told["accounts"]) == 2
    assert told["counts"]["tickets that name them"] >= 2
    assert told["counts"]["files of theirs"] >= 1
    assert {"audit.zip", "decisions/people.csv", "sheet.xlsx"} <= set(told["files"])
    assert files(root) == before
    shown = run(root, "forget", "3")
    assert max(map(len, shown.output.splitlines())) <= 80
    assert "Neither desk is touched" in shown.output


def test_what_was_asked_wrongly_takes_nothing_out(root: Path) -> None:
    before = files(root)
    for words, code in (
        (("nobody@else.example",), 1),
        (("3", "--apply", "--by", "Ito", "--yes"), 64),
        (
            ("3", "--texts", "keep", "--by", "Ito", "--because", "Qzanna Qzmüller wrote", "--apply", "--yes"),
            1,
        ),
        (("3", "--texts", "keep", "--by", "Ito", "--because", "x", "--apply"), 64),
        ((), 64),
    ):
        assert run(root, "forget", *words).exit_code in (code, 64), words
    assert files(root) == before


def test_a_later_extract_holds_them_back_and_says_so(root: Path) -> None:
    run(root, "forget", "3", "--texts", "erase", *DO)
    source = SourceDesk(root.parent / "src")
    with_id(root.parent / "src")
    source.put("person", 3, {**ANNA, "notes": "qznote, changed since"})
    source.put("person", 9, {**ANNA, "updated": "2025-01-01T00:00:00Z"})
    source.comment(90, 1, "<p>Qzanna Qzmüller again: qzsecretfile</p>", author=f"{DESK}:person:3")
    source.ticket(4, 4, requester=f"{DESK}:person:9", subject="Once more, qzanna")
    with Project.load(root) as project:
        done = stages.extract(project)
        assert done["source"].held_back[0] == 2
        assert done["source"].held_back[1] >= 1
        latest = project.snapshots("source").latest()
        assert latest is not None
        assert project.snapshots("source").row(Kind.PERSON, "9", latest.number) is None
        assert project.snapshots("source").row(Kind.PERSON, "3", latest.number) is None
    assert found(root) == {}
    with Project.load(root) as project:
        again = stages.extract(project)
        assert sum(again["source"].changed.values()) == 0
        plan = stages.make_plan(project)
        plan.verify_digest()
    assert found(root) == {}
    (root / "came.csv").write_text("since,Qzanna Qzmüller\n")
    assert run(root, "forget", "3", "--texts", "erase", *DO).exit_code == 0
    assert (root / "came.csv").read_text() == "since,[forgotten]\n"


def test_a_plan_that_names_them_says_why_it_is_not_what_it_was(root: Path) -> None:
    run(root, "forget", "3", "--texts", "keep", *DO)
    with Project.load(root) as project:
        plan = project.plan("p-01")
        digest = next(row["digest"] for row in project.plan_rows())
        assert plan.digest == digest, "the digest is kept"
        with pytest.raises(StalePlanError, match="somebody was forgotten"):
            plan.verify_digest()
        assert ForgottenList(project.workspace).entries()[0].files["plans/p-01.plan"]
    decided = (root / "decisions" / "people.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in decided] == ["ref", f"{DESK}:person:4"]
    told = run(root, "log").output
    assert "forget" in told
    assert "request 17" in " ".join(told.split())
    sums, text = pack_check.digests(root / "audit.zip")
    sums.pop("SHA256SUMS")
    assert text == "".join(f"{made}  {name}\n" for name, made in sorted(sums.items())), "the pack checks"


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", [1, 5, 9])
def test_one_that_was_killed_is_gone_on_with(root: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at a step that changes the disk, then gone on with: the end is the same."""
    steps = iter(range(1000))

    def dying(work: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            if next(steps) == at:
                raise Killed
            return work(*arguments, **named)

        return step

    with monkeypatch.context() as patched:
        for name in ("rewrite", "_put", "_without", "scrub_cells", "settle_for_good", "forget_files"):
            patched.setattr(forgetting, name, dying(getattr(forgetting, name)))
        with Project.load(root) as project:
            try:
                forgetting.forget(project, "3", "erase", "Ito", "request 17")
            except Killed:
                pass
            else:
                pytest.skip("it has fewer steps")
    with Project.load(root) as project:
        if ForgottenList(project.workspace).unfinished() is None:
            forgetting.forget(project, "3", "erase", "Ito", "request 17")
        else:
            assert run(root, "log").output.count("not at its end") == 1
            assert forgetting.resume_forget(project) is not None
        assert [bool(entry.ended) for entry in ForgottenList(project.workspace).entries()] == [True]
    assert found(root) == {}


@pytest.mark.parametrize("name", ["rewrite", "_put"])
def test_a_file_without_a_word_of_theirs_goes_when_a_killed_one_is_gone_on_with(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then no desk tells any more whose its bytes were."""

    def dying(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patched, Project.load(root) as project:
        patched.setattr(forgetting, name, dying)
        with pytest.raises(Killed):
            forgetting.forget(project, "3", "erase", "Ito", "request 17")
    with Project.load(root) as project:
        assert forgetting.resume_forget(project) is not None
    left = {path.read_bytes() for path in (root / "blobs").glob("*/*")}
    assert (THEIRS in left, SHARED in left) == (False, True)


def test_what_another_is_called_too_stays_outside_of_their_tickets(root: Path) -> None:
    source = SourceDesk(root.parent / "src")
    with_id(root.parent / "src")
    source.put(
        "person",
        8,
        {"name": "Qzanna Qzmüller", "role": "end_user", "state": "active", "email": "other@x.example"},
    )
    source.comment(91, 3, "<p>Qzanna Qzmüller of Berlin</p>", author=f"{DESK}:person:8")
    with Project.load(root) as project:
        stages.extract(project)
    answer = run(root, "forget", "3", "--texts", "keep", *DO)
    assert answer.exit_code == 0
    with Project.load(root) as project:
        latest = project.snapshots("source").latest()
        assert latest is not None
        other = project.snapshots("source").row(Kind.PERSON, "8", latest.number)
        said = project.snapshots("source").row(Kind.COMMENT, "91", latest.number)
        assert other is not None
        assert said is not None
        assert other.records[0]["name"] == "Qzanna Qzmüller"
        assert "Qzanna Qzmüller of Berlin" in str(said.records)


def test_an_address_and_a_number_that_another_has_too_stay_outside_of_their_tickets(root: Path) -> None:
    """A mailbox of a firm is not one person's: who has it too keeps it, however it is written, and is told of."""
    source = SourceDesk(root.parent / "src")
    source.put(
        "person",
        8,
        {
            "name": "Bo Berg", "role": "end_user", "state": "active", "email": "ANNA.QZ@qzwork.example",
            "identities": [{"type": "phone", "value": "(030) 771234567"}],
        },
    )  # fmt: skip
    with_id(root.parent / "src")
    source.comment(91, 3, "<p>Bo reads anna.qz@qzwork.example, 030 77 1234567</p>", author=f"{DESK}:person:8")
    with Project.load(root) as project:
        stages.extract(project)
        somebody = find_somebody(project, "3")
        assert (somebody.words.addresses, somebody.words.phones) == (frozenset(), frozenset())
        assert "Qzanna Qzmüller" in somebody.words.names, "nobody else is called that"
        assert {f"{kind}, with {DESK}:person:8" for kind in ("an address", "a phone number")} <= set(
            somebody.shared
        )
    assert run(root, "forget", "3", "--texts", "keep", *DO).exit_code == 0
    with Project.load(root) as project:
        snapshots = project.snapshots("source")
        latest = snapshots.latest()
        assert latest is not None
        other = snapshots.row(Kind.PERSON, "8", latest.number)
        said = snapshots.row(Kind.COMMENT, "91", latest.number)
        assert other is not None
        assert said is not None
        assert other.records[0]["email"] == "ANNA.QZ@qzwork.example"
        assert "anna.qz@qzwork.example, 030 77 1234567" in str(said.records)
        assert snapshots.row(Kind.PERSON, "3", latest.number) is None


def test_another_folder_of_the_same_desks_holds_them_back_too(root: Path) -> None:
    """The folder of a fallback, and the new desk as `health` reads it, are read anew: with the same list."""
    run(root, "forget", "3", "--texts", "keep", *DO)
    with Project.load(root) as project:
        read_new_desk(project)
        assert found(root) == {}
        other = root.parent / "other"
        shutil.copytree(root, other, ignore=shutil.ignore_patterns("*.db*", "plans", "answers", "people"))
        with Project.load(other) as second:
            hand_on(project, second)
            assert stages.extract(second)["source"].held_back[0] == 1
    assert found(other) == {}


def test_a_folder_that_forgot_somebody_itself_still_holds_them_back_with_the_list_of_another(
    root: Path,
) -> None:
    """`forget` in the folder of a fallback, in the migration's, and `fallback` again: each folder had a key of its own."""
    other = root.parent / "other"
    shutil.copytree(root, other, ignore=shutil.ignore_patterns("*.db*", "plans", "answers", "people"))
    with Project.load(other) as second:
        stages.extract(second)
    assert run(other, "forget", "4", "--texts", "keep", *DO).exit_code == 0
    assert run(root, "forget", "3", "--texts", "keep", *DO).exit_code == 0
    source = SourceDesk(root.parent / "src")
    with_id(root.parent / "src")
    for id_ in (3, 4, 5):
        changed = {"name": f"Changed {id_}", "role": "end_user", "state": "active"}
        source.put("person", id_, changed)
    with Project.load(root) as project, Project.load(other) as second:
        hand_on(project, second)
        stages.extract(second)
        snapshots = second.snapshots("source")
        latest = snapshots.latest()
        assert latest is not None
        there = [snapshots.row(Kind.PERSON, id_, latest.number) is not None for id_ in "345"]
        assert there == [False, False, True]
