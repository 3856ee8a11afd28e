"""What of a message is quoted and what is a signature, as mail programs of many makers and languages write it."""

import pytest

from ticketferry.mapping.quoting import joined, own_words, pieces, quoted_parts, quotes, run_of, signature
from ticketferry.schema.body import normalise
from ticketferry.schema.body_html import from_html
from ticketferry.schema.body_text import from_text, to_text


def split(tree):
    """(what stays, what is quoted) as text."""
    found = pieces(tree)
    spans = quotes(found)
    quoted = {index for span in spans for index in range(span.start, span.end)}
    own = joined(piece for index, piece in enumerate(found) if index not in quoted)
    inside = [to_text(joined(found[span.start : span.end])) for span in spans]
    return to_text(own), inside


GMAIL = {
    "English": "On Tue, Nov 3, 2026 at 10:01 AM Ann Smith <ann@x.example> wrote:",
    "German": "Am Di., 3. Nov. 2026 um 10:01 Uhr schrieb Ann Smith <ann@x.example>:",
    "French": "Le mar. 3 nov. 2026 à 10:01, Ann Smith <ann@x.example> a écrit :",
    "Spanish": "El mar, 3 nov 2026 a las 10:01, Ann Smith (<ann@x.example>) escribió:",
    "Italian": "Il giorno mar 3 nov 2026 alle ore 10:01 Ann Smith <ann@x.example> ha scritto:",
    "Portuguese": "Em ter., 3 de nov. de 2026 às 10:01, Ann Smith <ann@x.example> escreveu:",
    "Dutch": "Op di 3 nov 2026 om 10:01 schreef Ann Smith <ann@x.example>:",
    "Polish": "wt., 3 lis 2026 o 10:01 Ann Smith <ann@x.example> napisał(a):",
    "Japanese": "2026年11月3日(火) 10:01 Ann Smith <ann@x.example>:",
    "Chinese": "Ann Smith <ann@x.example> 于2026年11月3日周二 10:01写道：",
    "Russian": "вт, 3 нояб. 2026 г. в 10:01, Ann Smith <ann@x.example>:",
    "Arabic": "في الثلاثاء، 3 نوفمبر 2026 في 10:01 كتب Ann Smith <ann@x.example>:",
    "Apple without a name": "On 3. Nov 2026, at 10:01, Ann wrote:",
}


@pytest.mark.parametrize("language", list(GMAIL))
def test_a_marked_quote_goes_with_the_line_over_it_in_any_language(language: str):
    own, inside = split(from_text(f"Thanks!\n\n{GMAIL[language]}\n\n> It works.\n> \n> Ann\n\nSee you"))
    assert own == "Thanks!\n\nSee you"
    assert inside == [f"{GMAIL[language]}\n\n> It works.\n> \n> Ann"]


def test_a_line_over_a_quote_that_the_mail_program_broke_in_two():
    first, second = "On Tue, Nov 3, 2026 at 10:01 AM Ann Smith-Featherstonehaugh", "<ann@x.example> wrote:"
    own, inside = split(from_text(f"Thanks!\n\n{first}\n{second}\n> It works."))
    assert own == "Thanks!"
    assert inside == [f"{first}\n{second}\n> It works."]
    own, _ = split(from_text("I paid 5 Euro.\nOn 3 Nov 2026 10:01 Ann wrote:\n> It works."))
    assert own == "I paid 5 Euro."


@pytest.mark.parametrize("line", ["You said:", "Three questions, 1 to 3:", "My answer", "It costs 20:"])
def test_a_line_of_ones_own_over_a_quote_stays(line: str):
    own, inside = split(from_text(f"{line}\n> It works."))
    assert own == line
    assert inside == ["> It works."]


def test_html_of_gmail_with_nested_quotes():
    html = (
        '<div dir="ltr">Thanks!</div><br><div class="gmail_quote"><div class="gmail_attr">On Tue, Nov 3, 2026 at 10:01 AM Bob &lt;b@x.example&gt; wrote:'
        '<br></div><blockquote class="gmail_quote"><div>Try again.</div><div>On Mon, Nov 2, 2026 at 9:00 Ann &lt;a@x.example&gt; wrote:</div>'
        "<blockquote><div>It burns.</div></blockquote></blockquote></div><div>And one more thing</div>"
    )
    own, inside = split(from_html(html)[0])
    assert own.split() == ["Thanks!", "And", "one", "more", "thing"]
    assert len(inside) == 1
    found = pieces(from_html(html)[0])
    (span,) = quotes(found)
    assert quoted_parts(found[span.start + span.over : span.end]) == [
        run_of("Try again."),
        run_of("It burns."),
    ]


