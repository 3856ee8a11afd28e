"""When a token ends by its own word; and that every item has words."""

import base64
from datetime import UTC, datetime

import orjson
import pytest

from ticketferry.sdk.preflight import CHECKS, jwt_end


def token(claims):
    body = base64.urlsafe_b64encode(claims if isinstance(claims, bytes) else orjson.dumps(claims))
    return f"e30.{body.decode().rstrip('=')}.c2ln"


def test_a_jwt_tells_its_end():
    assert jwt_end(token({"exp": 1_800_000_000})) == datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert jwt_end(token({"exp": 1_800_000_000.5, "iat": 1})) is not None


@pytest.mark.parametrize(
    "text",
    [
        "", "opaque", "a.b", "a.b.c", "a.!!!.c", token({}), token({"exp": "soon"}), token({"exp": True}), token(b"[1]"),
        token({"exp": 1e300}), token(b"\xff\xfe"), "é.é.é",
    ],
)  # fmt: skip
def test_what_is_no_jwt_or_does_not_tell_gives_nothing(text):
    assert jwt_end(text) is None


def test_every_item_says_what_it_is_and_what_is_read_for_it():
    for code, check in CHECKS.items():
        assert code.startswith("PF-")
        assert check.title
        assert check.asks
