"""The files of a ticket: which can go, under which names, and what is told of the others."""

import pytest

from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.case_files import FileRules, blob_of, by_comment, file_name, fitting_files, named_file
from ticketferry.sdk.contract import Blob, Disposition
from ticketferry.sdk.lane import Lane

RULES = FileRules("X-FILE", "X-FILE-NAME", largest=100, most=2, beyond="is beyond {:,}")


def lane():
    return Lane(parse_ref("acme:ticket:1"))


def file(number, **more):
    return {"ref": f"acme:attachment:{number}", "name": f"{number}.txt", "sha256": "00", "size": 1, **more}


def test_what_cannot_be_uploaded_is_told_with_its_reason_and_takes_no_room():
    told = lane()
    items = [
        file(1, sha256=None, state="missing"),
        file(2, size=101),
        file(3, size=100),
        file(4),
        file(5),
        file(6, size=None, sha256=""),
    ]
    items[-1].pop("size")
    assert [*fitting_files(items, told, RULES)] == ["acme:attachment:3", "acme:attachment:4"]
    assert [(row.code, row.where, row.message) for row in told.findings] == [
        ("X-FILE", "attachments[1]", "'1.txt' has no bytes in the workspace (missing)"),
        ("X-FILE", "attachments[2]", "'2.txt' is larger than the 100 bytes that one file may have"),
        ("X-FILE", "attachments[5]", "'5.txt' is beyond 2"),
        ("X-FILE", "attachments[6]", "'6.txt' has no bytes in the workspace (not fetched)"),
    ]
    assert {fate.disposition for fate in told.fates} == {Disposition.UNSUPPORTED}
    without_limits = FileRules("X-FILE", "X-FILE-NAME")
    assert len(fitting_files([file(number, size=10**12) for number in range(9)], lane(), without_limits)) == 9


def test_files_of_no_comment_that_is_written_hang_on_the_ticket():
    files = {
        f"acme:attachment:{number}": file(number, **more)
        for number, more in enumerate([{"comment": "a"}, {"comment": "b"}, {}])
    }
    assert by_comment(files, {"a"}) == {
        "a": ["acme:attachment:0"],
        None: ["acme:attachment:1", "acme:attachment:2"],
    }


def test_a_file_under_another_name_is_told_and_what_a_mark_keeps_of_it_is_all_but_what_reading_shows():
    told = lane()
    item = file(
        7,
        name="C:\\x\\a\tb.txt",
        url="https://x.example",
        inline=False,
        created="2021",
        comment="acme:comment:1",
        state="stored",
    )
    assert named_file(item, told, RULES) == {
        "ref": "acme:attachment:7", "name": "ab.txt", "inline": False, "created": "2021", "comment": "acme:comment:1", "size": 1,
    }  # fmt: skip
    assert [(row.code, row.where) for row in told.findings] == [("X-FILE-NAME", "attachments[7].name")]
    quiet = lane()
    assert "size" not in named_file(
        {"ref": "acme:attachment:8", "name": "a.txt", "sha256": "00"}, quiet, RULES
    )
    assert (quiet.findings, quiet.fates) == ([], [])


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a.txt", "a.txt"), ("../../etc/passwd", "passwd"), ("..", "file"), ("", "file"), (' "q" \r\n.pdf', "'q' .pdf"),
        ("\u202egpj.exe", "gpj.exe"), ("ä" * 300 + ".jpeg", "ä" * 245 + ".jpeg"), ("x" * 300, "x" * 250), ("a." + "y" * 300, "a." + "y" * 248),
    ],
)  # fmt: skip
def test_a_name_is_one_that_products_take(name, written):
    assert file_name(name) == written
    assert len(file_name(name)) <= 250


def test_the_bytes_go_under_that_name_and_a_type_that_a_header_takes():
    assert blob_of(file(1, name="a/b.txt", media_type="text/plain")) == Blob("00", "b.txt", "text/plain")
    assert blob_of(file(1, media_type="no type\r\nX: y")) == Blob("00", "1.txt", "application/octet-stream")
