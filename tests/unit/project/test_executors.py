"""`--executor`: what a person may say, and what is refused."""

import os

import pytest

from ticketferry.errors import UsageError
from ticketferry.project.executors import open_executor


def test_local_is_a_process_for_each_processor():
    assert open_executor("local").workers == os.cpu_count()
    assert open_executor("local:3").workers == 3


@pytest.mark.parametrize(
    "words", ["", "local:", "local:0", "local:1025", "local:٣", "local:-1", "remote", "4"]
)
def test_other_words_are_refused_with_those_that_do(words):
    with pytest.raises(UsageError, match="who works on ranges") as raised:
        open_executor(words)
    assert "local:N" in raised.value.remedy
