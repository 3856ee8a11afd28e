"""Wiki markup as the import file carries it: the one place where the converter is called."""

from ticketferry.sdk.body import Tree, from_text, to_text

__all__ = ["read_wiki", "write_wiki"]


def write_wiki(tree: Tree) -> str:
    """Write a tree as wiki markup."""
    return to_text(tree)


def read_wiki(text: str) -> Tree:
    """Read wiki markup as Jira turns it into a document."""
    return from_text(text)
