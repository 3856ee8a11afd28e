"""Answers that customers gave in a form of Jira Forms (formerly ProForma): a property of the issue, no field of it.

The forms of an issue stand in the properties `proforma.forms.i1` and on; what it holds is Atlassian's and may change [DOC confluence
"ProForma data format"]. In forms of the present builder `design.questions` has a label for each number under which `state.answers` has an
answer (`text`, `choices`, `adf`, `date`, `time`, `users`, `files`); older ones list `questions` with label `q` and answer beside each other.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .body import plain

__all__ = ["FORMS", "FORM_FIELD", "FORM_ID", "read_forms"]

FORMS = tuple(f"proforma.forms.i{number}" for number in range(1, 4))
"""The first forms of an issue. A request may ask for five properties [P]: two are those that we write, which a witness looks into."""
FORM_FIELD = "Form answers"
"""Name of the field under which a mapping finds the answers."""
FORM_ID = "forms"
"""Its id in the catalog of a site that is read as a source: it is no field of Jira's."""
_ANSWERED_BY = ("text", "date", "time", "choices", "users", "files")
_NAMES = ("name", "displayName", "label", "id")


def read_forms(properties: Mapping[str, Any]) -> str:
    """Return the answers, a line each (`Laptop: A13`), in the order of the questions; empty where nothing was answered."""
    found = [_map(properties.get(key)) for key in FORMS]
    lines = (pair for value in found for pair in (*_present(value), *_older(value)))
    return "\n".join(f"{label}: {answer}" for label, answer in lines if answer)


def _present(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    questions = _map(_map(value.get("design")).get("questions"))
    answers = _map(_map(value.get("state")).get("answers"))
    for number, answer in sorted(answers.items(), key=lambda row: (not row[0].isdigit(), row[0].zfill(9))):
        question = _map(questions.get(number))
        label = str(question.get("label") or f"Question {number}")
        yield label, _answer(_map(answer), question)


def _older(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for question in value.get("questions") or () if isinstance(value.get("questions"), list) else ():
        if isinstance(question, Mapping):
            yield str(question.get("q") or f"Question {question.get('id')}"), _answer(question, question)


def _answer(answer: Mapping[str, Any], question: Mapping[str, Any]) -> str:
    choices = [*_rows(question.get("choices")), *_rows(question.get("c"))]
    names = {str(row.get("id")): str(row.get("label") or row.get("t") or row.get("id")) for row in choices}
    said = [plain(answer["adf"])] if isinstance(answer.get("adf"), Mapping) else []
    for key in _ANSWERED_BY:
        found = answer.get(key)
        for item in found if isinstance(found, list) else [found]:
            named = (
                next((item[name] for name in _NAMES if item.get(name)), "")
                if isinstance(item, Mapping)
                else item
            )
            if named not in (None, ""):
                said.append(names.get(str(named), str(named)) if key == "choices" else str(named))
    return ", ".join(filter(None, said))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
