from pathlib import Path

from ticketferry.mapping.codes import CODES
from ticketferry.mapping.reference import reference

DOC = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"


def test_the_documentation_shows_every_key_and_code_of_this_version():
    text = DOC.read_text(encoding="utf-8")
    assert reference().strip() in text, "run: python -m cogapp -r docs/mapping.md"
    assert all(
        f'| <a id="{code.lower()}"></a>{code} | {severity.value} | {meaning} |' in text
        for code, (severity, meaning) in CODES.items()
    )
