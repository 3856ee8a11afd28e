"""An account of the target that stands for a person, organization or group of the source."""

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Account", "AccountKind"]

AccountKind: TypeAlias = Literal["agent", "customer", "app", "organization", "group"]


class Account(NamedTuple):
    """`ref`: in the target; `how`: what it was found by (`agents`, `origin`, `external_id`, `email`, `domain`, `name`, `team`, `decision`, `created`)."""

    ref: str
    kind: AccountKind
    how: str
