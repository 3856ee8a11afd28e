"""A decisions file goes through spreadsheets that save it their own way: what a person wrote in it stays byte for byte, and means the same."""

import csv
import io

import pytest

from ticketferry.errors import MappingError
from ticketferry.people.decisions import COLUMNS, Decision, read_decisions, write_decisions
from ticketferry.people.offered import BY, OfferLog

TOOL = [
    Decision("acme:person:0012", "Zoë, Ann", "z@a.example", "acme:person:0007", "accept", "one mailbox; +5.0", BY, "Ann <a@a.example>", "18.3", "2026-11-30"),
    Decision("acme:person:13", "=cmd()", "c@a.example", "acme:person:8", "", "two\nlines", BY, "Bo", "3.1", "2026-11-30"),
    Decision("acme:person:14", "Kim", "k@a.example", "site:person:qm:9:x", "", "a name", BY, "Kim <k@b.example>", "-0.4", "2026-11-30"),
    Decision("acme:person:15", "Lee", "", "acme:person:9", "", "a name", BY, "Lee", "0.5", "2026-11-30"),
]  # fmt: skip


def csv_text(table, sign=",", end="\n", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=sign, lineterminator=end, quoting=quoting).writerows(table)
    return text.getvalue()


def turned(table):
    """Columns in another order, those for reading deleted, lines sorted by name."""
    names = ["decision", "by", "why", "suggestion", "ref", "name"]
    rows = [[row[COLUMNS.index(name)] for name in names] for row in table[1:]]
    return [names, *sorted(rows, key=lambda row: row[-1])]


def localised(table):
    """Numbers and days as a German spreadsheet shows them, headings in capitals, blanks around cells, empty columns and lines at the end."""
    rows = [[*row[:8], row[8].replace(".", ","), "30.11.2026" if row[9] else "", "", ""] for row in table[1:]]
    return [[name.upper() for name in table[0]] + ["", ""], *rows, [""] * 12]


SAVED = {
    "as it was": lambda table: csv_text(table).encode(),
    "excel, CSV UTF-8": lambda table: b"\xef\xbb\xbf" + csv_text(table, ";", "\r\n").encode(),
    "excel, CSV": lambda table: csv_text(table, ";", "\r\n").encode("cp1252", "replace"),
    "excel, Unicode text": lambda table: csv_text(table, "\t", "\r\n").encode("utf-16"),
    "big-endian": lambda table: b"\xfe\xff" + csv_text(table, "\t", "\r\n").encode("utf-16-be"),
    "without a mark": lambda table: csv_text(table, ";", "\n").encode("utf-16-le"),
    "with its sign": lambda table: b"sep=;\r\n" + csv_text(table, ";", "\r\n").encode(),
    "old mac": lambda table: csv_text(table, ",", "\r").encode(),
    "all quoted": lambda table: csv_text(table, ",", "\r\n", csv.QUOTE_ALL).encode(),
    "turned": lambda table: csv_text(turned(table), ";", "\r\n").encode(),
    "localised": lambda table: csv_text(localised(table), ";", "\r\n").encode(),
    "no line end": lambda table: csv_text(table).encode().rstrip(b"\n"),
}


def edited(path, save):
    """A person accepts a line, refuses one, adds one of their own, and the spreadsheet saves it."""
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    said = {"acme:person:13": ("accept", "m.ito"), "acme:person:14": ("Separate", "m.ito")}
    for row in table[1:]:
        if row[0] in said:
            row[4], row[6] = said[row[0]]
            row[5] = "asked « him »"
    table.append(["acme:person:20", "René", "", "", "acme:person:21", "knows both", "m.ito", "", "", ""])
    path.write_bytes(save(table))


