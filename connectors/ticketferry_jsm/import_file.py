"""The bytes of Jira's External System Import file, written issue by issue, and what an administrator does with it.

The form is that of Atlassian's page [DOC import-data-from-json]: `users`, `links`, `projects` with their `issues`. Links between
issues stand in no file: its `links` know only issues of the same file, and a link over REST may be made twice without harm.
"""

from collections.abc import Callable, Iterator, Sequence

import orjson

from ticketferry.sdk import Operation, Template

__all__ = ["assemble", "import_limits", "import_steps"]

_NAMED = 4
"""Files up to which each has a step of its own."""


def assemble(heads: Sequence[Operation], body: Callable[[Operation], Template]) -> Iterator[bytes]:
    """Yield a file of the issues `heads`, grouped by project."""
    users: dict[str, None] = {}
    projects: dict[str, list[Operation]] = {}
    for head in heads:
        listed = head.params.get("users")
        users.update(dict.fromkeys(str(item) for item in listed) if isinstance(listed, list) else {})
        projects.setdefault(str(head.params["project"]), []).append(head)
    yield b'{"users":'
    yield orjson.dumps([{"name": account} for account in sorted(users)])
    yield b',"links":[],"projects":['
    for number, (key, members) in enumerate(sorted(projects.items())):
        head_text = orjson.dumps({"name": str(members[0].params["name"]), "key": key})
        yield (b"," if number else b"") + head_text[:-1] + b',"issues":['
        for position, member in enumerate(members):
            yield (b",\n" if position else b"\n") + orjson.dumps(body(member), option=orjson.OPT_SORT_KEYS)
        yield b"]}"
    yield b"]}\n"


def import_steps(files: Sequence[str]) -> list[str]:
    """Say what the administrator does, in the order of doing it."""
    return [
        "Keep customer notifications, notification schemes and automation off, as the preflight says.",
        "In Jira, as a site administrator: Settings > System > External System Import > JSON.",
        *_each(files),
        "Give each file to the importer once: a second time makes every ticket a second time.",
    ]


def _each(files: Sequence[str]) -> list[str]:
    if len(files) <= _NAMED:
        return [f"Give it {name}, press Import once, and wait for its report." for name in files]
    first, last, count = files[0], files[-1], len(files)
    return [
        f"Give it {first} to {last}, {count} files, one after the other: for each press Import once and wait for its report."
    ]


def import_limits() -> list[str]:
    """Say what the file cannot hold; it is written over REST when the issues are bound."""
    return [
        "whether a comment is internal: set and read back on every internal comment, before the request type is set",
        "request type, organizations, participants, due date",
        "fields of dates, people and labels, and fields whose name another field has too",
        "files, and texts that show files or link to migrated tickets",
        "texts whose markup two readers of Atlassian take differently: they are written a second time as documents",
        "links between tickets, work logs",
        "our marks: what each issue, comment and file came from, and what has no place in Jira",
        "the time of the last change and of the solution: kept beside",
    ]
