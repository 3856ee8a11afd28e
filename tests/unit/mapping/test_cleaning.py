"""`clean` and the repair of texts: what is taken out is nowhere in the desired record, and every leaf of it is told as changed by the rule."""

import json

import pytest
from tests.unit.mapping.desks import JSM, case, comment, engine, files_engine, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping.result import fate_of
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature

CARD = "4111 1111 1111 1111"
IBAN = "DE89370400440532013000"
CANARY = "kanarienvogel-7"
REDACT = "clean:\n  - {id: pii, when: %s, redact: {patterns: [iban, card, secret, 'kanarienvogel-\\d']}, because: GDPR}\n"
EVERYWHERE = REDACT % "always"


def full_case() -> dict:
    """A canary in every place where somebody's words can stand."""
    return case(
        subject=f"Card {CARD} {CANARY}",
        external_id=CANARY,
        body={"html": f"<p>{CANARY} <strong>4111</strong> 1111 1111 1111</p>", "format": "html", "original": f"<b>{CANARY}</b>"},
        fields={"serial": f"x {CANARY}", "symptoms": ["noise", CANARY], "city": IBAN, "number": 4111111111111111},
        satisfaction={"score": "good", "comment": CANARY},
        tags=["ok", CANARY],
        links=[{"type": "remote", "url": f"https://x.example/{CANARY}", "title": CANARY}],
        native={"via.source": CANARY, "raw": {"deep": [CANARY]}},
        comments=[
            comment(
                "1",
                f'<p>a <a href="https://x.example/?q={CANARY}">link</a></p><pre data-language="">{CANARY}</pre><p><img src="https://x.example/{CANARY}.png" alt="{CANARY}"></p>',
                native={"plain": CANARY}, header=CANARY, fields={"x": CANARY},
            ),
            comment("2", f"<ul><li><p>password: {CANARY}</p></li></ul>", public=False),
        ],
        events=[
            {"ref": "acme:event:1", "time": "2025-06-01T11:00:00Z", "type": "changed", "field": "subject", "before": CANARY, "after": f"Card {CARD}", "native": {"m": CANARY}},
            {"ref": "acme:event:2", "time": "2025-06-01T11:00:00Z", "type": "changed", "field": "tags", "before": ["a"], "after": ["a", CANARY], "rule": CANARY},
        ],
        attachments=[{"ref": "acme:attachment:1", "name": f"{CANARY}.pdf", "url": f"https://x.example/{CANARY}", "size": 3, "native": {"n": CANARY}}],
        worklogs=[{"ref": "acme:worklog:1", "started": "2025-06-01T11:00:00Z", "seconds": 60, "body": {"html": f"<p>{CANARY}</p>"}}],
        side_conversations=[{"ref": "acme:side_conversation:1", "subject": CANARY, "participants": [CANARY], "messages": [comment("9", f"<p>{CANARY}</p>")]}],
    )  # fmt: skip


@pytest.mark.parametrize("made", [engine, files_engine])
def test_nothing_that_is_redacted_is_anywhere_in_what_the_target_gets(made):
    whole = full_case()
    before = json.dumps(whole)
    mapped = made(EVERYWHERE).case(whole)
    told = json.dumps([mapped.record, [row.message for row in mapped.findings]])
    for secret in (CANARY, "4111", IBAN):
        assert secret not in told
    assert "[removed]" in told
    assert json.dumps(whole) == before, "the ticket itself stays as it is"
    assert CANARY in json.dumps(made("").case(full_case()).record)


@pytest.mark.parametrize(
    "path",
    [
        "ticket[12].subject", "ticket[12].body", "ticket[12].fields.serial", "ticket[12].fields.symptoms[1]", "ticket[12].tags[1]",
        'ticket[12].native["via.source"]', "ticket[12].native.raw.deep[0]", "comment[1].body", "comment[1].native.plain", "comment[2].body",
        "event[1].before", "event[2].after[1]", "event[2].rule", "attachment[1].name", "attachment[1].url", "worklog[1].body",
        "side_conversation[1].subject", "side_conversation[1].messages[0].body", "ticket[12].links[0].url",
    ],
)  # fmt: skip
def test_every_changed_leaf_says_which_rule_changed_it(path):
    fate = fate_of(engine(EVERYWHERE).case(full_case()).fates, path)
    assert fate is not None
    assert fate.transformed
    assert fate.by.startswith("clean.pii mapping.yaml:")
    assert fate.by.endswith(": GDPR")


