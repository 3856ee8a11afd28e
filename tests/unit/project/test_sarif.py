import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ticketferry.mapping.codes import CODES
from ticketferry.project.mapping_files import MappingCheck
from ticketferry.project.sarif import messages_of, sarif_of
from ticketferry.sdk.contract import Finding, Severity

SCHEMA: dict[str, Any] = {
    # What the OASIS schema of SARIF 2.1.0 (errata 01) requires of the objects that we write, and the values that it lists.
    "type": "object", "required": ["version", "runs"], "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"}, "version": {"enum": ["2.1.0"]},
        "runs": {"type": "array", "items": {
            "type": "object", "required": ["tool"], "additionalProperties": False,
            "properties": {
                "tool": {"type": "object", "required": ["driver"], "additionalProperties": False, "properties": {"driver": {
                    "type": "object", "required": ["name"], "additionalProperties": False,
                    "properties": {"name": {"type": "string"}, "version": {"type": "string"}, "rules": {"type": "array", "uniqueItems": True, "items": {
                        "type": "object", "required": ["id"], "additionalProperties": False,
                        "properties": {"id": {"type": "string"}, "shortDescription": {"type": "object", "required": ["text"]},
                                       "help": {"type": "object", "required": ["text"]},
                                       "defaultConfiguration": {"type": "object", "properties": {"level": {"enum": ["none", "note", "warning", "error"]}}}},
                    }}},
                }}},
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {
                    "type": "object", "required": ["message"], "additionalProperties": False,
                    "properties": {
                        "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": -1},
                        "level": {"enum": ["none", "note", "warning", "error"]},
                        "message": {"type": "object", "properties": {"text": {"type": "string", "minLength": 1}}, "required": ["text"]},
                        "locations": {"type": "array", "items": {"type": "object", "required": ["physicalLocation"], "properties": {"physicalLocation": {
                            "type": "object", "required": ["artifactLocation"], "additionalProperties": False,
                            "properties": {
                                "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string", "pattern": r"^[!-~]+$"}}, "additionalProperties": False},
                                "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}, "startColumn": {"type": "integer", "minimum": 1}}, "additionalProperties": False},
                            },
                        }}}},
                    },
                }},
            },
        }},
    },
}  # fmt: skip


def checked(*problems: str, findings: list[Finding] | None = None) -> MappingCheck:
    return MappingCheck(Path("mapping.yaml"), problems, findings or [])


ODD = [
    Finding(code, severity, None, f"mäpping one.yaml:{number}:3", f"<&> 🙂 {code}\nmore", "do it")
    for number, (code, (severity, _)) in enumerate(CODES.items(), 1)
]


@pytest.mark.parametrize(
    "check",
    [checked(), checked("house.yaml:4:7: unknown key `x`: did you mean `y`?", "mapping.yaml:1:1: not YAML: a: b: c"), checked(findings=ODD),
     checked(findings=[Finding("S208", Severity.BLOCKER, None, "mapping.yaml", "no place")])],
)  # fmt: skip
def test_what_is_written_is_what_the_public_schema_asks_for(check: MappingCheck) -> None:
    log = json.loads(json.dumps(sarif_of(check)))
    jsonschema.Draft202012Validator(SCHEMA).validate(log)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert len(run["results"]) == len(check.problems) + len(check.findings)


def test_each_message_has_its_place_its_code_and_a_remedy() -> None:
    first, second = messages_of(checked("house.yaml:4:7: unknown key `x`: why", "mapping.yaml:12:3: `?`"))
    assert first == (
        "house.yaml",
        4,
        7,
        "S200",
        "blocker",
        "unknown key `x`: why",
        "Mend this place, then check again.",
        "docs/mapping.md#s200",
    )
    assert (second.line, second.column) == (12, 3)


def test_how_grave_it_is_is_told_in_the_words_of_the_format() -> None:
    log = sarif_of(
        checked(
            findings=[
                Finding("S201", Severity.BLOCKER, None, "m:1:1", "a"),
                Finding("S206", Severity.DOUBT, None, "m:2:1", "b"),
                Finding("S231", Severity.INFO, None, "m:3:1", "c"),
            ]
        )
    )
    assert [result["level"] for result in log["runs"][0]["results"]] == ["error", "warning", "note"]


def test_every_message_names_its_entry_in_the_documents_and_the_entry_is_there() -> None:
    document = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text("utf-8")
    found = [
        Finding(code, severity, None, "mapping.yaml:1:1", "x", "") for code, (severity, _) in CODES.items()
    ]
    for message in messages_of(MappingCheck(Path("mapping.yaml"), ("mapping.yaml:1:1: x",), found)):
        file, _, anchor = message.docs.partition("#")
        assert file == "docs/mapping.md"
        assert f'<a id="{anchor}"></a>{message.code}' in document
