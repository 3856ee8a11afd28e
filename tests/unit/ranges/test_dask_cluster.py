"""Ranges on a Dask cluster: the same results in the same order, and what stands in the way told with its remedy."""

import importlib.metadata
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from distributed import Client

from ticketferry.errors import ConfigError, FatalError, MappingError
from ticketferry.ranges import RangeWork
from ticketferry.ranges.dask_cluster import DaskCluster

pytestmark = pytest.mark.outside
REPOSITORY = Path(__file__).parents[3]


def program():
    return "the same"


def pid_as_text():
    return str(os.getpid())


def opened():
    return os.getpid()


def told(process, task):
    if task == "ends":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "wrong":
        raise MappingError(["mapping.yaml:1:1: a"])
    return process, task


def lingering(_, task):
    fifo = Path(task)
    fifo.write_text("begun")
    threading.Event().wait()


class Cluster:
    """A cluster of so many workers, in a process of its own."""

    def __init__(self, workers: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.flow.dask_cluster", str(workers)], text=True, cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": f"{REPOSITORY}"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.address = self.process.stdout.readline().strip().removeprefix("tcp://")


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster(2)
    yield cluster
    cluster.process.communicate()


@pytest.fixture
def empty():
    cluster = Cluster(0)
    yield cluster
    cluster.process.communicate()


def run(cluster, folder, tasks, do=told, **more):
    more = {"settle": lambda: None, "program": program, **more}
    address = cluster if isinstance(cluster, str) else cluster.address
    executor = DaskCluster(address, folder, **more)
    return list(executor.run(RangeWork(opened, do), tasks, lambda: 1 / 0))


def test_the_order_is_that_of_the_tasks_and_each_worker_opens_once(cluster, tmp_path):
    settled = []
    results = run(
        cluster, tmp_path, map(str, range(20)), settle=lambda: settled.append(list(tmp_path.iterdir()))
    )
    assert [task for _, task in results] == list(map(str, range(20)))
    processes = {process for process, _ in results}
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert settled == [[]], "before anybody is told of the work"
    assert list(tmp_path.iterdir()) == [], "nothing is left in the folder"


def test_an_error_of_a_range_is_that_of_the_run(cluster, tmp_path):
    with pytest.raises(MappingError, match=r"mapping.yaml:1:1: a"):
        run(cluster, tmp_path, ["a", "wrong", "b"])


def test_where_nobody_listens_it_is_said_what_to_start(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(FatalError, match=f"no Dask scheduler answers at {address}") as raised:
            run(address, tmp_path, ["a"])
    assert f"dask worker tcp://{address} --nthreads 1" in raised.value.remedy


def test_a_scheduler_without_workers_is_told(empty, tmp_path):
    with pytest.raises(FatalError, match="has no worker") as raised:
        run(empty, tmp_path, ["a"])
    assert f"dask worker tcp://{empty.address}" in raised.value.remedy


def _pretend(version):
    """Let this worker have another version, or none."""
    real = importlib.metadata.version

    def told_version(name):
        if name != "ticketferry":
            return real(name)
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    importlib.metadata.version = told_version


def _restore():
    import importlib

    importlib.reload(importlib.metadata)


@pytest.mark.parametrize(("version", "words"), [("0.0.1", "0.0.1"), (None, "none")])
def test_a_worker_with_another_ticketferry_is_told_by_its_address(cluster, tmp_path, version, words):
    with Client(f"tcp://{cluster.address}", set_as_default=False) as client:
        worker = min(client.scheduler_info()["workers"])
        client.run(_pretend, version, workers=[worker])
        try:
            with pytest.raises(
                FatalError, match=f"{worker} has another ticketferry: {words}; here"
            ) as raised:
                run(cluster, tmp_path, ["a"])
        finally:
            client.run(_restore)
    assert "Install the same one there" in raised.value.remedy


def test_a_worker_that_runs_other_lines_of_the_same_version_is_told(cluster, tmp_path):
    with pytest.raises(FatalError, match="runs another program") as raised:
        run(cluster, tmp_path, ["a"], program=pid_as_text)
    assert "same requirements" in raised.value.remedy


def test_a_worker_that_does_not_see_the_folder_is_told(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Each process has another folder at this path.
    with pytest.raises(FatalError, match=r"tcp://127.*does not see the folder") as raised:
        run(cluster, Path("/proc/self/cwd"), ["a"])
    assert "at the same path" in raised.value.remedy


def test_a_range_that_ends_every_worker_ends_the_run(cluster, tmp_path):
    with pytest.raises(FatalError, match="ended one worker after the other") as raised:
        run(cluster, tmp_path, ["a", "ends"])
    assert "memory" in raised.value.remedy


def test_a_scheduler_that_goes_away_ends_the_run(tmp_path):
    cluster = Cluster(1)
    begun = tmp_path / "begun"
    os.mkfifo(begun)

    def end():
        begun.read_text()
        cluster.process.kill()

    ending = threading.Thread(target=end)
    ending.start()
    with pytest.raises(FatalError, match=r"went away|has no worker"):
        run(cluster, tmp_path, [str(begun)], do=lingering, patience=0.0)
    ending.join()
    cluster.process.communicate()


def test_without_dask_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match="Dask is not installed") as raised:
        run("127.0.0.1:1", tmp_path, ["a"])
    assert "ticketferry[dask]" in raised.value.remedy
