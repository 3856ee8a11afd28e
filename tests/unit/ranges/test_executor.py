"""Work on ranges: results come in the order of their tasks, and no more tasks are taken than there is room for."""

from concurrent.futures import Future

from ticketferry.ranges import HERE, RangeWork
from ticketferry.ranges.executor import in_order


def add(opened, task):
    return opened + task


def test_here_what_is_open_already_is_taken_and_tasks_come_one_by_one():
    taken = []

    def tasks():
        for number in range(3):
            taken.append(number)
            yield number

    results = HERE.run(RangeWork(lambda: 1 / 0, add), tasks(), lambda: 10)
    assert next(results) == 10
    assert taken == [0]
    assert list(results) == [11, 12]


def test_results_come_in_the_order_of_their_tasks_and_few_wait():
    futures = []

    def submit(task):
        futures.append(Future())
        if task != 1:
            futures[-1].set_result(task)
        return futures[-1]

    results = in_order(submit, range(10), 3)
    assert next(results) == 0
    assert len(futures) == 3
    futures[1].set_result(1)
    assert list(results) == list(range(1, 10))
