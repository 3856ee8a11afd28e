"""Imported issues that were to have certain keys: looked for by those, taken only with the label of their ticket, and told where they have another."""

from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Operation
from ticketferry_jsm.bind import ImportedIssues


class Site:
    """Issues by key; the search index knows of none yet, but for those that it is told of."""

    def __init__(self, issues, indexed=()):
        self.there = {
            key: {"id": id_, "key": key, "fields": {"labels": labels}} for key, id_, labels in issues
        }
        self.indexed = indexed
        self.searches = 0

    def issues(self, keys, _fields):
        by_id = {row["id"]: row for row in self.there.values()}
        return [row for key in keys if (row := self.there.get(key) or by_id.get(key))]

    def search(self, _jql, _most):
        self.searches += 1
        return {"issues": [{"id": id_} for id_ in self.indexed]}


def asked(number, key):
    ref = Ref("acme", Kind.TICKET, number)
    params = {"project": "SUP", "label": f"tf-acme-{number}", "number": number, "key": key}
    return Operation(f"{ref}/import", ref, "import.issue", params, {}, ref)


def test_what_the_file_named_is_found_at_once_and_nothing_else_is_taken_for_it():
    site = Site([("SUP-7", "70", ["tf-acme-7"]), ("SUP-8", "80", ["theirs"])])
    issues = ImportedIssues(site, "acme")
    found = issues.find([asked("7", "SUP-7"), asked("8", "SUP-8"), asked("9", "SUP-9")], "")
    assert [(one.status, dict(one.gives).get("key")) for one in found] == [
        ("done", "SUP-7"), ("absent", None), ("absent", None),
    ]  # fmt: skip
    assert site.searches == 1, "only what is not there under its key is searched for"
    assert issues.taken([asked("7", "SUP-7"), asked("8", "SUP-8"), asked("9", "SUP-9")]) == ["SUP-8"]


def test_an_issue_that_came_under_another_key_is_found_by_its_label_and_told():
    site = Site([("SUP-1", "10", ["tf-acme-7"])], indexed=["10"])
    (found,) = ImportedIssues(site, "acme").find([asked("7", "SUP-7")], "")
    assert (found.status, dict(found.gives)["key"]) == ("done", "SUP-1")
    assert found.error.code == "JSM-IMPORT-KEY"
    assert "SUP-7" in found.error.message
