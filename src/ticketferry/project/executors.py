"""Where ranges of records are worked on, as a person says it: `local`, `local:4`, `dask://HOST:PORT`."""

import os
import re
from functools import partial

from ticketferry.errors import UsageError
from ticketferry.project.folder import MigrationFolder
from ticketferry.project.program import program_digest
from ticketferry.ranges import Executor, Processes

__all__ = ["open_executor"]

MOST = 1_024
_LOCAL = re.compile(r"local(?::(?P<workers>[0-9]{1,4}))?")
_DASK = re.compile(r"dask://(?P<address>(?:\[[0-9a-fA-F:.]+\]|[^\s/:@\[\]]+):(?P<port>[0-9]{1,5}))/?")


def open_executor(where: str, project: MigrationFolder) -> Executor:
    """Return who works on ranges of records: `local` is a process for each processor, `local:N` are N, `dask://HOST:PORT` the workers of
    a Dask scheduler, which share the folder. Raises UsageError for other words.
    """
    local, dask = _LOCAL.fullmatch(where), _DASK.fullmatch(where)
    workers = int(local["workers"] or os.cpu_count() or 1) if local else 0
    if 1 <= workers <= MOST:
        return Processes(workers)
    if dask and 1 <= int(dask["port"]) < 1 << 16:
        from ticketferry.ranges.dask_cluster import DaskCluster

        here = project.config.environment
        program = partial(_program_of, str(project.home), here.name if here is not None else None)
        return DaskCluster(dask["address"], project.root, settle=project.settle, program=program)
    raise UsageError(
        f"{where!r} does not say who works on ranges of records",
        where="--executor",
        remedy=f"Write local, local:N with N processes (1 to {MOST}), or dask://HOST:PORT.",
    )


def _program_of(root: str, environment: str | None) -> str:
    config = MigrationFolder.load(root, environment=environment, frozen=True).config
    return program_digest(config.source.connector, config.target.connector)
