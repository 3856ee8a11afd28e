"""The statuses that Atlassian's documents give to each write: what was done, what was refused; any other proves nothing.

401 and 429 are judged for all requests alike; a documented 5xx is no refusal: the write may have been done.
"""

from collections.abc import Mapping

from ticketferry.sdk import Answers

__all__ = ["WRITES"]


def _answers(*statuses: int) -> Answers:
    return Answers(
        frozenset(status for status in statuses if status < 300),
        frozenset(status for status in statuses if status >= 400),
    )


WRITES: Mapping[str, Answers] = {
    "field.create": _answers(201, 400),
    "field.add_context": _answers(201, 400, 404, 409),
    "field.add_options": _answers(200, 400, 403, 404),
    "field.put_on_screen": _answers(200, 400, 403, 404),
    "option.create": _answers(200, 400, 403, 404),
    "component.create": _answers(201, 400, 403, 404),
    "organization.create": _answers(201, 400, 403),
    "organization.set_property": _answers(200, 201, 400, 403, 404),
    "organization.add_to_desk": _answers(204, 403, 404),
    "customer.create": _answers(201, 400, 403, 409),
    "person.set_property": _answers(200, 201, 400, 403, 404, 405),
    "customer.add_to_desk": _answers(204, 400, 403, 404),
    "organization.add_user": _answers(204, 400, 403, 404),
    "issue.create": _answers(201, 400),
    "comment.hide": _answers(200, 201, 400, 403, 404),
    "comment.mark": _answers(200, 201, 400, 403, 404),
    "attachment.add": _answers(200, 403, 404, 413),
    "issue.edit": _answers(204, 400, 403, 404, 409, 422),
    "comment.create": _answers(201, 400, 404, 413),
    "comment.edit": _answers(200, 400, 404),
    "worklog.add": _answers(201, 400, 404, 413),
    "issue.transition": _answers(204, 400, 404, 409, 413, 422),
    "issue.link": _answers(201, 400, 404, 413),
    "issue.remote_link": _answers(200, 201, 400, 403, 404),
    "issue.set_property": _answers(200, 201, 400, 403, 404),
    "issue.request_type": _answers(204, 400, 403, 404, 409, 422),
    "issue.watch": _answers(204, 400, 403, 404),
    "issue.unwatch": _answers(204, 400, 403, 404),
    "comment.delete": _answers(204, 400, 404, 405),
    "worklog.delete": _answers(204, 400, 404),
    "link.delete": _answers(200, 204, 400, 404),
    "remote_link.delete": _answers(204, 400, 403, 404),
    "attachment.delete": _answers(204, 403, 404),
    "issue.delete": _answers(201, 400, 403),
    "option.delete": _answers(204, 400, 403, 404),
    "field.trash": _answers(200, 400, 403, 404),
    "component.delete": _answers(204, 403, 404),
    "organization.remove_user": _answers(204, 400, 403, 404),
    "organization.remove_from_desk": _answers(204, 403, 404),
    "organization.delete": _answers(204, 403, 404),
    "person.delete_property": _answers(204, 400, 403, 404),
    "customer.remove_from_desk": _answers(204, 400, 403, 404),
}
