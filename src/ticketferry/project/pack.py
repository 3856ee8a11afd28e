"""What an auditor keeps of a plan: one archive with sums, and a script that checks it without ticketferry."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

import orjson

from ticketferry import __version__
from ticketferry.acceptance.criteria import FILE as ACCEPTANCE
from ticketferry.errors import UsageError
from ticketferry.plan.file.findings import lost_leaves
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.writes import operation_digests
from ticketferry.plan.show import csv_lines
from ticketferry.project.accepting import judge_plan
from ticketferry.project.activity import log_entries
from ticketferry.project.auditing import AUDITS, PAGE, SHEET, drawn_now, last_audit
from ticketferry.project.config import FILE as MIGRATION
from ticketferry.project.directory import decisions_of
from ticketferry.project.export import COLUMNS, findings_rows, idmap_rows, operations_rows
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.reporting import report_plan
from ticketferry.project.verification import last_verified
from ticketferry.sdk.contract import Disposition
from ticketferry.store.database import disk_errors

__all__ = ["PACK_CHECK", "SUMS", "PackedFile", "write_pack"]

SUMS = "SHA256SUMS"
PACK_CHECK = "check.py"
_WHEN = (1980, 1, 1, 0, 0, 0)
"""Every file's time: the same pack has the same bytes."""
PackedFile = tuple[str, bytes | Path | Iterable[str]]
"""A file's name in the pack, and what it holds."""


def write_pack(
    project: Project, plan: PlanFile, path: Path, *, personal_data: bool = False, progress: Progress = quiet
) -> dict[str, str]:
    """Write the pack of a plan; return name -> SHA-256 of its files. Talks to no desk.

    Without `personal_data`: no texts, names, addresses or values of tickets and people, only counts, rules, ids and digests. With it also
    the report, the plan itself, the logs, and the decisions about people. Raises UsageError where `path` is there already.
    """
    if path.exists():
        raise UsageError(
            f"{path} is there already; nothing was written", remedy="Name another file: -o FILE.zip."
        )
    sums: dict[str, str] = {}
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.part")
        partial.unlink(missing_ok=True)
        try:
            with (
                os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as raw,
                zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as pack,
            ):
                for number, (name, content) in enumerate(
                    _files(project, plan, path.parent, personal_data=personal_data), 1
                ):
                    sums[name] = _add(pack, name, content)
                    progress("files", number, None)
                listed = "".join(f"{made}  {name}\n" for name, made in sorted(sums.items()))
                _add(pack, SUMS, listed.encode())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return sums


def _add(pack: zipfile.ZipFile, name: str, content: bytes | Path | Iterable[str]) -> str:
    info = zipfile.ZipInfo(name, _WHEN)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    made = hashlib.sha256()
    with pack.open(info, "w", force_zip64=True) as file:

        def put(block: bytes) -> None:
            made.update(block)
            file.write(block)

        _pour(content, put)
    return made.hexdigest()


def _pour(content: bytes | Path | Iterable[str], put: Callable[[bytes], None]) -> None:
    if isinstance(content, bytes):
        put(content)
    elif isinstance(content, Path):
        with content.open("rb") as file:
            for block in _blocks(file):
                put(block)
    else:
        for text in content:
            put(text.encode("utf-8", "surrogatepass"))


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(1 << 20), b"")


