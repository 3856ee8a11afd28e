"""The importer of Jira's External System Import file: makes issues with their history, as an administrator would have it done.

Nobody documents what it does; where sources are silent it does here what would hurt most: it makes what the file names and the site
lacks, gives unknown accounts' work to whoever imports, has comments public, and takes a file twice without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ticketferry_emulators.jsm.models.records import (
    ChangelogEntry,
    Component,
    Field,
    Issue,
    JiraComment,
    JiraProject,
    Option,
    Worklog,
)
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.models.times import parse_time
from ticketferry_jsm.body import draft
from ticketferry_jsm.wiki_read import from_wiki

__all__ = ["ImportReport", "import_file"]


@dataclass
class ImportReport:
    """What an import did: keys of the issues, what it made because the site lacked it, accounts it did not know, what it refused."""

    issues: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    overwritten: list[str] = field(default_factory=list)
    """Keys of issues that were there: rows change them."""


def import_file(state: SiteState, data: bytes | Mapping[str, Any]) -> ImportReport:
    """Import a file. Raises ValueError for one that is not in the format."""
    content = orjson.loads(data) if isinstance(data, bytes | bytearray | str) else data
    if not isinstance(content, Mapping) or not isinstance(content.get("projects"), list):
        raise ValueError("the file has no projects")  # noqa: TRY004 -- the content is wrong, not the call
    with state.lock:
        return _Import(state).run(content)


class _Import:
    def __init__(self, state: SiteState) -> None:
        self.state = state
        self.report = ImportReport()
        self.admin = next(account.id for account in self.state.accounts.values() if account.admin)
        self.made: dict[str, Issue] = {}

    def run(self, content: Mapping[str, Any]) -> ImportReport:
        for user in content.get("users") or []:
            self._account(user.get("name"))
        for row in content["projects"]:
            project = self.state.project(str(row.get("key", "")))
            if project is None:
                self._make(f"project {row.get('key')}")
                continue
            for issue in row.get("issues") or []:
                if not self.state.importer.leave_out(issue):
                    self._issue(project, issue)
        for link in content.get("links") or []:
            self._link(link)
        return self.report

    def _make(self, what: str) -> None:
        if what not in self.report.made:
            self.report.made.append(what)

    def _account(self, id_: Any) -> str:
        """Return an account that is there; the importing administrator stands in for an unknown one."""
        if isinstance(id_, str) and id_ in self.state.accounts:
            return id_
        if id_ is not None and str(id_) not in self.report.strangers:
            self.report.strangers.append(str(id_))
        return self.admin

    # ---- issues

    def _issue(self, project: JiraProject, row: Mapping[str, Any]) -> None:
        state = self.state
        summary = row.get("summary")
        type_id = next((id_ for id_ in project.types if state.types[id_].name == row.get("issueType")), None)
        if not isinstance(summary, str) or not summary.strip() or len(summary) > 255:
            self.report.refused.append(f"{row.get('externalId')}: summary")
            return
        if type_id is None:
            self._make(f"issue type {row.get('issueType')}")
            return
        now = state.now()
        created = self._time(row.get("created"), now)
        updated = self._time(row.get("updated"), now)
        values = self._values(project, row)
        number = self._number(project, row.get("key"), values)
        if number is None:
            return
        project.last_number = max(project.last_number, number)
        issue = Issue(
            id=state.next_id("issue"),
            key=f"{project.key}-{number}",
            number=number,
            project=project.id,
            type=type_id,
            status=self._status(project, type_id, row.get("status")),
            creator=self.admin,
            created=created,
            updated=updated,
            category_changed=updated,
            resolved=updated if values.get("resolution") else None,
            values=values,
            external_id=str(row.get("externalId") or ""),
            watchers=self._watchers(row.get("watchers") or []),
        )
        state.issues[issue.id] = issue
        state.keys[issue.key] = issue.id
        self._parts(issue, row)
        state.reindex(issue)
        state.reveal(issue)
        self.report.issues.append(issue.key)
        if issue.external_id:
            self.made[issue.external_id] = issue

    def _number(self, project: JiraProject, key: Any, values: Mapping[str, Any]) -> int | None:
        """Return the number of a new issue: that of the key which the row names, else the next. An issue with that key is written over, as the
        importer takes a row with the key of an issue for a change of it: None.
        """
        if key is None:
            return project.last_number + 1
        head, _, digits = str(key).rpartition("-")
        if head != project.key or not digits.isascii() or not digits.isdigit() or digits.startswith("0"):
            self.report.refused.append(f"{key}: key")
            return None
        known = self.state.keys.get(str(key))
        if known is not None:
            self.report.overwritten.append(str(key))
            self.state.issues[known].values.update(values)
            self.state.reindex(self.state.issues[known])
            return None
        return int(digits)

    def _values(self, project: JiraProject, row: Mapping[str, Any]) -> dict[str, Any]:
        state = self.state
        values: dict[str, Any] = {
            "summary": str(row["summary"]).strip(),
            "reporter": self._account(row.get("reporter")),
            "priority": "3",
            "labels": [label for label in row.get("labels") or [] if label and " " not in label],
        }
        if row.get("description"):
            values["description"] = _document(str(row["description"]))
        if row.get("assignee"):
            account = state.accounts[self._account(row["assignee"])]
            if account.agent and account.active:
                values["assignee"] = account.id
        for name, options in (("priority", state.priorities), ("resolution", state.resolutions)):
            if row.get(name):
                values[name] = self._option(options, str(row[name]), name).id
        if row.get("components"):
            values["components"] = [self._component(project, str(name)) for name in row["components"]]
        for custom in row.get("customFieldValues") or []:
            known = self._field(str(custom.get("fieldName")), str(custom.get("fieldType")))
            values[known.id] = self._custom(known, custom.get("value"))
        return values

    def _watchers(self, names: list[Any]) -> list[str]:
        """Return who watches: accounts that cannot see the issue watch nothing, by this way as by the other."""
        known = [self.state.accounts[self._account(name)] for name in names]
        return [account.id for account in known if account.kind == "atlassian" and account.active]

    def _option(self, options: list[Option], name: str, what: str, parent: str | None = None) -> Option:
        for option in options:
            if option.value == name and option.parent == parent and not option.disabled:
                return option
        self._make(f"{what} {name}")
        options.append(Option(self.state.next_id("imported option", 90000), name, parent))
        return options[-1]

    def _status(self, project: JiraProject, type_id: str, name: Any) -> str:
        workflow = self.state.workflows[project.workflows[type_id]]
        if not name:
            return workflow.start().target
        for id_ in workflow.statuses():
            if self.state.statuses[id_].name == name:
                return id_
        self._make(f"status {name}")
        return workflow.start().target

    def _component(self, project: JiraProject, name: str) -> str:
        for component in project.components:
            if component.name == name:
                return component.id
        self._make(f"component {name}")
        project.components.append(Component(self.state.next_id("imported component", 90000), name))
        return project.components[-1].id

    def _field(self, name: str, custom: str) -> Field:
        for known in self.state.fields.values():
            if known.name == name and known.custom == custom:
                return known
        self._make(f"field {name}")
        number = self.state.next_id("imported field", 19000)
        made = Field(f"customfield_{number}", name, "string", "", custom, context=number)
        self.state.fields[made.id] = made
        return made

    def _custom(self, known: Field, value: Any) -> Any:
        kind, what = known.custom.rpartition(":")[2], f"option of {known.name}"
        match kind:
            case "select" | "radiobuttons":
                return self._option(known.options, str(value), what).id
            case "multiselect" | "multicheckboxes":
                rows = value if isinstance(value, list) else [value]
                return [self._option(known.options, str(item), what).id for item in rows]
            case "cascadingselect":
                levels = value if isinstance(value, Mapping) else {"": value}
                parent = self._option(known.options, str(levels[""]), what).id
                child = levels.get("1")
                below = (
                    self._option(known.options, str(child), what, parent).id if child is not None else None
                )
                return {"parent": parent, "child": below}
            case "float":
                return float(str(value))
            case "textarea":
                return _document(str(value))
            case "datetime":
                return parse_time(value)
            case _:
                return value if isinstance(value, list) else str(value)

    def _time(self, text: Any, otherwise: float) -> float:
        return parse_time(text) if text else otherwise

    # ---- what hangs on an issue

    def _parts(self, issue: Issue, row: Mapping[str, Any]) -> None:
        state = self.state
        for item in row.get("comments") or []:
            author, at = self._account(item.get("author")), self._time(item.get("created"), state.now())
            comment = JiraComment(
                state.next_id("comment"), author, author, _document(str(item.get("body", ""))), at, at
            )
            issue.comments.append(comment)
            state.comment_issue[comment.id] = issue.id
        history = list(row.get("history") or [])
        for entry in history[1:] if self.state.importer.drop_first_change else history:
            items = [
                {
                    "field": item.get("field"),
                    "fieldtype": item.get("fieldType"),
                    "from": item.get("from"),
                    "fromString": item.get("fromString"),
                    "to": item.get("to"),
                    "toString": item.get("toString"),
                }
                for item in entry.get("items") or []
            ]
            at = self._time(entry.get("created"), state.now())
            issue.changes.append(
                ChangelogEntry(state.next_id("change"), self._account(entry.get("author")), at, items)
            )
        for log in row.get("worklogs") or []:
            at = self._time(log.get("startDate"), state.now())
            seconds = _duration(str(log.get("timeSpent", "")))
            text = _document(str(log["comment"])) if log.get("comment") else None
            author = self._account(log.get("author"))
            issue.worklogs.append(Worklog(state.next_id("worklog"), author, at, seconds, text, at, at))

    def _link(self, link: Mapping[str, Any]) -> None:
        ends = [self.made.get(str(link.get(name))) for name in ("sourceId", "destinationId")]
        kind = next((id_ for id_, row in self.state.link_types.items() if row.name == link.get("name")), None)
        if kind is None:
            self._make(f"link type {link.get('name')}")
        elif ends[0] is not None and ends[1] is not None:
            self.state.add_link(kind, ends[0], ends[1])


def _document(wiki: str) -> dict[str, Any]:
    return dict(draft(from_wiki(wiki, files=lambda _: None), frozenset(), tickets_known=False).document)


def _duration(text: str) -> int:
    """Return the seconds of a period of hours and minutes (`PT1H30M`)."""
    total, number = 0, ""
    for sign in text.removeprefix("PT"):
        if sign.isdigit():
            number += sign
        else:
            total += int(number or 0) * {"H": 3600, "M": 60, "S": 1}.get(sign, 0)
            number = ""
    return total
