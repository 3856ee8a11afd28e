"""What a connector can declare: features, guards and figures; what is not declared is unsupported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

__all__ = ["REST", "Assumption", "Budget", "Feature", "Guard", "Limits", "Way"]

_SHORT = 600.0
"""Seconds up to which the window of a budget is one of the pace."""
REST = "rest"
"""The way that every target has: record by record over its API."""


class Feature(StrEnum):
    """One thing that a product can hold or a connector can do. The contract suite tests declared ones and expects UnsupportedError from others."""

    COUNTS = "counts"
    """`count` answers."""
    DELTA = "delta"
    """`read` with a cursor gives what changed since."""
    DELETIONS = "deletions"
    """`read` gives tombstones."""
    CONTENT = "content"
    """`content` streams attachments."""
    PUBLIC_AND_INTERNAL = "public_and_internal"
    """Comments are public or internal."""
    COMMENT_AUTHOR = "comment_author"
    """A target can set a comment's author."""
    COMMENT_TIME = "comment_time"
    """A target can set a comment's time."""
    TICKET_TIMES = "ticket_times"
    """A target can set created, updated and solved."""
    DUE_DAY = "due_day"
    """A ticket is due on a day, without a time."""
    HISTORY = "history"
    """A target can write field history."""
    INLINE_IMAGES = "inline_images"
    FOLDS = "folds"
    """A text holds parts that are shown when a reader opens them."""
    DESCRIPTION = "description"
    """The product keeps the opening message apart from the comments."""
    PATHS = "paths"
    """A status is reached by a path of transitions."""
    PROJECTS = "projects"
    """A ticket lives in a project; `route` must name it."""
    LINKS = "links"
    WORKLOGS = "worklogs"
    ORGANIZATIONS = "organizations"
    GROUPS = "groups"
    PEOPLE_CREATED = "people_created"
    """A target can create people."""
    PEOPLE_REMOVED = "people_removed"
    """A target can take back people that it created."""
    PROFILES = "profiles"
    """A target keeps identities, tags, notes, details, language, time zone and fields of people and organizations."""
    SHARING = "sharing"
    """An organization says itself whether its members see each other's tickets; to be a member shows nothing. A ticket's
    organization is one of its requester's, and people get into organizations by the domain of their address."""
    FOLLOWERS_ARE_AGENTS = "followers_are_agents"
    """Only agents follow tickets."""
    CLOSED_IS_FINAL = "closed_is_final"
    IMPORT_FILE = "import_file"
    """A target can also take tickets through a file that a person gives to the vendor's importer (`FileTarget`)."""
    KEYS = "keys"
    """The import file of a target says which numbers the keys of its tickets have."""
    DEFINITIONS = "definitions"
    """A target can make fields that it lacks, and take them back."""
    OPTIONS_MADE = "options_made"
    """A target can add options to fields that are there, and take them back."""
    OPTIONS_BY_NAME = "options_by_name"
    """Of an option there is only its name: records hold that."""
    STATUSES_MADE = "statuses_made"
    """A target can make statuses that it lacks, and take them back."""
    COMPONENTS_MADE = "components_made"
    """A target can make components of projects that it lacks, and take them back."""
    TOTALS = "totals"
    """A source counts its tickets by other ways than reading them, and explains gaps in their numbers (`Survey`)."""
    INVENTORY = "inventory"
    """A source lists what is not migrated (`Survey.inventory`)."""
    CROSS_CHECK = "cross_check"
    """A source reads by an export that may leave something out, and tells which cases to read again (`CrossChecker`)."""
    FORECAST = "forecast"
    """A source tells from a sample what a whole extract will take (`Forecaster`)."""
    ANY_NAME = "any_name"
    """Takes any status, priority or field name: nothing has to exist before (files)."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Something that must hold before an endpoint may be used, since it could notify people.

    `proof`: `read` where the API shows it (a finding of `check` with this code: INFO holds, BLOCKER does not), `person` where
    somebody has to look and confirm.
    """

    code: str
    title: str
    proof: Literal["read", "person"]
    remedy: str
    switch: bool = True
    """Whether it keeps the desk silent for the time of the migration and is set back afterwards; False: a right, or what may stay as it is."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that a way relies on and the vendor does not promise; `source` says where it comes from, `caught` what happens if
    it is wrong.
    """

    code: str
    text: str
    source: str
    caught: str


@dataclass(frozen=True, slots=True)
class Way:
    """A further way into a target beside `rest`: what it can hold more, what it assumes, and how fast the vendor's importer is."""

    name: str
    title: str
    features: frozenset[Feature]
    assumes: tuple[Assumption, ...] = ()
    per_hour: int = 0
    """Tickets that the vendor's importer takes in an hour; 0: not known."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Units that an account may spend in a time, beside the rates; requests cost differently. `units`: 0 where the desk told none."""

    name: str
    units: float = 0.0
    seconds: float = 3600.0
    per_request: float = 1.0
    per_operation: Mapping[str, float] = field(default_factory=dict)
    """Endpoint -> units that each of its operations costs, however many travel together."""
    assumed: float = 0.0
    """Units to reckon with where the desk told none: what the vendor documents for the usual plan."""

    @property
    def dealt_out(self) -> bool:
        """Tell whether it is a window of all requests that ends so soon that an apply goes from one to the next: it is a rate then."""
        return self.seconds <= _SHORT and not self.per_operation


@dataclass(frozen=True, slots=True)
class Limits:
    """Figures that the core plans with. Rates in requests a second at share 1.0; 0 means not limited."""

    read_rate: float = 0.0
    write_rate: float = 0.0
    page_size: int = 100
    settle_seconds: float = 0.0
    """Absence of a record is believed only after this many seconds."""
    fetch_batch: int = 50
    """Roots that one `fetch` should be asked for."""
    provenance_characters: int = 0
    """How much the provenance of one root record may hold; 0: nothing."""
    attachment_bytes: int = 0
    """Largest attachment; 0: not limited."""
    comments_per_ticket: int = 0
    endpoint_rates: Mapping[str, float] = field(default_factory=dict)
    """Endpoints that the desk takes more slowly than other writes: name -> requests a second."""
    group_rates: Mapping[str, float] = field(default_factory=dict)
    """Requests a second of groups of endpoints (`Endpoint.group`) that the desk counts apart; a group without a rate is held back by the others
    alone. Where they are said, `write_rate` is no limit but the least of them."""
    job_seconds: tuple[float, float] = (0.0, 0.0)
    """What the desk works on a job: seconds of each, and of each record in it."""
    read_back: Mapping[str, int] = field(default_factory=dict)
    """Kind of record -> requests, one after another, that reading one back takes beside that of its batch, as a rule."""
    side_by_side: int = 1
    """Records that are read back at once, where each takes requests of its own."""
    budgets: tuple[Budget, ...] = ()
    credential: str = ""
    """What the kind of credentials, or the plan, has to do with these figures, in words."""
    lag: str = ""
    """What the desk's lists leave out because it is too new, in words (`Zendesk's exports leave the newest minute out`)."""
