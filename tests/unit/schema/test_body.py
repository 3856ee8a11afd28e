from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.schema.body_trees import RAW_TREES, TEXT, TREES

from ticketferry.schema import body
from ticketferry.schema.body import BREAK, EM, EMPTY, MAX_LEVEL, STRONG, normalise, references, walk
from ticketferry.schema.body_rewrite import rewrite
from ticketferry.schema.body_subset import parse, write_html
from ticketferry.schema.body_text import from_text, split, text_length, to_text


def shown(tree):
    """All text that a reader sees, in order."""
    out = []
    for block in tree:
        if block[0] in ("p", "h"):
            out += ["\n" if node[0] == "br" else node[1] for node in block[-1]]
        elif block[0] == "pre":
            out.append(block[2])
        elif block[0] in ("ul", "ol"):
            out += [shown(item) for item in block[-1]]
        elif block[0] == "quote":
            out.append(shown(block[1]))
        elif block[0] == "fold":
            out.append(block[1] + shown(block[2]))
        elif block[0] == "table":
            out += [shown(cell[3]) for row in block[1] for cell in row]
    return "".join(out)


@given(TREES)
@settings(max_examples=examples(300), deadline=None)
def test_what_is_written_reads_back_as_the_same_tree(tree):
    assert parse(write_html(tree)) == tree
    assert hash(tree) == hash(parse(write_html(tree)))


@given(TREES)
@settings(max_examples=examples(100), deadline=None)
def test_a_canonical_tree_is_its_own_normal_form(tree):
    assert normalise(tree) == tree


@given(RAW_TREES)
@example((("p", (("t", "a", 0, None), ("t", "b", 0, None))),))
@example((("p", (("t", "a", 96, None), ("t", "b", 0, ("", "")))),))
@settings(max_examples=examples(300), deadline=None)
def test_a_line_that_is_taken_as_it_is_is_what_cleaning_it_gives(tree):
    quick = normalise(tree)
    with mock.patch.object(body, "_is_normal", return_value=False):
        assert normalise(tree) == quick


def test_the_subset_is_written_as_documented():
    tree = (
        (
            "p",
            (
                ("t", "a < b & ", 0, None),
                ("t", "bold", STRONG | EM, None),
                BREAK,
                ("at", "@Ann", 0, None, "acme:person:7"),
            ),
        ),
        (
            "p",
            (
                ("img", 'a "plan"', "acme:attachment:55", "", None),
                ("t", "see", 0, ("https://x.example/12", "acme:ticket:12")),
            ),
        ),
        ("ol", 3, ((EMPTY,),)),
        ("pre", "sql", "\nselect 1"),
    )
    assert write_html(tree) == (
        "<p>a &lt; b &amp; <strong><em>bold</em></strong><br>"
        '<span data-person="acme:person:7">@Ann</span></p>'
        '<p><img data-ref="acme:attachment:55" alt="a &quot;plan&quot;">'
        '<a data-ticket="acme:ticket:12" href="https://x.example/12">see</a></p>'
        '<ol start="3"><li><p></p></li></ol><pre data-language="sql">\n\nselect 1</pre>'
    )


def test_marks_that_a_person_nested_in_another_order_are_read_and_written_in_ours():
    tree = parse("<p><em>a<strong>b</strong></em></p>")
    assert write_html(tree) == "<p><em>a</em><strong><em>b</em></strong></p>"
    assert write_html(parse(write_html(tree))) == write_html(tree)


@pytest.mark.parametrize(
    "html",
    ["text", "<p>a</p>\n<p>b</p>", "<div>a</div>", "<p>a<script>b</script></p>", "<ul><li>bare</li></ul>", "<ul></ul>", "<quote>x</quote>",
     "<table><tr></tr></table>", '<ol start="x"><li><p></p></li></ol>', "<p><font>x</font></p>", " ", "<p><b>x</b></p>",
     "<blockquote>" * 40 + "<p>x</p>" + "</blockquote>" * 40, "<p><a href=1><a href=2>x</a></a>y</p>z"],
)  # fmt: skip
def test_what_is_not_in_the_subset_is_refused(html):
    with pytest.raises(ValueError, match="subset"):
        parse(html)


def test_normalising_cleans_texts_and_dissolves_what_nests_too_deep():
    tree = ("p", (("t", "deep", 0, None),))
    for _ in range(5000):
        tree = ("quote", (tree,))
    made = normalise((tree,))
    assert shown(made) == "deep"
    assert parse(write_html(made)) == made
    assert write_html(made).count("<blockquote>") == MAX_LEVEL
    assert normalise(
        (("p", (("t", "a\r\nb\x00", 96, ("", "")), ("t", "", 0, None), ("t", "c", 32, None))),)
    ) == (("p", (("t", "a", 32, None), BREAK, ("t", "bc", 32, None))),)