OUTLOOK = {
    "English": ("From: Ann <ann@x.example>", "Sent: Tuesday, 3 November 2026 10:01", "To: Help <help@x.example>", "Subject: RE: router"),
    "German": ("Von: Ann <ann@x.example>", "Gesendet: Dienstag, 3. November 2026 10:01", "An: Help", "Betreff: AW: router"),
    "French": ("De : Ann <ann@x.example>", "Envoyé : mardi 3 novembre 2026 10:01", "À : Help", "Objet : RE: router"),
    "Spanish": ("De: Ann", "Enviado el: martes, 3 de noviembre de 2026 10:01", "Para: Help", "Asunto: RE: router"),
    "Italian": ("Da: Ann", "Inviato: martedì 3 novembre 2026 10:01", "A: Help", "Oggetto: R: router"),
    "Dutch": ("Van: Ann", "Verzonden: dinsdag 3 november 2026 10:01", "Aan: Help", "Onderwerp: RE: router"),
    "Polish": ("Od: Ann", "Wysłano: wtorek, 3 listopada 2026 10:01", "Do: Help", "Temat: ODP: router"),
    "Japanese": ("差出人: Ann", "送信日時: 2026年11月3日 10:01", "宛先: Help", "件名: RE: router"),
    "with stars": ("*From:* Ann", "*Sent:* Tuesday", "*To:* Help", "*Subject:* router"),
}  # fmt: skip


@pytest.mark.parametrize("language", list(OUTLOOK))
def test_all_below_the_header_of_another_mail_is_quoted(language: str):
    header = "\n".join(OUTLOOK[language])
    own, inside = split(
        from_text(f"Thanks!\n\n________________________________\n{header}\n\nIt works.\n\nAnn")
    )
    assert own == "Thanks!"
    assert len(inside) == 1
    found = pieces(from_text(f"{header}\n\nIt works.\nDate: tomorrow\n\nAnn"))
    assert quoted_parts(found) == [run_of("It works. Date: tomorrow Ann")]


@pytest.mark.parametrize(
    "text",
    [
        "From: Berlin\nTo: Hamburg\nPrice: 20",
        "Name: Ann\nDate: 3 Nov\nSubject: router",
        "From here on it burns:\nSent it back.",
        "a > b\nif x >y: stop",
        "-- \nAnn",
        "",
    ],
)
def test_what_only_looks_like_it_is_nobodys_quote(text: str):
    assert split(from_text(text)) == (text, [])


@pytest.mark.parametrize(
    "marker",
    [
        "---------- Forwarded message ---------",
        "-------- Weitergeleitete Nachricht --------",
        "Begin forwarded message:",
        "---------- Message transféré ---------",
    ],
)
def test_a_forwarded_mail_is_what_was_sent(marker: str):
    header = "\n".join(OUTLOOK["English"])
    text = f"fyi\n\n{marker}\n{header}\n\nthe boats leak"
    assert split(from_text(text)) == (text, [])


def test_text_above_between_and_below_quotes_is_ones_own():
    text = "> Does it burn?\nYes.\n> Since when?\nMonday.\n\n-- \nAnn\n> old"
    own, inside = split(from_text(text))
    assert own == "Yes.\nMonday.\n\n-- \nAnn"
    assert inside == ["> Does it burn?", "> Since when?", "> old"]


def signed(text: str) -> str:
    found = pieces(from_text(text))
    span = signature(found, quotes(found))
    return "" if span is None else to_text(joined(found[span.start : span.end]))


def test_a_signature_stands_below_its_two_dashes():
    assert signed("Hello\n-- \nAnn\n+49 30 123") == "-- \nAnn\n+49 30 123"
    assert signed("Hello\n--\nAnn") == "--\nAnn"
    assert (
        signed("Hello\n\n-- \nAnn\n\nOn 3 Nov 2026 Bob <b@x.example> wrote:\n> x\n> -- \n> Bob") == "-- \nAnn"
    )
    assert signed("first\n--\nsecond\n-- \nAnn") == "-- \nAnn"


@pytest.mark.parametrize(
    "text",
    [
        "Hello\nAnn",
        "Hello --\nAnn",
        "Hello\n-- ",
        "---\nAnn",
        "> -- \n> Ann",
        "a list:\n--\n" + "\n".join(f"point {number}" for number in range(13)),
    ],
)
def test_what_only_looks_like_one_is_none(text: str):
    assert signed(text) == ""


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Get Outlook for Android",
    ],
)
def test_the_line_of_a_telephone_is_a_signature(line: str):
    assert signed(f"Hello\n\n{line}") == line
    assert (
        signed(
            f"Hello\n\n{line} and it never arrived, although I waited for it a whole day, and nobody of you said a word about it."
        )
        == ""
    )
    assert signed(f"{line}\nHello") == ""


def test_taking_apart_and_putting_together_changes_nothing():
    for html in (
        "<p>a<br>b<br><br>c</p><p></p><ul><li>x</li></ul><p>d</p>",
        "<p>a</p><blockquote>b</blockquote><pre>c\n\nd</pre><table><tr><td>e</td></tr></table>",
    ):
        tree = from_html(html)[0]
        assert normalise(joined(pieces(tree))) == tree


def test_words_are_compared_whatever_their_case_and_width():
    assert run_of("ＡＢＣ  Straße!") == run_of("abc straße")
    found = pieces(from_text("It works\n> no"))
    assert own_words(found, quotes(found)) == " it works "
