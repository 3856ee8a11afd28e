"""The files of a neutral desk: what a crash, an editor or another process leaves in them."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from ticketferry.sdk import ConfigError, Kind, Ref, RejectedError, Session
from ticketferry.testing import write_sample
from ticketferry_neutral.files import Folder, state
from ticketferry_neutral.options import NeutralOptions
from ticketferry_neutral.source import NeutralSource


def person(number, name="Ana", **more):
    return {"id": str(number), "record": {"ref": f"acme:person:{number}", "name": name}, **more}


def lay(folder, *lines, kind="person", end=b"\n"):
    folder.mkdir(exist_ok=True)
    if not (folder / "desk.json").exists():
        (folder / "desk.json").write_text('{"schema_version": 1, "product": "neutral"}')
    with (folder / f"{kind}.jsonl").open("ab") as file:
        file.write(
            b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines) + end
        )


def source(folder, **options):
    return NeutralSource(NeutralOptions(folder=folder, **options), Session("acme"))


def names(desk, stream="person", cursor=None):
    return [
        wire.body["name"] if wire.body else None
        for page in desk.read(stream, cursor)
        for wire in page.records
    ]


def test_a_torn_last_line_is_told_and_cut_off_by_the_next_writer(tmp_path):
    lay(tmp_path, person(1), b'{"id":"2","record":{"ref":"acme:per', end=b"")
    with pytest.raises(ConfigError, match=r"person\.jsonl:2: the last line is cut off"):
        names(source(tmp_path))
    folder = Folder(tmp_path)
    with folder.writing("acme") as writer:
        writer.put(Kind.PERSON, writer.next_id(Kind.PERSON), person(2, "Bo")["record"])
    assert names(source(tmp_path)) == ["Ana", "Bo"]
    assert b"acme:per{" not in (tmp_path / "person.jsonl").read_bytes()


def test_a_whole_last_line_without_a_line_end_counts_and_is_kept_by_the_next_writer(tmp_path):
    lay(tmp_path, person(1), person(2, "Bo"), end=b"")
    desk = source(tmp_path)
    pages = list(desk.read("person", None))
    assert names(desk) == ["Ana", "Bo"]
    with desk.folder.writing("acme") as writer:
        writer.put(Kind.PERSON, "3", person(3, "Cy")["record"])
    assert names(desk, cursor=pages[-1].cursor) == ["Cy"]
    assert names(desk) == ["Ana", "Bo", "Cy"]


def test_a_torn_line_longer_than_a_block_is_found(tmp_path):
    lay(tmp_path, person(1), b'{"id":"2","record":{"name":"' + "ä".encode() * 200_000, end=b"")
    with pytest.raises(ConfigError, match=r"person\.jsonl:2: the last line is cut off"):
        names(source(tmp_path))


def test_a_file_that_is_one_torn_line_holds_nothing(tmp_path):
    lay(tmp_path, b'{"id":"1","rec', end=b"")
    with pytest.raises(ConfigError, match=r"person\.jsonl:1: the last line is cut off"):
        names(source(tmp_path))
    assert source(tmp_path).count("person") == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{nonsense}", "not JSON"),
        (b"[1]", 'a text "id"'),
        (b'{"id":5,"record":{}}', 'a text "id"'),
        (b'{"id":"1"}', 'an object "record"'),
        (b'{"id":"a]b","record":{"ref":"acme:person:a]b"}}', "bracket"),
        (b'{"id":"1","record":{"name":"x"}}', "record.ref"),
        (b'{"id":"1","record":{"ref":"acme:ticket:1"}}', "record.ref"),
        (b'{"id":"1","record":{"ref":"acme:person:1","nmae":"x"}}', "nmae: Extra inputs"),
        (b'{"id":"1","record":{"ref":"acme:person:1","role":"king"}}', "role: "),
        (b'{"id":"1","updated":"yesterday","record":{"ref":"acme:person:1"}}', "not a time"),
        (b'{"id":"1","root":"x","record":{"ref":"acme:person:1"}}', '"root"'),
    ],
)
def test_a_wrong_line_is_named_with_file_and_line(tmp_path, line, message):
    lay(tmp_path, person(1), person(2), b"", line, person(3))
    with pytest.raises(ConfigError) as caught:
        names(source(tmp_path))
    assert caught.value.where == f"{tmp_path / 'person.jsonl'}:4"
    assert message in caught.value.message


def test_a_part_names_its_root(tmp_path):
    record = {"ref": "acme:comment:1", "public": True}
    lay(tmp_path, {"id": "1", "record": record}, kind="comment")
    with pytest.raises(ConfigError, match='names its "root"'):
        list(source(tmp_path).read("comment", None))


def test_a_wrong_line_after_the_cursor_is_counted_from_the_start_of_the_file(tmp_path):
    lay(tmp_path, person(1), person(2))
    desk = source(tmp_path)
    cursor = list(desk.read("person", None))[-1].cursor
    lay(tmp_path, b"{oops}")
    with pytest.raises(ConfigError) as caught:
        names(desk, cursor=cursor)
    assert caught.value.where.endswith("person.jsonl:3")


def test_a_file_that_became_shorter_stops_the_delta(tmp_path):
    lay(tmp_path, person(1), person(2))
    desk = source(tmp_path)
    cursor = list(desk.read("person", None))[-1].cursor
    (tmp_path / "person.jsonl").write_bytes(orjson.dumps(person(1)) + b"\n")
    with pytest.raises(ConfigError, match="was read up to byte"):
        names(desk, cursor=cursor)


def test_a_cursor_of_something_else_is_refused(tmp_path):
    lay(tmp_path, person(1))
    with pytest.raises(ConfigError, match="no place in"):
        names(source(tmp_path), cursor="page=2")


def test_the_last_line_of_an_id_wins_and_a_tombstone_ends_it(tmp_path):
    lay(tmp_path, person(1), person(2), person(1, "Anna"), {"id": "2", "gone": True})
    desk = source(tmp_path)
    assert desk.count("person") == 1
    assert [wire.body["name"] for wire in desk.fetch([Ref("acme", Kind.PERSON, id_) for id_ in "12"])] == [
        "Anna"
    ]
    assert names(desk)[-2:] == ["Anna", None]


def test_a_deleted_part_is_not_fetched_though_its_tombstone_names_no_root(tmp_path):
    lay(tmp_path, {"id": "1", "record": {"ref": "acme:ticket:1"}}, kind="ticket")
    line = {
        "id": "5",
        "root": {"kind": "ticket", "id": "1"},
        "record": {"ref": "acme:comment:5", "public": True},
    }
    lay(tmp_path, line, {"id": "5", "gone": True}, kind="comment")
    assert [wire.ref.kind for wire in source(tmp_path).fetch([Ref("acme", Kind.TICKET, "1")])] == [
        Kind.TICKET
    ]


def test_lines_that_come_while_reading_are_seen_by_the_next_delta(tmp_path):
    lay(tmp_path, *(person(number) for number in range(1, 8)))
    desk = source(tmp_path, page_size=3)
    pages = desk.read("person", None)
    next(pages)
    lay(tmp_path, person(8, "Zoe"))
    cursor = list(pages)[-1].cursor
    assert "Zoe" in [*names(desk, cursor=cursor)]


def test_a_folder_without_desk_json_is_no_source(tmp_path):
    with pytest.raises(ConfigError, match=r"no desk\.json"):
        source(tmp_path).check()
    with pytest.raises(ConfigError, match=r"no desk\.json"):
        names(source(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ('{"product": "zendesk"}', "desk.json says"),
        ('{"schema_version": 99, "product": "neutral"}', "schema version 99"),
    ],
)
def test_a_wrong_desk_json_is_refused(tmp_path, text, message):
    (tmp_path / "desk.json").write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        source(tmp_path).check()
    assert str(tmp_path) in caught.value.where


def test_a_wrong_catalog_names_the_entry(tmp_path):
    (tmp_path / "desk.json").write_text(
        '{"schema_version": 1, "product": "neutral", "catalog": {"statuses": [{"id": "1", "name": "Open"}]}}'
    )
    with pytest.raises(ConfigError, match=r"statuses\.0\.stage"):
        source(tmp_path).catalog()


def test_a_checksum_is_no_path(tmp_path):
    lay(tmp_path, person(1))
    (tmp_path / "secret").write_text("x")
    for checksum in ("../secret", "", "../" * 21 + "x"):
        with pytest.raises(RejectedError):
            b"".join(source(tmp_path).content({"ref": "acme:attachment:1", "name": "a", "sha256": checksum}))


def test_threads_never_get_the_same_number(tmp_path):
    folder = Folder(tmp_path / "new")

    def add(_):
        with folder.writing("acme") as writer:
            id_ = writer.next_id(Kind.PERSON)
            writer.put(Kind.PERSON, id_, person(id_)["record"])
            return id_

    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(add, range(40)))
    assert sorted(map(int, ids)) == list(range(1, 41))
    assert len(state(tmp_path / "new")["person"]) == 40


def _write_some(path, count):
    folder = Folder(path)
    for _ in range(count):
        with folder.writing("acme") as writer:
            id_ = writer.next_id(Kind.PERSON)
            writer.put(Kind.PERSON, id_, person(id_)["record"])


def test_processes_wait_for_each_other(tmp_path):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_some, args=(tmp_path / "new", 15)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(state(tmp_path / "new")["person"]) == 30


def test_reading_a_large_desk_needs_no_more_memory_than_a_small_one(tmp_path):
    import tracemalloc

    def peak(tickets):
        write_sample(tmp_path / str(tickets), tickets=tickets, hostile=False)
        desk = source(tmp_path / str(tickets), page_size=50)
        tracemalloc.start()
        for stream in desk.streams():
            for page in desk.read(stream, None):
                assert len(page.records) <= 50
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    peak(149)  # the first reading of each kind makes what reads its lines, once in a process
    assert peak(1_500) < 2 * peak(150)


def test_a_source_whose_last_line_is_cut_off_names_file_and_line_and_is_not_read_short(tmp_path):
    from tests.flow.migrations import write_desk, write_project

    from ticketferry.project import Project, stages

    write_desk(tmp_path / "src", 3)
    tickets = tmp_path / "src" / "ticket.jsonl"
    tickets.write_bytes(tickets.read_bytes()[:-20])
    with (
        Project.load(write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")) as project,
        pytest.raises(ConfigError, match="the last line is cut off") as caught,
    ):
        stages.extract(project)
    assert caught.value.where == f"{tickets}:3"
