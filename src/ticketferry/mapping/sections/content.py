"""Sections for what tickets hold: tags, links, texts, comments, attachments, history, provenance."""

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from ticketferry.mapping.sections.part import Part, fault, reason_for
from ticketferry.schema.languages import LANGUAGES

__all__ = [
    "Attachments",
    "Comments",
    "DateFields",
    "Header",
    "HelpCenter",
    "HistoryRules",
    "LanguageRule",
    "Links",
    "NumberRule",
    "OlderFiles",
    "Privacy",
    "ProvenanceRule",
    "SideTalks",
    "SubjectRules",
    "Tags",
    "Text",
    "TextLinks",
    "UrlRule",
    "Voice",
]

_MULTIPLES = {
    "": 1,
    "B": 1,
    "KB": 1_000,
    "MB": 1_000_000,
    "GB": 1_000_000_000,
    "KIB": 1 << 10,
    "MIB": 1 << 20,
    "GIB": 1 << 30,
}


class Tags(Part):
    """Tags: dropped, renamed, merged, then spelt."""

    drop: list[str] = Field(default=[])
    """Names or patterns (`auto_*`)."""
    rename: dict[str, str] = Field(default={})
    merge: dict[str, list[str]] = Field(default={})
    """New tag -> tags that become it."""
    spaces: str | None = None
    """What stands for a space where the target takes none."""
    case: Literal["lower", "keep"] = "keep"
    from_fields: Literal["drop", "keep"] = "keep"
    """Tags that a field's option puts on the ticket: the field carries them already."""
    keep_if_used: int | None = Field(default=None, ge=2)
    """Tags that are on fewer tickets of the old desk than this are dropped; counted after `rename`, `merge` and the spelling."""
    to_fields: Literal["drop", "keep"] = "keep"
    """Tags of which a rule of `fields` made a value: `drop` writes them no more as tags."""
    because: str | None = None

    @model_validator(mode="after")
    def _one_fate(self) -> "Tags":
        fates: dict[str, str] = {tag.casefold(): "drop" for tag in self.drop}
        rows = [("rename", old) for old in self.rename] + [
            ("merge", old) for olds in self.merge.values() for old in olds
        ]
        for word, tag in rows:
            known = fates.setdefault(tag.casefold(), word)
            if known != word or rows.count((word, tag)) > 1:
                raise fault(
                    f"the tag `{tag}` stands in `{known}` and in `{word}`: only one would have an effect"
                )
        return self

    @field_validator("spaces")
    @classmethod
    def _spaceless(cls, value: str | None) -> str | None:
        if value is not None and any(sign.isspace() for sign in value):
            raise fault("`spaces` must hold no space itself")
        return value


class Links(Part):
    """Kind of link -> link type of the target; `keep` leaves the kind's name."""

    problem_incident: str | None = None
    problem: str | None = None
    incident: str | None = None
    follow_up: str | None = None
    merged: str | None = None
    blocks: str | None = None
    relates: str | None = None
    parent: str | None = None
    types: dict[str, str] = Field(default={})
    """Link type of the source by its name, letters of any case -> link type of the target; wins over the kinds above."""
    remote: Literal["keep", "drop"] | None = None
    jira: Literal["keep", "drop"] | None = None
    """Links to issues of Jira, which a help desk has from its integration; without it as `remote` says."""
    unmigrated: Literal["text", "drop"] = "text"
    """Links to tickets that are not migrated: `text` in the provenance, or dropped."""
    other_phase: Literal["mend"] = "mend"
    """Links to tickets of a later phase: `mend` makes them with the plan that brings the other one."""
    because: str | None = None

    @model_validator(mode="after")
    def _reasons(self) -> "Links":
        reason_for("drop" in (self.unmigrated, self.remote, self.jira), self.because)
        return self


class HelpCenter(Part):
    """Addresses of the old help center -> addresses of the new one."""

    rewrite: dict[str, str]
    """One that ends with `/` stands for all that begin so, and what follows goes along; the longest that fits counts."""

    @field_validator("rewrite")
    @classmethod
    def _addresses(cls, value: dict[str, str]) -> dict[str, str]:
        for old, new in value.items():
            for address in (old, new):
                if not address.startswith(("https://", "http://")) or any(sign.isspace() for sign in address):
                    raise fault(f"`{address}` is no address: write https://host/path")
            if old.endswith("/") and not new.endswith("/"):
                raise fault(f"`{old}` stands for all that begin so: let `{new}` end with `/` too")
        return value


