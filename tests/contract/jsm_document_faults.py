"""Atlassian's two OpenAPI documents as a check of answers, with what is wrong in them listed by name and reason."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import httpx
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.testing import MockRequest, MockResponse

_HOST = "https://your-domain.atlassian.net"


class DocumentFault(NamedTuple):
    """A complaint of the document that the real product would draw too; the patterns are regular expressions."""

    name: str
    call: str
    """Matched against `METHOD path`."""
    complaint: str
    """Matched against `place: message`."""
    reason: str


KNOWN_DOCUMENT_FAULTS = (
    DocumentFault(
        "times without a colon",
        r".*",
        r".*is not a 'date-time'",
        "recorded answers write the offset as -0700; the format date-time of the document wants -07:00",
    ),
    DocumentFault(
        "epoch milliseconds",
        r"(GET .*/bulk/queue/|POST .*/changelog/bulkfetch|GET .*/attachment/)",
        r".*(created|started|updated)['\]/ ]*.*is not of type 'string'",
        "the document's own examples write numbers where its schema says date-time",
    ),
    DocumentFault(
        "the default priority scheme",
        r"GET .*/priorityscheme$",
        r".*'?isDefault'?\]?: Tried to read write-only property",
        "the document's own example answers with it, its schema calls it write-only",
    ),
    DocumentFault(
        "the screens of a screen scheme",
        r"GET .*/screenscheme$",
        r".*'screens'\]: Tried to read write-only property",
        "the document's own example answers with them, its schema calls them write-only",
    ),
    DocumentFault(
        "no context for a project",
        r"POST .*/context/mapping$",
        r".*'contextId'\]: None (for not nullable|is not of type 'string')",
        "the document's own example and words have null there, its schema does not",
    ),
    DocumentFault(
        "the site's default locale",
        r"GET .*/serverInfo",
        r".*'defaultLocale' was unexpected",
        "stands in the document's own example, not in its closed schema",
    ),
    DocumentFault(
        "nothing before, nothing after",
        r".*",
        r".*'(from|fromString|to|toString)'\]: None (for not nullable|is not of type 'string')",
        "the document's own example of a change has from: null",
    ),
    DocumentFault(
        "no content where the document promises some",
        r"(PUT|POST|DELETE|GET) .*",
        r"MissingData: Missing response data",
        "204, and 201 of an issue link, come without a body",
    ),
    DocumentFault(
        "refusal of a whole batch",
        r"POST .*/issue/bulk",
        r"\[\]: .*'errorMessages' was unexpected|\['errors'\]: .*is not of type 'array'",
        "a batch that is too large is refused with an ErrorCollection; the document knows refused items only",
    ),
    DocumentFault(
        "removed search",
        r"(GET|POST) .*/search$",
        r"ResponseNotFound: Unknown response http status: 410",
        "the document still lists it as deprecated; it was shut down in 2025",
    ),
    DocumentFault(
        "rate limits",
        r".*",
        r"ResponseNotFound: Unknown response http status: 429",
        "every endpoint can answer 429; the documents name it for none",
    ),
    DocumentFault(
        "experimental calls",
        r"(GET|DELETE) .*/servicedesk/[^/]+/customer",
        r"ResponseNotFound: Unknown response http status: 412",
        "412 without the header X-ExperimentalApi: opt-in",
    ),
    DocumentFault(
        "users by name",
        r"GET .*/user$",
        r"ResponseNotFound: Unknown response http status: 400",
        "username and key are refused with 400 since accounts replaced them",
    ),
    DocumentFault(
        "bare preferences",
        r"GET .*/mypreferences",
        r"\[\]: (True|False) is not of type 'string'",
        "a boolean preference is a bare true; the document says string",
    ),
)
"""Each row is hit by some test, or goes: tests/emulators/jsm/test_documents.py asserts it."""


class Documents:
    """Both documents; `complaints` of an answer, known faults left out and counted in `hits`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._platform = _load(folder / "jira-platform.openapi.json")
        self._desk = _load(folder / "jsm-servicedesk.openapi.json")
        self.hits: dict[str, int] = {}
        self.checked: set[str] = set()
        self.unlisted: set[str] = set()

    def complaints(self, response: httpx.Response) -> list[str]:
        """Return what the documents say against an answer; calls that stand in neither give nothing."""
        request = response.request
        path = request.url.raw_path.partition(b"?")[0].decode()
        api = self._desk if path.startswith("/rest/servicedeskapi") else self._platform
        kind = response.headers.get("content-type", "application/json").partition(";")[0]
        asked = MockRequest(_HOST, request.method.lower(), path)
        answered = MockResponse(response.content, response.status_code, content_type=kind)
        call = f"{request.method} {path}"
        try:
            api.validate_response(asked, answered)
        except PathError:
            self.unlisted.add(re.sub(r"\d+", "0", call))
            return []
        except OpenAPIError as error:
            return [text for text in _reasons(error) if not self._known(call, text)]
        finally:
            self.checked.add(call)
        return []

    def request_complaints(self, request: httpx.Request) -> list[str]:
        """Return what the documents say against a request; calls that stand in neither give nothing."""
        path = request.url.raw_path.partition(b"?")[0].decode()
        api = self._desk if path.startswith("/rest/servicedeskapi") else self._platform
        kind = request.headers.get("content-type", "").partition(";")[0]
        asked = MockRequest(
            _HOST,
            request.method.lower(),
            path,
            args=dict(request.url.params.multi_items()),
            headers=dict(request.headers),
            data=request.read() if kind == "application/json" else None,
            content_type=kind or "application/json",
        )
        try:
            api.validate_request(asked)
        except PathError:
            return []
        except OpenAPIError as error:
            return _reasons(error)
        return []

    def _known(self, call: str, text: str) -> bool:
        for fault in KNOWN_DOCUMENT_FAULTS:
            if re.match(fault.call, call) and re.match(fault.complaint, text):
                self.hits[fault.name] = self.hits.get(fault.name, 0) + 1
                return True
        return False


def _reasons(error: OpenAPIError) -> list[str]:
    cause = error.__cause__ or error
    found = getattr(cause, "schema_errors", None)
    if not found:
        return [f"{type(error).__name__}: {cause}"]
    return [f"{list(item.absolute_path)}: {item.message[:300]}" for item in found]


@lru_cache
def _load(path: Path) -> OpenAPI:
    return OpenAPI.from_dict(json.loads(path.read_text("utf-8")), config=Config(spec_validator_cls=None))
