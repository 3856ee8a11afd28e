"""Every write that the connector can do, in dependency order, and what must hold before it may notify nobody."""

from dataclasses import replace

from ticketferry.sdk import Endpoint, Guard, Repeat

__all__ = ["ENDPOINTS", "GUARDS"]

_WORKFLOWS, _MAIL = "INTERCOM-GUARD-WORKFLOWS", "INTERCOM-GUARD-MAIL"
_CAMPAIGNS, _SURVEYS = "INTERCOM-GUARD-CAMPAIGNS", "INTERCOM-GUARD-SURVEYS"

_TOLD = {
    _WORKFLOWS: (
        "workflows, Fin and inbox rules do not react to new conversations, replies, tags and assignments",
        "Fin & Automation: pause each workflow and rule, and Fin on all channels. No API shows them.",
    ),
    _MAIL: (
        "nobody gets mail or push for new conversations, replies of customers and added participants",
        "Channels > Email: no mails of conversations; teammates: notifications off. No flag of the API silences these writes.",
    ),
    _CAMPAIGNS: (
        "no campaign or series writes to contacts that are new or get attributes",
        "Outbound: pause every message whose audience rules a new contact could meet. No API shows them.",
    ),
    _SURVEYS: (
        "closing a conversation asks nobody for a rating",
        "Fin & Automation: switch off the rating requests and surveys that follow a close.",
    ),
}
GUARDS = tuple(Guard(code, what, "person", remedy) for code, (what, remedy) in _TOLD.items())

_RULES = (_WORKFLOWS,)
_SPEECH = (_WORKFLOWS, _MAIL)
_CONTACT, _TALK = "/contacts/{id}", "/conversations/{id}"


def _made(name: str, path: str, *guards: str, gives: str = "id", reads: int = 0, stays: str = "") -> Endpoint:
    """Declare a write that makes something."""
    return Endpoint(name, "POST", path, "write", gives=(gives,), guards=guards, reads=reads, residue=stays)


def _safe(name: str, method: str, path: str, *guards: str, reads: int = 0, stays: str = "") -> Endpoint:
    """Declare a write that has no second effect and gives nothing."""
    told = Endpoint(name, method, path, "write", gives=(), repeat=Repeat.SAFE, guards=guards)
    return replace(told, reads=reads, residue=stays)


ENDPOINTS = (
    _made("company.create", "/companies", reads=1),
    _made("contact.create", "/contacts", _CAMPAIGNS),
    _made("contact.note", f"{_CONTACT}/notes", gives="note"),
    _safe("contact.join", "POST", f"{_CONTACT}/companies", _CAMPAIGNS),
    _safe("tag.create", "POST", "/tags", stays="a tag stays in the workspace"),
    _made("conversation.create", "/conversations", *_SPEECH, stays="its numbers stay in reports"),
    _safe("conversation.update", "PUT", _TALK, *_RULES),
    _safe("conversation.participant", "POST", f"{_TALK}/customers", *_SPEECH),
    # A reply by a teammate is sent with a flag that silences it; one by a customer knows none [OAS].
    _made("comment.reply", f"{_TALK}/reply", *_SPEECH, stays="a message can be redacted, not deleted"),
    _made("comment.note", f"{_TALK}/reply", *_RULES, stays="a note can be redacted, not deleted"),
    _safe("conversation.tag", "POST", f"{_TALK}/tags", *_RULES, reads=1),
    _safe("conversation.assign", "POST", f"{_TALK}/parts", *_RULES),
    _made("conversation.mark", f"{_TALK}/reply", *_RULES, gives="mark"),
    _safe("conversation.state", "POST", f"{_TALK}/parts", _WORKFLOWS, _SURVEYS),
    _safe("company.update", "PUT", "/companies/{id}"),
    _safe("contact.update", "PUT", _CONTACT, _CAMPAIGNS),
    _safe("contact.leave", "DELETE", f"{_CONTACT}/companies/{{company}}"),
    _safe(
        "conversation.redact", "POST", "/conversations/redact", stays="a redacted message leaves its place"
    ),
    _safe("conversation.untag", "DELETE", f"{_TALK}/tags/{{tag}}", reads=1),
    _safe("conversation.delete", "DELETE", _TALK),
    _safe("contact.delete", "DELETE", _CONTACT),
    _safe("company.delete", "DELETE", "/companies/{id}"),
)
"""All work one by one: the API takes no batches."""
