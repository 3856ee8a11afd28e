"""What a workspace does by itself, and what no document of the vendor's settles, as switches."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["UnsettledBehaviour", "WorkspaceAutomation"]


@dataclass(slots=True)
class WorkspaceAutomation:
    """What runs when somebody writes; nothing of it can be read or switched by the API."""

    welcome_workflow: bool = True
    """A bot greets whoever begins a conversation or comes back to a closed one."""
    fin: bool = False
    """The AI agent answers contacts."""
    closing_survey: bool = True
    """Closing asks the contact for a rating, by mail where there is an address."""
    teammate_notifications: bool = True
    """Teammates are mailed of what contacts write."""
    created_campaign: bool = True
    """A campaign with the audience "created" mails new users."""

    def quiet(self) -> None:
        """Switch all off, as a careful person does before a migration."""
        self.welcome_workflow = self.fin = self.closing_survey = False
        self.teammate_notifications = self.created_campaign = False


@dataclass(slots=True)
class UnsettledBehaviour:
    """Behaviour that is not documented: a client must hold whichever way it is."""

    oversized_pages: str = "clamped"
    """`clamped` or `refused`: a page size above the maximum."""
    early_dates: str = "refused"
    """`refused`, `clamped` or `kept`: `created_at` of a reply before that of its conversation; a future one is never kept."""
    teammates_named: str = "admins"
    """`admins` or `teammates`: the member that holds a conversation's teammates; the document's examples show none."""
    company_found_as: str = "list"
    """`list`, as the document has it, or `record`: how `GET /companies` answers with the one company that it was asked for."""
    archived_contacts_listed: bool = False
    deleted_listed: bool = True
    """Whether the workspace serves version 2.16 of the API, and with it the list of deleted conversations."""
    redacted_body: str = "<p>This message was deleted</p>"
    """What stands in the place of redacted words; may be empty."""
    refusal_of_redaction: int = 422
    parts_by_date: bool = False
    """Whether parts come in order of their dates instead of the calls that made them."""
    attributes_make_parts: bool = True
    """Whether a changed attribute or title shows as a part."""
    attributes_touch: bool = True
    """Whether a changed attribute moves `updated_at`."""
    conversation_attributes_creatable: bool = False
    conversation_attributes_listed: bool = False
    """Whether `GET /data_attributes?model=conversation` knows any: its answers have the models contact and company alone."""
    list_values_as: str = "label"
    """`label` or `id`: how a ticket's list attribute is answered."""
    merge_moves_conversations: bool = True
    admin_reply_reopens: bool = True
    replies_reach_unsubscribed: bool = True
    tickets_in_conversation_search: bool = False
    """Whether threads of shared Customer tickets show up among conversations."""
    file_life: float = 1_800.0
    """Seconds that a link to a file is valid: half an hour for files in fields of tickets [OAS file_attribute], of others nothing is said."""
    search_lag: float = 5.0
    """Seconds until a search sees a changed conversation or ticket."""
    contact_search_lag: float = 120.0
    """Seconds until a search sees a changed contact; minutes in the product [OAS]."""
