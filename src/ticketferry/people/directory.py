"""What was worked out of people and organizations: who is one with whom, whose account stands for whom, who is in doubt."""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from ticketferry.people.account import Account, MatchState
from ticketferry.sdk.contract import Finding
from ticketferry.store.directory import DirectoryTables

__all__ = ["Directory"]

_REMEMBERED = 20_000


class Directory:
    """Reads the tables that `cluster` and `match` wrote."""

    def __init__(self, tables: DirectoryTables) -> None:
        self.tables = tables
        self.survivor = lru_cache(maxsize=_REMEMBERED)(tables.survivor)
        """Who a ref is one with; itself where it stands alone."""
        self.account = lru_cache(maxsize=_REMEMBERED)(self._account)
        """The account in the target that stands for a ref, or None."""
        self.match_state = lru_cache(maxsize=_REMEMBERED)(self._match_state)
        """What is known of a ref beside its account."""

    def _account(self, ref: str) -> Account | None:
        row = self.tables.account(ref)
        return Account(*row) if row else None

    def contested(self, ref: str) -> str:
        """Tell why nobody knows whose account is a ref's; "" where nothing is contradicted."""
        return self.match_state(ref).contested

    def _match_state(self, ref: str) -> MatchState:
        tables = self.tables
        return MatchState(
            tables.contested(ref), tables.shown(ref), tables.decided(ref), drawn=tables.drawn(ref)
        )

    def named(self, account: str) -> str | None:
        """Return the ref of an account of the target that the mapping names."""
        return self.tables.named(account)

    def one_with(self, ref: str) -> list[str]:
        """Return who of the source a person or organization stands for, beside itself."""
        return self.tables.one_with(ref)

    def drawn_into(self, ref: str) -> list[str]:
        """Return who becomes a member of an organization by the domain of their address."""
        return self.tables.drawn_into(ref)

    def merged(self) -> tuple[int, int]:
        """Return how many are one with another, and how many they come to."""
        return self.tables.merged()

    def clusters(self, most: int, members: int) -> Iterator[tuple[str, str, list[str]]]:
        """Yield (survivor, why, others) of the first clusters, each with its first members."""
        return self.tables.clusters(most, members)

    def findings(self) -> list[Finding]:
        """Return what was doubtful when accounts were matched."""
        return self.tables.findings()

    def differing(self, other: Path) -> set[str]:
        """Return of whom another directory, in a file, says something else that plans depend on."""
        return self.tables.differing(other)

    def refresh(self) -> None:
        """Forget what was remembered, after the tables were written again."""
        self.survivor.cache_clear()
        self.account.cache_clear()
        self.match_state.cache_clear()

    def digest(self) -> str:
        """Digest of what plans depend on, for the plan's inputs."""
        kept = self.tables.kept_digest()
        return self.worked_out_digest() if kept is None else kept

    def worked_out_digest(self) -> str:
        """Return the same from the rows: what whoever writes the file keeps in it."""
        made = blake2b(digest_size=16)
        for rows in self.tables.digested():
            for row in rows:
                made.update("\x1f".join(row).encode("utf-8", "surrogatepass") + b"\x1e")
            made.update(b"\x1d")
        return made.hexdigest()

    def close(self) -> None:
        """Close the file that is read."""
        self.tables.close()
