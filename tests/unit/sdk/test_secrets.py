"""A known secret is taken out of any text, in whichever form it comes back."""

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.sdk import secrets
from ticketferry.sdk.secrets import redact, redact_bytes, remember, remember_authorization

CANARY = 'tf-canary/7+Q"=&é%z'


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    monkeypatch.setattr(secrets, "_KNOWN", secrets._Known())


FORMS = {
    "as it is": lambda text: text,
    "url": lambda text: quote(text, safe=""),
    "url, small": lambda text: re.sub("%..", lambda code: code[0].lower(), quote(text, safe="")),
    "form": quote_plus,
    "json": json.dumps,
    "html": html.escape,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for urls": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in more": lambda text: base64.b64encode(b"x:" + text.encode() + b"!").decode(),
    "header": lambda text: "Basic " + base64.b64encode(f"ann@x.example/token:{text}".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_taken_out_in_every_form(form):
    remember(CANARY)
    said = redact(f"before {FORMS[form](CANARY)} after")
    assert "[secret]" in said
    for other in FORMS.values():
        assert other(CANARY).strip('"') not in said
    assert said.startswith("before ")
    assert said.endswith(" after")
    assert redact_bytes(f"before {FORMS[form](CANARY)} after".encode()) == said.encode()


@pytest.mark.parametrize(
    "value", [f"Bearer {CANARY}", "Basic " + base64.b64encode(f"a@x:{CANARY}".encode()).decode()]
)
def test_what_a_header_holds_is_known_from_it_alone(value):
    remember_authorization(value)
    assert CANARY not in redact(f"you said {CANARY} in {value}")
    assert value.partition(" ")[2] not in redact(value)


@given(st.text(max_size=200))
def test_other_words_stay_as_they_are(text):
    remember("q7!never-in-any-text!7q")
    assert redact(text) == text


def test_a_word_too_short_to_be_a_secret_takes_nothing_away():
    remember("the")
    assert redact("the end") == "the end"