@pytest.mark.parametrize("saved", SAVED)
def test_what_a_person_wrote_stays_byte_for_byte_and_means_the_same(tmp_path, saved):
    path = tmp_path / "people.csv"
    write_decisions(path, TOOL)
    OfferLog.beside(path).write(TOOL)
    edited(path, SAVED[saved])
    before, data = read_decisions(path), path.read_bytes()
    log = OfferLog.beside(path)
    theirs = [ref for ref, row in before.rows.items() if not log.wrote(row)]
    assert {"acme:person:13", "acme:person:14", "acme:person:20"} == set(theirs)
    assert (before.chosen("acme:person:13"), before.chosen("acme:person:14")) == ("acme:person:8", "")
    assert before.chosen("acme:person:20") == "acme:person:21"
    # The next run: one line of the tool's is another now, one is gone, one is new.
    mine = [
        TOOL[0]._replace(suggestion="acme:person:0003", why="one personal number"),
        Decision("acme:person:16", "Müller", "", "acme:person:1", "accept", "one mailbox", BY),
    ]
    rows = {row.ref: row for row in (*mine, *(before.rows[ref] for ref in theirs))}
    write_decisions(path, [rows[ref] for ref in sorted(rows)], theirs)
    after, now = read_decisions(path), path.read_bytes()
    assert {ref: row.chosen() for ref, row in after.rows.items()} == {
        "acme:person:0012": "acme:person:0003", "acme:person:16": "acme:person:1", "acme:person:13": "acme:person:8",
        "acme:person:14": "", "acme:person:20": "acme:person:21",
    }  # fmt: skip
    wide = data[:4].find(0) >= 0
    sign = "m.ito".encode(("utf-16-be", "utf-16-le")[data[:4].find(0) % 2]) if wide else b"m.ito"
    end = b"\r" if b"\r" in data and b"\n" not in data else b"\n"
    kept = [line for line in data.split(end) if sign in line]
    assert len(kept) == 3
    for line in kept:
        assert line.strip(b"\0\r\n") in now
    assert all(after.rows[ref] == before.rows[ref] for ref in theirs)
    # A third run that says the same writes the same.
    write_decisions(path, [rows[ref] for ref in sorted(rows)], theirs)
    assert path.read_bytes() == now


def test_a_ref_that_the_code_page_has_no_sign_for_makes_the_file_unicode(tmp_path):
    path = tmp_path / "people.csv"
    theirs = Decision("acme:person:20", "René", "", "acme:person:21", "accept", "knows both", "m.ito")
    path.write_bytes(SAVED["excel, CSV"]([COLUMNS, theirs]))
    new = Decision("acme:person:日本", "Ito", "", "acme:person:8", "accept", "one mailbox", BY)
    write_decisions(path, [theirs, new], [theirs.ref])
    after = read_decisions(path)
    assert list(after.rows) == [theirs.ref, new.ref]
    assert (after.rows[theirs.ref].name, after.chosen(new.ref)) == ("René", "acme:person:8")


def test_a_file_without_lines_of_people_is_written_whole_and_in_order(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(SAVED["turned"]([COLUMNS, *TOOL]))
    write_decisions(path, TOOL)
    whole = path.read_bytes()
    path.unlink()
    write_decisions(path, TOOL)
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1.23457E+12,accept,acme:person:2", "is no ref of a person"),
        ("12,accept,acme:person:2", "is no ref of a person"),
        ("acme:person:2,acme:person:0007 ,acme:person:2\nacme:person:2,separate,", "stands here twice"),
        ("acme:person:3,#NAME?,acme:person:2", "is no decision"),
        ("acme:person:3,=A1,acme:person:2", "is no decision"),
        ("acme:person:3,TRUE,acme:person:2", "is no decision"),
        ("acme:person:3,accept,acme:person:2,moved", "columns, wanted are"),
    ],
)
def test_what_a_spreadsheet_broke_is_refused_with_its_line_and_nothing_is_written(tmp_path, line, said):
    path = tmp_path / "people.csv"
    path.write_text(f"ref,decision,suggestion\n{line}\n", encoding="utf-8")
    data = path.read_bytes()
    with pytest.raises(MappingError, match=said) as caught:
        read_decisions(path)
    assert caught.value.problems[0].startswith("people.csv:")
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    "head", ["Ref,Entscheidung", "name,decision", "ref,decision,decision", "ref,decision,note"]
)
def test_renamed_deleted_and_doubled_columns_are_named(tmp_path, head):
    path = tmp_path / "people.csv"
    path.write_text(f"{head}\nacme:person:1,separate\n", encoding="utf-8")
    with pytest.raises(MappingError, match="column"):
        read_decisions(path)
