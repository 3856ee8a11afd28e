"""Records that are put together with their trace: each value says where it came from, and what repeats says why."""

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry.sdk.trace import finish
from ticketferry.sdk.traced import TracedRecords
from ticketferry.testing.astray import astray


def wire_of(body):
    return Wire(Ref("acme", Kind.TICKET, "7"), body, None)


def test_every_value_stands_where_its_trace_says_and_the_rest_is_kept():
    body = {
        "id": 7, "title": "It burns", "kind": "x", "custom": {"a.b": "one", "empty": ""}, "said": "hello", "author": 4, "odd": [1],
    }  # fmt: skip
    made = TracedRecords("acme", {"ref": "acme:ticket:7"})
    made.at("id", "ref")
    made.copy({"title": "subject", "missing": "status"}, body)
    made.fields(body["custom"], "custom")
    made.dropped("the kind of the record", "kind", "title")
    made.begin({"ref": "acme:comment:9", "ticket": "acme:ticket:7", "public": False})
    made.put("author", made.ref(Kind.PERSON, 4), "author")
    made.put("kind", "", "said")
    done = finish(made.done(), wire_of(body))
    assert astray(wire_of(body), done) == []
    ticket, comment = done.records
    assert (ticket["subject"], ticket["fields"]) == ("It burns", {"a.b": "one"})
    assert comment["author"] == "acme:person:4"
    assert done.trace["author"] == "comment[9].author"
    assert done.trace["kind"] == "=the kind of the record"
    assert done.trace["title"] == "ticket[7].subject", "what stands somewhere is not dropped afterwards"
    assert ticket["native"] == {"said": "hello", "odd[0]": 1}


def test_a_value_that_was_made_of_a_leaf_names_how():
    body = {"state": "open", "stage": "x"}
    made = TracedRecords("acme", {"ref": "acme:ticket:7"})
    made.put("status", "Open to all", "state", "the state in words")
    made.put("stage", "new", "stage")
    done = finish(made.done(), wire_of(body))
    assert done.records[0]["native"] == {"stage": "x"}, (
        "a claim without a derivation is held against the value"
    )
    assert [finding.code for finding in done.findings] == ["TF-TRACE"]
