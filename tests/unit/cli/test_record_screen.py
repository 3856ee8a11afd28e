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


def test_a_ticket_with_very_many_tags_is_explained_in_linear_size(tmp_path):
    import json

    from tests.flow.migrations import write_desk, write_project
    from tests.unit.cli.terminal import Terminal

    sizes = []
    for count in (500, 2_000):
        desk = write_desk(tmp_path / f"src{count}", 2)
        desk.ticket(1, 2, tags=[f"tag{number:05d}" for number in range(count)])
        root = write_project(tmp_path / f"mig{count}", tmp_path / f"src{count}", tmp_path / f"target{count}")
        user = Terminal(root)
        user("-q", "extract")
        told = user("explain", "ticket:1", "--json").stdout
        sizes.append(len(told))
        tags = [leaf for leaf in json.loads(told)["leaves"] if "tags[" in leaf["path"]]
        assert len(tags) == count
        assert all(leaf["planned"] == leaf["value"] for leaf in tags)
    assert sizes[1] < 5 * sizes[0]
