"""What can go wrong, sorted by what the reader should do next.

FerryError                       1   never raised itself
├── UsageError                  64   the command line is wrong: call it again, corrected
├── ConfigError                  1   migration.yaml, a secret or the workspace: mend the place named
│   ├── MappingError             1   the mapping file: mend every place named, then run again
│   └── WorkspaceError           1   a damaged, newer or locked workspace
├── AuthError                    1   credentials are missing, wrong or lack a right
├── RetryableError               1   the desk did not serve now; nothing was done; run again later
├── UnknownOutcomeError          1   a write whose outcome nobody knows; apply/unknown_writes resolves it
├── RejectedError                4   the desk refused one record; the run goes on
├── ConflictError                4   a record changed since the plan; it is left alone
├── StalePlanError               1   the plan's inputs changed: plan again
├── UnsupportedError             1   the connector does not declare this feature
├── WaitingError                 3   a person must act first
│   └── WindowOverError          3   the time that a run was given is over
├── InterruptedRunError        130   stopped by the user; the same command goes on
├── FatalError                   1   the run cannot go on (disk full, desk gone)
│   └── NotServedError           1   the desk does not know a request: another product, or an edition without it
└── RunFailed                    4   finished, with failed records
"""

from collections.abc import Sequence
from enum import IntEnum

__all__ = [
    "AuthError",
    "ConfigError",
    "ConflictError",
    "Exit",
    "FatalError",
    "FerryError",
    "InterruptedRunError",
    "MappingError",
    "NotServedError",
    "Problem",
    "RejectedError",
    "RetryableError",
    "RunFailed",
    "StalePlanError",
    "UnknownOutcomeError",
    "UnsupportedError",
    "UsageError",
    "WaitingError",
    "WindowOverError",
    "WorkspaceError",
]


class Exit(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    ERROR = 1
    DIFFERENCES = 2
    WAITING = 3
    RECORDS_FAILED = 4
    USAGE = 64
    INTERRUPTED = 130


class FerryError(Exception):
    """Base of all errors: one sentence what happened, `where` it happened and the `remedy` as a next step."""

    exit_code: Exit = Exit.ERROR

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  {self.remedy}" if self.remedy else text


class UsageError(FerryError):
    """The command line is wrong."""

    exit_code = Exit.USAGE


class ConfigError(FerryError):
    """A file or secret of the project is missing or wrong; `where` is file:line:column where it has one."""


class Problem(str):
    """One `file:line:column: message` of a file that a person writes."""

    __slots__ = ()


class MappingError(ConfigError):
    """The mapping, or a file that people fill in (`what`), is wrong; `problems` holds every place, not only the first."""

    def __init__(self, problems: Sequence[str], *, where: str = "", what: str = "the mapping") -> None:
        count = len(problems)
        super().__init__(
            f"{count} problem{'s' if count != 1 else ''} in {what}:\n  " + "\n  ".join(problems),
            where=where,
            remedy="Mend the places named above, then run the command again.",
        )
        self.problems = tuple(problems)


class WorkspaceError(ConfigError):
    """The workspace is damaged, newer than this version, or in use by another process."""


class AuthError(FerryError):
    """Credentials are missing, wrong, expired, or lack a right that is named."""


class RetryableError(FerryError):
    """The desk did not serve the request and did nothing; `retry_after` in seconds where it said so."""

    def __init__(
        self, message: str, *, where: str = "", remedy: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.retry_after = retry_after


class UnknownOutcomeError(FerryError):
    """No trustworthy answer came to a write: it may have been done. `status`: the HTTP status that came, 0 for none."""

    def __init__(self, message: str, *, where: str = "", remedy: str = "", status: int = 0) -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.status = status


class RejectedError(FerryError):
    """The desk refused one request for a reason that concerns this record; `status` is the HTTP status."""

    exit_code = Exit.RECORDS_FAILED

    def __init__(
        self, message: str, *, where: str = "", remedy: str = "", status: int = 0, body: object = None
    ) -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.status = status
        self.body = body


class ConflictError(FerryError):
    """A record in the target is no longer as the plan saw it."""

    exit_code = Exit.RECORDS_FAILED


class StalePlanError(FerryError):
    """An input of the plan changed since it was made; the message names it."""


class UnsupportedError(FerryError):
    """The connector does not declare the feature that was asked for."""


class WaitingError(FerryError):
    """A person must act before the run can go on (confirmation, import, approval)."""

    exit_code = Exit.WAITING


class WindowOverError(WaitingError):
    """The time that a run was given is over; everything acknowledged is kept and the same command goes on."""


class InterruptedRunError(FerryError):
    """The user stopped the run; everything acknowledged is kept and the same command goes on."""

    exit_code = Exit.INTERRUPTED


class FatalError(FerryError):
    """The run cannot go on."""


class NotServedError(FatalError):
    """The desk does not know a request: it is another product, or an edition of it without that part."""


class RunFailed(FerryError):  # noqa: N818 -- the name of the field: a run has failed records
    """The run finished, but records failed; `failed` counts them."""

    exit_code = Exit.RECORDS_FAILED

    def __init__(self, message: str, *, failed: int = 0, where: str = "", remedy: str = "") -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.failed = failed
