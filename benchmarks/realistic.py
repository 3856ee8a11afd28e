"""A realistic ticket of a Zendesk account for the benchmarks: 5 comments of about 1 kB of HTML, 30 fields, 7 audits, some 480 leaves."""

from collections.abc import Iterator
from dataclasses import replace

from ticketferry.sdk.contract import Wire
from ticketferry_emulators.zendesk.seed import people
from ticketferry_emulators.zendesk.seed.case import CaseBuilder, TicketWithAudits
from ticketferry_emulators.zendesk.seed.desk import SampleDesk, generate
from ticketferry_emulators.zendesk.seed.dice import BEGINS, Dice
from ticketferry_zendesk.wire import of_audit, of_membership, of_ticket, of_user

__all__ = ["SAMPLE", "changed", "desk", "persons", "ticket"]

SAMPLE = 40
"""Tickets of the stand-in's sample desk, from which set-up and first people come; the realistic ones are numbered behind them."""
_FIRST = 100_000
_FIELD = 32_001
_FIELDS = 12
_TEXT = (
    "<p>Hi {name},</p><p>thank you for getting back to us about order <b>{order}</b>. We have looked into it and found that the"
    ' <i>parcel</i> was returned to our depot in <a href="https://maps.example.com/?q={order}">Leipzig</a>, since the address was'
    " incomplete.</p><ul><li>Please check the house number &amp; the postal code</li><li>Then open"
    ' <a href="https://help.example.com/hc/articles/{order}">this article</a> and follow steps <strong>2 to 4</strong></li>'
    "<li>Send us a picture of the label</li></ul><p>The carrier told us: <em>&ldquo;no such recipient&rdquo;</em>.&nbsp;If you run the"
    " tool, use <code>track --order {order}</code> and tell us what it says.</p><blockquote><p>Where is my parcel? I have been waiting"
    ' for <span style="color:#ff0000">two weeks</span> now.</p></blockquote><p>Kind regards,<br>{name}<br>Customer Care &middot;'
    ' <a href="mailto:care@example.com">care@example.com</a></p>'
)  # fmt: skip


def desk() -> SampleDesk:
    """Return the sample desk with as many further fields as make 30."""
    sample = generate(SAMPLE)
    fields = list(sample.lists["ticket_fields"]())
    like = next(row for row in fields if row["type"] == "text" and row["active"])
    more = [
        {**like, "id": _FIELD + n, "title": f"Detail {n}", "raw_title": f"Detail {n}"} for n in range(_FIELDS)
    ]
    return replace(sample, lists={**sample.lists, "ticket_fields": lambda: iter([*fields, *more])})


def persons(desk_key: str, tickets: int) -> Iterator[Wire]:
    """Yield the customers of a desk of so many tickets beyond those of the sample."""
    known = sum(1 for _ in people.persons(SAMPLE))
    for number, one in enumerate(people.persons(tickets)):
        if number >= known:
            yield of_user(desk_key, one.user, list(one.identities))
            for row in people._organization_memberships(one):  # noqa: SLF001 - the sample's own rows
                yield of_membership(desk_key, row, "org")


def ticket(desk_key: str, index: int, tickets: int) -> list[Wire]:
    """Return ticket number `index` with its history."""
    return _wires(desk_key, _case(index, tickets).finish())


def changed(desk_key: str, index: int, tickets: int) -> list[Wire]:
    """Return the same ticket after one more answer."""
    builder = _case(index, tickets)
    builder.audit(people.AGENTS[index % len(people.AGENTS)], 5_000)
    builder.comment(_text(index, 9))
    builder.set("priority", "urgent")
    return _wires(desk_key, builder.finish())


def _case(index: int, tickets: int) -> CaseBuilder:
    dice = Dice("realistic", index)
    requester = people.pick_requester(dice, max(tickets, SAMPLE))
    agent = people.AGENTS[index % len(people.AGENTS)]
    opened = BEGINS + index * 97 % 90_000_000
    builder = CaseBuilder(
        _FIRST + index, dice, opened, requester=requester, subject=f"Parcel {100_000 + index} came back"
    )
    builder.audit(requester)
    builder.comment(_text(index, 0))
    for key, value in (
        ("product", "hardware__router__r1"), ("serial", f"sn-{200_000 + index}"), ("city", "São Paulo"), ("zip", "01099"),
        ("refund_reason", "late"), ("symptoms", ["no_signal", "noise"]), ("quantity", str(index % 40)), ("vip", index % 3 == 0),
    ):  # fmt: skip
        builder.custom(key, value)
    for number in range(_FIELDS):
        builder.value(_FIELD + number, f"detail {number} of {index}")
    builder.created()
    builder.audit(agent, 1_800)
    builder.set("group_id", 26_001 + index % 4)
    builder.set("assignee_id", agent)
    builder.status("open")
    for turn in range(1, 5):
        builder.audit(requester if turn % 2 else agent, 9_000, channel="email")
        builder.comment(_text(index, turn), public=turn != 4)
        builder.status("open" if turn % 2 else "pending")
        if turn != 4:
            builder.notify()
    builder.audit(agent, 4_000)
    builder.custom("outcome", "fixed")
    builder.status("solved")
    return builder


def _text(index: int, turn: int) -> str:
    return _TEXT.format(name=f"Sam {index % 97}", order=1_000_000 + index * 10 + turn)


def _wires(desk_key: str, case: TicketWithAudits) -> list[Wire]:
    return [of_ticket(desk_key, case.ticket), *(of_audit(desk_key, audit) for audit in case.audits)]
