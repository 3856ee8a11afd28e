"""Ranges in several processes: the same results in the same order, what a range raises, and a process that dies."""

import os
import signal

import pytest

from ticketferry.errors import FatalError, MappingError
from ticketferry.ranges import Processes, RangeWork

pytestmark = pytest.mark.outside


def opened():
    return os.getpid()


def told(process, task):
    if task == "ends":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "wrong":
        raise MappingError(["mapping.yaml:1:1: a", "mapping.yaml:2:1: b"], where="here")
    return process, task


def run(tasks, records=None, **more):
    return list(Processes(2, **more).run(RangeWork(opened, told), tasks, lambda: "here", records))


def test_the_order_is_that_of_the_tasks_and_each_process_opens_once():
    results = run(map(str, range(20)), least=0)
    assert [task for _, task in results] == list(map(str, range(20)))
    processes = {process for process, _ in results}
    assert 1 <= len(processes) <= 2
    assert os.getpid() not in processes


@pytest.mark.parametrize(("tasks", "records"), [(["a"], 10_000), (["a", "b", "c"], 5), ([], 10_000)])
def test_for_few_records_no_process_is_started(tasks, records):
    assert run(tasks, records, least=6) == [("here", task) for task in tasks]


def test_an_error_of_a_range_comes_with_all_its_words():
    with pytest.raises(MappingError) as raised:
        run(["a", "wrong", "b"], least=0)
    assert str(raised.value) == str(
        MappingError(["mapping.yaml:1:1: a", "mapping.yaml:2:1: b"], where="here")
    )


def test_a_process_that_is_killed_is_told_with_what_to_do():
    with pytest.raises(FatalError, match="ended before its time") as raised:
        run(["a", "ends", "b"], least=0)
    assert "--executor local:1" in raised.value.remedy
