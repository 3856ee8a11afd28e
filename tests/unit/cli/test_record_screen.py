"""One record on a screen: what is repeated is said once, what differs is not hidden behind it."""

from ticketferry.cli.console import Console
from ticketferry.cli.record_screen import print_leaves
from ticketferry.plan.show_record import LeafView


def leaf(
    path: str, value: object, disposition: str = "dropped_by_rule", rule: str = "the field by its key"
) -> LeafView:
    return LeafView("ticket", "12", path, value, "", "tags", None, disposition, rule)


def shown(capsys, *leaves: LeafView) -> list[str]:
    print_leaves(Console(), leaves, {"dropped_by_rule": len(leaves)}, 20)
    return [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_what_one_rule_drops_from_a_list_is_one_line(capsys):
    lines = shown(capsys, *(leaf(f"custom_fields[{n}].id", 31_000 + n) for n in range(40)))
    assert lines[1:] == [
        "ticket 12",
        "drop  40 x custom_fields[].id: 31000, 31001, 31002, …",
        "[the field by its key]",
    ]


def test_values_that_are_kept_and_other_rules_and_places_keep_lines_of_their_own(capsys):
    lines = shown(
        capsys,
        leaf("custom_fields[0].id", 1),
        leaf("custom_fields[0].value", "a", "carried"),
        leaf("custom_fields[1].value", "b", "carried"),
        leaf("custom_fields[1].id", 2, rule="another rule"),
        leaf("id", 3),
    )
    heads = [line for line in lines if ":" in line]
    assert heads == ["drop  custom_fields[0].id: 1", "=     custom_fields[0].value: a", "=     custom_fields[1].value: b",
                     "drop  custom_fields[1].id: 2", "drop  id: 3"]  # fmt: skip
