"""Where the answers of the last plan are kept, whether they still hold at all, and which of the keys they name say something else now."""

import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ticketferry.errors import WorkspaceError
from ticketferry.plan.context import PlanContext
from ticketferry.plan.doors import figures_key, number_key, uses_key
from ticketferry.plan.file.answers import AnswerBook
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import FORMAT, finding_row
from ticketferry.plan.file.shards import moment_text
from ticketferry.plan.inputs import Scope
from ticketferry.schema.refs import Kind
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.touched import Anchor, Touched

__all__ = ["AnswerKeeper", "LastPlan"]

_MOST_TOUCHED = 2_000_000
"""Where more keys than this were touched, a plan from nothing is no slower."""


@dataclass(frozen=True, slots=True)
class LastPlan:
    """The last plan of a scope that still holds but for some keys: its file, its book, and what it was made from."""

    plan: Path
    book: Path
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnswerKeeper:
    """Keeps a book for each scope in `folder`. `touched`: what changed in workspace.db; `plans`: the folder of the plans."""

    folder: Path
    touched: Touched
    plans: Path

    def last(self, planning: PlanContext, scope: Scope, inline: int) -> LastPlan | None:
        """Return the last plan of a scope where what its answers name can be told apart from what changed; else None."""
        book = self._path(scope)
        state = AnswerBook.state_of(book)
        anchor = self.touched.anchor(book.stem)
        if state is None or anchor is None or state["token"] != anchor.token:
            return None
        if state["everything"] != self._everything(planning, inline) or state["plan format"] != FORMAT:
            return None
        files = [state["directory"], *([state["counts"]] if state["counts"] else [])]
        if moment_text(_now(planning)) < state["now"] or not all(Path(file).exists() for file in files):
            return None
        if not all(
            _continues(snapshots, state[name], upto)
            for name, snapshots, upto in (
                ("source", planning.source, planning.inputs.source_snapshot),
                ("target", planning.target, planning.inputs.target_snapshot),
            )
        ):
            return None
        plan = self.plans / state["plan"]
        if not plan.exists() or self.touched.count_since(anchor.seq) > _MOST_TOUCHED:
            return None
        try:
            file = PlanFile(plan)
        except WorkspaceError:
            return None
        same = file.digest == state["digest"]
        file.close()
        return LastPlan(plan, book, state) if same else None

    def now(self, planning: PlanContext, inline: int) -> dict[str, Any]:
        """Return what a plan that is about to be made is made from."""
        snapshots = (
            ("source", planning.source, planning.inputs.source_snapshot),
            ("target", planning.target, planning.inputs.target_snapshot),
        )
        return {
            "everything": self._everything(planning, inline),
            "plan format": FORMAT,
            "now": moment_text(_now(planning)),
            "directory": str(planning.beside.directory),
            "counts": str(planning.beside.counts.path) if planning.beside.counts is not None else "",
            "held": _held(planning),
            "blockers": _blockers(planning),
            "seq": self.touched.sequence(),
            **{name: [number, one.info(number).digest] for name, one, number in snapshots},
        }

    def changed(self, last: LastPlan, planning: PlanContext, book: AnswerBook) -> set[str]:
        """Return the keys of which something else is known than when the last plan was made."""
        state = last.state
        keys = set(self.touched.since(state["seq"]))
        source, target = planning.source, planning.target
        numbered: list[str] = []
        for kind, id_ in source.touched_roots(state["source"][0], planning.inputs.source_snapshot):
            keys.add(f"{source.desk}:{kind}:{id_}")
            if kind == Kind.TICKET.value:
                numbered.append(id_)
        keys.update(map(number_key, numbered))
        keys.update(map(number_key, source.numbers_of(numbered)))
        for kind, id_ in target.touched_roots(state["target"][0], planning.inputs.target_snapshot):
            keys.add(f"{target.desk}:{kind}:{id_}")
        keys.update(f"@{id_}" for id_ in book.follow_contents(source.database.path))
        for name, now in (("held", _held(planning)), ("blockers", _blockers(planning))):
            keys.update(ref for ref, _ in state[name].items() ^ now.items())
        if planning.directory is not None and state["directory"] != str(planning.beside.directory):
            keys.update(planning.directory.differing(Path(state["directory"])))
        counts = planning.beside.counts
        if counts is not None and state["counts"] != str(counts.path):
            least = planning.engine.mapping.rules.tags.keep_if_used or 0
            refs, tags = counts.differing(Path(state["counts"]), least)
            keys.update(map(figures_key, refs))
            keys.update(map(uses_key, tags))
        return keys

    def save(self, book: AnswerBook, scope: Scope, plan: PlanFile, made_from: dict[str, Any]) -> None:
        """Keep the book of a plan that was saved. Whatever is broken off before the end leaves a book that no anchor names."""
        path = self._path(scope)
        token = os.urandom(8).hex()
        book.save(path, {**made_from, "plan": plan.path.name, "digest": plan.digest, "token": token})
        self.touched.set_anchor(path.stem, Anchor(token, made_from["seq"]))

    def _path(self, scope: Scope) -> Path:
        if scope.phase is None:
            return self.folder / "all.db"
        return self.folder / f"phase-{blake2b(scope.phase.encode(), digest_size=8).hexdigest()}.db"

    @staticmethod
    def _everything(planning: PlanContext, inline: int) -> str:
        return f"{planning.beside.everything()} {inline}"


def _now(planning: PlanContext) -> Any:
    return planning.beside.now


def _continues(snapshots: Snapshots, then: list[Any], upto: int) -> bool:
    """Tell whether the snapshot that was planned from stands in the file as it was, so that rows tell what changed since."""
    number, digest = then
    try:
        return bool(number <= upto and snapshots.info(number).digest == digest)
    except WorkspaceError:
        return False


def _held(planning: PlanContext) -> dict[str, str]:
    return {
        str(ref): repr((one.stage, one.part, one.cause, one.remedy)) for ref, one in planning.held.items()
    }


def _blockers(planning: PlanContext) -> dict[str, str]:
    return {
        ref: repr([(finding_row(finding), finding.count) for finding in findings])
        for ref, findings in planning.blockers.items()
    }
