"""A small desk with the texts that are lost most easily, brought to Jira or Zendesk: what mutants of the witness's tests change."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.flow.desks import confirm
from tests.flow.neutral_desks import TO_JIRA, Ferry, to_jira, to_zendesk

from ticketferry.project import Project, stages
from ticketferry.verify.witnessing import Witnessed, WitnessedDifference

__all__ = ["LONG", "NOTE", "TO_SITE", "Moved", "moved"]

LONG = (
    "We measured the line for three weeks and found that the signal drops every night between two and four, which fits"
    " the maintenance window of the carrier; please restart the modem after that time and tell us whether the lamp is green"
    " or orange, because the next step is to replace the splitter in the cellar of the house"
)
NOTE = "He is known to us as a credit risk, do not promise him any refund before finance agrees in writing"
TO_SITE = (
    TO_JIRA
    + "history: {date_fields: {created: Original created, solved: Original resolved}}\n"
    + 'provenance: {number: {field: Zendesk ticket, label: "zd-{{ number }}"}, rest: property}\n'
)
SAID = {
    11: ("请在明天之前更换路由器谢谢你们的帮助", True),
    12: ("الراوتر لا يعمل منذ يومين من فضلكم أرسلوا فنيا", True),
    13: ("👍", True),
    14: ("???", True),
    15: ("4711", True),
    16: (LONG, True),
    17: (NOTE, False),
    18: ("客户信用很差不要退款", False),
    19: ("...!", False),
}


def fill(ferry: Ferry) -> None:
    """Three tickets of two people: the first with every kind of message, the others with a few plain ones."""
    ann = ferry.person(1, "Ann Smith", "ann@x.example")
    bob = ferry.person(2, "Bob Jones", "bob@y.example")
    agent = ferry.person(3, "Cleo Agent", "cleo@acme.example", role="agent")
    for number, who, subject in (
        (1, ann, "The router blinks"),
        (2, bob, "An invoice is wrong"),
        (3, ann, "A parcel got lost"),
    ):
        ferry.ticket(
            number, who, subject, created=f"2024-0{number}-01T08:00:00Z", updated="2024-06-02T00:00:00Z", public=True,
        )  # fmt: skip
    for id_, (text, public) in SAID.items():
        speak(ferry, id_, 1, ann if public else agent, text, public=public)
    speak(
        ferry, 21, 2, bob, "The invoice of March lists two modems although we ever had only one", public=True
    )
    speak(
        ferry,
        22,
        2,
        agent,
        "Finance says the second modem was billed by mistake of the warehouse",
        public=False,
    )
    speak(ferry, 23, 2, agent, "", public=True)
    speak(
        ferry, 31, 3, agent, "The parcel service found it in the depot of Hamburg this morning", public=True
    )
    for id_, ticket, comment, data, public in (
        (901, 1, 16, b"for everybody", True),
        (902, 1, 17, b"for agents ...", False),
        (903, 2, 21, b"other content", True),
        (904, 2, 23, b"file of nothing said", True),
    ):
        file = {
            "ticket": f"acme:ticket:{ticket}", "comment": f"acme:comment:{comment}", "name": f"file{id_}.txt",
            "size": len(data), "sha256": ferry.desk.file(data), "state": "stored", "public": public, "media_type": "text/plain",
        }  # fmt: skip
        ferry.desk.put("attachment", id_, file, ("ticket", ticket))


def speak(ferry: Ferry, id_: int, ticket: int, author: str, text: str, *, public: bool) -> None:
    """Write a comment of the source; without a text it holds files only."""
    record: dict[str, Any] = {
        "ticket": f"acme:ticket:{ticket}", "author": author, "public": public, "created": f"2024-03-01T10:{id_:02d}:00Z",
    }  # fmt: skip
    if text:
        record["body"] = {"html": f"<p>{text}</p>"}
    ferry.desk.put("comment", id_, record, ("ticket", ticket))


class Moved:
    """The desk after it was moved. `asked` lets the witness look at all of it, in a copy of the folder."""

    def __init__(self, ferry: Ferry, scratch: Path) -> None:
        self.ferry = ferry
        self._scratch = scratch
        self._looks = 0

    @property
    def state(self) -> Any:
        """State of the target's emulator."""
        return self.ferry.target.state

    def asked(self, **options: Any) -> Witnessed:
        """Return what the witness saw."""
        self._looks += 1
        root = self._scratch / f"look-{self._looks}"
        shutil.copytree(self.ferry.root, root)
        with Project.load(root, clock=self.ferry.clock) as project:
            seen = stages.verify(project, witness=True, **{"sample": None, **options}).witnessed
        assert seen is not None
        assert not seen.why_not
        return seen

    @contextmanager
    def changed(self) -> Iterator[Any]:
        """Put the site's records back afterwards, whatever a test does to them."""
        names = ("issues", "attachments", "blobs")
        kept = {name: deepcopy(getattr(self.state, name)) for name in names}
        try:
            yield self.state
        finally:
            for name, value in kept.items():
                setattr(self.state, name, value)

    def id_of(self, number: int) -> str:
        """Return the id in the target of a ticket of the source."""
        with Project.load(self.ferry.root, clock=self.ferry.clock) as project:
            found = project.idmap.get(f"acme:ticket:{number}")
        assert found is not None
        return found

    def issue(self, number: int) -> Any:
        """Return an issue by the number of its ticket."""
        return self.state.issues[self.id_of(number)]

    def comment(self, id_: int) -> Any:
        """Return a comment by the id of the one it was made of."""
        return next(
            comment
            for issue in self.state.issues.values()
            for comment in issue.comments
            if comment.properties.get("ticketferry.comment", {}).get("ref") == f"acme:comment:{id_}"
        )


def errors(seen: Witnessed) -> set[tuple[str, str]]:
    """Return ticket and kind of every error."""
    return {(one.ref.rpartition(":")[2], one.what) for one in seen.errors}


def of(seen: Witnessed, what: str) -> list[WitnessedDifference]:
    """Return the errors of a kind."""
    return [one for one in seen.errors if one.what == what]


@contextmanager
def moved(
    base: Path, to: Callable[..., AbstractContextManager[Ferry]] = to_jira, mapping: str = TO_SITE
) -> Iterator[Moved]:
    """Move the desk."""
    with to(base, mapping) as ferry:
        fill(ferry)
        with ferry.project() as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            confirm(project, plan)
            assert stages.apply(project, plan).failed == 0
        yield Moved(ferry, base)


INTO_ZENDESK = to_zendesk
