"""All that a connector may import; names are loaded when they are first used, so that listing connectors stays quick."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ticketferry.errors import (
        AuthError as AuthError,
    )
    from ticketferry.errors import (
        ConfigError as ConfigError,
    )
    from ticketferry.errors import (
        FatalError as FatalError,
    )
    from ticketferry.errors import (
        NotServedError as NotServedError,
    )
    from ticketferry.errors import (
        RejectedError as RejectedError,
    )
    from ticketferry.errors import (
        RetryableError as RetryableError,
    )
    from ticketferry.errors import (
        UnknownOutcomeError as UnknownOutcomeError,
    )
    from ticketferry.errors import (
        UnsupportedError as UnsupportedError,
    )
    from ticketferry.schema.body import Body as Body
    from ticketferry.schema.catalog import (
        Catalog as Catalog,
    )
    from ticketferry.schema.catalog import (
        FieldDef as FieldDef,
    )
    from ticketferry.schema.catalog import (
        FieldOption as FieldOption,
    )
    from ticketferry.schema.catalog import (
        FormDef as FormDef,
    )
    from ticketferry.schema.catalog import (
        GroupDef as GroupDef,
    )
    from ticketferry.schema.catalog import (
        Named as Named,
    )
    from ticketferry.schema.catalog import (
        ProjectDef as ProjectDef,
    )
    from ticketferry.schema.catalog import (
        SlaDef as SlaDef,
    )
    from ticketferry.schema.catalog import (
        SlaTarget as SlaTarget,
    )
    from ticketferry.schema.catalog import (
        StatusDef as StatusDef,
    )
    from ticketferry.schema.catalog import (
        SupportAddress as SupportAddress,
    )
    from ticketferry.schema.catalog import (
        TransitionDef as TransitionDef,
    )
    from ticketferry.schema.catalog import (
        TypeDef as TypeDef,
    )
    from ticketferry.schema.catalog import (
        WorkflowDef as WorkflowDef,
    )
    from ticketferry.schema.counting import counted as counted
    from ticketferry.schema.definitions import Definition as Definition
    from ticketferry.schema.lifecycle import Stage as Stage
    from ticketferry.schema.people import (
        Group as Group,
    )
    from ticketferry.schema.people import (
        Identity as Identity,
    )
    from ticketferry.schema.people import (
        Membership as Membership,
    )
    from ticketferry.schema.people import (
        Organization as Organization,
    )
    from ticketferry.schema.people import (
        Person as Person,
    )
    from ticketferry.schema.records import (
        Record as Record,
    )
    from ticketferry.schema.records import (
        canonical as canonical,
    )
    from ticketferry.schema.records import (
        compact as compact,
    )
    from ticketferry.schema.records import (
        digest as digest,
    )
    from ticketferry.schema.records import (
        kind_of as kind_of,
    )
    from ticketferry.schema.records import (
        validate as validate,
    )
    from ticketferry.schema.refs import Json as Json
    from ticketferry.schema.refs import Kind as Kind
    from ticketferry.schema.refs import Ref as Ref
    from ticketferry.schema.refs import parse_ref as parse_ref
    from ticketferry.schema.tickets import (
        Attachment as Attachment,
    )
    from ticketferry.schema.tickets import (
        Case as Case,
    )
    from ticketferry.schema.tickets import (
        Comment as Comment,
    )
    from ticketferry.schema.tickets import (
        Event as Event,
    )
    from ticketferry.schema.tickets import (
        Link as Link,
    )
    from ticketferry.schema.tickets import (
        Satisfaction as Satisfaction,
    )
    from ticketferry.schema.tickets import (
        SideConversation as SideConversation,
    )
    from ticketferry.schema.tickets import (
        Ticket as Ticket,
    )
    from ticketferry.schema.tickets import (
        WorkLog as WorkLog,
    )
    from ticketferry.schema.vectors import LINKS_BESIDE as LINKS_BESIDE
    from ticketferry.schema.vectors import SHARED_BESIDE as SHARED_BESIDE
    from ticketferry.schema.vectors import comparable as comparable
    from ticketferry.sdk.alone import one_by_one as one_by_one
    from ticketferry.sdk.answers import Answers as Answers
    from ticketferry.sdk.answers import refuse_redirect as refuse_redirect
    from ticketferry.sdk.contract import (
        Attended as Attended,
    )
    from ticketferry.sdk.contract import (
        Connector as Connector,
    )
    from ticketferry.sdk.contract import (
        Cursor as Cursor,
    )
    from ticketferry.sdk.contract import (
        FileTarget as FileTarget,
    )
    from ticketferry.sdk.contract import (
        Page as Page,
    )
    from ticketferry.sdk.contract import (
        Source as Source,
    )
    from ticketferry.sdk.contract import (
        Target as Target,
    )
    from ticketferry.sdk.contract import (
        Translated as Translated,
    )
    from ticketferry.sdk.contract import (
        Wire as Wire,
    )
    from ticketferry.sdk.copies import CopyOf as CopyOf
    from ticketferry.sdk.copies import Recounted as Recounted
    from ticketferry.sdk.crosscheck import CrossChecker as CrossChecker
    from ticketferry.sdk.crosscheck import Recheck as Recheck
    from ticketferry.sdk.definitions import id_template as id_template
    from ticketferry.sdk.definitions import keyed as keyed
    from ticketferry.sdk.definitions import planned_ref as planned_ref
    from ticketferry.sdk.features import REST as REST
    from ticketferry.sdk.features import Assumption as Assumption
    from ticketferry.sdk.features import Budget as Budget
    from ticketferry.sdk.features import Feature as Feature
    from ticketferry.sdk.features import Guard as Guard
    from ticketferry.sdk.features import Limits as Limits
    from ticketferry.sdk.features import Way as Way
    from ticketferry.sdk.findings import (
        Disposition as Disposition,
    )
    from ticketferry.sdk.findings import (
        Fate as Fate,
    )
    from ticketferry.sdk.findings import (
        Finding as Finding,
    )
    from ticketferry.sdk.findings import (
        Outcome as Outcome,
    )
    from ticketferry.sdk.findings import (
        Severity as Severity,
    )
    from ticketferry.sdk.http import Answer as Answer
    from ticketferry.sdk.http import HttpClient as HttpClient
    from ticketferry.sdk.identity import DeskIdentity as DeskIdentity
    from ticketferry.sdk.lane import Lane as Lane
    from ticketferry.sdk.lane import short_hash as short_hash
    from ticketferry.sdk.lane import slim as slim
    from ticketferry.sdk.naming import NameKind as NameKind
    from ticketferry.sdk.naming import Naming as Naming
    from ticketferry.sdk.naming import folded_name as folded_name
    from ticketferry.sdk.oauth import OAuthToken as OAuthToken
    from ticketferry.sdk.operations import (
        Blob as Blob,
    )
    from ticketferry.sdk.operations import (
        Change as Change,
    )
    from ticketferry.sdk.operations import (
        Compiled as Compiled,
    )
    from ticketferry.sdk.operations import (
        Endpoint as Endpoint,
    )
    from ticketferry.sdk.operations import (
        Expected as Expected,
    )
    from ticketferry.sdk.operations import (
        From as From,
    )
    from ticketferry.sdk.operations import (
        Job as Job,
    )
    from ticketferry.sdk.operations import (
        Join as Join,
    )
    from ticketferry.sdk.operations import (
        Operation as Operation,
    )
    from ticketferry.sdk.operations import (
        Repeat as Repeat,
    )
    from ticketferry.sdk.operations import (
        Template as Template,
    )
    from ticketferry.sdk.operations import (
        WriteResult as WriteResult,
    )
    from ticketferry.sdk.options import Options as Options
    from ticketferry.sdk.options import SecretStr as SecretStr
    from ticketferry.sdk.options import SignIn as SignIn
    from ticketferry.sdk.pacing import Clock as Clock
    from ticketferry.sdk.pacing import Pacer as Pacer
    from ticketferry.sdk.pacing import SystemClock as SystemClock
    from ticketferry.sdk.pacing import held as held
    from ticketferry.sdk.pacing import pause as pause
    from ticketferry.sdk.pacing import waiting as waiting
    from ticketferry.sdk.session import RequestNote as RequestNote
    from ticketferry.sdk.session import Session as Session
    from ticketferry.sdk.sighting import Attempt as Attempt
    from ticketferry.sdk.sighting import Sight as Sight
    from ticketferry.sdk.sighting import Sighted as Sighted
    from ticketferry.sdk.survey import Absence as Absence
    from ticketferry.sdk.survey import ControlTotal as ControlTotal
    from ticketferry.sdk.survey import NotMoved as NotMoved
    from ticketferry.sdk.survey import Survey as Survey
    from ticketferry.sdk.templates import needs as needs
    from ticketferry.sdk.templates import resolve as resolve
    from ticketferry.sdk.trace import derived as derived
    from ticketferry.sdk.trace import join_path as join_path
    from ticketferry.sdk.trace import leaves as leaves

_HOMES: dict[str, tuple[str, ...]] = {
    "ticketferry.errors": (
        "AuthError",
        "ConfigError",
        "FatalError",
        "NotServedError",
        "RejectedError",
        "RetryableError",
        "UnknownOutcomeError",
        "UnsupportedError",
    ),
    "ticketferry.schema.body": ("Body",),
    "ticketferry.schema.catalog": (
        "Catalog",
        "FieldDef",
        "FieldOption",
        "FormDef",
        "GroupDef",
        "Named",
        "ProjectDef",
        "SlaDef",
        "SlaTarget",
        "StatusDef",
        "SupportAddress",
        "TransitionDef",
        "TypeDef",
        "WorkflowDef",
    ),
    "ticketferry.schema.definitions": ("Definition",),
    "ticketferry.schema.lifecycle": ("Stage",),
    "ticketferry.schema.people": ("Group", "Identity", "Membership", "Organization", "Person"),
    "ticketferry.schema.records": ("Record", "canonical", "compact", "digest", "kind_of", "validate"),
    "ticketferry.schema.refs": ("Json", "Kind", "Ref", "parse_ref"),
    "ticketferry.schema.tickets": (
        "Attachment",
        "Case",
        "Comment",
        "Event",
        "Link",
        "Satisfaction",
        "SideConversation",
        "Ticket",
        "WorkLog",
    ),
    "ticketferry.sdk.contract": (
        "Attended",
        "Connector",
        "Cursor",
        "FileTarget",
        "Page",
        "Source",
        "Target",
        "Translated",
        "Wire",
    ),
    "ticketferry.sdk.findings": (
        "Disposition",
        "Fate",
        "Finding",
        "Outcome",
        "Severity",
    ),
    "ticketferry.sdk.operations": (
        "Blob",
        "Change",
        "Compiled",
        "Endpoint",
        "Expected",
        "From",
        "Job",
        "Join",
        "Operation",
        "Repeat",
        "Template",
        "WriteResult",
    ),
    "ticketferry.schema.counting": ("counted",),
    "ticketferry.schema.vectors": ("LINKS_BESIDE", "SHARED_BESIDE", "comparable"),
    "ticketferry.sdk.definitions": ("id_template", "keyed", "planned_ref"),
    "ticketferry.sdk.features": ("REST", "Assumption", "Budget", "Feature", "Guard", "Limits", "Way"),
    "ticketferry.sdk.answers": ("Answers", "refuse_redirect"),
    "ticketferry.sdk.http": ("Answer", "HttpClient"),
    "ticketferry.sdk.identity": ("DeskIdentity",),
    "ticketferry.sdk.lane": ("Lane", "short_hash", "slim"),
    "ticketferry.sdk.naming": ("NameKind", "Naming", "folded_name"),
    "ticketferry.sdk.alone": ("one_by_one",),
    "ticketferry.sdk.oauth": ("OAuthToken",),
    "ticketferry.sdk.options": ("Options", "SecretStr", "SignIn"),
    "ticketferry.sdk.pacing": ("Clock", "Pacer", "SystemClock", "held", "pause", "waiting"),
    "ticketferry.sdk.session": ("RequestNote", "Session"),
    "ticketferry.sdk.sighting": ("Attempt", "Sight", "Sighted"),
    "ticketferry.sdk.copies": ("CopyOf", "Recounted"),
    "ticketferry.sdk.crosscheck": ("CrossChecker", "Recheck"),
    "ticketferry.sdk.survey": ("Absence", "ControlTotal", "NotMoved", "Survey"),
    "ticketferry.sdk.templates": ("needs", "resolve"),
    "ticketferry.sdk.trace": ("derived", "join_path", "leaves"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 -- built from the table above


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return list(__all__)