def _files(project: Project, plan: PlanFile, scratch: Path, *, personal_data: bool) -> Iterator[PackedFile]:
    yield "README.txt", _about(plan, personal_data=personal_data)
    yield PACK_CHECK, files("ticketferry.project").joinpath("pack_check.py").read_bytes()
    yield MIGRATION, project.home / MIGRATION
    yield from _mapping(project)
    yield "plan/header.json", _json({"id": plan.id, "digest": plan.digest, **plan.header})
    yield (
        "plan/counts.json",
        _json(
            {
                "outcomes": plan.outcomes(),
                "writes": plan.endpoint_counts(),
                "dispositions": {name.value: count for name, count in plan.dispositions().items()},
            }
        ),
    )
    lost = (Disposition.UNSUPPORTED, Disposition.DROPPED, Disposition.KEPT, Disposition.TRANSFORMED)
    columns = ("kind", "field", "disposition", "reason", "values")
    losses = (dict(zip(columns, row, strict=True)) for name in lost for row in lost_leaves(plan, name))
    yield "plan/losses.csv", csv_lines(losses, columns)
    digests = ({"root": root, "key": key, "digest": made} for root, key, made in operation_digests(plan))
    yield "plan/operations.csv", csv_lines(digests, ("root", "key", "digest"))
    done = ({key: row[key] for key in _DONE} for row in operations_rows(project, plan.id))
    yield "apply/operations.csv", csv_lines(done, _DONE)
    yield "idmap.csv", csv_lines(_ids(project), _IDS)
    yield "plans.json", _json(project.plan_rows())
    judged = judge_plan(project, plan)
    if judged is not None:
        yield ACCEPTANCE, project.home / ACCEPTANCE
        yield (
            "acceptance.json",
            _json(
                [
                    {
                        "criterion": item.name,
                        "found": item.found,
                        "most": item.most.text,
                        "state": item.state.value,
                    }
                    for item in judged
                ]
            ),
        )
    verified = last_verified(project, plan.id)
    if verified is not None:
        seen = verified.witnessed
        yield "verify.json", _json(
            {
                "counts": dict(verified.counts), "kinds": dict(verified.kinds), "values": verified.values, "files": verified.files,
                "witness": None if seen is None else {"tickets": seen.tickets, "texts": seen.texts, "files": seen.files, "errors": len(seen.errors)},
            }
        )  # fmt: skip
    yield "log.json", _json([entry._asdict() for entry in log_entries(project, plan=plan.id)])
    audited = last_audit(project, plan)
    if audited is not None:
        told = {key: value for key, value in asdict(audited).items() if key != "defects"}
        yield "audit.json", _json({**told, "defects": len(audited.defects), "bound": audited.bound})
    if personal_data:
        yield from _personal(project, plan, scratch)


_DONE = ("seq", "root", "endpoint", "key", "state", "attempts", "at")
_IDS = ("kind", "old", "old_number", "new_id", "new_key", "how", "plan")


def _ids(project: Project) -> Iterator[dict[str, Any]]:
    for row in idmap_rows(project, None):
        yield {key: row[key] for key in _IDS}


def _mapping(project: Project) -> Iterator[PackedFile]:
    mapping = project.mapping()
    folder = project.config.mapping.parent
    names = {
        mapping.document.name,
        *mapping.document.files.values(),
        *(rule.values_file for rule in mapping.rules.fields if rule.values_file),
    }
    for name in sorted(names):
        yield f"mapping/{name}", folder / name


def _personal(project: Project, plan: PlanFile, scratch: Path) -> Iterator[PackedFile]:
    mapping = project.mapping()
    if mapping.rules.people.agents:
        yield (
            f"mapping/{mapping.rules.people.agents}",
            project.config.mapping.parent / mapping.rules.people.agents,
        )
    decided, _ = decisions_of(mapping, project.root)
    if decided.exists():
        yield "decisions/people.csv", decided
    yield "plan/findings.csv", csv_lines(findings_rows(project, plan.id), COLUMNS["findings"])
    yield f"plan/{plan.id}.plan", project.plan_path(plan.id)
    for log in sorted((project.root / "runs").glob("r-*.log.jsonl")):
        yield f"runs/{log.name}", log
    audited = last_audit(project, plan)
    # A sample that was drawn later has nothing to do with what was judged.
    drawn = audited is None or audited.seed == drawn_now(project, plan.id)
    for name in (SHEET, PAGE) if drawn else ():
        if (project.root / AUDITS / plan.id / name).exists():
            yield f"audit/{name}", project.root / AUDITS / plan.id / name
    page = scratch / f".{plan.id}.report.part"
    try:
        report_plan(project, plan, page)
        yield "report.html", page
    finally:
        page.unlink(missing_ok=True)


def _json(value: Any) -> bytes:
    return (
        orjson.dumps(
            value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str
        )
        + b"\n"
    )


def _about(plan: PlanFile, *, personal_data: bool) -> bytes:
    held = (
        "It holds texts, names and addresses of tickets and people: keep it as you keep the desk itself."
        if personal_data
        else "It holds no text, name, address or value of a ticket or a person. migration.yaml and the mapping are here as they were written: look whether they name anybody."
    )
    return f"""The plan {plan.id}, digest {plan.digest}, as ticketferry {__version__} keeps it.

{held}

  python3 check.py     every file as it was packed; or: sha256sum -c {SUMS}

migration.yaml, mapping/   what was decided
plan/header.json           what the plan was made from: snapshots and mapping by their digests
plan/counts.json           records by outcome, writes by kind, values by what becomes of them
plan/losses.csv            values that do not arrive as they were, by field and reason
plan/operations.csv        every write by the digest of its body
apply/operations.csv       what became of each
idmap.csv                  old id, new id
log.json                   who did what about this plan, and when
audit.json                 what auditors found in a sample, where there was one
verify.json                what reading the new desk back gave, where it was read
acceptance.yaml, .json     criteria, and what was found, where there are some
""".encode()
