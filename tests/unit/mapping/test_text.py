"""A text is taken apart only where something in it can change; what it becomes is the same."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, Desks, case, engine, mapping

from ticketferry.mapping.engine import Engine
from ticketferry.schema.body_subset import parse

PIECES = [
    "#13", " #14", "x#13", "&amp;#13", "&lt;#13&gt;", "&amp;amp;#13", "#13&amp;", "##13", "/#13", "#5000", "#13x", "(#15)", "é#13", "<br>",
    "<strong>#13</strong>", "<strong>a</strong>", '<a href="https://acme.zendesk.example/agent/tickets/15">#13</a>',
    '<a href="HTTPS://ACME.Zendesk.example/agent/tickets/15?a=1&amp;b=2#c">that</a>', '<a href="https://evil.example/agent/tickets/15">no</a>',
    '<a href="https://me@help.acme.example/hc/de/requests/16">it</a>', '<a href="/agent/tickets/15">here</a>', "acme.zendesk.example", "{{x}}",
]  # fmt: skip
ODD = '<p><a href="a&#10;b">x</a></p>'
"""A sign written as a number: a text that holds one is always taken apart."""
HOSTS = {**ZENDESK, "hosts": ["help.acme.example"]}


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=6))
@example(pieces=["&lt;#13&gt;"])
@example(pieces=[PIECES[17]])
@settings(max_examples=examples(150), deadline=None)
def test_a_text_that_is_not_taken_apart_is_one_in_which_nothing_changes(pieces):
    made = Engine(mapping(), HOSTS, JIRA, JSM, Desks(), NOW)
    html = f"<p>{''.join(pieces)}</p>"
    parse(html)

    def mapped(text):
        return made.case(case(body={"html": text})).record["body"]["html"]

    assert mapped(html) + ODD == mapped(html + ODD)


def test_a_number_written_by_a_number_is_a_link_too():
    body = engine().case(case(body={"html": "<p>see &#35;13</p>"})).record["body"]["html"]
    assert "acme:ticket:13" in body
