"""The way through Jira's importer: its name, what it can hold more than REST, and what it assumes of an importer nobody documents."""

from ticketferry.sdk import Assumption, Feature, Way

__all__ = ["ASSUMPTIONS", "IMPORT_FILE", "WAY"]

IMPORT_FILE = "import-file"

ASSUMPTIONS = (
    Assumption(
        "JI-01", "accounts of customers (portal-only) are taken as reporter and comment author by their account id", "nobody says so",
        "the issue or comment stands under another name: verify lists it",
    ),
    Assumption(
        "JI-02", "comments keep author and time to the millisecond", "reports of others; of milliseconds nobody says so",
        "the comment is not found when it is bound, and its issue stays off the portal",
    ),
    Assumption(
        "JI-03", "comments of the file are public, and a property makes them internal afterwards", "nobody says so; the property from notes of a migration",
        "reading back says so, and the issue stays off the portal",
    ),
    Assumption(
        "JI-04", "an imported issue has no request type, so that no customer sees it", "Atlassian's documentation (knowledge base 1157182061)",
        "an internal comment could be seen between import and binding: import one issue first",
    ),
    Assumption(
        "JI-05", "labels are imported as they stand: an issue is found again by them", "Atlassian's documentation (import-data-from-json)",
        "nothing is found, nothing is bound, and the plan goes on waiting",
    ),
    Assumption(
        "JI-06", "a status is set without a way through the workflow", "reports of others", "verify lists the issues",
    ),
    Assumption(
        "JI-07", "every entry of the history is imported; reports say that the first one is dropped", "reports of others, of faults too",
        "entries are counted when an issue is bound, and what is missing is listed",
    ),
    Assumption(
        "JI-08", "wiki markup that Jira's server and Atlassian's editor read alike becomes the text that Jira shows",
        "Atlassian's documentation (import-data-from-json); the parser of the editor is asked in the tests",
        "verify lists the texts; what the two read differently is written again over REST",
    ),
    Assumption(
        "JI-09", "an import mails nobody and starts no automation", "nobody says so",
        "the guards of every plan: schemes empty, customer notifications off, rules paused",
    ),
    Assumption(
        "JI-10", "names that exist are used, not made anew", "reports of others",
        "the file names only what the site has, so that nothing is made",
    ),
    Assumption(
        "JI-11", "with `provenance.number.key` an issue gets the key that the file names, and issues made later get higher numbers",
        "the format has the field (import-data-from-json); of the numbers nobody says so",
        "keys that something has stop the run before a file is written; an issue that came under another key is found by its label and listed",
    ),
)  # fmt: skip
"""What this way takes for granted. Import a file of one issue first, and verify it."""

WAY = Way(
    IMPORT_FILE,
    "Jira's External System Import: keeps created, authors, times of comments, field history",
    frozenset({Feature.COMMENT_AUTHOR, Feature.COMMENT_TIME, Feature.TICKET_TIMES, Feature.HISTORY}),
    ASSUMPTIONS,
    per_hour=1_500,
)
"""Atlassian advises at most 1,500 issues a file, about an hour [DOC import-data-from-json]."""
