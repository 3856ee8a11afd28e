"""The tables of what an emulator serves."""

from ticketferry_emulators.kit.coverage import served, table
from ticketferry_emulators.kit.messages import Answer, Call, Route


def show(_emulator: object, _call: Call) -> Answer:
    """Show a thing | or two [DOC things].

    The rest is for readers of the code.
    """
    return Answer()


ROUTES = (
    Route("GET", "/api/things/{id}", show, "ShowThing", "things"),
    Route("GET", "/api/things/{id}.json", show, "ShowThing", "things"),
    Route(
        "DELETE",
        "/api/things/{id}",
        lambda _emulator, _call: Answer(),
        "DeleteAPIThing2",
        "things",
        write=True,
    ),
)


def test_operations_come_in_order_once_each_with_what_their_handlers_say():
    assert [tuple(row) for row in served(ROUTES)] == [
        ("DeleteAPIThing2", "DELETE", "/api/things/{id}", "Delete api thing 2"),
        ("ShowThing", "GET", "/api/things/{id}", "Show a thing | or two"),
    ]


def test_an_operation_whose_handler_names_its_call_is_said_in_the_words_of_its_name():
    def listing(_emulator: object, _call: Call) -> Answer:
        """GET /thing/{key}/part: at most 20, oldest first [DOC parts]."""
        return Answer()

    def entry(_emulator: object, _call: Call) -> Answer:
        """PUT /thing/{key}/entry/{id}."""
        return Answer()

    routes = (
        Route("GET", "/a", listing, "thing_part.list", "thing"),
        Route("PUT", "/b", entry, "entry.edit", "thing", write=True),
        Route("GET", "/c", entry, "property.list", "thing"),
        Route("GET", "/d", entry, "thing.find", "thing"),
    )
    assert [row.what for row in served(routes)] == [
        "List thing parts: at most 20, oldest first", "Change an entry", "List properties", "Thing find",
    ]  # fmt: skip


def test_a_table_can_be_of_some_operations_or_of_all_but_some():
    whole, some, rest = table(ROUTES), table(ROUTES, only={"ShowThing"}), table(ROUTES, but={"ShowThing"})
    assert whole.splitlines()[2:] == rest.splitlines()[2:] + some.splitlines()[2:]
    assert "| ShowThing | GET | `/api/things/{id}` | Show a thing &#124; or two |" in some
