"""What a worker of a Dask cluster does with a range: it opens what the work reads, once, if it is the same program and sees the folder."""

import pickle
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ticketferry.errors import FatalError
from ticketferry.ranges.executor import RangeWork

__all__ = ["ClusterJob", "work_there"]


@dataclass(frozen=True, slots=True)
class ClusterJob:
    """Work for a cluster. `file`, in the shared folder, holds it; `program` gives the digest of the program, which must be `digest`."""

    file: Path
    program: Callable[[], str]
    digest: str
    version: str

    def unseen(self, worker: str) -> FatalError:
        """Return the error that says that a worker does not see the folder."""
        return FatalError(
            f"the worker {worker} does not see the folder of the migration",
            where=str(self.file.parent),
            remedy="Put the folder on a share that this machine and all workers mount at the same path, with the same user's rights.",
        )

    def open(self) -> tuple[RangeWork[Any, Any, Any], Any]:
        """Return the work and what it reads. Raises FatalError where this worker is not fit for it."""
        here = socket.gethostname()
        try:
            packed = self.file.read_bytes()
        except OSError as error:
            raise self.unseen(here) from error
        if self.program() != self.digest:
            raise FatalError(
                f"the worker {here} runs another program than this one ({self.version}), or has other libraries",
                where=here,
                remedy="Install the same ticketferry, connectors and libraries there (the same requirements), and start the worker again.",
            )
        work: RangeWork[Any, Any, Any] = pickle.loads(packed)  # noqa: S301 -- written by the run itself, in its own folder
        return work, work.open()


class _Opened(threading.local):
    """What a thread has open, of the job that it worked on last."""

    file: Path | None = None
    opened: tuple[RangeWork[Any, Any, Any], Any] | None = None


_OPENED = _Opened()


def work_there(job: ClusterJob, task: Any) -> Any:
    """Do one range."""
    if _OPENED.opened is None or job.file != _OPENED.file:
        _OPENED.opened = None
        _OPENED.opened, _OPENED.file = job.open(), job.file
    work, opened = _OPENED.opened
    return work.do(opened, task)