class TextLinks(Part):
    """Links to old tickets in texts: `both` gives the new ticket beside the old words, `keep` leaves them."""

    tickets: Literal["both", "keep"] = "both"
    """Addresses of old tickets."""
    numbers: Literal["both", "keep"] = "both"
    """`#123`."""
    help_center: Literal["keep", "text"] | HelpCenter = "keep"
    """Addresses of the old help center: `text` leaves the words without the address, `{rewrite: {OLD: NEW}}` gives them another."""


class SubjectRules(Part):
    """The subject."""

    max: int = Field(default=0, ge=0, le=100_000)
    """Longest subject in characters; 0: as long as it is."""
    strip: list[str] = Field(default=[])
    """Patterns that are taken off."""
    prefix: str = ""
    """What stands before it; an expression over `number` (`"[#{{ number }}] "`), so that people find the old number where they search."""


class Header(Part):
    """The line over a comment that tells who wrote it and when."""

    when: Literal["needed", "rest", "always", "never"] = "needed"
    """`needed` (or `rest`): where the target cannot set author and time itself."""
    template: str = "{{ author }} · {{ at | local }} UTC"
    """Expression over author, at, via and public."""
    locale: str | None = None
    """Whose times `{{ at | local('Europe/Berlin') }}` writes: `de_DE`, `en_GB`, `fr`; without it `2024-01-31 14:05`."""


class LanguageRule(Part):
    """A field that tells in which language a ticket was written, by the most frequent small words of subject and first message."""

    short: ClassVar[str | None] = "field"
    field: str
    values: dict[str, str] = Field(default={})
    """Name of the language (`German`) -> value of the field; `"*"`: the others. One that is not named stays as it is called."""
    missing: str | None = None
    """The value where a text does not tell."""

    @field_validator("values")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if name != "*" and name not in LANGUAGES:
                raise fault(f"`{name}` is no language that is told here: write one of {', '.join(LANGUAGES)}")
        return value

    def value_of(self, language: str) -> str | None:
        """Return what the field gets for a language, or for "", which is none."""
        if not language:
            return self.missing
        return self.values.get(language, self.values.get("*", language))


class Text(Part):
    """Texts: what is mended and taken out, links, subject, header of comments, placeholders."""

    links: TextLinks = TextLinks()
    subject: SubjectRules = SubjectRules()
    header: Header = Header()
    placeholders: Literal["keep", "escape"] = "keep"
    """`escape`: `{{…}}` in texts does not become a placeholder of the target."""
    repair: bool = False
    """`true`: texts that were once read with the wrong character set (`MÃ¼ller`) become what was meant."""
    signatures: Literal["keep", "collapse", "drop"] = "keep"
    """What stands below `-- ` in a message, and the line of a telephone's mail program; `drop` needs `because`."""
    quoted_replies: Literal["keep", "collapse", "drop"] = "keep"
    """Mails quoted in a message. `collapse` (or `{collapse: true}`) folds them where the target can; `drop` takes out what stands in another
    message of the ticket, never what stands nowhere else, and needs `because`."""
    tracking_pixels: Literal["keep", "drop"] = "keep"
    """Pictures by which a sender sees who reads; `drop` needs `because`. Those of no size are taken out when HTML is read, in any case."""
    language: LanguageRule | None = None
    because: str | None = None

    @field_validator("quoted_replies", "signatures", mode="before")
    @classmethod
    def _collapsed(cls, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"collapse"}:
            return {"true": "collapse", "false": "keep"}.get(
                str(value["collapse"]).lower(), value["collapse"]
            )
        return value

    @model_validator(mode="after")
    def _reasons(self) -> "Text":
        reason_for("drop" in (self.signatures, self.quoted_replies, self.tracking_pixels), self.because)
        return self


class Voice(Part):
    """Phone calls."""

    short: ClassVar[str | None] = "as"
    as_: Literal["keep", "attachment_and_text", "text", "drop"] = Field(default="keep", alias="as")
    """`attachment_and_text` (or `keep`): the text with what was said, the recording as a file; `text`: the recording's name and address
    are kept beside; `drop`: neither is moved, and needs `because`."""


class SideTalks(Part):
    """Talks with third parties beside the ticket."""

    short: ClassVar[str | None] = "as"
    as_: Literal["keep", "internal_comment", "drop"] = Field(default="keep", alias="as")
    """`keep`: beside the ticket; `internal_comment`: each message is an internal comment below a line with subject and participants;
    `drop` needs `because`."""


