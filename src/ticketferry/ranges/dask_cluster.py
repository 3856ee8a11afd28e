"""Ranges of records on a Dask cluster: its scheduler hands them to workers of any machine, and again where a worker is lost.

What the workers read stands in the migration's own folder, which they see at the same path; what they are to do stands in a file there.
Whoever reaches a scheduler can run programs on its workers [docs.dask.org, "Security"]: it belongs on a network of its own.
"""

import os
import pickle
import platform
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from ticketferry.errors import ConfigError, FatalError
from ticketferry.ranges.dask_worker import ClusterJob, work_there
from ticketferry.ranges.executor import RangeWork, in_order

__all__ = ["DaskCluster"]

Opened = TypeVar("Opened")
Task = TypeVar("Task")
Result = TypeVar("Result")

CONNECT_SECONDS = 10.0
LOOK_SECONDS = 5.0
"""How long a result is waited for until somebody looks whether there are workers still."""
AHEAD = 2
"""Ranges for each thread of the cluster that are begun or wait."""


class DaskCluster:
    """The cluster of a scheduler at `address` (HOST:PORT). `folder`: what its workers share with this machine.

    `settle` brings all that they read into the files of the folder; `program`, picklable, gives a digest of the program that does the work:
    the same bytes come of the same program only. `patience`: seconds without any worker after which the run ends.
    """

    elsewhere = True

    def __init__(
        self,
        address: str,
        folder: Path,
        *,
        settle: Callable[[], None],
        program: Callable[[], str],
        patience: float = 60.0,
    ) -> None:
        self._address = address
        self._folder = folder
        self._settle = settle
        self._program = program
        self._patience = patience

    def run(
        self,
        work: RangeWork[Opened, Task, Result],
        tasks: Iterable[Task],
        here: Callable[[], Opened],  # noqa: ARG002 -- what is open here is of no use elsewhere
        records: int | None = None,  # noqa: ARG002 -- whoever names a cluster wants it, for few records too
    ) -> Iterator[Result]:
        """Yield the result of each task, in their order."""
        self._settle()
        with self._client() as client, self._job(work) as job:
            threads = self._look_at_workers(client, job)

            def submit(task: Task) -> "_Promised":
                return _Promised(self, client, client.submit(work_there, job, task, pure=False))

            yield from in_order(submit, tasks, AHEAD * threads)

    @contextmanager
    def _client(self) -> Iterator[Any]:
        try:
            import distributed
        except ImportError as error:
            raise ConfigError(
                f"Dask is not installed here ({error})",
                where=self._where,
                remedy="Install it beside ticketferry: pip install 'ticketferry[dask]'.",
            ) from error
        try:
            client: Any = distributed.Client(  # type: ignore[no-untyped-call]
                f"tcp://{self._address}", timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise FatalError(
                f"no Dask scheduler answers at {self._address} ({_words(error)})",
                where=self._where,
                remedy="Start one there, and workers for it, or say --executor local:\n"
                f"  dask scheduler --host HOST --port PORT\n{_WORKERS.format(self._address)}",
            ) from error
        try:
            yield client
        finally:
            client.close(timeout=CONNECT_SECONDS)

    @contextmanager
    def _job(self, work: RangeWork[Any, Any, Any]) -> Iterator[ClusterJob]:
        file = self._folder / f".work-{secrets.token_hex(8)}"
        file.touch(mode=0o600)
        try:
            file.write_bytes(pickle.dumps(work))
            yield ClusterJob(file, self._program, self._program(), metadata.version("ticketferry"))
        finally:
            file.unlink(missing_ok=True)

    def _look_at_workers(self, client: Any, job: ClusterJob) -> int:
        """Return how many ranges the workers do at once. Raises FatalError where one of them is not fit to take part.

        They are asked functions of the standard library, so that a worker without ticketferry, or with another one, can answer.
        """
        workers = self._workers(client)
        if not workers:
            raise self._no_worker()
        for what, wanted, asked in (
            ("Python", platform.python_version(), (platform.python_version,)),
            ("ticketferry", job.version, (metadata.version, "ticketferry")),
        ):
            for worker, answer in sorted(client.run(*asked, on_error="return").items()):
                if answer != wanted:
                    raise FatalError(
                        f"the worker {worker} has another {what}: {_words(answer)}; here it is {wanted}",
                        where=self._where,
                        remedy="Other versions give other bytes. Install the same one there, with the same libraries, and start the worker again.",
                    )
        for worker, seen in sorted(client.run(os.path.exists, str(job.file), on_error="return").items()):
            if seen is not True:
                raise job.unseen(worker)
        return sum(int(one["nthreads"]) for one in workers.values())

    def wait(self, client: Any, future: Any) -> Any:
        """Return a result as soon as it is there. Raises FatalError where nobody is left to work on it."""
        from distributed import CancelledError, KilledWorker

        try:
            self._stay_until_done(client, future)
            return future.result()
        except KilledWorker as error:
            raise FatalError(
                f"a range of records ended one worker after the other ({_words(error)})",
                where=self._where,
                remedy="They were stopped from outside, or have too little memory: see the workers' own output (--memory-limit)."
                " Nothing was changed.",
            ) from error
        except CancelledError as error:
            raise FatalError(
                f"the Dask scheduler at {self._address} went away ({_words(error)})",
                where=self._where,
                remedy="Nothing was changed. Start it and its workers again, then run the command again.",
            ) from error

    def _stay_until_done(self, client: Any, future: Any) -> None:
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        alone_since: float | None = None
        while not done.wait(LOOK_SECONDS):
            if self._workers(client):
                alone_since = None
                continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since >= self._patience:
                raise self._no_worker()

    @staticmethod
    def _workers(client: Any) -> dict[str, Any]:
        return dict(client.scheduler_info(n_workers=-1)["workers"])

    @property
    def _where(self) -> str:
        return f"--executor dask://{self._address}"

    def _no_worker(self) -> FatalError:
        return FatalError(
            f"the Dask scheduler at {self._address} has no worker",
            where=self._where,
            remedy=f"Nothing was changed. Start some, then run the command again:\n{_WORKERS.format(self._address)}",
        )


_WORKERS = "  dask worker tcp://{} --nthreads 1 --nworkers auto"


class _Promised:
    """A range on its way."""

    def __init__(self, cluster: DaskCluster, client: Any, future: Any) -> None:
        self._cluster = cluster
        self._client = client
        self._future = future

    def result(self) -> Any:
        """Wait for what comes of it, and let the cluster forget it."""
        result = self._cluster.wait(self._client, self._future)
        self._future.release()
        return result


def _words(answer: object) -> str:
    if isinstance(answer, metadata.PackageNotFoundError):
        return "none"
    return " ".join(str(answer).split()) or type(answer).__name__
