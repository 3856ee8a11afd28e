"""acceptance.yaml: the most that each kind of loss may be, and who accepted more, why, until when. Every error with file:line:column."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ticketferry.errors import ConfigError
from ticketferry.mapping.near import near
from ticketferry.mapping.yaml_document import Document, read
from ticketferry.schema.records import digest

__all__ = [
    "CRITERIA",
    "FILE",
    "FINDING",
    "Acceptance",
    "CriterionWaiver",
    "Most",
    "load_acceptance",
    "read_acceptance",
]

FILE = "acceptance.yaml"
FINDING = "findings."
CRITERIA = {
    "blocked": "records that something found forbids",
    "rejected": "records that cannot be written",
    "quarantine": "records that could not be read or translated and that nobody waived",
    "conflicts": "records that both desks changed and that are left alone",
    "gone": "records of ours that are not in the new desk any more",
    "stays": "tickets that the old desk deleted, or a rule leaves out now, and that stand in the new desk",
    "no_phase": "tickets in no phase",
    "left_behind": "records that a rule leaves behind",
    "newly_visible": "tickets that more people see than today",
    "merged_meaning": "tickets whose status falls together with another one's",
    "impossible": "values that the new desk cannot hold",
    "dropped": "values that a rule drops",
    "kept_beside": "values that are kept beside the ticket, where the new desk has no place of its own",
    "differing": "records not as planned when read back",
    "witness": "differences that the witness saw and no rule explains",
    "sample_defects": "tickets in which auditors found a defect (`ticketferry audit`)",
    "sample_bound": "tickets that may be defective by the audited sample, at its confidence",
}
"""What can be bounded -> what it counts; and `findings.CODE`: records with a finding of that code."""
_MOST = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<share>%)?")


@dataclass(frozen=True, slots=True)
class Most:
    """The most that is accepted: a count, or a share (0 to 1) of all records, tickets or values of the kind."""

    number: float
    share: bool
    text: str

    def of(self, whole: int) -> float:
        """Return it as a count of `whole`."""
        return self.number * whole if self.share else self.number


@dataclass(frozen=True, slots=True)
class CriterionWaiver:
    """More than the criterion allows, accepted by a person. `until`: the last day on which it counts."""

    criterion: str
    most: Most
    because: str
    by: str
    until: date
    where: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A read acceptance.yaml. `places`: criterion -> `file:line:column`."""

    criteria: Mapping[str, Most] = field(default_factory=dict)
    waivers: tuple[CriterionWaiver, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""


def load_acceptance(folder: Path) -> Acceptance | None:
    """Read a folder's acceptance.yaml; None where there is none. Raises ConfigError with every problem."""
    path = folder / FILE
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{FILE} cannot be read: {error.strerror}", where=str(path)) from error
    return read_acceptance(raw)


def read_acceptance(raw: bytes | str) -> Acceptance:
    """Read the file's content. Raises ConfigError with every problem."""
    document = read(raw, FILE)
    data = document.data
    if not document.problems and not isinstance(data, dict):
        document.complain((), "the file must hold `criteria:`, and `waivers:` where there are any")
    if document.problems:
        raise _problems(document)
    for key in data:
        if key not in ("version", "criteria", "waivers"):
            document.complain((key,), f"unknown key `{key}`{_hint(key, ('version', 'criteria', 'waivers'))}")
    if str(data.get("version", "1")) != "1":
        document.complain(("version",), f"version {data['version']} is not known; this ticketferry reads 1")
    criteria = _criteria(data.get("criteria"), document)
    waivers = _waivers(data.get("waivers"), criteria, document)
    if document.problems:
        raise _problems(document)
    return Acceptance(
        criteria, waivers, {name: document.at(_path(name)) for name in criteria}, digest(data).hex()
    )


def _path(name: str) -> tuple[str, ...]:
    if name.startswith(FINDING):
        return ("criteria", "findings", name.removeprefix(FINDING))
    return ("criteria", name)


def _criteria(data: Any, document: Document) -> dict[str, Most]:
    if not isinstance(data, dict) or not data:
        document.complain(
            ("criteria",), "`criteria` says the most of each kind, as in `{rejected: 0, impossible: 12}`"
        )
        return {}
    criteria: dict[str, Most] = {}
    for key, value in data.items():
        if key == "findings":
            if not isinstance(value, dict):
                document.complain(("criteria", key), "`findings` is written {CODE: most}")
                continue
            for code, most in value.items():
                _put(criteria, f"{FINDING}{code}", most, ("criteria", key, code), document)
        elif key not in CRITERIA:
            document.complain(
                ("criteria", key), f"there is no criterion `{key}`{_hint(key, (*CRITERIA, 'findings'))}"
            )
        else:
            _put(criteria, key, value, ("criteria", key), document)
    return criteria


def _put(criteria: dict[str, Most], name: str, value: Any, path: tuple[str, ...], document: Document) -> None:
    most = _most(value)
    if most is None:
        document.complain(path, f"`{value}` is no bound: a number, or a share as in `0.5%`")
    else:
        criteria[name] = most


def _most(value: Any) -> Most | None:
    match = _MOST.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    number, share = float(match["number"]), bool(match["share"])
    if share and number > 100:
        return None
    return Most(number / 100 if share else number, share, value.strip())


def _waivers(data: Any, criteria: Mapping[str, Most], document: Document) -> tuple[CriterionWaiver, ...]:
    if data is None:
        return ()
    if not isinstance(data, list):
        document.complain(
            ("waivers",), "`waivers` is a list: [{criterion: …, most: …, because: …, by: …, until: …}]"
        )
        return ()
    keys = ("criterion", "most", "because", "by", "until")
    waivers = []
    for index, item in enumerate(data):
        here = ("waivers", index)
        if not isinstance(item, dict):
            document.complain(
                here, "a waiver is written {criterion: …, most: …, because: …, by: …, until: …}"
            )
            continue
        for key in item:
            if key not in keys:
                document.complain((*here, key), f"unknown key `{key}`{_hint(key, keys)}")
        missing = [key for key in keys if not isinstance(item.get(key), str) or not item[key].strip()]
        if missing:
            document.complain(
                here, f"a waiver needs `{'`, `'.join(missing)}`: who accepts more, why, and until when"
            )
            continue
        name, most = item["criterion"], _most(item["most"])
        if name not in criteria:
            document.complain((*here, "criterion"), f"`criteria` has no `{name}`{_hint(name, criteria)}")
        if most is None:
            document.complain(
                (*here, "most"), f"`{item['most']}` is no bound: a number, or a share as in `0.5%`"
            )
        try:
            until = date.fromisoformat(item["until"])
        except ValueError:
            document.complain((*here, "until"), f"`{item['until']}` is no day; it is written 2026-12-31")
            continue
        if most is not None:
            waivers.append(CriterionWaiver(name, most, item["because"], item["by"], until, document.at(here)))
    return tuple(waivers)


def _hint(name: str, known: Any) -> str:
    like = near(str(name), list(known))
    return f": did you mean `{like}`?" if like else f"; there are {', '.join(known)}"


def _problems(document: Document) -> ConfigError:
    count = len(document.problems)
    return ConfigError(
        f"{count} problem{'s' if count != 1 else ''} in {FILE}:\n  " + "\n  ".join(document.problems),
        remedy="Mend the places named above, then run the command again.",
    )
