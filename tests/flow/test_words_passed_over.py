"""Words whose effect no mapped ticket shows: the test that is named for each fails where the loader passes the word over."""

import os
import subprocess
import sys

import pytest
from tests.passed_over import VARIABLE
from tests.unit.mapping.every_word import ALL_WORDS
from tests.unit.mapping.test_every_word import elsewhere
from tests.unit.mapping.test_vocabulary import ROOT

WRITTEN_AGAINST_THE_MODEL = ("Expect.", "Given.")
"""Sections whose named tests go through every word by themselves, and say so in a test of their own."""
NAMES = [
    name
    for name in ALL_WORDS
    if elsewhere(name) is not None and not name.startswith(WRITTEN_AGAINST_THE_MODEL)
]


@pytest.mark.long(part=1)
@pytest.mark.parametrize("name", NAMES)
def test_the_test_that_is_named_fails_where_the_word_is_passed_over(name: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.passed_over",
    ]
    done = subprocess.run(
        [*command, str(elsewhere(name))],
        cwd=ROOT,
        env={**os.environ, VARIABLE: name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, f"{name}: {done.stdout[-2000:]}"
