"""Hostile records: a fixed set of everything that has broken a migration before. Made up; nobody in it exists."""

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

from ticketferry.schema.records import Record

__all__ = ["FILES", "LONG", "MemoryBlobs", "hostile_records", "text_of_bytes"]

RTL = "مرحبا، الطلب رقم ٤٢ \u202bשלום\u202c"
EMOJI = "👩‍👩‍👧‍👦 🇺🇳 ☃️ 🏴‍☠️"
FOUR_BYTES = "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠜎𠜱 𐍈"
LONG = "Zeile für Zeile: " + "ä€𐍈 lorem ipsum dolor sit amet. " * 1_800
"""More than 64 kB as UTF-8."""

EMPTY_FILE = b""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
LOG = "Ошибка 0x80004005\r\n".encode() * 40

FILES: dict[str, bytes] = {sha256(data).hexdigest(): data for data in (EMPTY_FILE, PNG, LOG)}
"""The bytes of the hostile attachments, by checksum."""


class MemoryBlobs:
    """Attachment bytes for a Session, held in memory."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(FILES if files is None else files)

    def open(self, sha256: str) -> BinaryIO:
        """Open for reading; FileNotFoundError where absent."""
        if sha256 not in self.files:
            raise FileNotFoundError(sha256)
        return BytesIO(self.files[sha256])

    def size(self, sha256: str) -> int:
        """Return the size in bytes; FileNotFoundError where absent."""
        if sha256 not in self.files:
            raise FileNotFoundError(sha256)
        return len(self.files[sha256])


def text_of_bytes(data: bytes) -> str:
    """Return the checksum under which bytes are kept."""
    return sha256(data).hexdigest()


def hostile_records(desk: str = "acme") -> list[Record]:
    """Return organizations, groups, people and cases of the desk `desk`, in the order in which a target receives them.

    Emoji, right-to-left text, characters of four bytes, 64 kB and CRLF in comments, HTML that does not close, events and comments
    of the same second, one e-mail in two cases, a deleted author, a tag with spaces, a merged ticket, a follow-up, links in a
    circle, two attachments of one name, an empty and a missing one, an inline image, a mention, and a comment made private later.
    """
    return [*_roots(desk), *_cases(desk)]


def _roots(desk: str) -> list[Record]:
    return [
        {
            "ref": f"{desk}:organization:10",
            "name": 'Müller & Söhne "GmbH" <Köln>',
            "domains": ["mueller.example", "MUELLER.example"],
            "created": "2020-01-01T00:00:00Z",
            "updated": "2020-01-01T00:00:00Z",
        },
        {
            "ref": f"{desk}:group:20",
            "name": "2nd level / פיתוח",
            "restricted": True,
            "created": "2020-01-01T00:00:00Z",
            "updated": "2020-01-01T00:00:00Z",
        },
        {
            "ref": f"{desk}:person:1",
            "name": "Agnes Agent",
            "role": "agent",
            "state": "active",
            "email": "agnes@desk.example",
            "groups": [f"{desk}:group:20"],
            "created": "2020-01-02T00:00:00Z",
            "updated": "2024-02-29T23:59:59Z",
        },
        {
            "ref": f"{desk}:person:2",
            "name": RTL,
            "role": "end_user",
            "state": "active",
            "email": "Kim.Kunde@Mueller.Example",
            "identities": [
                {
                    "ref": f"{desk}:identity:200",
                    "type": "email",
                    "value": "Kim.Kunde@Mueller.Example",
                    "primary": True,
                },
                {"ref": f"{desk}:identity:201", "type": "phone", "value": "+49 221 5550100"},
            ],
            "organizations": [f"{desk}:organization:10"],
            "time_zone": "Europe/Berlin",
            "created": "2020-01-03T00:00:00Z",
            "updated": "2020-01-03T00:00:00Z",
        },
        {
            "ref": f"{desk}:person:3",
            "name": EMOJI,
            "role": "end_user",
            "state": "active",
            "email": "kim.kunde@mueller.example",
            "created": "2020-01-04T00:00:00Z",
            "updated": "2020-01-04T00:00:00Z",
        },
        {
            "ref": f"{desk}:person:4",
            "name": "Permanently Deleted User",
            "role": "end_user",
            "state": "deleted",
            "created": "2020-01-05T00:00:00Z",
            "updated": "2021-01-05T00:00:00Z",
        },
    ]


def _cases(desk: str) -> list[Record]:
    return [_texts(desk), _twins(desk), _merged(desk), _bare(desk)]


def _texts(desk: str) -> Record:
    """Texts of every kind, an inline image, a mention, a comment made private later, an author who is no more."""

    def comment(number: int, author: int, public: bool, html: str, at: str, **more: object) -> Record:
        return {
            "ref": f"{desk}:comment:{number}",
            "ticket": f"{desk}:ticket:101",
            "author": f"{desk}:person:{author}",
            "public": public,
            "body": {"html": html},
            "created": at,
            **more,
        }

    unclosed = comment(105, 2, True, "<p><strong>fett</strong> und weiter</p>", "2024-03-01T10:00:02Z")
    unclosed["body"] = {
        **unclosed["body"],
        "format": "html",
        "original": "<p><b>fett</b> und <i>weiter<table><tr><td>",
    }
    return {
        "ref": f"{desk}:ticket:101",
        "number": "101",
        "subject": f'{EMOJI} {RTL} {FOUR_BYTES} "quoted" <b>no tag</b> & {{not}} a template',
        "status": "Open",
        "stage": "in_progress",
        "priority": "Medium",
        "type": "Question",
        "requester": f"{desk}:person:2",
        "submitter": f"{desk}:person:2",
        "assignee": f"{desk}:person:1",
        "group": f"{desk}:group:20",
        "organization": f"{desk}:organization:10",
        "followers": [f"{desk}:person:1"],
        "ccs": [f"{desk}:person:3"],
        "tags": ["vip", "two words", "ünïcode", "a" * 60],
        "created": "2024-03-01T10:00:00Z",
        "updated": "2024-03-01T12:00:00Z",
        "comments": [
            comment(
                101, 2, True, f"<p>{EMOJI}<br>{RTL}<br>{FOUR_BYTES}</p>", "2024-03-01T10:00:00Z", opening=True
            ),
            comment(102, 1, False, f"<p>{LONG}</p>", "2024-03-01T10:00:01Z"),
            comment(
                103,
                4,
                True,
                "<p>a &lt;script&gt; as text<br>CR and LF came as a break</p>",
                "2024-03-01T10:00:01Z",
            ),
            comment(
                104,
                1,
                True,
                f'<p>See <img data-ref="{desk}:attachment:903" alt="pixel"> and '
                f'<span data-person="{desk}:person:1">@Agnes</span></p><pre data-language="">x = 1\n  y = 2\n</pre>',
                "2024-03-01T10:00:01Z",
            ),
            unclosed,
            comment(106, 1, False, "<p>was public for an hour</p>", "2024-03-01T11:00:00Z"),
        ],
        "attachments": [
            {
                "ref": f"{desk}:attachment:903",
                "ticket": f"{desk}:ticket:101",
                "comment": f"{desk}:comment:104",
                "name": "pixel.png",
                "media_type": "image/png",
                "size": len(PNG),
                "sha256": text_of_bytes(PNG),
                "state": "stored",
                "inline": True,
            }
        ],
        "events": [
            _event(desk, 1, 101, "2024-03-01T10:00:00Z", "created", 2),
            _event(
                desk, 2, 101, "2024-03-01T10:00:01Z", "changed", 1, field="status", before="New", after="Open"
            ),
            _event(desk, 3, 101, "2024-03-01T10:00:01Z", "changed", 1, field="priority", after="Medium"),
            _event(
                desk,
                4,
                101,
                "2024-03-01T12:00:00Z",
                "privacy",
                1,
                comment=f"{desk}:comment:106",
                before=True,
                after=False,
            ),
        ],
        "links": [{"type": "relates", "to": f"{desk}:ticket:102"}],
    }


def _event(desk: str, number: int, ticket: int, at: str, type_: str, actor: int, **more: object) -> Record:
    return {
        "ref": f"{desk}:event:{number}",
        "ticket": f"{desk}:ticket:{ticket}",
        "time": at,
        "type": type_,
        "actor": f"{desk}:person:{actor}",
        **more,
    }


def _twins(desk: str) -> Record:
    """Two attachments of one name, an empty one and one whose bytes are gone; work logs; a link of the circle."""

    def attachment(number: int, name: str, data: bytes | None) -> Record:
        record: Record = {
            "ref": f"{desk}:attachment:{number}",
            "ticket": f"{desk}:ticket:102",
            "comment": f"{desk}:comment:201",
            "name": name,
            "media_type": "text/plain",
        }
        if data is None:
            return {**record, "state": "missing", "url": "https://desk.example/gone"}
        return {**record, "size": len(data), "sha256": text_of_bytes(data), "state": "stored"}

    return {
        "ref": f"{desk}:ticket:102",
        "number": "102",
        "subject": "Zwei Anhänge eines Namens",
        "status": "Resolved",
        "stage": "resolved",
        "requester": f"{desk}:person:3",
        "created": "2024-03-02T10:00:00Z",
        "updated": "2024-03-02T11:00:00Z",
        "solved": "2024-03-02T11:00:00Z",
        "comments": [
            {
                "ref": f"{desk}:comment:201",
                "ticket": f"{desk}:ticket:102",
                "author": f"{desk}:person:3",
                "public": True,
                "opening": True,
                "body": {"html": "<p>siehe Anhang</p>"},
                "created": "2024-03-02T10:00:00Z",
            }
        ],
        "attachments": [
            attachment(901, "log.txt", LOG),
            attachment(902, "log.txt", PNG),
            attachment(904, "leer.txt", EMPTY_FILE),
            attachment(905, "weg 📎.txt", None),
        ],
        "worklogs": [
            {
                "ref": f"{desk}:worklog:1",
                "ticket": f"{desk}:ticket:102",
                "author": f"{desk}:person:1",
                "started": "2024-03-02T10:30:00Z",
                "seconds": 900,
            }
        ],
        "links": [
            {"type": "relates", "to": f"{desk}:ticket:103"},
            {"type": "remote", "url": "https://wiki.example/a?b=c&d=%20", "title": "Wiki <Seite>"},
        ],
    }


def _merged(desk: str) -> Record:
    """A ticket that was merged into another one, and closes the circle of links."""
    return {
        "ref": f"{desk}:ticket:103",
        "number": "103",
        "subject": "doppelt",
        "status": "Closed",
        "stage": "merged",
        "requester": f"{desk}:person:2",
        "merged_into": f"{desk}:ticket:101",
        "created": "2024-03-02T10:00:00Z",
        "updated": "2024-03-02T10:00:00Z",
        "comments": [
            {
                "ref": f"{desk}:comment:301",
                "ticket": f"{desk}:ticket:103",
                "author": f"{desk}:person:2",
                "public": True,
                "opening": True,
                "body": {"html": "<p>noch einmal</p>"},
                "created": "2024-03-02T10:00:00Z",
            }
        ],
        "events": [_event(desk, 9, 103, "2024-03-02T10:00:00Z", "merged", 1, after=f"{desk}:ticket:101")],
        "links": [
            {"type": "relates", "to": f"{desk}:ticket:101"},
            {"type": "follow_up", "to": f"{desk}:ticket:102", "inward": True},
        ],
    }


def _bare(desk: str) -> Record:
    """As little as a ticket can have."""
    return {
        "ref": f"{desk}:ticket:104",
        "number": "104",
        "subject": ".",
        "status": "New",
        "stage": "new",
        "requester": f"{desk}:person:4",
        "created": "2024-03-03T00:00:00Z",
        "updated": "2024-03-03T00:00:00Z",
    }
