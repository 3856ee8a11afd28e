"""An expression that fails for every record is told when the file is read, and not by the first ticket of a plan."""

import pytest

from ticketferry.errors import MappingError
from ticketferry.mapping.expressions import check
from ticketferry.mapping.loader import loads

HEAD = "version: 1\nsource: zendesk\ntarget: jsm\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ range(999999999) }}", "a range of more than"),
        ("{{ subject }} {{ 'a' * 100000000 }}", "a repetition longer than"),
        ("{% for one in range(10000000) %}{{ subject }}{% endfor %}", "a range of more than"),
        ("{{ subject if status else 1 / 0 }}", "division by zero"),
        ("{{ [1, 2][7] }}", "undefined"),
        ("{{ created | local('Europe/Berln') }}", "Europe/Berln"),
        ("{{ created | local('UTC', '%-d.%m') }}", "a form of a time"),
        ("{{ number | round(99) }}", "0 to 15 digits"),
    ],
)
def test_what_fails_whatever_the_record_holds_is_refused_with_its_place(source, said):
    assert said in str(check(source))
    with pytest.raises(MappingError) as caught:
        loads(HEAD + f'fields:\n  - {{to: Note, expr: "{source}"}}\n')
    assert caught.value.problems[0].startswith("mapping.yaml:5:")
    assert said in caught.value.problems[0]


@pytest.mark.parametrize(
    "source",
    [
        "{% for one in range(9000) %}{{ one if one < 3 }}{% endfor %}", "{{ 'x' ~ subject ~ 5 // 2 }}", "{{ {'a': 1}[status] or '' }}",
        "{{ subject[0:9] | upper }}", "{{ created | local('Europe/Berlin', '%d.%m.%Y') }}", "{{ number / 0.5 }}", "{{ [tags | first] }}", "plain",
        "{{ subject | replace('', '') if false }}",
    ],
)  # fmt: skip
def test_what_some_record_can_fill_is_taken(source):
    assert check(source) is None
