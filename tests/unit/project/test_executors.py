"""`--executor`: what a person may say, and what is refused."""

import os
from types import SimpleNamespace

import pytest

from ticketferry.errors import UsageError
from ticketferry.project.executors import open_executor


@pytest.fixture
def project(tmp_path):
    config = SimpleNamespace(environment=None)
    return SimpleNamespace(root=tmp_path, home=tmp_path, config=config, settle=lambda: None)


def test_local_is_a_process_for_each_processor(project):
    assert open_executor("local", project).workers == os.cpu_count()
    assert open_executor("local:3", project).workers == 3


@pytest.mark.parametrize(
    "where", ["dask://127.0.0.1:8786", "dask://[::1]:8786/", "dask://scheduler.example:1"]
)
def test_a_scheduler_is_named_by_its_host_and_port(project, where):
    assert open_executor(where, project).elsewhere


@pytest.mark.parametrize(
    "words",
    [
        "", "local:", "local:0", "local:1025", "local:٣", "local:-1", "remote", "4", "dask", "dask://", "dask://host", "dask://:8786",
        "dask://host:0", "dask://host:65536", "dask://a@host:1", "dask://host:1/x", "tcp://host:1", "local\n",
    ],
)  # fmt: skip
def test_other_words_are_refused_with_those_that_do(project, words):
    with pytest.raises(UsageError, match="who works on ranges") as raised:
        open_executor(words, project)
    assert "dask://HOST:PORT" in raised.value.remedy