def test_what_is_as_before_is_told_as_before():
    mapped = engine(EVERYWHERE).case(full_case())
    plain = engine("").case(full_case())
    for path in (
        "ticket[12].status",
        "ticket[12].fields.symptoms[0]",
        "event[1].time",
        "comment[1].created",
        "ticket[12].tags[0]",
    ):
        assert fate_of(mapped.fates, path) == fate_of(plain.fates, path), path


def test_a_rule_takes_out_where_it_says_only():
    rule = "clean:\n  - {id: pii, when: always, redact: {in: [comments], patterns: [card], with: XXX}, because: PCI}\n"
    mapped = engine(rule).case(case(subject=f"Card {CARD}", comments=[comment("1", f"<p>{CARD}</p>")]))
    assert mapped.record["subject"] == f"Card {CARD}"
    assert "XXX" in json.dumps(
        mapped.record["body"] if "body" in mapped.record else mapped.record["comments"]
    )
    assert "XXX" not in mapped.record["subject"]


def test_only_tickets_of_the_condition_are_redacted():
    made = engine(REDACT % "{tag: secret}")
    assert CANARY in json.dumps(made.case(full_case()).record)
    assert CANARY not in json.dumps(made.case({**full_case(), "tags": ["secret"]}).record)


def test_conditions_of_other_rules_see_the_ticket_as_the_desk_has_it():
    rules = (
        f"{EVERYWHERE}  - {{id: gone, when: {{subject: {{matches: 'vogel'}}}}, do: skip, because: a test}}\n"
    )
    assert engine(rules).case(full_case()).outcome is Outcome.SKIP
    routed = "version: 1\nsource: zendesk\ntarget: jsm\nroute:\n  - {when: {subject: {matches: 'vogel'}}, project: BILL, issue_type: Incident}\n  - {when: always, project: SUP, issue_type: Incident}\nstatus: {open: In progress}\n"
    assert engine(EVERYWHERE, base=routed).case(full_case()).record["project"] == "BILL"


HOLD = (
    "clean:\n"
    "  - {id: old, when: {stage: assigned}, do: skip, because: retention}\n"
    "  - {id: pii, when: always, redact: {patterns: ['kanarienvogel-\\d']}, because: GDPR}\n"
    "  - {id: hold, when: {tag: legal-hold}, do: keep, overrides: [old, pii], because: litigation}\n"
)


def test_a_legal_hold_keeps_a_ticket_whole_wherever_it_stands():
    held = engine(HOLD).case({**full_case(), "tags": ["legal-hold"]})
    assert held.outcome is Outcome.CREATE
    assert CANARY in json.dumps(held.record)
    gone = engine(HOLD).case(full_case())
    assert (gone.outcome, gone.because) == (Outcome.SKIP, "retention")