def test_rewriting_replaces_splits_and_removes_nodes_and_leaves_the_rest_alone():
    tree = (
        ("p", (("t", "see #12 now", 0, None), ("img", "x", "acme:attachment:1", "", None))),
        ("quote", (("ul", ((("p", (("at", "@Ann", 0, None, "acme:person:7"),)),),)),)),
        ("table", (((True, 1, 1, (("h", 2, (("t", "untouched", 0, None),)),)),),)),
    )

    def change(node):
        if node[0] == "t" and "#12" in node[1]:
            return [
                ("t", "see ", 0, None),
                ("t", "#12", 0, ("/12", "acme:ticket:12")),
                ("t", " now", 0, None),
            ]
        if node[0] == "at":
            return ("t", node[1], node[2], node[3])
        return None if node[0] == "img" else node

    made = rewrite(tree, change)
    assert made[0] == (
        "p",
        (("t", "see ", 0, None), ("t", "#12", 0, ("/12", "acme:ticket:12")), ("t", " now", 0, None)),
    )
    assert made[1] == ("quote", (("ul", ((("p", (("t", "@Ann", 0, None),)),),)),))
    assert made[2] is tree[2]
    assert rewrite(tree, lambda node: node) is tree
    assert references(made) == ((), (), ("acme:ticket:12",), (), ())
    assert references(tree).attachments == ("acme:attachment:1",)
    assert references(tree).people == ("acme:person:7",)


@given(TREES)
@settings(max_examples=examples(50), deadline=None)
def test_rewriting_with_fresh_equal_nodes_gives_an_equal_tree(tree):
    assert rewrite(tree, lambda node: [node]) == tree
    assert rewrite(tree, lambda node: None) == rewrite(tree, lambda node: [])
    assert not list(walk(rewrite(tree, lambda node: None)))


@given(st.lists(st.one_of(TEXT, st.just("\n"), st.just("\r\n"))).map("".join))
def test_plain_text_keeps_paragraphs_breaks_and_spaces(text):
    tree = from_text(text)
    assert from_text(to_text(tree)) == tree
    assert normalise(tree) == tree


def test_text_with_windows_line_ends_reads_as_paragraphs_and_breaks():
    tree = from_text("Hi  there\r\nline 2\r\n\r\nnext\rlast")
    assert write_html(tree) == "<p>Hi  there<br>line 2</p><p>next<br>last</p>"
    assert to_text(tree) == "Hi  there\nline 2\n\nnext\nlast"
    assert from_text("") == ()


def test_a_body_shows_its_structure_as_text():
    tree = parse(
        '<h1>T</h1><ul><li><p>a</p><ul><li><p>b</p></li></ul></li></ul><ol start="9"><li><p>x</p></li><li><p>y<br>z</p></li></ol>'
        "<blockquote><p>q</p><p></p></blockquote><table><tr><th><p>k</p></th><td><p>v</p></td></tr></table>"
        '<p><a href="https://a.example">here</a> <a href="https://b.example">https://b.example</a> '
        '<a href="mailto:c@d.example">c@<strong>d.example</strong></a><img data-ref="acme:attachment:1" alt="plan"></p><hr>'
    )
    assert to_text(tree) == (
        "T\n\n- a\n  - b\n\n9. x\n10. y\n    z\n\n> q\n>\n>\n\nk | v\n\n"
        "here (https://a.example) https://b.example c@d.example[image: plan]\n\n---"
    )


@given(TREES, st.integers(16, 60))
@settings(max_examples=examples(300), deadline=None)
def test_splitting_keeps_every_character_and_no_part_is_too_long(tree, limit):
    parts = split(tree, limit)
    assert "".join(map(shown, parts)) == shown(tree)
    for part in parts:
        assert part or not tree
        assert text_length(part) <= limit
        assert normalise(part) == part


@given(st.text(min_size=40, max_size=400), st.integers(16, 40))
def test_splitting_plain_text_of_any_script_keeps_it(text, limit):
    tree = from_text(text)
    parts = split(tree, limit)
    assert "".join(map(shown, parts)) == shown(tree)
    assert all(text_length(part) <= limit for part in parts)


def test_a_long_body_is_cut_at_paragraphs_then_sentences_then_words():
    sentences = split(from_text("First sentence. Second sentence. Third one here."), 36)
    assert [shown(part) for part in sentences] == ["First sentence. Second sentence. ", "Third one here."]
    words = split(from_text("alpha beta gamma delta"), 16)
    assert [shown(part) for part in words] == ["alpha beta ", "gamma delta"]
    assert [shown(part) for part in split(from_text("x" * 40), 16)] == ["x" * 15, "x" * 15, "x" * 10]


def test_emoji_count_as_the_two_units_that_jira_counts():
    assert text_length(from_text("😀")) == text_length(from_text("ab"))
    parts = split(from_text("😀" * 20_000), 32_767)
    assert [text_length(part) <= 32_767 for part in parts] == [True, True]
    assert "".join(map(shown, parts)) == "😀" * 20_000


def test_an_ordered_list_goes_on_with_its_number_in_the_next_part():
    items = "".join(f"<li><p>item {number}</p></li>" for number in range(10))
    parts = split(parse(f'<ol start="4">{items}</ol>'), 30)
    assert [part[0][1] for part in parts] == [4, 8, 12]


def test_a_limit_too_small_to_work_with_is_refused():
    with pytest.raises(ValueError, match="16"):
        split(from_text("x"), 3)
