"""Tables and triggers by which workspace.db itself notes of which records it says something else, and that it does, whoever writes to it."""

__all__ = ["STATE_TOKEN", "TOUCHED"]


def _trigger(table: str, event: str, *rows: str) -> str:
    # A conflict clause in a trigger gives way to that of the statement outside: so the old row is taken out first.
    steps = "".join(
        f" DELETE FROM touched WHERE key = {row}; INSERT INTO touched(key) SELECT {row} WHERE {row} IS NOT NULL;"
        for row in rows
    )
    name = f"{table}_{event.split(' ', 1)[0].lower()}_touched"
    return f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN{steps} END;"


def _owner(row: str) -> str:
    """SQL of the key of whose record of the target a row of `slot` is: `=ticket:12`; NULL of other slots than `id`."""
    rest = f"substr({row}.ref, instr({row}.ref, ':') + 1)"
    kind = f"substr({rest}, 1, instr({rest}, ':') - 1)"
    return f"CASE WHEN {row}.slot IN ('id', 'id.ended') THEN '=' || {kind} || ':' || {row}.value END"


TOUCHED = f"""
CREATE TABLE touched(seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE);
CREATE TABLE anchor(name TEXT PRIMARY KEY, token TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
{_trigger("slot", "INSERT", "NEW.ref", _owner("NEW"))}
{_trigger("slot", "UPDATE OF ref, slot, value, how, ended", "NEW.ref", "OLD.ref", _owner("NEW"), _owner("OLD"))}
{_trigger("slot", "DELETE", "OLD.ref", _owner("OLD"))}
{_trigger("applied", "INSERT", "NEW.ref")}
{_trigger("applied", "UPDATE OF ref, wanted, seen, inputs, how, plan", "NEW.ref", "OLD.ref")}
{_trigger("applied", "DELETE", "OLD.ref")}
{_trigger("membership", "INSERT", "NEW.ref")}
{_trigger("membership", "UPDATE", "NEW.ref", "OLD.ref")}
{_trigger("membership", "DELETE", "OLD.ref")}
"""
"""Tables and triggers: the ref of each record of which a slot, the last write or the phase changed, and whose a record of the target is."""


def _renewing(table: str, event: str) -> str:
    name = f"{table}_{event.lower()}_renews"
    return f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN UPDATE state_token SET token = hex(randomblob(8)); END;"


STATE_TOKEN = "\n".join(
    [
        "CREATE TABLE state_token(token TEXT NOT NULL);",
        "INSERT INTO state_token VALUES (hex(randomblob(8)));",
        *(
            _renewing(table, event)
            for table in ("slot", "applied", "membership", "op", "waiting")
            for event in ("INSERT", "UPDATE", "DELETE")
        ),
    ]
)
"""A table of one random token, and triggers that draw another one with each row that changes: what was counted before holds no more."""
