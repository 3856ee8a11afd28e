import pytest
from tests.unit.mapping.desks import NOW, Desks, case, comment

from ticketferry.mapping import expressions
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.conditions import compile_condition, parse_time
from ticketferry.mapping.transforms import MisfitError, coerce


def holds(condition, **more) -> bool:
    said: list[str] = []
    check = compile_condition(condition, NOW, lambda path, message: said.append(message))
    assert said == []
    return check(Subject(case(**more), Desks()))


@pytest.mark.parametrize(
    ("condition", "more"),
    [
        ("always", {}), ({"status": "OPEN"}, {}), ({"stage": ["resolved", "assigned"]}, {}), ({"tag": "vip"}, {"tags": ["a", "VIP"]}),
        ({"group": "tier 1"}, {"group": "acme:group:1"}), ({"requester": "ann@acme.example"}, {}), ({"comments": ">= 1"}, {"comments": [comment("1")]}),
        ({"comments": "0"}, {}), ({"fields.vip": "true"}, {"fields": {"vip": True}}), ({"fields.n": "> 4"}, {"fields": {"n": "5"}}),
        ({"fields.x": "absent"}, {"fields": {"x": ""}}), ({"assignee": "present"}, {"assignee": "acme:person:2"}),
        ({"subject": {"matches": "^help"}}, {}), ({"created_after": "-1y"}, {}), ({"created": {"after": "2025-06-01", "before": "2025-06-02"}}, {}),
        ({"any": [{"status": "new"}, {"all": [{"status": "open"}, {"not": {"brand": "present"}}]}]}, {}),
        ({"status": {"not": ["new", "solved"]}}, {}), ({"organization": "absent"}, {}), ({"public": "false"}, {"public": False}),
    ],
)  # fmt: skip
def test_a_condition_holds(condition, more):
    assert holds(condition, **more)


@pytest.mark.parametrize(
    "condition",
    [{"status": "new"}, {"created_before": "-1y"}, {"solved_before": "-1y"}, {"fields.x": "> 1"}, {"group": "Tier 1"}, {"tag": "x"},
     {"subject": {"matches": "^elp"}}, {"not": "always"}, {"status": "open", "brand": "Acme"}],
)  # fmt: skip
def test_a_condition_does_not_hold(condition):
    assert not holds(condition)


@pytest.mark.parametrize("condition", [None, "never", {}, [], {"all": {}}, {"any": []}, {"status": {}}, {"status": None}, {"x": "1"},
                                       {"number": {"before": "2024-01-01"}}, {"status": {"not": {"after": "-2y"}}},
                                       {"status": {"contains": "a"}}, {"created_after": "yesterday"}, {"fields.": "x"}])  # fmt: skip
def test_what_is_no_condition_is_complained_of(condition):
    said: list[str] = []
    compile_condition(condition, NOW, lambda path, message: said.append(message))
    assert said


MARKED_UP = {"html": "<p>The card is <strong>4111</strong>&amp;more</p>"}


@pytest.mark.parametrize(
    ("condition", "more"),
    [
        ({"body": {"matches": "card is 4111&more"}}, {"body": MARKED_UP}), ({"body": "absent"}, {"body": None, "comments": []}),
        ({"body": {"matches": "^first words"}}, {"body": None, "comments": [comment("1", opening=True, body={"html": "<p>First words</p>"})]}),
        ({"satisfaction.score": "bad"}, {"satisfaction": {"score": "bad"}}), ({"satisfaction.comment": "present"}, {"satisfaction": {"comment": "x"}}),
        ({"satisfaction.score": "absent"}, {}), ({"requester.email": "ANN@acme.example"}, {"requester": "acme:person:1"}),
        ({"requester.name": {"matches": "^ann"}}, {"requester": "acme:person:1"}), ({"requester.role": "absent"}, {"requester": "acme:person:gone"}),
        ({"assignee.role": "absent"}, {"assignee": None}), ({"organization.tag": "absent"}, {"organization": None}),
    ],
)  # fmt: skip
def test_a_condition_asks_for_words_rating_and_those_whom_the_ticket_names(condition, more):
    assert holds(condition, **more)
    assert not holds({"not": condition}, **more)


def test_what_nobody_has_is_complained_of_with_what_there_is():
    said: list[str] = []
    compile_condition({"requester.rule": "agent"}, NOW, lambda path, message: said.append(message))
    assert "did you mean `requester.role`" in said[0]


def test_relative_times_keep_to_the_calendar():
    assert parse_time("-2y", NOW).isoformat() == "2024-01-01T00:00:00+00:00"
    assert parse_time("-1m", NOW.replace(month=3, day=31)).isoformat() == "2026-02-28T00:00:00+00:00"
    assert parse_time("-9999y", NOW) is None
    assert parse_time("-30d", NOW).isoformat() == "2025-12-02T00:00:00+00:00"


@pytest.mark.parametrize(
    "source",
    ["{{ 'a' * 1000000000 }}", "{{ 10 ** 10000000 }}", "{% for a in range(100000) %}x{% endfor %}", "{{ range(100000000) | list }}",
     "{{ 'x'.__class__.__mro__ }}", "{{ ''.join(['a']) }}", "{{ [1].append(2) }}", "{% set a = 'x' %}{{ a }}", "{{ 'x' | center(1000000000) }}",
     "{{ [1] | batch(1000000000, 1) | list }}", "{% include 'x' %}", "{{ missing }}", "{{ 1 / 0 }}", "{{ range(9999) | join('x' * 30000) }}",
     "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}", "{{ '%0999999999d' % 1 }}", "{{ cycler }}",
     "{{ self.x }}", "{{ 'a' | replace('', 'x' * 30000) }}", "{{ {}.items() }}", "{{ 'x' | local }}", "{{ '2025-01-01' | local('Nowhere') }}"],
)  # fmt: skip
def test_an_expression_cannot_run_away_or_reach_out(source):
    with pytest.raises(expressions.ExpressionError):
        expressions.render(expressions.compile_template(source), {})


def test_expressions_do_what_mappings_need():
    values = {"sla": [{"name": "a"}, {"name": "b"}], "at": "2025-06-01T10:00:00Z"}
    source = "{{ sla | map(attribute='name') | join(', ') }} {{ at | local('Asia/Tokyo') }} {% if sla %}yes{% endif %}"
    assert expressions.render(expressions.compile_template(source), values) == "a, b 2025-06-01 19:00 yes"


@pytest.mark.parametrize(
    ("value", "kind", "becomes"),
    [("12.50", "decimal", 12.5), ("7", "integer", 7), (7.0, "integer", 7), ("yes", "checkbox", True), (["a b", "c"], "labels", ["a-b", "c"]),
     ("2025-06-01T23:30:00Z", "date", "2025-06-01"), (["a", "b"], "text", "a, b"), ("A :: B :: C", "cascading", ["A", "B::C"]), (True, "text", "true"),
     ("x", "multiselect", ["x"]), ("2025-06-01", "datetime", "2025-06-01T00:00:00Z")],
)  # fmt: skip
def test_values_take_the_type_of_their_field(value, kind, becomes):
    assert coerce(value, kind, None, None) == becomes


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1e999", "decimal"),
        ("NaN", "decimal"),
        ("1.5", "integer"),
        ("maybe", "checkbox"),
        ("soon", "date"),
        (["a", "b"], "select"),
        ("", "cascading"),
    ],
)
def test_values_that_do_not_fit_are_told(value, kind):
    with pytest.raises(MisfitError):
        coerce(value, kind, None, None)
