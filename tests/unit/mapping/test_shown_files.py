"""What a text shows or links to by an address of the old desk becomes the migrated file; a mention gets the person's name."""

import pytest
from tests.unit.mapping.desks import case, comment, engine

TOKEN = "https://acme.zendesk.example/attachments/token/Ab1/?name=plan.png"


def file(id_: str, url: str, **more):
    return {"ref": f"acme:attachment:{id_}", "ticket": "acme:ticket:12", "name": f"plan{id_}.png", "url": url, "size": 1,
            "sha256": "0" * 64, "state": "stored", **more}  # fmt: skip


def texts(*comments, files):
    mapped = engine().case(case(comments=list(comments), attachments=list(files)))
    return [one["body"]["html"] for one in mapped.record["comments"]]


FIRST = comment("1", f'<p>see <img src="{TOKEN}" alt="plan"></p>')


@pytest.mark.parametrize(
    ("address", "quoted"),
    [
        (TOKEN, TOKEN),
        (TOKEN, "https://ACME.zendesk.example/attachments/token/Ab1?name=other.png"),
        ("https://acme.atlassian.example/rest/api/3/attachment/content/77", "https://acme.atlassian.example/secure/attachment/77/plan.png"),
        ("https://acme.atlassian.example/rest/api/3/attachment/content/77", "https://acme.atlassian.example/secure/thumbnail/77/plan.png?x=1"),
        ("https://acme.atlassian.example/rest/api/3/attachment/content/77", "https://acme.atlassian.example/rest/api/3/attachment/thumbnail/77"),
    ],
)  # fmt: skip
def test_a_comment_that_quotes_the_image_of_another_shows_the_migrated_file(address, quoted):
    *_, second = texts(
        comment("1", "<p>first</p>"),
        comment("2", f'<blockquote><p><img src="{quoted}" alt="plan"></p></blockquote>'),
        files=[file("5", address, comment="acme:comment:1")],
    )
    assert 'data-ref="acme:attachment:5"' in second
    assert "src=" not in second


def test_a_link_to_a_file_of_another_comment_keeps_its_words_and_names_the_migrated_file():
    *_, second = texts(
        comment("1", "<p>first</p>"),
        comment("2", f'<p>as in <a href="{TOKEN}">the plan</a>.</p>'),
        files=[file("5", TOKEN, comment="acme:comment:1")],
    )
    assert "as in the plan <img" in second
    assert 'data-ref="acme:attachment:5"' in second
    assert "href=" not in second


def test_a_public_text_shows_no_file_of_an_internal_comment():
    (_, public, internal) = texts(
        comment("1", "<p>for us</p>", public=False),
        comment("2", f'<p><img src="{TOKEN}" alt="x"></p>'),
        comment("3", f'<p><img src="{TOKEN}" alt="x"></p>', public=False),
        files=[file("5", TOKEN, comment="acme:comment:1")],
    )
    assert "acme:attachment:5" not in public
    assert "acme:attachment:5" in internal


@pytest.mark.parametrize("state", ["missing", "redacted", "malware"])
def test_a_file_that_nobody_has_any_more_is_not_named(state):
    *_, second = texts(
        comment("1", "<p>first</p>"),
        comment("2", f'<p><img src="{TOKEN}" alt="x"></p>'),
        files=[file("5", TOKEN, comment="acme:comment:1", state=state)],
    )
    assert "acme:attachment:5" not in second


def test_a_mention_without_a_text_shows_the_name_and_no_account_id():
    *_, second = texts(
        comment("1", "<p>first</p>"),
        comment("2", '<p>ask <span data-person="acme:person:1">@1</span> or <span data-person="acme:person:1">@Annie</span></p>'),
        files=[],
    )  # fmt: skip
    assert ">@Ann" in second
    assert ">@1<" not in second
    assert ">@Annie<" in second, "a name that stands there is not replaced"
