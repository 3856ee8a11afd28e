"""Mappings drawn at random, and secrets planted in a snapshot: what is dropped must be nowhere in a plan."""

import random
import re
from collections.abc import Iterator
from typing import Any

import orjson
import yaml
from tests.flow.random_ways import PRIVACY, Way

from ticketferry.project import Project

__all__ = ["Drawn", "draw", "plant"]


def secret(kind: str, id_: str) -> str:
    """A word that stands nowhere else; of letters that tags and labels of every desk take."""
    return f"cnry-{re.sub('[^a-z0-9.]+', '-', kind.lower()).strip('-')}-{id_}-x"


def plant(project: Project, way: Way) -> list[str]:
    """Put secrets into every ticket of the newest source snapshot; returns the ids of the tickets."""
    source = project.snapshots("source")
    rows = [
        tuple(row)
        for row in source.database.rows(
            "SELECT p.id, r.id, p.neutral FROM record AS r JOIN packed AS p ON p.id = r.packed WHERE kind = 'ticket'"
        )
    ]
    changed = []
    for number, id_, neutral in rows:
        records = orjson.loads(source.packing.unpack(neutral))
        if records:
            records[0] |= _head(records[0], id_, way)
            records += _parts(records[0], id_, way)
            changed.append((orjson.dumps(records, option=orjson.OPT_SORT_KEYS), number))
    sql = "UPDATE packed SET neutral = ? WHERE id = ?"
    source.database.connection.executemany(sql, changed)
    # What an extract counted of these records by place does not hold any more.
    source.database.connection.execute("UPDATE record SET shape = NULL WHERE kind = 'ticket'")
    return [id_ for _, id_, _ in rows]


def _head(ticket: dict[str, Any], id_: str, way: Way) -> dict[str, Any]:
    fields = {**ticket.get("fields", {}), **{key: secret(key, id_) for key in way.texts}}
    return {
        "fields": fields, "subject": secret("subject", id_), "external_id": secret("external_id", id_),
        "url": f"https://acme.example/{secret('url', id_)}",
        "satisfaction": {**ticket.get("satisfaction", {}), "score": "good", "comment": secret("satisfaction.comment", id_)},
        "tags": [*ticket.get("tags", []), secret("tag", id_), secret("auto", id_), secret(way.texts[0], id_)],
        "links": [*ticket.get("links", []), {"type": "remote", "url": f"https://x.example/{secret('link', id_)}"}],
        "native": {**ticket.get("native", {}), "metadata.system.client": secret("ip", id_)},
    }  # fmt: skip


def _parts(ticket: dict[str, Any], id_: str, way: Way) -> Iterator[dict[str, Any]]:
    desk = ticket["ref"].split(":", 1)[0]
    base = {"ticket": ticket["ref"]}
    time = ticket.get("created", "2025-01-01T00:00:00Z")
    for number, key in enumerate(way.texts):
        yield {**base, "ref": f"{desk}:event:9{id_}{number}", "type": "changed", "time": time, "field": f"fields.{key}",
               "before": secret(f"was-{key}", id_), "after": secret(key, id_)}  # fmt: skip
    yield {**base, "ref": f"{desk}:event:9{id_}77", "type": "changed", "time": time, "field": "tags",
           "before": [secret("auto", id_)], "after": [secret("auto", id_), secret("tag", id_), secret(way.texts[0], id_)]}  # fmt: skip
    yield {**base, "ref": f"{desk}:event:9{id_}78", "type": "changed", "time": time, "field": "subject",
           "before": secret("was-subject", id_), "after": secret("subject", id_)}  # fmt: skip
    yield {
        **base,
        "ref": f"{desk}:event:9{id_}79",
        "type": "other",
        "time": time,
        "native": {"metadata.system.ip_address": secret("ip", id_)},
    }
    yield {**base, "ref": f"{desk}:comment:9{id_}80", "public": False, "kind": "system", "created": time,
           "body": {"html": f"<p>{secret('system', id_)}</p>"}, "native": {"metadata.system.location": secret("ip", id_)}}  # fmt: skip
    yield {**base, "ref": f"{desk}:attachment:9{id_}81", "name": f"{secret('file', id_)}.bin", "size": 10**10, "state": "missing",
           "media_type": "application/octet-stream"}  # fmt: skip


