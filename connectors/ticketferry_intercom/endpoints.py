"""Every write that the connector can do, in dependency order, and what must hold before it may notify nobody."""

from ticketferry.sdk import Endpoint, Guard, Repeat

__all__ = ["ENDPOINTS", "GUARDS"]

_WORKFLOWS, _MAIL = "INTERCOM-GUARD-WORKFLOWS", "INTERCOM-GUARD-MAIL"
_CAMPAIGNS, _SURVEYS = "INTERCOM-GUARD-CAMPAIGNS", "INTERCOM-GUARD-SURVEYS"

GUARDS = (
    Guard(
        _WORKFLOWS, "workflows, Fin and inbox rules do not react to new conversations, replies, tags and assignments", "person",
        "Fin & Automation: pause each workflow and rule, and Fin on all channels. No API shows them.",
    ),
    Guard(
        _MAIL, "nobody gets mail or push for new conversations, replies of customers and added participants", "person",
        "Channels > Email: switch off mails of conversations; teammates: notifications off. A new conversation and a customer's reply know"
        " no flag against notifications.",
    ),
    Guard(
        _CAMPAIGNS, "no campaign or series writes to contacts that are new or get attributes", "person",
        "Outbound: pause every message whose audience rules a new contact could meet. No API shows them.",
    ),
    Guard(
        _SURVEYS, "closing a conversation asks nobody for a rating", "person",
        "Fin & Automation: switch off the rating requests and surveys that follow a close.",
    ),
)  # fmt: skip

_RULES = (_WORKFLOWS,)
_SPEECH = (_WORKFLOWS, _MAIL)
_CONTACT, _TALK = "/contacts/{id}", "/conversations/{id}"

_REPLY = "/conversations/{id}/reply"


def _safe(name: str, method: str, path: str, *guards: str, reads: int = 0, residue: str = "") -> Endpoint:
    """Declare a write that has no second effect and gives nothing."""
    return Endpoint(name, method, path, "write", gives=(), repeat=Repeat.SAFE, guards=guards, reads=reads, residue=residue)  # fmt: skip


ENDPOINTS = (
    Endpoint("company.create", "POST", "/companies", "write", reads=1),
    Endpoint("contact.create", "POST", "/contacts", "write", guards=(_CAMPAIGNS,)),
    Endpoint("contact.note", "POST", f"{_CONTACT}/notes", "write", gives=("note",)),
    _safe("contact.join", "POST", f"{_CONTACT}/companies", _CAMPAIGNS),
    _safe("tag.create", "POST", "/tags", residue="a tag stays in the workspace"),
    Endpoint(
        "conversation.create",
        "POST",
        "/conversations",
        "write",
        guards=_SPEECH,
        residue="its numbers stay in reports",
    ),
    _safe("conversation.update", "PUT", _TALK, *_RULES),
    _safe("conversation.participant", "POST", f"{_TALK}/customers", *_SPEECH),
    # A reply by a teammate is sent with a flag that silences it; one by a customer knows none [OAS].
    Endpoint(
        "comment.reply",
        "POST",
        _REPLY,
        "write",
        guards=_SPEECH,
        residue="a message can be redacted, not deleted",
    ),
    Endpoint(
        "comment.note", "POST", _REPLY, "write", guards=_RULES, residue="a note can be redacted, not deleted"
    ),
    _safe("conversation.tag", "POST", f"{_TALK}/tags", *_RULES, reads=1),
    _safe("conversation.assign", "POST", f"{_TALK}/parts", *_RULES),
    Endpoint("conversation.mark", "POST", _REPLY, "write", gives=("mark",), guards=_RULES),
    _safe("conversation.state", "POST", f"{_TALK}/parts", _WORKFLOWS, _SURVEYS),
    _safe("company.update", "PUT", "/companies/{id}"),
    _safe("contact.update", "PUT", _CONTACT, _CAMPAIGNS),
    _safe("contact.leave", "DELETE", f"{_CONTACT}/companies/{{company}}"),
    _safe(
        "conversation.redact", "POST", "/conversations/redact", residue="a redacted message leaves its place"
    ),
    _safe("conversation.untag", "DELETE", f"{_TALK}/tags/{{tag}}", reads=1),
    _safe("conversation.delete", "DELETE", _TALK),
    _safe("contact.delete", "DELETE", _CONTACT),
    _safe("company.delete", "DELETE", "/companies/{id}"),
)
"""All work one by one: the API takes no batches."""
