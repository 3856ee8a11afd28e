"""Wiki markup held against the parser of Atlassian's editor: what stands in an import file reads there as it was meant."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.oracles.editor import Editor, editor
from tests.oracles.letters import Letters
from tests.rounds import examples
from tests.unit.schema.body_trees import TREES

from ticketferry_jsm.adf_read import from_adf
from ticketferry_jsm.file_text import file_drafts, write_wiki
from ticketferry_jsm.wiki_read import from_wiki
from ticketferry_jsm.wiki_sure import is_sure


@pytest.fixture(scope="module")
def atlassian():
    with editor() as running:
        yield running


def shown(atlassian: Editor, markup: str):
    return from_adf(atlassian.document(markup), media=lambda _: None)[0]


def test_what_is_sure_reads_in_the_editor_and_on_the_server_as_it_was_written(atlassian):
    letters = Letters(seed=20)
    seen = 0
    for _ in range(6_000):
        tree = letters.draw()
        markup, _ = write_wiki(tree)
        if is_sure(tree, markup):
            seen += 1
            assert shown(atlassian, markup) == tree, markup
            assert from_wiki(markup, files=lambda _: None) == tree, markup
    assert seen > 300


@given(trees=st.lists(TREES, min_size=20, max_size=60))
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_hostile_bodies_that_are_sure_read_as_they_were_written(atlassian, trees):
    for tree in trees:
        markup, _ = write_wiki(tree)
        if is_sure(tree, markup):
            assert shown(atlassian, markup) == tree, markup


# Each reads otherwise in the editor than on the server, or than it was meant.
UNSURE = [
    (("p", (("t", "15:D, he said", 0, None),)),),
    (("p", (("t", "write &#58; or &amp;", 0, None),)),),
    (("p", (("t", "C:\\[x]", 0, None),)),),
    (("p", (("t", "a@b.example", 0, ("mailto:a@b.example?subject=x(1)", "")),)),),
    (("p", (("t", "mailto:a@b.example", 0, ("mailto:a@b.example", "")),)),),
    (("p", (("t", "see http://a.example/x_y", 0, None),)),),
    (("p", (("t", "[x] *y*", 1, None),)),),
    (("hr",), ("p", (("t", "one", 0, None), ("br",), ("t", "two", 0, None)))),
    (("table", (((True, 1, 1, (("p", (("t", "Head", 0, None),)),)),),)),),
    (("table", (((False, 1, 1, (("ul", ((("p", (("t", "in a cell", 0, None),)),),)),)),),)),),
    (("ul", ((("p", (("t", "one", 0, None), ("br",), ("t", "two", 0, None))),),)),),
    (("pre", "", "ends with a line end\n"),),
    (("pre", "klingon", "nuqneH"),),
    (("p", (("t", "ends with a blank ", 0, None),)),),
    (("p", ()),),
]  # fmt: skip


@pytest.mark.parametrize("tree", UNSURE)
def test_a_body_that_two_readers_may_take_differently_is_written_again_as_a_document(tree):
    markup, _ = write_wiki(tree)
    assert not is_sure(tree, markup)
    (part,) = file_drafts(tree, frozenset())
    assert part.late
    assert part.tree == tree


def test_a_plain_mail_needs_no_second_write():
    letter = (
        ("p", (("t", "Hello, the router (the new one) drops 10% - see #4711!", 0, None),)),
        ("p", (("t", "It is ", 0, None), ("t", "urgent", 1, None), ("t", ", see ", 0, None), ("t", "the log", 0, ("https://a.example/x?y=1", "")))),
        ("ul", ((("p", (("t", "one", 0, None),)), ("ol", 1, ((("p", (("t", "inner", 0, None),)),),))), (("p", (("t", "two", 0, None),)),))),
        ("quote", (("p", (("t", "you wrote", 0, None), ("br",), ("t", "this", 0, None))),)),
        ("table", (((False, 1, 1, (("p", (("t", "a", 0, None),)),)), (False, 1, 1, (("p", (("t", "b", 0, None),)),))),)),
        ("pre", "", "$ ls\n  x"),
        ("p", (("t", "Regards", 0, None),)),
    )  # fmt: skip
    (part,) = file_drafts(letter, frozenset())
    assert not part.late
    assert part.tree == letter


@pytest.mark.parametrize(
    "markup",
    ["[mailto:a@b.example]", "plain words", "* one\n** two", "{quote}\nx\n{quote}", "[words|https://a.example]"],
)  # fmt: skip
def test_markup_of_others_is_read_as_the_editor_reads_it(atlassian, markup):
    assert from_wiki(markup, files=lambda _: None) == shown(atlassian, markup)