class Drawn:
    """One mapping: its text, and what of each ticket it drops by a rule without a condition."""

    def __init__(self, data: dict[str, Any], way: Way) -> None:
        self.data, self.way = data, way

    @property
    def text(self) -> str:
        return yaml.safe_dump(self.data, sort_keys=False, allow_unicode=True)

    def dropped(self, id_: str) -> list[str]:
        """The secrets of a ticket that must be nowhere."""
        rules = self.data["fields"]
        named = {name for rule in rules for name in _sources(rule)}
        gone = {
            name
            for rule in rules
            if rule.get("drop") and rule.get("when") in (None, "always")
            for name in _sources(rule)
        }
        if any(rule.get("rest") == "drop" for rule in rules):
            gone |= {f"fields.{key}" for key in self.way.texts if f"fields.{key}" not in named}
        found = [
            secret(name.removeprefix("fields."), id_)
            for name in gone
            if name in self.way.own or name.startswith("fields.")
        ]
        found += [secret(f"was-{name.removeprefix('fields.')}", id_) for name in gone]
        if "tags" in gone:
            found += [secret("tag", id_), secret("auto", id_)]
        if "cnry-auto-*" in self.data["tags"].get("drop", []):
            found.append(secret("auto", id_))
        if "keep_if_used" in self.data["tags"]:
            found += [secret("tag", id_), secret("auto", id_)]
        if self.data.get("privacy", {}).get("drop"):
            found.append(secret("ip", id_))
        if self.data["comments"].get("system") == "drop":
            found.append(secret("system", id_))
        if self.data["attachments"].get("over") == "drop":
            found.append(secret("file", id_))
        if self.data["links"].get("remote") == "drop":
            found.append(secret("link", id_))
        if self.data["history"].get("changes") == "drop":
            found += [secret(f"was-{key}", id_) for key in (*self.way.texts, "subject")]
        return found


def _sources(rule: dict[str, Any]) -> list[str]:
    given = rule.get("from", [])
    return given if isinstance(given, list) else [given]


def draw(seed: int, way: Way) -> Drawn:
    """Draw one mapping: that of the way with rules changed, added, taken out."""
    chance = random.Random(seed)
    data = yaml.load(way.mapping(), Loader=yaml.BaseLoader)
    why = {"because": "drawn"}
    fields = [rule for rule in data.get("fields", []) if "rest" not in rule and chance.random() < 0.7]
    fields += [_rule(chance, why, way) for _ in range(chance.randint(0, 6))]
    if chance.random() < 0.8:
        rest = chance.choice(["keep_in_provenance", "same_name", "drop", "drop"])
        fields.append({"rest": rest, **why})
    chance.shuffle(fields)
    data["fields"] = fields
    tags = data.setdefault("tags", {})
    tags["drop"] = [tag for tag in (*tags.get("drop", ()), "cnry-auto-*") if chance.random() < 0.5]
    tags["from_fields"] = chance.choice(["drop", "keep"])
    data.setdefault("comments", {}).update({"system": "drop", **why} if chance.random() < 0.4 else {})
    data.setdefault("attachments", {}).update(
        {"max": "250MB", "over": "drop", **why} if chance.random() < 0.4 else {}
    )
    data.setdefault("links", {}).update({"remote": "drop", **why} if chance.random() < 0.4 else {})
    data["links"].update({"unmigrated": "drop", **why} if chance.random() < 0.3 else {})
    data.setdefault("history", {}).update({"changes": "drop", **why} if chance.random() < 0.3 else {})
    data.setdefault("privacy", PRIVACY)
    if chance.random() < 0.4:
        data.pop("privacy")
    if chance.random() < 0.3:
        data["channel"] = {"field": chance.choice(way.places)}
    if chance.random() < 0.3:
        data.setdefault("provenance", {})["url"] = {"field": chance.choice(way.places)}
    if chance.random() < 0.2:
        data.pop("text", None)
    data.setdefault("organizations", {})["share"] = chance.choice(["as_source", "never", "always"])
    if chance.random() < 0.3:
        data["organizations"]["unshared"] = "create"
    _contents(chance, data, why)
    _counted_and_merged(chance, data)
    return Drawn(data, way)


