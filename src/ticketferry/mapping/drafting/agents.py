"""Which account of the target is an agent's: by address or external id by itself, else proposals by name for a person to confirm."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from ticketferry.mapping.drafting.entries import comment
from ticketferry.schema.records import Record

__all__ = ["NO_AGENTS", "AgentProposals", "propose_agents"]

_CUT = 88
_MOST = 40
"""Agents that a draft lists by name."""
_ROLES = frozenset({"agent", "admin", "light_agent"})


@dataclass(frozen=True, slots=True)
class AgentProposals:
    """`matched`: agents whose account is found by itself; `likely`: (address, target's address, score, why); `unknown`: their addresses."""

    matched: int = 0
    likely: tuple[tuple[str, str, int, str], ...] = ()
    unknown: tuple[str, ...] = ()

    def lines(self) -> Sequence[str]:
        """Return comment lines for the section `people`."""
        if not (self.matched or self.likely or self.unknown):
            return ()
        total = self.matched + len(self.likely) + len(self.unknown)
        lines = [
            f"  # Agents: {self.matched:,} of {total:,} have an account of their address or external id."
        ]
        if self.likely:
            lines.append("  # agents: agents.csv    with the columns source,target; lines that are true:")
        for here, there, score, why in self.likely[:_MOST]:
            lines.append(comment(f"  #   {here},{there}    {score} {why}"))
        if self.unknown:
            named = ", ".join(self.unknown[:_MOST]) + (", …" if len(self.unknown) > _MOST else "")
            lines.append(comment(f"  # No account is like: {named}"))
        return lines


NO_AGENTS = AgentProposals()
"""Where nobody looked for agents."""


def propose_agents(source: Iterable[Record], target: Iterable[Record]) -> AgentProposals:
    """Compare the agents of the source that are in service with all people of the target."""
    by_key: set[str] = set()
    by_name: dict[str, list[str]] = defaultdict(list)
    for person in target:
        address = str(person.get("email") or "")
        by_key.update(filter(None, (address.casefold(), str(person.get("external_id") or "").casefold())))
        if person.get("role") in _ROLES and person.get("name"):
            by_name[_words(str(person["name"]))].append(address or str(person["ref"]))
    matched, likely, unknown = 0, [], []
    for person in source:
        if person.get("role") not in _ROLES or person.get("state", "active") != "active":
            continue
        here = str(person.get("email") or person["ref"])
        if {here.casefold(), str(person.get("external_id") or "").casefold()} & by_key - {""}:
            matched += 1
            continue
        best = process.extract(
            _words(str(person.get("name", ""))), list(by_name), scorer=fuzz.ratio, score_cutoff=_CUT, limit=2
        )
        accounts = by_name[best[0][0]] if best else []
        if len(accounts) == 1 and (len(best) == 1 or best[0][1] - best[1][1] >= 4):
            score = min(90, round(best[0][1] * 0.9))
            likely.append(
                (
                    here,
                    accounts[0],
                    score,
                    "equal name, another address" if best[0][1] == 100 else "a name like it",
                )
            )
        else:
            unknown.append(here)
    return AgentProposals(matched, tuple(sorted(likely)), tuple(sorted(unknown)))


def _words(name: str) -> str:
    """Return a person's name without the order of its parts."""
    return " ".join(sorted(name.casefold().replace(",", " ").split()))
