"""An account of the target that stands for a person, organization or group of the source."""

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Account", "AccountKind", "MatchState"]

AccountKind: TypeAlias = Literal["agent", "customer", "app", "organization", "group"]


class Account(NamedTuple):
    """`ref`: in the target; `how`: what it was found by (`agents`, `origin`, `external_id`, `email`, `domain`, `name`, `team`, `decision`, `created`)."""

    ref: str
    kind: AccountKind
    how: str


class MatchState(NamedTuple):
    """What is known of a person or organization beside its account.

    `contested`: why nobody knows whose account is theirs; `shown`: why more people than today see what goes to the account that stands for
    it; `decided`: a word of the decisions file (`leave`, `number`, `name: …`); `bound`: an earlier plan gave it an account, and
    `address`: the hash of the address that the plan made it with (empty where it was matched);
    `drawn`: of a person, the organizations that the target puts them into by the domain of their address; of an organization, those people.
    """

    contested: str = ""
    shown: tuple[str, ...] = ()
    decided: str = ""
    bound: bool = False
    address: str = ""
    drawn: tuple[str, ...] = ()