class Comments(Part):
    """Comments."""

    public: Literal["public", "internal"] = "public"
    internal: Literal["internal"] = "internal"
    author_without_account: Literal["placeholder", "header"] = "placeholder"
    """`placeholder` where people.placeholder is set; the name stands in the header either way."""
    system: Literal["keep", "drop"] = "keep"
    voice: Voice = Voice()
    side_conversations: SideTalks = SideTalks()
    because: str | None = None

    @model_validator(mode="after")
    def _reasons(self) -> "Comments":
        reason_for("drop" in (self.voice.as_, self.side_conversations.as_), self.because)
        return self


class OlderFiles(Part):
    """Files that were there so many years before the last extract."""

    years: int = Field(ge=1, le=100)
    do: Literal["link", "drop"] = "link"
    """`link` keeps name and address beside, `drop` needs `because`."""


class Attachments(Part):
    """Attachments."""

    max: int = Field(default=0, le=10**15)
    """Largest attachment (`250MB`); 0: not limited."""
    over: Literal["link", "drop"] = "link"
    """Larger ones: `link` keeps name and address beside, `drop` needs `because`."""
    block: list[str] = Field(default=[])
    """Endings of names that are not moved (`exe`)."""
    inline: Literal["rehost", "keep_link"] = "rehost"
    """Pictures within texts: `rehost` moves them and shows them there; `keep_link` leaves them in the old desk, their address in the text."""
    older_than: OlderFiles | None = None
    malware: Literal["link", "drop", "fail", "reject"] = "link"
    """Files that the old desk found malware in: `link` keeps name and address beside, `drop` needs `because`, `fail` rejects the ticket, and a plan with such a ticket is not applied; `reject` rejects the ticket, and all others go."""
    way: Literal["rest"] = "rest"
    """Files go over the API, whatever way their ticket takes."""
    because: str | None = None

    @field_validator("max", mode="before")
    @classmethod
    def _size(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = value.strip().upper().replace(" ", "").replace("_", "")
        number = text.rstrip("KMGIB")
        unit = text[len(number) :]
        if not number.isdigit() or unit not in _MULTIPLES:
            raise fault(f"`{value}` is not a size: write 250MB, 2GB or bytes")
        return int(number) * _MULTIPLES[unit]

    @field_validator("block")
    @classmethod
    def _endings(cls, value: list[str]) -> list[str]:
        return [ending.lower().lstrip(".") for ending in value]

    @model_validator(mode="after")
    def _reasons(self) -> "Attachments":
        older = self.older_than.do if self.older_than is not None else "link"
        reason_for("drop" in (self.over, self.malware, older), self.because)
        return self


class Privacy(Part):
    """What the old desk noted about people beside what they wrote: addresses, places, browsers."""

    drop: list[str] = Field(default=[])
    """Names of values that only the old desk knows, as `ticketferry profile` lists them, or patterns (`metadata.system.*`)."""
    because: str | None = None

    @model_validator(mode="after")
    def _reasons(self) -> "Privacy":
        reason_for(bool(self.drop), (self.because or "").strip())
        return self


class DateFields(Part):
    """Fields that take the times which the target cannot set."""

    created: str | None = None
    solved: str | None = None


class HistoryRules(Part):
    """History."""

    changes: Literal["auto", "provenance", "drop"] = "auto"
    """Field changes: `auto` writes them where the target can, else keeps them beside."""
    comments: Literal["replay"] = "replay"
    """Every message is written one by one, in the order of time."""
    dates: Literal["auto"] = "auto"
    """Times are set where the target can; `date_fields` and the ticket's provenance have those that it cannot."""
    date_fields: DateFields = DateFields()
    because: str | None = None

    @model_validator(mode="after")
    def _reasons(self) -> "HistoryRules":
        reason_for(self.changes == "drop", self.because)
        return self


class NumberRule(Part):
    """Where the old number goes."""

    field: str | None = None
    label: str | None = None
    """A tag; an expression over `number`."""
    key: bool = False
    """The number of the new key too (`1042`, `OLD-1042` -> `SUP-1042`): only where all tickets come by import files, into projects that have no such
    keys yet. A ticket whose number cannot be one is rejected."""


class UrlRule(Part):
    """Where the old address goes."""

    field: str


class ProvenanceRule(Part):
    """What is kept of the old desk, and where people find it."""

    number: NumberRule = NumberRule()
    url: UrlRule | None = None
    marker: str | None = None
    """A tag on every ticket that is moved, by which goals, queues and automations of the target leave them out."""
    rest: Literal["property"] = "property"
