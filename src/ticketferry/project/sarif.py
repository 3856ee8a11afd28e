"""What `mapping check` found as SARIF 2.1.0 (OASIS), which editors and CI systems show at its line."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from ticketferry import __version__
from ticketferry.mapping.codes import CODES
from ticketferry.project.mapping_files import MappingCheck
from ticketferry.sdk.contract import Severity

__all__ = ["CheckMessage", "messages_of", "sarif_of"]

UNREADABLE = "S200"
"""Code of what keeps a file from being read as a mapping."""
_PLACE = re.compile(r"(?s)(?P<file>.+?):(?P<line>\d+):(?P<column>\d+)(?:: (?P<message>.*))?$")
_LEVELS = {Severity.BLOCKER: "error", Severity.LOSS: "warning", Severity.DOUBT: "warning"}


class CheckMessage(NamedTuple):
    """One message: where it stands (from 1), what it says, how to mend it."""

    file: str
    line: int
    column: int
    code: str
    severity: str
    message: str
    remedy: str
    docs: str
    """The code's entry in the documents."""


def entry_of(code: str) -> str:
    """Return where the documents tell what a code means."""
    return f"docs/mapping.md#{code.lower()}"


def messages_of(checked: MappingCheck) -> Iterator[CheckMessage]:
    """Yield everything that a check found, in its order."""
    for problem in checked.problems:
        found = _PLACE.match(str(problem))
        file, line, column = (
            (found["file"], int(found["line"]), int(found["column"])) if found else (checked.path.name, 1, 1)
        )
        said = (found["message"] if found else str(problem)) or str(problem)
        yield CheckMessage(
            file,
            line,
            column,
            UNREADABLE,
            Severity.BLOCKER.value,
            said,
            "Mend this place, then check again.",
            entry_of(UNREADABLE),
        )
    for finding in checked.findings:
        found = _PLACE.match(finding.where)
        file, line, column = (
            (found["file"], int(found["line"]), int(found["column"])) if found else (checked.path.name, 1, 1)
        )
        yield CheckMessage(
            file,
            line,
            column,
            finding.code,
            finding.severity.value,
            finding.message,
            finding.remedy,
            entry_of(finding.code),
        )


def sarif_of(checked: MappingCheck) -> dict[str, Any]:
    """Return the log. Columns count Unicode code points; files are named relative to the mapping's folder."""
    messages = list(messages_of(checked))
    codes = sorted({message.code for message in messages})
    index = {code: number for number, code in enumerate(codes)}
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ticketferry",
                        "version": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(message, index[message.code]) for message in messages],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    severity, meaning = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": meaning},
        "help": {
            "text": f"{meaning}: {entry_of(code)}",
            "markdown": f"{meaning}: [{code}]({entry_of(code)})",
        },
        "defaultConfiguration": {"level": _LEVELS.get(severity, "note")},
    }


def _result(message: CheckMessage, rule: int) -> dict[str, Any]:
    text = f"{message.message}\n{message.remedy}" if message.remedy else message.message
    place = {
        "artifactLocation": {"uri": quote(message.file)},
        "region": {"startLine": message.line, "startColumn": message.column},
    }
    return {
        "ruleId": message.code,
        "ruleIndex": rule,
        "level": _LEVELS.get(Severity(message.severity), "note"),
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }
