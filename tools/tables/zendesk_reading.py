"""What becomes of each group of wire fields when a Zendesk desk is read: the tables that translations walk, as a table for people.

`ROWS` adds to those tables what a translation decides by a record's values. A test holds every leaf of the sample desk against it.
"""

from collections.abc import Iterator, Mapping

from ticketferry.sdk.codec import traced_by
from ticketferry_zendesk.audit_rows import OWN_WORDS
from ticketferry_zendesk.people_rows import GROUP, IDENTITY, MEMBERSHIP, ORGANIZATION, PERSON
from ticketferry_zendesk.translate_chat import CHATS
from ticketferry_zendesk.translate_comment import FILE
from ticketferry_zendesk.translate_event import TYPES
from ticketferry_zendesk.translate_metrics import COUNTS, METRICS, MOMENTS
from ticketferry_zendesk.translate_people import (
    GROUP_APART,
    MEMBERSHIP_APART,
    ORGANIZATION_APART,
    PERSON_APART,
)
from ticketferry_zendesk.translate_ticket import TRACE

__all__ = ["NATIVE", "ROWS", "markdown", "rows"]

NATIVE = "kept in `native`"
"""What no row names: it goes to the target's provenance, or is told as lost in the plan."""

_SLA = {
    **{f"metric_set.{key}": f"sla[] `{name}`" for key, name in (METRICS | COUNTS | MOMENTS).items()},
    "metric_set.reply_time_in_seconds": "sla[] `first_reply`",
    "metric_set.solved_at": "solved",
    "metric_set.id, ticket_id, url, created_at, updated_at": "=the ticket's own",
}
ROWS: Mapping[str, Mapping[str, str]] = {
    "ticket": {
        **TRACE,
        "description": "=the opening comment's text, kept with the history where it differs; body of a deleted ticket",
        "custom_fields[].value": "fields.KEY, typed; of a field that the account does not list, under its number as it came (ZD-FIELD-001)",
        "fields": "=repeats custom_fields",
        "raw_subject": f"=repeats subject; with a placeholder of dynamic content: {NATIVE}",
        "status": "status; of a ticket with a custom status: stage",
        "brand_id": f"brand, by name; unknown: {NATIVE}",
        "ticket_form_id": f"form, by name; unknown: {NATIVE}",
        "custom_status_id": f"status, where it is not its category's own (a closed ticket keeps the one in which it was solved), else derived; unknown: {NATIVE}",
        "collaborator_ids": "ccs, where it is neither follower nor CC; else derived",
        "support_type": f"handled_by (`ai_agent`, `human`); else {NATIVE}",
        "satisfaction_rating": f"satisfaction (score, comment, reason, created), derived where nothing was rated; its id: {NATIVE}",
        "rating": f"satisfaction, of a bad rating's own record, derived where the ticket says the same; the rest: {NATIVE}",
        "via.source": f"links (follow-up); else {NATIVE}",
        "merge.source": f"merged_into, links; derived: that it was merged; else {NATIVE}",
        "jira_links": f"links (`remote`, with `jira_url` an address); derived: ticket and API address; ids and times: {NATIVE}",
        **_SLA,
    },
    "organization": {**traced_by(ORGANIZATION), **ORGANIZATION_APART, "organization_fields": "fields"},
    "group": {**traced_by(GROUP), **GROUP_APART},
    "person": {
        **traced_by(PERSON),
        **PERSON_APART,
        "role": f"role (`end_user`, `agent`, `light_agent`, `admin`, `ai_agent` by its tag); a custom word: {NATIVE}",
        "role_type": f"role, of light agents; else {NATIVE}",
        "phone": "identities (`phone`), where no identity has it",
        "time_zone": f"=the time zone by the desk's own name; without an IANA name: {NATIVE}",
        "user_fields": "fields",
        **{f"identities[].{key}": f"identities[].{name}" for key, name in traced_by(IDENTITY).items()},
        "identities[].id, url, user_id": "=the identity's own place with its user",
    },
    "membership": {**traced_by(MEMBERSHIP), **MEMBERSHIP_APART},
    "comment (in audits and ticket events)": {
        "author_id": "author; of the desk itself: derived",
        "html_body": "body (a construct that no neutral body holds: ZD-BODY-*)",
        "body, plain_body": "=plain text of the same message; body where there is no HTML",
        "public": "public; with a later privacy change or another word in the list of comments the less visible",
        "created_at": "created",
        "via.channel": "channel",
        "metadata": NATIVE,
        "data (voice)": "fields.call; the recording: an attachment; the transcription: also quoted in body",
        **{f"attachments[].{key}": to if to[0] == "=" else f"attachment.{to}" for key, to in FILE.items()},
    },
    "chat (in audits)": {
        "value.history[] of ChatMessage": "a comment of kind `chat`: author, created, body, fields.author_name",
        "value.history[] of other types": NATIVE,
        "attachments[]": "attachments of the ticket",
    },
    "entry of the conversation log": {
        "id, reference, ticket_id, content.type": "=the record's own name and form",
        "type": f"kind (`chat`) of a messenger's; else {NATIVE}",
        "received_at, created_at": "created, by the earlier of the two; derived: the other",
        "author": f"author, by the Support user; fields.author_name; type: public; ids of other products: {NATIVE}",
        "content": f"body: words of texts, forms, carousels and places; `mediaUrl`: an attachment; the rest: {NATIVE}",
        "attachments[]": "attachments of the message",
        "source.type": "channel",
        "metadata": f"public, where it tells; else {NATIVE}",
    },
    "side conversation": {
        "subject, state, created_at": "subject, state, created",
        "participants[]": f"participants, by e-mail, else name; ids: {NATIVE}",
        "events[] create, reply": "messages[]: author, created, body, channel, fields (from, to, subject), internal",
        "events[] update": NATIVE,
        "attachments of messages": "attachments of the ticket, for agents only; without an address: not to be had (ZD-SIDE-002)",
        "external_ids": NATIVE,
    },
}  # fmt: skip
"""Kind of record -> wire field -> neutral path, or `=` and why nothing is carried."""


def rows(kind: str) -> Iterator[tuple[str, str]]:
    """Yield the rows of a kind as people read them: fields that become the same stand together."""
    together: dict[str, list[str]] = {}
    for field, to in ROWS[kind].items():
        told = f"derived: {to[1:]}" if to[0] == "=" else to
        together.setdefault(told, []).append(field)
    for told, fields in together.items():
        yield ", ".join(f"`{field}`" for field in fields), told


def markdown() -> str:
    """Return the whole section: a table for each kind, and the types of events."""
    lines: list[str] = []
    for kind in ROWS:
        lines += [f"**{kind[0].upper()}{kind[1:]}**", "", "| Zendesk | becomes |", "|---|---|"]
        lines += [f"| {fields} | {told} |" for fields, told in rows(kind)]
        lines += [f"| everything else | {NATIVE} |", ""]
    lines += ["**Events of audits**", "", "| type | neutral type |", "|---|---|"]
    by_type: dict[str, list[str]] = {}
    for name, neutral in TYPES.items():
        by_type.setdefault(neutral, []).append(name)
    lines += [
        f"| {', '.join(f'`{name}`' for name in names)} | `{neutral}` |" for neutral, names in by_type.items()
    ]
    own = sorted(OWN_WORDS - CHATS)
    lines += [
        f"| {', '.join(f'`{name}`' for name in own)} | the same word, its values {NATIVE} |",
        f"| {', '.join(f'`{name}`' for name in sorted(CHATS))} | the same word, and the transcript as comments |",
        "| any other that holds words, also in objects and lists below it | a comment, internal in doubt |",
        f"| any other | the same word, {NATIVE}, with the finding ZD-EVENT-001 |",
    ]
    return "\n".join(lines)
