"""Links to the old help center: kept, without their address, or with the new one; the words stay as somebody wrote them."""

import pytest
from tests.unit.mapping.desks import JSM, case, engine, mapping

from ticketferry.errors import MappingError
from ticketferry.sdk.features import Feature

DATED = JSM | {Feature.COMMENT_AUTHOR, Feature.COMMENT_TIME}
OLD = "https://acme.zendesk.example/hc/en-us/articles/360001-Reset-your-password?x=1#top"


def html(rules: str, text: str) -> str:
    mapped = engine(rules, features=DATED).case(case(body={"html": text}))
    return str(mapped.record["body"]["html"])


def test_they_stay_unless_the_mapping_says_otherwise():
    text = f'<p><a href="{OLD}">this article</a></p>'
    assert html("", text) == html("text: {links: {help_center: keep}}\n", text) == text


def test_text_leaves_the_words_and_takes_only_links_to_articles_of_the_old_desk():
    rules = "text: {links: {help_center: text}}\n"
    other = '<p><a href="https://evil.example/hc/en-us/articles/360001">a</a> <a href="https://acme.zendesk.example.evil.example/hc/articles/1">b</a></p>'
    assert html(rules, f'<p>See <a href="{OLD}">this article</a>.</p>') == "<p>See this article.</p>"
    assert html(rules, other) == other
    ticket = '<a href="https://acme.zendesk.example/hc/en-us/requests/13"'
    assert "requests/13" in html(rules, f"<p>{ticket}>x</a></p>")


RULES = """text:
  links:
    help_center:
      rewrite:
        https://acme.zendesk.example/hc/en-us/articles/36: https://kb.example/short
        https://acme.zendesk.example/hc/en-us/articles/360001: https://kb.example/password
        https://acme.zendesk.example/hc/de/: https://kb.example/german/
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, "https://kb.example/password"),
        ("HTTPS://ACME.zendesk.example/hc/en-us/articles/360001", "https://kb.example/password"),
        ("https://acme.zendesk.example/hc/en-us/articles/36", "https://kb.example/short"),
        ("https://acme.zendesk.example/hc/en-us/articles/360", ""),
        ("https://acme.zendesk.example/hc/de/articles/9", "https://kb.example/german/articles/9"),
        ("https://acme.zendesk.example/hc/fr/articles/9", ""),
    ],
)
def test_rewrite_gives_the_longest_fitting_address(old: str, new: str):
    assert html(RULES, f'<p><a href="{old}">here</a></p>') == f'<p><a href="{new or old}">here</a></p>'


def test_an_address_in_plain_text_keeps_its_letters_and_leads_to_the_new_place():
    assert html(RULES, f"<p>({OLD}).</p>") == f'<p>(<a href="https://kb.example/password">{OLD}</a>).</p>'
    untouched = "<p>see https://acme.zendesk.example/hc/fr/articles/9, please</p>"
    assert html(RULES, untouched) == untouched


def test_the_plan_says_that_a_text_was_changed():
    changed = engine(RULES, features=DATED).case(case(body={"html": f'<p><a href="{OLD}">a</a></p>'}))
    assert changed.fates["ticket[12].body"].transformed
    same = engine(RULES, features=DATED).case(
        case(body={"html": "<p>https://acme.zendesk.example/hc/fr/</p>"})
    )
    assert not same.fates["ticket[12].body"].transformed


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("{/hc/: https://x.example/}", "`/hc/` is no address"),
        ("{'https://a.example/hc/': 'https://x.example'}", "let `https://x.example` end with `/` too"),
        ("{'https://a.example/hc': 'javascript:alert(1)'}", "`javascript:alert(1)` is no address"),
    ],
)
def test_what_is_no_table_of_addresses_is_refused(table: str, said: str):
    with pytest.raises(MappingError) as refused:
        mapping(f"text: {{links: {{help_center: {{rewrite: {table}}}}}}}\n")
    assert [line for line in refused.value.problems if said in line and line.startswith("mapping.yaml:")]
