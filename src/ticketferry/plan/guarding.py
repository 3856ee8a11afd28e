"""One record's exception never ends planning: it becomes a finding of that record, in words that are the same in every run."""

import re
import sqlite3
import traceback
from pathlib import Path

from ticketferry.errors import FerryError
from ticketferry.schema.refs import Ref
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["ENDS_ALL", "QUARANTINE", "RETRY", "fault_of", "quarantine_finding"]

QUARANTINE = "TF-QUARANTINE"
ENDS_ALL = (FerryError, sqlite3.Error, OSError, MemoryError)
"""What concerns the run as a whole: never taken for a fault of the record at hand."""
RETRY = (
    "Nothing of it is written. Mend the record in the old desk or the rule that names it, then `ticketferry extract` and"
    " `ticketferry plan` again; or leave it out knowingly: `ticketferry quarantine waive REF --because WHY`."
)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_LONGEST = 200


def fault_of(error: Exception) -> str:
    """Describe an exception in one line: what, and where in the program; no address of memory, no line break."""
    message = " ".join(_ADDRESS.sub("0x", str(error)).split())[:_LONGEST]
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{': ' if message else ''}{message}{place}"


def quarantine_finding(root: Ref, stage: str, cause: str, remedy: str = "") -> Finding:
    """Return the finding by which a plan names a root in quarantine; `stage` is what failed: `reading`, `translating`, `planning`."""
    message = f"in quarantine, {stage} it failed: {cause}"
    return Finding(
        QUARANTINE,
        Severity.DOUBT,
        root,
        "",
        message,
        remedy or RETRY.replace("REF", f"{root.kind.value}:{root.id}"),
    )
