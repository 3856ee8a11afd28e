"""Signatures, quoted replies and tracking pixels: folded where the target can, taken out where nothing is lost, told by a finding."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.mapping.desks import FILES, JIRA, JSM, ZENDESK, case, comment, engine, files_engine, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping.lint import lint
from ticketferry.schema.body_html import from_html
from ticketferry.schema.body_subset import parse, write_html
from ticketferry.schema.body_text import from_text, to_text
from ticketferry.sdk.features import Feature

TOLD = frozenset(
    {Feature.COMMENT_AUTHOR, Feature.COMMENT_TIME, Feature.TICKET_TIMES, Feature.PUBLIC_AND_INTERNAL}
)
"""A desk that holds authors and times, so that no line stands over a comment, and cannot fold."""
FOLDS = TOLD | {Feature.FOLDS}
DROP = "text: {quoted_replies: drop, because: said above}\n"
COLLAPSE = "text: {quoted_replies: {collapse: true}}\n"
WROTE = "On Tue, Nov 3, 2026 at 10:01 AM Ann Customer <ann@acme.example> wrote:"


def said(*texts: str, public: bool = True) -> list[dict[str, Any]]:
    return [
        comment(str(number), write_html(from_text(text)), public=public)
        for number, text in enumerate(texts, 1)
    ]


def bodies(mapped: Any) -> list[str]:
    return [to_text(parse(row["body"]["html"])) for row in mapped.record["comments"]]


def codes(mapped: Any) -> list[str]:
    """Codes of texts."""
    return [finding.code for finding in mapped.findings if finding.code.startswith("T")]


def run(rules: str, *comments: dict[str, Any], features: frozenset[Feature] = TOLD) -> Any:
    return engine(rules, features=features).case(case(comments=list(comments)))


def test_a_quote_that_stands_in_another_message_is_left_out_and_counted():
    mapped = run(
        DROP,
        *said("It burns.\n\nSince Monday!", f"Thanks!\n\n{WROTE}\n> It burns.\n>\n> Since\n> Monday!\n\nBob"),
    )
    assert bodies(mapped) == ["It burns.\n\nSince Monday!", "Thanks!\n\nBob"]
    fate = mapped.fates["comment[2].body"]
    assert (fate.action, fate.transformed) == ("to", True)
    assert fate.by.startswith("text.quoted_replies mapping.yaml:")
    assert fate.by.endswith(": said above")
    assert not mapped.fates["comment[1].body"].transformed
    assert codes(mapped) == ["T503"]


@pytest.mark.parametrize(
    "quote",
    [
        "> The only copy of the order number 4711.",
        "> It burns. (yes, since Sunday)",
        "> It burns. Since Monday! And Tuesday.",
        f"{WROTE}\n>> It never burnt.",
        "> It burns.\n> https://x.example/other",
    ],
)
def test_quoted_words_that_stand_nowhere_else_are_never_dropped(quote: str):
    text = f"Thanks!\n\n{quote}"
    mapped = run(DROP, *said("It burns. Since Monday!", text))
    assert bodies(mapped)[1] == text
    assert codes(mapped) == ["T504"]
    assert not mapped.fates["comment[2].body"].transformed


def test_a_copy_in_a_message_that_fewer_people_see_is_no_copy():
    inner, outer = (
        said("The password is new.", public=False)[0],
        said("", "Look:\n\n> The password is new.")[1],
    )
    assert bodies(run(DROP, inner, outer))[1] == "Look:\n\n> The password is new."
    shown, note = said("It burns.")[0], said("", "Look:\n\n> It burns.", public=False)[1]
    assert bodies(run(DROP, shown, note))[1] == "Look:"


def test_a_copy_in_a_message_that_is_not_moved_is_no_copy():
    call = comment("1", "<p>It burns.</p>", kind="system")
    rules = "comments: {system: drop, because: noise}\n" + DROP
    assert bodies(run(rules, call, said("", "Ok\n\n> It burns.")[1])) == ["Ok\n\n> It burns."]


def test_two_messages_that_quote_each_other_do_not_vanish():
    mapped = run(DROP, *said("one\n\n> shared words", "two\n\n> shared words"))
    assert bodies(mapped) == ["one\n\n> shared words", "two\n\n> shared words"]


def test_nested_quotes_go_mail_by_mail():
    html = (
        f"<div>ok</div><div>On 4 Nov 2026 10:00 Bob Agent &lt;bob@acme.example&gt; wrote:</div><blockquote><div>Try again.</div><div>{WROTE.replace('<', '&lt;')}</div>"
        "<blockquote><div>It burns.</div></blockquote></blockquote>"
    )
    third = comment("3", write_html(from_html(html)[0]))
    first, second = said("It burns.", f"Try again.\n\n{WROTE}\n> It burns.")
    second["author"] = "acme:person:2"
    assert bodies(run(DROP, first, second, third)) == ["It burns.", "Try again.", "ok"]
    lost = comment("3", third["body"]["html"].replace("burns", "burnt"))
    assert "It burnt." in bodies(run(DROP, first, second, lost))[2]


def test_a_line_over_a_quote_that_names_nobody_who_wrote_stays():
    mapped = run(DROP, *said("It burns.", "Look.\n\nAs the manual of 2019 says:\n> It burns."))
    assert bodies(mapped)[1] == "Look.\n\nAs the manual of 2019 says:"


def test_a_message_that_is_only_a_quote_stays_whole():
    text = f"{WROTE}\n> It burns."
    for rules in (DROP, COLLAPSE):
        assert bodies(run(rules, *said("It burns.", text), features=FOLDS))[1] == text


def test_quotes_and_signatures_are_folded_below_the_line_that_stood_over_them():
    text = f"Thanks!\n\n-- \nBob\n\n{WROTE}\n> It burns.\n> Only here.\n\nbelow"
    mapped = run("text: {quoted_replies: collapse, signatures: collapse}\n", *said("x", text), features=FOLDS)
    html = mapped.record["comments"][1]["body"]["html"]
    assert parse(html) == (
        ("p", (("t", "Thanks!", 0, None),)),
        ("fold", "…", parse("<p>-- <br>Bob</p>")),
        ("fold", WROTE, parse("<p>&gt; It burns.<br>&gt; Only here.</p>")),
        ("p", (("t", "below", 0, None),)),
    )
    assert mapped.fates["comment[2].body"].transformed
    assert codes(mapped) == []


def test_a_long_line_over_a_quote_stands_whole_within_the_fold():
    over = "On 3 Nov 2026 " + "Ann " * 65 + "wrote:"
    mapped = run(COLLAPSE, *said("x", f"Thanks!\n{over}\n> a"), features=FOLDS)
    assert parse(mapped.record["comments"][1]["body"]["html"])[1][1] == "…"
    assert over.strip() in bodies(mapped)[1]


def test_files_fold_and_forget_the_original():
    row = {
        **comment("1"),
        "body": {"html": "<p>a</p><blockquote><p>b</p></blockquote>", "format": "html", "original": "<b>"},
    }
    mapped = files_engine(COLLAPSE).case(case(comments=[row]))
    assert mapped.record["comments"][0]["body"] == {
        "html": "<p>a</p><details><summary>…</summary><blockquote><p>b</p></blockquote></details>"
    }


def test_the_description_is_a_message_like_others():
    body = {"html": write_html(from_text("Help\n\n> said elsewhere"))}
    rules = "text: {quoted_replies: drop, because: x}\nhistory: {date_fields: {created: Original created}}\n"
    mapped = engine(rules, features=JSM | TOLD).case(case(body=body, comments=said("said elsewhere")))
    assert mapped.record["body"]["html"].endswith("<p>Help</p>")


def test_signatures_are_dropped_with_a_finding():
    rules = "text: {signatures: drop, because: phone numbers of staff}\n"
    mapped = run(rules, *said("Hello\n-- \nAnn\n+49 30 1234567", "Bye\n\nSent from my iPhone", "-- \nonly"))
    assert bodies(mapped) == ["Hello", "Bye", "-- \nonly"]
    assert mapped.fates["comment[1].body"].by.endswith(": phone numbers of staff")
    (told,) = [finding for finding in mapped.findings if finding.code == "T505"]
    assert told.count == 2


PIXEL = "https://track.example/open?id=1"


@pytest.mark.parametrize(
    ("tag", "goes"),
    [
        (f'<img src="{PIXEL}" width="1" height="1">', True),
        (f'<IMG SRC="{PIXEL}" WIDTH="0" HEIGHT="0px">', True),
        (f'<img src="{PIXEL}" style="display:none">', True),
        (f'<img src="{PIXEL}" style="width: 1px; height: 1px">', True),
        (f'<img src="{PIXEL}" width="1" height="100">', False),
        (f'<img src="{PIXEL}" style="width:100%">', False),
        (f'<img src="{PIXEL}">', False),
        (f'<img src="{PIXEL}" width="1" height="1"><img src="{PIXEL}" width="300" height="90">', False),
    ],
)
def test_a_picture_of_no_size_goes_and_any_other_stays(tag: str, goes: bool):
    body = {"html": f'<p>Hi<img src="{PIXEL}" alt=""></p>', "format": "html", "original": f"<p>Hi{tag}</p>"}
    rules = "text: {tracking_pixels: drop, because: nobody is watched}\n"
    mapped = run(rules, {**comment("1"), "body": body})
    assert (PIXEL not in str(mapped.record["comments"])) is goes
    assert ("T506" in codes(mapped)) is goes
    if goes:
        assert mapped.fates["comment[1].body"].by.startswith("text.tracking_pixels mapping.yaml:")
    assert PIXEL in str(run("", {**comment("1"), "body": body}).record["comments"])


@pytest.mark.parametrize(
    ("address", "goes"),
    [
        ("https://u1.ct.sendgrid.example/wf/open?upn=abc", True),
        ("https://acme.us1.list-manage.example/track/open.php?u=1", True),
        ("https://t.hubspot.example/e2t/o/abc", True),
        ("https://x.example/mail/PIXEL.gif", True),
        ("https://x.example/openings/photo.png", False),
        ("https://x.example/pixels/cat.png", False),
        ("https://x.example/?u=/wf/open", False),
        ("https://x.example/logo.gif", False),
    ],
)
def test_where_only_the_text_is_left_a_counter_is_known_by_its_address(address: str, goes: bool):
    rules = "text: {tracking_pixels: drop, because: nobody is watched}\n"
    html = f'<p>Hi<img src="{address}" alt=""> <img src="{address}" alt="the plan"></p>'
    mapped = run(rules, {**comment("1"), "body": {"html": html}})
    shown = mapped.record["comments"][0]["body"]["html"]
    assert shown.count(address) == (1 if goes else 2)
    assert "the plan" in shown
    assert ("T506" in codes(mapped)) is goes


def test_a_picture_that_is_a_file_of_the_ticket_never_goes():
    body = {
        "html": '<p>Hi<img data-ref="acme:attachment:1" alt=""></p>',
        "original": '<img src="x" width="1" height="1">',
    }
    mapped = run("text: {tracking_pixels: drop, because: x}\n", {**comment("1"), "body": body})
    assert "acme:attachment:1" in str(mapped.record["comments"])


def test_what_is_redacted_is_redacted_before_it_is_compared():
    rules = "clean: [{id: a, when: always, redact: {patterns: ['K-\\d+']}, because: x}]\n" + DROP
    mapped = run(rules, *said("Mine is K-4711.", "Ok\n\n> Mine is K-4711."))
    assert bodies(mapped) == ["Mine is [removed].", "Ok"]


def test_without_the_words_nothing_is_looked_for():
    texts = said("Hello\n-- \nAnn", "Ok\n\n> Hello")
    plain = run("", *texts, features=FOLDS)
    assert (
        plain.record
        == run("text: {signatures: keep, quoted_replies: keep, tracking_pixels: keep}\n", *texts).record
    )
    words = "text: {signatures: keep, quoted_replies: {collapse: false}, tracking_pixels: keep}\n"
    assert mapping(words).digest == mapping().digest


@pytest.mark.parametrize(
    ("rules", "said_of_it"),
    [
        ("text: {signatures: drop}\n", "`drop` needs `because`"),
        ("text: {quoted_replies: drop}\n", "`drop` needs `because`"),
        ("text: {tracking_pixels: drop}\n", "`drop` needs `because`"),
        ("text: {tracking_pixels: collapse}\n", "`collapse` is not known here"),
        ("text: {quoted_replies: {collapse: perhaps}}\n", "`perhaps` is not known here"),
        ("text: {quoted_replies: {fold: true}}\n", "is not known here"),
        ("text: {signatures: hide}\n", "`hide` is not known here"),
    ],
)
def test_other_words_are_refused_with_their_place(rules: str, said_of_it: str):
    with pytest.raises(MappingError) as refused:
        mapping(rules)
    assert [
        line for line in refused.value.problems if said_of_it in line and line.startswith("mapping.yaml:")
    ]


@pytest.mark.parametrize("word", ["signatures", "quoted_replies"])
def test_folding_where_nothing_folds_is_refused_with_a_remedy(word: str):
    file = mapping(f"text: {{{word}: collapse}}\n")

    def told(rules: Any, features: frozenset[Feature]) -> list[Any]:
        return [one for one in lint(rules, ZENDESK, JIRA, features) if one.code == "W702"]

    (one,) = told(file, JSM)
    assert one.severity.name == "BLOCKER"
    assert one.where.startswith("mapping.yaml:")
    assert "keep" in one.remedy
    assert told(file, JSM | {Feature.FOLDS}) == []
    assert told(mapping(f"text: {{{word}: drop, because: x}}\n"), JSM) == []
    by_file = mapping(f"text: {{{word}: collapse}}\nway: import-file\n")
    (one,) = told(by_file, JSM | {Feature.FOLDS, Feature.IMPORT_FILE})
    assert "import file" in one.message
    assert told(file, FILES | {Feature.FOLDS}) == []


def test_ten_mails_that_quote_all_before_them_are_read_once_each():
    texts, before = [], ""
    for number in range(10):
        text = f"Answer {number} of many.\n\nWith a second paragraph {number}."
        if before:
            quoted = "\n".join(f"> {line}" for line in before.split("\n"))
            text += f"\n\nOn 3 Nov 2026 10:0{number} Ann Customer <ann@acme.example> wrote:\n{quoted}"
        texts.append(text)
        before = text
    mapped = run(DROP, *said(*texts))
    assert bodies(mapped) == [f"Answer {n} of many.\n\nWith a second paragraph {n}." for n in range(10)]
    assert [(one.code, one.count) for one in mapped.findings if one.code == "T503"] == [("T503", 9)]


LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "> ", ">> ", "> > > "]),
        st.sampled_from(["", "It burns.", "since Monday", "I paid", "yes", "--", "A: b", "straße", "日本"]),
    ),
    max_size=7,
).map(lambda lines: "\n".join(mark + words for mark, words in lines))


@given(st.lists(st.tuples(LINES, st.booleans()), min_size=1, max_size=5))
@settings(max_examples=examples(200), deadline=None)
def test_no_word_that_somebody_could_read_is_lost(messages: list[tuple[str, bool]]):
    parts = [
        comment(str(n), write_html(from_text(text)), public=public)
        for n, (text, public) in enumerate(messages, 1)
    ]
    mapped = run(DROP, *parts)
    for readers in ((True,), (True, False)):
        before = {word for text, public in messages if public in readers for word in re.findall(r"\w+", text)}
        after = {
            word
            for row in mapped.record.get("comments", ())
            if row["public"] in readers
            for word in re.findall(r"\w+", to_text(parse(row["body"]["html"])) if "body" in row else "")
        }
        assert before == after
