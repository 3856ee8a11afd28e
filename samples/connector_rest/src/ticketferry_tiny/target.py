"""Tiny as a desk to write: what compile plans is sent as it stands, found by our marks, and taken back."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry import sdk
from ticketferry.sdk import Endpoint, From, Kind, Operation, Record, Repeat, WriteResult, parse_ref
from ticketferry.sdk.body import parse, to_text
from ticketferry.sdk.outcomes import by_mark, inverse, residue
from ticketferry.sdk.rest.writing import send
from ticketferry_tiny.source import TinySource
from ticketferry_tiny.translate import STAGES, body_of

__all__ = ["TinyTarget"]

_MAILS = "TINY-G-MAIL"
_CARRIED = ("subject", "status", "tags")


def _edit(name: str, method: str, path: str, *guards: str) -> Endpoint:
    """Name a write that has no second effect."""
    return Endpoint(name, method, path, "write", gives=(), repeat=Repeat.SAFE, guards=guards)


class TinyTarget(TinySource):
    """A desk at Tiny to write. `external_id` is the mark: the source record that a ticket or comment stands for."""

    endpoints = (
        Endpoint("ticket.create", "POST", "/tickets", "write", residue="a ticket number is used up"),
        _edit("ticket.update", "PUT", "/tickets/{id}"),
        Endpoint("comment.add", "POST", "/tickets/{ticket}/comments", "write", guards=(_MAILS,)),
        _edit("comment.update", "PUT", "/comments/{id}", _MAILS),
        _edit("comment.delete", "DELETE", "/comments/{id}"),
        _edit("ticket.delete", "DELETE", "/tickets/{id}"),
    )

    def check(self) -> Sequence[sdk.Finding]:
        """Say who we are, and whether anybody would be mailed."""
        mails = sdk.Severity.BLOCKER if self.me()["mails"] else sdk.Severity.INFO
        return [*super().check(), sdk.Finding(_MAILS, mails, None, self.where, "mails about comments")]

    # ---- pure

    def expected(self, desired: Record, catalog: sdk.Catalog, way: str = "rest") -> sdk.Expected:  # noqa: ARG002 -- the contract's
        """Say what reading will give, and what becomes of each path."""
        lane = sdk.Lane(parse_ref(desired["ref"]))
        if lane.root.kind is not Kind.TICKET:
            raise sdk.UnsupportedError(f"Tiny makes no {lane.root.kind.value}")
        lane.carried(*_CARRIED, "comments[].public", by="field")
        lane.derived("stage", "the status has it")
        lane.transformed("comments[].body", "plain text")
        for key in sorted(desired.keys() - {*_CARRIED, "ref", "stage", "comments"}):
            lane.lost(key, "TINY-LOST", f"Tiny has no {key}")
        if comments := desired.get("comments", []):
            lane.lost("comments[]", "TINY-LOST", "Tiny keeps neither author nor time of a comment")
        record = {key: desired[key] for key in ("ref", *_CARRIED) if key in desired}
        record |= {"stage": STAGES[desired["status"]], "comments": [_seen(one) for one in comments]}
        return sdk.Expected(record, lane.fates, lane.findings)

    def compile(self, change: sdk.Change, catalog: sdk.Catalog) -> sdk.Compiled:
        """Turn a change into operations."""
        desired = change.desired or {}
        expected = self.expected(desired, catalog)
        lane, new = sdk.Lane(parse_ref(desired["ref"])), change.outcome is sdk.Outcome.CREATE
        root = From(lane.root)
        heads = {key: desired.get(key, []) for key in _CARRIED if new or key in change.fields}
        if new:
            lane.add("ticket.create", f"{lane.root}/create", body={**heads, "external_id": str(lane.root)})
        elif heads:
            lane.edit("ticket.update", f"{lane.root}/edit", params={"id": root}, body=heads)
        wanted = {one["ref"]: one for one in desired.get("comments", ())}
        moved = [name[9:-1] for name in sorted(change.fields) if name.startswith("comments[")]
        for name in wanted if new else moved:
            ref, at = parse_ref(name), {"id": From(parse_ref(name))}
            if name not in wanted:
                lane.add("comment.delete", f"{ref}/delete", params=at, subject=ref)
            elif "id" in change.slots.get(name, {}):
                edited = _written(wanted[name])
                lane.edit("comment.update", f"{ref}/edit", params=at, body=edited, subject=ref)
            else:
                body = {**_written(wanted[name]), "external_id": name}
                lane.add("comment.add", f"{ref}/add", params={"ticket": root}, body=body, subject=ref)
        return sdk.Compiled(lane.operations, expected.record, expected.fates, expected.findings)

    def undo(self, done: Sequence[tuple[Operation, WriteResult]], before: Record | None) -> sdk.Compiled:
        """Return the inverse operations of one lane, the newest first."""
        former = {one.get("origin") or one["ref"]: one for one in (before or {}).get("comments", ())}
        back, stays = list[Operation](), list[sdk.Finding]()
        for one in reversed([operation for operation, _ in done]):
            at = {"id": From(one.subject)}
            match one.endpoint:
                case "ticket.create":
                    return sdk.Compiled([inverse(one, "ticket.delete", at)], None)
                case "comment.add":
                    back.append(inverse(one, "comment.delete", at))
                case "comment.update":
                    back.append(inverse(one, one.endpoint, at, _written(former[str(one.subject)])))
                case "ticket.update" if before is not None and isinstance(one.body, dict):
                    values = {key: before.get(key, []) for key in one.body}
                    back.append(inverse(one, one.endpoint, at, values))
                case _:
                    stays.append(residue(one, "a deleted comment stays away", code="TINY-GONE"))
        return sdk.Compiled(back, before, findings=stays)

    # ---- thin

    def write(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | sdk.Job:
        """Send resolved operations; what the desk refuses is rejected by itself."""
        return sdk.one_by_one(batch, lambda one: send(self.client, endpoint, one, code="TINY-REFUSED"))

    def poll(self, job: sdk.Job) -> Sequence[WriteResult] | None:
        """Raise UnsupportedError: Tiny does all at once."""
        raise sdk.UnsupportedError(f"there is no job {job.id}")

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> Sequence[WriteResult]:  # noqa: ARG002 -- marks need no hint
        """Tell by our marks which creations were done."""
        return [by_mark(one, self._marked(one), code="TINY-TWICE") for one in operations]

    def _marked(self, operation: Operation) -> list[str]:
        mark = str(operation.subject)
        if operation.endpoint == "ticket.create":
            rows = self.client.get("/tickets", {"external_id": mark}, endpoint="tickets.find")["tickets"]
        else:
            rows = self.show(str(operation.params["ticket"]))["comments"]
        return [str(row["id"]) for row in rows if row["external_id"] == mark]


def _written(comment: Mapping[str, Any]) -> dict[str, sdk.Template]:
    return {"text": to_text(parse(comment["body"]["html"])), "public": comment["public"]}


def _seen(comment: Mapping[str, Any]) -> Record:
    told = _written(comment)
    return {
        "ref": comment["ref"],
        "ticket": comment["ticket"],
        "public": told["public"],
        "body": body_of(str(told["text"])),
    }
