"""The statuses that Zendesk's documents give to each write: what was done, what was refused; any other proves nothing.

The OpenAPI document names the successes of each operation, and hardly a refusal. Those stand on the page "Requests" of the API
reference for all operations alike: 400, 403, 409 (a collision: to be sent again), 422; 404 where the path names a record. 413 is the
answer to an upload that is too large [REC official Ruby client].
"""

from collections.abc import Mapping

from ticketferry.sdk import Answers

__all__ = ["GENERAL", "WRITES"]

GENERAL = frozenset({400, 403, 404, 409, 422})
"""Refusals of the page "Requests" [DOC introduction/requests, status codes]; 401 and 429 are judged for all requests alike."""
_ANYWHERE = GENERAL - {404}
"""A collection that is not there is no refusal of a record: the plan of the account lacks it, or something else answers."""


def _new(*done: int) -> Answers:
    return Answers(frozenset(done), _ANYWHERE)


def _on(*done: int) -> Answers:
    return Answers(frozenset(done), GENERAL)


WRITES: Mapping[str, Answers] = {
    "field.create": _new(201),
    "field.add_option": _on(200, 201),
    "status.create": _new(201),
    "group.create": _new(201),
    "organization.create": _new(200),
    "organization.update": _on(200),
    "organization.domains": _on(200),
    "user.create": _new(201),
    "user.create_many": _new(200),
    "user.update": _on(200),
    "identity.add": _on(201),
    "membership.create": _new(200),
    "upload.add": Answers(frozenset({201}), _ANYWHERE | {413}),
    "ticket.import": _new(200),
    "ticket.import_closed": _new(200),
    "ticket.import_archived": _new(200),
    "comment.add": _on(200),
    "comment.hide": _on(200),
    "comment.redact": _on(200),
    "comment.redact_closed": _on(200),
    "attachment.redact": _on(200),
    "ticket.update": _on(200),
    "ticket.update_closed": _new(200),
    "ticket.delete": _on(200),
    "ticket.delete_forever": _on(200),
    "ticket.restore": _on(200),
    "identity.delete": _on(204),
    "membership.delete": _on(204),
    "user.delete": _on(200),
    "organization.delete": _on(204),
    "field.delete_option": _on(204),
    "field.delete": _on(204),
    "status.delete": _on(204),
    "group.delete": _on(204),
}
