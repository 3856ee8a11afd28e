"""Rules for tags: dropped, renamed, merged, spelt, and those that rules add."""

from collections.abc import Callable
from typing import Any

from ticketferry.mapping import expressions
from ticketferry.mapping.model import Tags
from ticketferry.mapping.result import MapFate
from ticketferry.mapping.work import Rule, Setup, Work, to

__all__ = ["compile_tags", "tag_namer", "tag_names"]


def compile_tags(setup: Setup) -> Rule:
    """Compile the tag rules; tags added by brands and the old number come last, each tag once."""
    rules = setup.rules.tags
    named, spelt = tag_names(setup), _spelling(rules)
    label = setup.rules.provenance.number.label
    template = expressions.compile_template(label) if label is not None else None
    marker = setup.rules.provenance.marker or ""
    by = setup.by("tags", "tags")
    from_fields = MapFate("drop", "", False, setup.by("tags.from_fields", "tags", "from_fields"))
    setup.fates["ticket[].tags"] = to("tags", by)

    def apply(work: Work) -> None:
        out: dict[str, None] = {}
        carried = _field_tags(setup, work) if rules.from_fields == "drop" else frozenset()
        for index, tag in work.items("tags"):
            if tag in carried:
                work.fate(f"tags[{index}]", from_fields)
            elif rules.to_fields == "drop" and (moved := work.moved_tags.get(tag)) is not None:
                work.fate(f"tags[{index}]", moved)
            else:
                name = named(tag)
                out[name] = None
                if name != tag:
                    work.fate(f"tags[{index}]", to("tags", by, transformed=True))
        work.settle("tags")
        for tag in work.tags:
            out[spelt(tag)] = None
        number = work.case.get("number")
        if template is not None and number:
            try:
                added = spelt(expressions.render(template, {"number": number}).strip())
            except expressions.ExpressionError as error:
                work.findings.add(
                    "F104", setup.mapping.at("provenance", "number", "label"), f"the label failed: {error}"
                )
            else:
                out[added] = None
                key = f"{work.head}.number"
                if key not in work.fates:
                    work.fates[key] = to(
                        "tags",
                        setup.by("provenance.number.label", "provenance", "number", "label"),
                        transformed=True,
                    )
        if marker:
            out[spelt(marker)] = None
        out.pop("", None)
        if out:
            work.desired["tags"] = list(out)

    return apply


def tag_names(setup: Setup) -> Callable[[str], str]:
    """Compile what a tag of the source is called after `merge`, `rename` and the spelling."""
    return tag_namer(setup.rules.tags)


def tag_namer(rules: Tags) -> Callable[[str], str]:
    """Compile the same of the section alone."""
    renamed = {old.casefold(): new for old, new in rules.rename.items()}
    merged = {old.casefold(): new for new, olds in rules.merge.items() for old in olds}
    spelt = _spelling(rules)

    def named(tag: str) -> str:
        folded = tag.casefold()
        return spelt(merged.get(folded) or renamed.get(folded) or tag)

    return named


def _spelling(rules: Tags) -> Callable[[str], str]:
    def spelt(tag: str) -> str:
        if rules.spaces is not None:
            tag = rules.spaces.join(tag.split())
        return tag.lower() if rules.case == "lower" else tag

    return spelt


def _field_tags(setup: Setup, work: Work) -> frozenset[str]:
    """Tags that are nothing but the value of a field with options."""
    options_set: set[str] = set()
    for key, value in (work.case.get("fields") or {}).items():
        options = setup.option_names.get(key)
        if options:
            parts: list[Any] = value if isinstance(value, list) else [value]
            options_set.update(part for part in parts if isinstance(part, str) and part in options)
    return frozenset(options_set)
