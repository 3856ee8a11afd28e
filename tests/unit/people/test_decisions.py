import csv

import pytest

from ticketferry.errors import MappingError
from ticketferry.people.decisions import (
    COLUMNS,
    Decision,
    Decisions,
    read_decisions,
    refuse_unknown,
    write_decisions,
)

HEAD = ",".join(COLUMNS) + "\n"


def problems(path, text):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        read_decisions(path)
    return list(caught.value.problems)


def test_what_is_written_is_read_back_and_formulas_are_made_harmless(tmp_path):
    path = tmp_path / "decisions" / "people.csv"
    rows = [Decision("acme:person:1", 'Zoë 🙂, "x"', "z@x.example", "acme:person:2", "accept", "line\nend", "m.ito"),
            Decision("acme:person:3", "=cmd()", "c@x.example", "", "separate"), Decision("acme:person:4", suggestion="acme:person:2")]  # fmt: skip
    write_decisions(path, rows)
    found = read_decisions(path)
    assert found.rows["acme:person:1"] == rows[0]
    assert "'=cmd()" in path.read_text(encoding="utf-8")
    assert found.rows["acme:person:3"].name == "=cmd()"
    assert (found.chosen("acme:person:1"), found.chosen("acme:person:3"), found.chosen("acme:person:4")) == (
        "acme:person:2",
        "",
        None,
    )
    assert [row.ref for row in found.open()] == ["acme:person:4"]
    assert list(path.parent.iterdir()) == [path]


def test_an_absent_file_decides_nothing(tmp_path):
    assert read_decisions(tmp_path / "none.csv") == Decisions()


def test_every_fault_has_its_line(tmp_path):
    text = (
        HEAD
        + 'acme:person:1,"two\nlines",,,accept,,\nnobody,,,,,,\nacme:person:2,,,,maybe,,\nacme:person:2,x\nacme:person:3,,,,acme:ticket:1,,\n'
    )
    found = problems(tmp_path / "p.csv", text)
    assert [row.split(":")[1] for row in found] == ["2", "4", "5", "6", "7"]
    assert "nothing is suggested" in found[0]


def test_decisions_of_other_kinds_are_named(tmp_path):
    text = HEAD + "acme:person:2,,,,acme:organization:1,,\n"
    assert problems(tmp_path / "p.csv", text) == [
        "p.csv:2:1: acme:person:2 and acme:organization:1 are not of one kind"
    ]


def test_decisions_about_records_that_no_desk_has_are_named_with_their_lines(tmp_path):
    path = tmp_path / "p.csv"
    rows = (
        "acme:person:1.23E+15,,,,separate,,", "acme:person:1,,,,site:person:404,,", "site:person:a,,,,acme:person:1,,",
        "acme:person:404,,,,,,", "acme:person:2,,,,acme:person:1,,", "acme:person:3,,,,site:person:a,,", "acme:person:4,,,,leave,,",
        "acme:person:5,,,,other:person:a,,",
    )  # fmt: skip
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    here = {f"acme:person:{number}" for number in range(1, 6)}
    with pytest.raises(MappingError) as caught:
        refuse_unknown(
            read_decisions(path), ("acme", "site"), lambda ref: str(ref) in here, lambda ref: str(ref) == "site:person:a"
        )  # fmt: skip
    assert list(caught.value.problems) == [
        "p.csv:2:1: the old desk has no acme:person:1.23E+15",
        "p.csv:3:1: neither desk has site:person:404",
        "p.csv:4:1: site:person:a is of the new desk: `ref` names somebody of the old one",
        "p.csv:9:1: neither desk has other:person:a",
    ]


@pytest.mark.parametrize(
    "name", ["a\rb", "\r=1", "a\r\nb", "\x1b[31m\u202e", "\n=1", "\uff1d1+1", "\t=1", '"', "a;b,c\td"]
)
def test_names_of_strangers_do_not_break_the_file(tmp_path, name):
    path = tmp_path / "p.csv"
    write_decisions(
        path,
        [Decision("acme:person:1", name, "", "acme:person:2", "accept"), Decision("acme:person:2", name)],
    )
    found = read_decisions(path)
    assert found.chosen("acme:person:1") == "acme:person:2"
    assert set(found.rows) == {"acme:person:1", "acme:person:2"}
    with path.open(encoding="utf-8", newline="") as file:
        cells = [row[1] for row in csv.reader(file)][1:]
    assert not any(cell.startswith(("=", "\n", "\r", "\t", "\uff1d")) or "\x1b" in cell for cell in cells)


