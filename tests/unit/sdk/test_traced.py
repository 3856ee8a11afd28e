"""Records that are put together with their trace: each value says where it came from, and what repeats says why."""

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry.sdk.trace import finish
from ticketferry.sdk.traced import TracedRecords
from ticketferry.sdk.traced_texts import TracedTexts
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


def test_files_and_images_of_a_message_are_records_of_their_own_and_the_message_goes_on():
    ours, theirs = "https://cdn.desk.example/a%20b.png?x=1", "https://spy.example/pixel.png"
    body = {
        "id": 7, "text": f'<p>see <img src="{ours}"> and <img src="{ours}"> and <img src="{theirs}"></p>',
        "files": [{"name": "x.txt", "bytes": 5, "link": "https://f.example/1"}, {"link": "https://f.example/2"}],
    }  # fmt: skip
    made = TracedTexts("acme", {"ref": "acme:ticket:7"}, lambda url: url.startswith("https://cdn.desk"))
    made.at("id", "ref")
    made.begin({"ref": "acme:comment:9", "ticket": "acme:ticket:7", "public": True})
    table = {"name": "name", "bytes": "size", "link": "url"}
    made.files(body["files"], "9", table, "acme:comment:9", "files")
    made.put("body", made.text(body["text"], "9", "acme:comment:9"), "text")
    done = made.done()
    _, comment, first, second, image = done.records
    assert first["size"] == 5
    assert (second["name"], second["url"]) == ("file-2", "https://f.example/2")
    assert done.trace["files[0].bytes"] == "attachment[9-0].size"
    assert (image["name"], image["url"], image["inline"], image["comment"]) == (
        "a b.png",
        ours,
        True,
        comment["ref"],
    )
    assert comment["body"]["html"].count('data-ref="acme:attachment:9-image0"') == 2
    assert done.trace["text"] == "comment[9].body"
    assert made.text("", "9") is None
    assert made.text(None, "9") is None
    assert made.text("a < b", "9", marked_up=False)["html"] == "<p>a &lt; b</p>"


def test_an_id_that_names_nobody_is_no_link():
    made = TracedRecords("acme", {"ref": "acme:ticket:7"})
    for id_ in (None, "", 0, "0"):
        made.link("assignee", Kind.PERSON, id_, "who")
    assert (made.record, made.trace) == ({"ref": "acme:ticket:7"}, {})
    made.link("assignee", Kind.PERSON, 12, "who")
    assert (made.record["assignee"], made.trace) == ("acme:person:12", {"who": "ticket[7].assignee"})
