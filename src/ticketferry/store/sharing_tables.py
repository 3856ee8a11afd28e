"""Working tables of who sees more by a match: members of matched organizations, there and here."""

from ticketferry.store.directory import DirectoryTables

__all__ = ["SharingTables"]

_BEGIN = """
DROP TABLE IF EXISTS temp.member_there;
DROP TABLE IF EXISTS temp.belongs;
CREATE TEMP TABLE member_there (organization TEXT, person TEXT, told TEXT, PRIMARY KEY (organization, person)) WITHOUT ROWID;
CREATE TEMP TABLE belongs (organization TEXT, person TEXT, PRIMARY KEY (organization, person)) WITHOUT ROWID;
"""


class SharingTables:
    """Members of organizations, beside the directory that tells whose accounts they are."""

    def __init__(self, directory: DirectoryTables) -> None:
        self._database = directory.connection
        self._database.executescript(_BEGIN)

    def add_target(self, organization: str, person: str, shown: str) -> None:
        """Note a member of an organization of the target; `told`: how the person is shown."""
        self._database.execute(
            "INSERT OR IGNORE INTO member_there VALUES (?,?,?)", (organization, person, shown)
        )

    def add_source(self, organization: str, survivor: str) -> None:
        """Note a member of an organization of the source."""
        self._database.execute("INSERT OR IGNORE INTO belongs VALUES (?,?)", (organization, survivor))

    def belongs(self, organization: str, survivor: str) -> bool:
        """Tell whether somebody is a member of an organization of the source."""
        row = self._database.execute(
            "SELECT 1 FROM belongs WHERE organization = ? AND person = ?", (organization, survivor)
        ).fetchone()
        return row is not None

    def strangers(self, target: str, source: str) -> list[tuple[str, str]]:
        """Return (person, how they are shown) of the members there whose account stands for no member here, in order."""
        return self._database.execute(
            "SELECT person, told FROM member_there WHERE organization = ? AND person NOT IN"
            " (SELECT target FROM accounts JOIN belongs ON belongs.person = accounts.ref WHERE organization = ?) ORDER BY person",
            (target, source),
        ).fetchall()
