"""A Dask cluster on loopback, as a program: it prints its address, and on a line that it reads how many of its workers were lost.

python -m tests.flow.dask_cluster WORKERS [mortal]; with `mortal` one worker is killed in the middle of its first range
"""

import os
import signal
import sys
from typing import Any

from distributed import Client, LocalCluster


def make_mortal() -> int:
    """Let this worker die in its first range: what came of it is written, nobody was told."""
    from ticketferry.ranges import dask_worker

    done: list[Any] = []
    opened = dask_worker.ClusterJob.open

    def open_mortal(job: Any) -> Any:
        work, context = opened(job)

        def do(context: Any, task: Any) -> Any:
            done.append(work.do(context, task))
            if len(done) == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return done[-1]

        return dask_worker.RangeWork(work.open, do), context

    dask_worker.ClusterJob.open = open_mortal  # type: ignore[method-assign]
    return os.getpid()


def main(workers: int, *, mortal: bool) -> None:
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        before = {*client.run(os.getpid).values()}
        if mortal:
            first = min(client.scheduler_info()["workers"])
            client.run(make_mortal, workers=[first])
        sys.stdout.write(f"{cluster.scheduler_address}\n")
        sys.stdout.flush()
        for _ in sys.stdin:
            sys.stdout.write(f"{len(before - {*client.run(os.getpid).values()})}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), mortal="mortal" in sys.argv[2:])
