"""The finding codes of this connector."""

from collections.abc import Mapping

__all__ = ["CODES"]

CODES: Mapping[str, str] = {
    "ZD-ACCOUNT-001": "Who reads, and how many tickets the account counts",
    "ZD-BODY": "What a message holds that no neutral body can; the rest of the code names the construct",
    "ZD-DELETED-001": "Deleted tickets come without their comments",
    "ZD-EVENT-001": "An audit holds an event of an unknown type",
    "ZD-EXPORT-001": "Incremental exports are refused",
    "ZD-FIELD-001": "A ticket holds a value of a field that the account does not list",
    "ZD-GROUP-001": "Groups whose tickets only their members and admins see",
    "ZD-IMAGE-001": "A message shows a file of the account that is not among its attachments",
    "ZD-INVISIBLE-001": "The one who reads does not see all tickets",
    "ZD-JIRA-001": "Links with Jira issues are not shown",
    "ZD-PRIVACY-001": "History and list of comments disagree on whether a comment is public",
    "ZD-RATE-001": "How many requests the account allows",
    "ZD-REDACTED-001": "The history still held what was redacted",
    "ZD-RIGHT-001": "A list that is needed is refused",
    "ZD-RIGHT-002": "A list is refused or not part of the plan",
    "ZD-ROLE-001": "The one who reads is no admin",
    "ZD-SCOPE-001": "The token's scope does not suffice",
    "ZD-SHAPE-001": "A value has an unexpected type",
    "ZD-SIDE-001": "Side conversations are not shown",
    "ZD-SUSPENDED-001": "Mails wait in the queue of suspended tickets",
    "ZD-TOKEN-001": "How long the credentials hold",
    "ZD-TOKEN-002": "The refresh token works once, and where the new one is",
    "ZD-WRITE-001": "The credentials for reading could write, or nobody can tell",
    "ZD-WRITE-002": "The credentials can read only",
}
"""Code -> what it is about."""
