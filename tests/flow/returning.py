"""What of a ticket does not come back from Jira as it went there, and why; the test of both ways holds it exact, docs/limits.md shows it."""

__all__ = ["CHANGED"]

CHANGED = {
    "type": "Jira's issue types stand for Zendesk's types as the route says: tasks and tickets without type come back as questions",
    "form": "a request type is chosen by the route, and stands for one form",
    "brand": "a brand is a label in Jira; on the way back the project says the brand",
    "group": "Jira has no groups: the assignee brings one of theirs, or the project says it",
    "channel": "stands in the field Origin, for which Zendesk has no field",
    "fields": "carried by name where both have the field, else in the provenance",
    "field tags": "a tag that is the value of a field goes with the field",
    "more tags": "the old numbers and the brand's label are added",
    "created": "Jira's API sets no dates: what was is in the provenance, and in the field Original created",
    "comment authors": "Jira's API writes all comments under one account: a line over each says who it was",
    "comment times": "the same line says when",
    "events": "kept in the provenance: neither takes a history by its API",
    "satisfaction": "stands in the field CSAT, for which Zendesk has no field",
    "links": "an incident comes back to its problem where the route gave both those types; other links stand in the provenance",
    "followers": "are watchers of an issue, and reading a site gives nobody's watchers",
    "requester": "a ticket whose requester has no account is asked for by the account that migrates",
    "file names": "a name holds no path and no double quote in either product",
    "lost files": "what was redacted or never could be fetched has no bytes",
}
"""What differs at least once on the sample, and why. A name here that does not differ is as wrong as one that is missing."""
