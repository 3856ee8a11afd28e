"""All that a connector may import; names are loaded when they are first used, so that listing connectors stays quick."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ticketferry.errors import (
        AuthError as AuthError,
        ConfigError as ConfigError,
        FatalError as FatalError,
        RejectedError as RejectedError,
        RetryableError as RetryableError,
        UnknownOutcomeError as UnknownOutcomeError,
        UnsupportedError as UnsupportedError,
    )
    from ticketferry.schema.body import Body as Body
    from ticketferry.schema.catalog import (
        Catalog as Catalog,
        FieldDef as FieldDef,
        FieldOption as FieldOption,
        FormDef as FormDef,
        GroupDef as GroupDef,
        Named as Named,
        ProjectDef as ProjectDef,
        StatusDef as StatusDef,
        TransitionDef as TransitionDef,
        TypeDef as TypeDef,
        WorkflowDef as WorkflowDef,
    )
    from ticketferry.schema.lifecycle import Stage as Stage
    from ticketferry.schema.people import (
        Group as Group,
        Identity as Identity,
        Membership as Membership,
        Organization as Organization,
        Person as Person,
    )
    from ticketferry.schema.records import (
        Record as Record,
        canonical as canonical,
        compact as compact,
        digest as digest,
        kind_of as kind_of,
        validate as validate,
    )
    from ticketferry.schema.refs import Json as Json, Kind as Kind, Ref as Ref, parse_ref as parse_ref
    from ticketferry.schema.tickets import (
        Attachment as Attachment,
        Case as Case,
        Comment as Comment,
        Event as Event,
        Link as Link,
        Satisfaction as Satisfaction,
        SideConversation as SideConversation,
        Ticket as Ticket,
        WorkLog as WorkLog,
    )
    from ticketferry.sdk.contract import (
        Blob as Blob,
        Change as Change,
        Compiled as Compiled,
        Connector as Connector,
        Cursor as Cursor,
        Disposition as Disposition,
        Endpoint as Endpoint,
        Fate as Fate,
        Finding as Finding,
        From as From,
        Job as Job,
        Join as Join,
        Operation as Operation,
        Outcome as Outcome,
        Page as Page,
        Repeat as Repeat,
        Severity as Severity,
        Source as Source,
        Target as Target,
        Template as Template,
        Translated as Translated,
        Wire as Wire,
        WriteResult as WriteResult,
    )
    from ticketferry.sdk.features import Feature as Feature, Guard as Guard, Limits as Limits
    from ticketferry.sdk.http import Answer as Answer, HttpClient as HttpClient
    from ticketferry.sdk.options import Options as Options, SecretStr as SecretStr
    from ticketferry.sdk.pacing import Clock as Clock, Pacer as Pacer, SystemClock as SystemClock
    from ticketferry.sdk.session import RequestNote as RequestNote, Session as Session
    from ticketferry.sdk.templates import needs as needs, resolve as resolve
    from ticketferry.sdk.trace import leaves as leaves

_HOMES: dict[str, tuple[str, ...]] = {
    "ticketferry.errors": (
        "AuthError",
        "ConfigError",
        "FatalError",
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
        "StatusDef",
        "TransitionDef",
        "TypeDef",
        "WorkflowDef",
    ),
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
        "Blob",
        "Change",
        "Compiled",
        "Connector",
        "Cursor",
        "Disposition",
        "Endpoint",
        "Fate",
        "Finding",
        "From",
        "Job",
        "Join",
        "Operation",
        "Outcome",
        "Page",
        "Repeat",
        "Severity",
        "Source",
        "Target",
        "Template",
        "Translated",
        "Wire",
        "WriteResult",
    ),
    "ticketferry.sdk.features": ("Feature", "Guard", "Limits"),
    "ticketferry.sdk.http": ("Answer", "HttpClient"),
    "ticketferry.sdk.options": ("Options", "SecretStr"),
    "ticketferry.sdk.pacing": ("Clock", "Pacer", "SystemClock"),
    "ticketferry.sdk.session": ("RequestNote", "Session"),
    "ticketferry.sdk.templates": ("needs", "resolve"),
    "ticketferry.sdk.trace": ("leaves",),
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
