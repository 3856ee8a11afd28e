"""Bodies on their way to Zendesk and back."""

from ticketferry.sdk.body import parse, unfolded
from ticketferry_zendesk.message import Where, draft


def test_a_fold_stands_open_below_its_title() -> None:
    tree = parse("<p>a</p><details><summary>Ann wrote:</summary><blockquote><p>b</p></blockquote></details>")
    made = draft(tree, frozenset(), Where("https://acme.zendesk.example", "m"))
    assert "<details" not in made.html
    assert made.tree == unfolded(tree)