def test_a_hold_lifts_only_the_rules_that_it_names():
    some = HOLD.replace("overrides: [old, pii]", "overrides: [old]")
    held = engine(some).case({**full_case(), "tags": ["legal-hold"]})
    assert held.outcome is Outcome.CREATE
    assert CANARY not in json.dumps(held.record)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{id: a, when: always, redact: {patterns: [iban]}}", "`redact` needs `because`"),
        ("{id: a, when: always, because: x}", "either `do` (skip, archive, keep) or `redact` or `merge`"),
        ("{id: a, when: always, do: skip, redact: {patterns: [iban]}, because: x}", "either `do`"),
        ("{id: a, when: always, redact: {patterns: []}, because: x}", "at least one entry"),
        ("{id: a, when: always, redact: {patterns: ['(']}, because: x}", "not a regular expression"),
        ("{id: a, when: always, redact: {patterns: ['x*']}, because: x}", "fits an empty text"),
        ("{id: a, when: always, redact: {patterns: ['re']}, because: x}", "would never be gone"),
        (
            "{id: a, when: always, redact: {patterns: [iban], with: ' '}, because: x}",
            "what stands there instead",
        ),
        ("{id: a, when: always, redact: {patterns: [iban], in: [everything]}, because: x}", "everything"),
        ("{id: a, when: always, do: keep, overrides: [b], because: x}", "no other rule"),
        ("{id: a, when: always, do: keep, overrides: [a], because: x}", "no other rule"),
        ("{id: a, when: always, do: skip, overrides: [a], because: x}", "goes with `do: keep`"),
        ("{id: a, when: always, do: archive}", "`archive` needs `because`"),
        ("{id: a, when: always, merge: {'2': '1'}}", "`merge` needs `because`"),
        ("{id: a, when: always, merge: {'2': '1', '3': '2'}, because: x}", "which is merged itself"),
        ("{id: a, when: always, do: skip, merge: {'2': '1'}, because: x}", "either `do`"),
        ("{id: a, when: always, do: skip, to: x, because: x}", "`to` goes with `do: archive`"),
        ("{id: a, when: always, do: archive, to: ../x, because: x}", "the name of a folder"),
        ("{id: a, when: always, do: archive, to: /etc, because: x}", "the name of a folder"),
    ],
)
def test_a_rule_that_would_not_do_what_it_says_is_refused_with_its_place(rule, said):
    with pytest.raises(MappingError) as error:
        mapping(f"clean:\n  - {rule}\n")
    told = str(error.value.problems)
    assert said in told
    assert "mapping.yaml:" in told


def test_broken_texts_are_mended_where_people_wrote_and_nowhere_else():
    whole = case(
        subject="GrÃ¼ÃŸe aus KÃ¶ln", comments=[comment("1", "<p>Herr <em>MÃ¼ller</em></p><pre>MÃ¼ll</pre>")], tags=["MÃ¼ll"],
        fields={"city": "KÃ¶ln", "serial": "Ångström"},
    )  # fmt: skip
    mapped = engine("text: {repair: true}\n", features=JSM - {Feature.DESCRIPTION}).case(whole)
    assert mapped.record["subject"] == "Grüße aus Köln"
    assert (
        mapped.record["comments"][0]["body"]["html"]
        == '<p>Herr <em>Müller</em></p><pre data-language="">Müll</pre>'
        or "Müller" in mapped.record["comments"][0]["body"]["html"]
    )
    assert mapped.record["tags"] == ["MÃ¼ll"]
    fate = fate_of(mapped.fates, "ticket[12].subject")
    assert fate is not None
    assert fate.transformed
    assert fate.by.startswith("text.repair")
    assert fate_of(mapped.fates, "ticket[12].fields.serial") == fate_of(
        engine("").case(whole).fates, "ticket[12].fields.serial"
    )
    assert engine("").case(whole).record["subject"] == "GrÃ¼ÃŸe aus KÃ¶ln"


def test_mending_comes_before_taking_out():
    rules = "text: {repair: true}\nclean:\n  - {id: name, when: always, redact: {patterns: ['Müller']}, because: asked for}\n"
    assert engine(rules).case(case(subject="Herr MÃ¼ller")).record["subject"] == "Herr [removed]"


MERGE = "clean:\n  - {id: twice, when: always, merge: {'12': '7'}, because: sent twice}\n"


def test_a_ticket_that_repeats_another_stays_behind_as_one_that_was_merged():
    mapped = engine(MERGE).case(full_case())
    assert (mapped.outcome, mapped.because) == (Outcome.SKIP, "merged into #7: sent twice")
    assert engine(MERGE).case(case(number="13")).outcome is Outcome.CREATE


def test_a_merged_ticket_is_linked_to_the_one_that_stays_where_exits_say_so():
    linked = f"exits: {{merged: {{link: Duplicate, to: winner}}}}\n{MERGE}"
    mapped = engine(linked).case(full_case())
    assert mapped.outcome is Outcome.CREATE
    assert {"type": "Duplicate", "to": "acme:ticket:7"} in mapped.record["links"]


def test_nothing_is_merged_into_a_ticket_that_does_not_go():
    away = MERGE.replace("'7'", "'5000'")
    assert engine(away).case(full_case()).outcome is Outcome.CREATE