@pytest.mark.parametrize("said", ['"sep=;"', "sep=;", "SEP=;"])
def test_a_spreadsheet_may_quote_the_line_that_names_its_sign(tmp_path, said):
    path = tmp_path / "p.csv"
    path.write_text(f"{said}\r\nref;decision\r\nacme:person:1;separate\r\n", encoding="utf-16")
    assert read_decisions(path).places["acme:person:1"] == "p.csv:3"


def test_a_tab_may_be_named_as_the_sign(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("sep=\t\nref\tdecision\nacme:person:1\tseparate\n", encoding="utf-8")
    assert read_decisions(path).chosen("acme:person:1") == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n",
        "ref;name\n",
        "\ufeff" + HEAD.upper() + "acme:person:1,,,,acme:person:1,,\n",
        HEAD + '"never closed',
    ],
)
def test_what_is_no_decisions_file_is_refused_or_empty(tmp_path, text):
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    if text == "":
        assert read_decisions(path) == Decisions()
    else:
        assert problems(path, text)


def test_the_digest_counts_decisions_and_not_the_words_around_them():
    one = Decisions({"a:person:1": Decision("a:person:1", "x", "", "a:person:2", "accept", "why", "by")})
    two = Decisions({"a:person:1": Decision("a:person:1", "y", "", "", "a:person:2")})
    assert one.digest() == two.digest() != Decisions().digest()


def test_a_file_that_is_no_text_is_one_sentence(tmp_path):
    (tmp_path / "p.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MappingError, match="UTF-8"):
        read_decisions(tmp_path / "p.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_spreadsheet_may_have_saved_the_file(tmp_path, encoding, sign, end):
    rows = [
        ["ref", "Name", "email", "suggestion", "decision", "why", "by"],
        ["acme:person:1", "Zo\u00eb", "z@x.example", "acme:person:2", " Accept ", "", ""],
        ["acme:organization:7", "Acme", "", "", "Name: Acme Berlin", "", ""],
        ["", "", "", "", "", "", ""],
    ]
    path = tmp_path / "p.csv"
    path.write_bytes(end.join(sign.join(row) for row in rows).encode(encoding))
    found = read_decisions(path)
    assert found.rows["acme:person:1"].name == "Zo\u00eb"
    assert found.chosen("acme:person:1") == "acme:person:2"
    assert found.rows["acme:organization:7"].word() == "name: Acme Berlin"
    assert found.places["acme:organization:7"] == "p.csv:3"


def test_a_spreadsheet_may_name_its_sign_and_drop_columns(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("sep=;\ndecision;ref;\nseparate;acme:person:1;\n", encoding="utf-8")
    assert read_decisions(path).chosen("acme:person:1") == ""


@pytest.mark.parametrize(
    ("word", "said"),
    [("number", "for organizations"), ("name: X", "for organizations"), ("merge", "is no decision")],
)
def test_a_word_that_does_not_fit_is_told_with_its_line(tmp_path, word, said):
    found = problems(tmp_path / "p.csv", HEAD + f"acme:person:1,,,,{word},,\n")
    assert found[0].startswith("p.csv:2:1: ")
    assert said in found[0]


def test_a_spreadsheets_code_page_is_read_where_what_counts_is_ascii(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(
        (HEAD + "acme:person:1,Zoë Müller,,acme:person:2,accept,geprüft,m.ito,,,\n").encode("cp1252")
    )
    row = read_decisions(path).rows["acme:person:1"]
    assert (row.name, row.decision, row.why) == ("Zoë Müller", "accept", "geprüft")
    for line in ("acme:person:é,x,,acme:person:2,accept,,,,,\n", "acme:organization:1,,,,name: Café,,,,,\n"):
        path.write_bytes((HEAD + line).encode("cp1252"))
        with pytest.raises(MappingError, match=r"p\.csv:2:1: neither UTF-8"):
            read_decisions(path)


def test_a_line_whose_empty_end_was_cut_off_is_read(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(HEAD + "acme:person:1,Ann,,acme:person:2,accept\n", encoding="utf-8")
    assert read_decisions(path).chosen("acme:person:1") == "acme:person:2"
