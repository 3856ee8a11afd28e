"""One definition as a record: what every kind of entry that a plan makes in a target's set-up has in common."""

import re
from hashlib import blake2b

from ticketferry.mapping.work import Setup
from ticketferry.schema.records import Record

__all__ = ["UNDECIDED", "definition_record", "short_sign"]

UNDECIDED = "?"
"""What a draft writes where a person must decide."""

_PLAIN = re.compile(r"[^a-z0-9]+")


def definition_record(setup: Setup, what: str, name: str, **more: str) -> Record:
    """Return the record of an entry. Its ref tells it from all others of its kind: by its name, and by the field or project that it is of."""
    identity = f"{more.get('field', more.get('project', ''))}\0{name.casefold()}"
    slug = _PLAIN.sub("-", name.casefold()).strip("-")[:40]
    id_ = "-".join(filter(None, (what, slug, short_sign(identity))))
    return {"ref": f"{setup.source['desk']}:definition:{id_}", "what": what, "name": name, **more}


def short_sign(text: str) -> str:
    """Return six hex digits that tell a text from others."""
    return blake2b(text.encode(), digest_size=3).hexdigest()
