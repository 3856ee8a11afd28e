"""Each row of an issue's fields keeps what rows promise."""

from typing import ClassVar

from ticketferry.sdk.codec import ReadContext
from ticketferry.testing.codec_contract import CodecContract
from ticketferry_jsm.issue_rows import ISSUE


class TestIssueRows(CodecContract):
    rows = ISSUE
    site = None
    context = ReadContext("site")
    values: ClassVar = {
        "subject": ["It burns", "one\n two", "𝕏" * 128, " "],
        "requester": ["acme:person:1"],
        "assignee": ["acme:person:1"],
        "due": ["2024-02-03", "2024-02-03T10:00:00+13:00"],
    }
    misfits: ClassVar = {"due": ["30/10/2026", "2023-02-30", "0000-00-00"]}

    def echo(self, row, wire):
        return {"accountId": wire["id"], "displayName": "Ann"} if isinstance(wire, dict) else wire
