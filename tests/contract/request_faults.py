"""What Atlassian's documents say against requests that the real product takes, by name and reason."""

from typing import NamedTuple


class RequestFault(NamedTuple):
    """A complaint of the document about a request; the patterns are regular expressions."""

    name: str
    call: str
    """Matched against `METHOD path`."""
    complaint: str
    reason: str


KNOWN_REQUEST_FAULTS: tuple[RequestFault, ...] = (
    RequestFault(
        "files are not a JSON list",
        r"POST .*/attachments",
        r"MissingRequiredRequestBody",
        "the document describes the multipart body as an array of an opaque object; the emulator checks the parts themselves",
    ),
)
