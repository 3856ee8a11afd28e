"""Signs of strangers' texts that steer a screen are seen as escapes, and a value in JSON stays what it is."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.plan.show_rows import csv_lines, json_lines
from ticketferry.schema.signs import json_safe, visible

STEERING = "\x00\x07\x08\x0b\x0d\x1b\x1f\x7f\x80\x85\x9b\x9f\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@pytest.mark.parametrize("sign", STEERING)
def test_a_steering_sign_is_seen_and_steers_nothing(sign):
    said = visible(f"a{sign}b")
    assert not RAW.search(said)
    assert said in (f"a\\x{ord(sign):02x}b", f"a\\u{ord(sign):04x}b")


@given(st.text())
def test_json_holds_the_same_value_without_a_raw_steering_sign(text):
    dumped = json_safe(json.dumps({"k": text}, ensure_ascii=False))
    assert json.loads(dumped) == {"k": text}
    assert not RAW.search(dumped.replace("\n", ""))


@given(st.text(st.characters(codec="utf-8")))
def test_exports_hold_no_raw_steering_sign_and_no_formula(text):
    row = {"subject": text, "tags": [text]}
    lines = "".join(json_lines([row]))
    assert json.loads(lines) == row
    assert not RAW.search(lines)
    table = "".join(csv_lines([row])).replace("\r\n", "")
    assert not RAW.search(table)
    assert not re.search(
        r'(^|,)"?[=+@-]', "".join(csv_lines([row])).removeprefix("subject,tags\r\n").split(",")[0]
    )


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"])))
def test_ordinary_words_of_any_language_stay_as_they_are(text):
    assert visible(text) == text