def _counted_and_merged(chance: random.Random, data: dict[str, Any]) -> None:
    """Draw the words that count in the whole desk, and those about people who are one."""
    if chance.random() < 0.4:
        data["tags"]["keep_if_used"] = chance.choice(["2", "5"])
    people = data.setdefault("people", {})
    if chance.random() < 0.4:
        people.setdefault("customers", {})["when"] = {"tickets": chance.choice([">= 2", "1", ">= 1"])}
    if chance.random() < 0.3:
        people["never_merge"] = chance.choice(
            [{"roles": ["info@"]}, {"domains": ["acme.example"], "tags": ["vip"]}]
        )
    if chance.random() < 0.5:
        names = ["longest", "most_recent", "oldest", "most_used", "survivor"]
        people["survivor"] = {
            "name": chance.choice(names),
            "phone": "verified",
            "fields": chance.choice(["most_used", "most_recent"]),
        }
        data["organizations"]["survivor"] = {"name": chance.choice(names)}
    if chance.random() < 0.3 and data["target"] != "neutral":
        data["organizations"]["several"] = chance.choice(["default_only", "first"])


def _contents(chance: random.Random, data: dict[str, Any], why: dict[str, str]) -> None:
    """Draw the words about what hangs on a ticket, and about what of its texts is not their author's own."""
    if chance.random() < 0.5:
        talks = chance.choice(["keep", "internal_comment", "drop"])
        data["comments"].update({"side_conversations": {"as": talks}, **why})
    if chance.random() < 0.5:
        data["comments"].update(
            {"voice": {"as": chance.choice(["text", "drop", "attachment_and_text"])}, **why}
        )
    if chance.random() < 0.5:
        older = {"years": str(chance.randint(1, 5)), "do": chance.choice(["link", "drop"])}
        data["attachments"].update({"older_than": older, "malware": chance.choice(["link", "drop"]), **why})
    if chance.random() < 0.3:
        data["attachments"]["inline"] = "keep_link"
    if chance.random() < 0.6:
        text = data.setdefault("text", {})
        text["quoted_replies"] = chance.choice(["drop", "drop", {"collapse": "true"}])
        text["signatures"] = chance.choice(["keep", "drop", "collapse"])
        text.update({"tracking_pixels": "drop", **why})
    if chance.random() < 0.3:
        data.setdefault("text", {}).setdefault("links", {})["help_center"] = "text"


def _rule(chance: random.Random, why: dict[str, str], way: Way) -> dict[str, Any]:
    source = [f"fields.{key}" for key in way.texts] + list(way.own)
    one = chance.choice(source)
    when = {"when": chance.choice(way.conditions)} if chance.random() < 0.3 else {}
    kind = chance.randrange(7)
    if kind <= 2:
        return {"from": one, "drop": "true", **why, **when}
    if kind == 3:
        return {"from": one, "to": chance.choice(way.places), **when}
    if kind == 4:
        return {"from": chance.sample(source, 2), "to": chance.choice(way.places), "join": " / ", **when}
    if kind == 5:
        text = chance.choice(
            ["{{ fields }}", "{{ tags | join(' ') }}", f"{{{{ fields['{way.texts[0]}'] }}}}", "{{ subject }} {{ external_id }}",
             "{{ satisfaction.comment }}", "{{ url }}", "{{ events | map(attribute='type') | join }}", "{{ links | length }}"]
        )  # fmt: skip
        return {"to": chance.choice(way.places), "expr": text, **when}
    return {"set": {chance.choice(way.places): "constant"}, **when}
