"""Variables that stand in the environment for a while leave it as it was."""

import os

import pytest

from ticketferry.project.variables import variables_set


def test_what_was_there_is_there_again_and_what_was_not_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERRY_THERE", "mine")
    monkeypatch.delenv("FERRY_NEW", raising=False)

    def fail() -> None:
        with variables_set({"FERRY_THERE": "made up", "FERRY_NEW": "made up"}):
            assert (os.environ["FERRY_THERE"], os.environ["FERRY_NEW"]) == ("made up", "made up")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert os.environ["FERRY_THERE"] == "mine"
    assert "FERRY_NEW" not in os.environ
