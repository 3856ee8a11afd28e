"""Writing contacts and companies: keys that are taken, merging, archiving, what is visible when."""

import pytest
from tests.emulators.intercom.workspaces import workspace


@pytest.fixture
def desk():
    with workspace(tickets=8) as one:
        one.state.automation.quiet()
        yield one


def conflict(desk, method, path, body):
    refusal = desk.call(method, path, body, 409)
    assert refusal["errors"][0]["code"] == "conflict"
    return refusal["errors"][0]["message"]


def test_keys_of_another_user_even_an_archived_one_are_taken(desk):
    made = desk.post("/contacts", {"role": "user", "email": "New@X.example", "external_id": "n1"})
    assert made["email"] == "new@x.example"
    for body in ({"email": "new@x.EXAMPLE"}, {"external_id": "n1"}, {"role": "lead", "external_id": "n1"}):
        assert conflict(desk, "POST", "/contacts", body).endswith(f"already exists with id={made['id']}")
    desk.post(f"/contacts/{made['id']}/archive")
    text = conflict(desk, "POST", "/contacts", {"email": "new@x.example"})
    assert text.startswith("An archived contact")
    other = desk.post("/contacts", {"email": "other@x.example"})
    assert conflict(desk, "PUT", f"/contacts/{other['id']}", {"external_id": "n1"})
    desk.put(f"/contacts/{other['id']}", {"external_id": "n2", "email": "other@x.example"})


def test_leads_double_freely(desk):
    first = desk.post("/contacts", {"role": "lead", "email": "same@x.example"})
    second = desk.post("/contacts", {"role": "lead", "email": "same@x.example"})
    assert first["id"] != second["id"]
    assert len(first["id"]) == 24
    desk.post("/contacts", {"role": "lead"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"role": "admin", "email": "a@b.example"},
        {"role": "user"},
        {"role": "user", "email": "no address"},
        {"role": "user", "email": 7},
        {"email": "a@b.example", "signed_up_at": "x"},
        {"email": "a@b.example", "owner_id": 3006},
        {"email": "a@b.example", "custom_attributes": {"nobody made it": 1}},
        {"email": "a@b.example", "custom_attributes": {"old_field": "archived"}},
        {"email": "a@b.example", "custom_attributes": {"plan_tier": "platinum"}},
    ],
)
def test_a_contact_that_cannot_be_made_leaves_nothing(desk, body):
    before = desk.emulator.dump()["contacts"]
    assert desk.code("POST", "/contacts", body) in ("parameter_invalid", "parameter_not_found")
    assert desk.emulator.dump()["contacts"] == before


def test_the_time_of_creation_is_read_only_and_signing_up_is_not(desk):
    sent = {
        "email": "a@b.example",
        "created_at": 5,
        "signed_up_at": 1_600_000_000,
        "custom_attributes": {"seats": 3},
    }
    made = desk.post("/contacts", sent)
    assert made["created_at"] == int(desk.emulator.clock.time())
    assert made["signed_up_at"] == 1_600_000_000
    assert made["custom_attributes"] == {"seats": 3}
    changed = desk.put(
        f"/contacts/{made['id']}", {"custom_attributes": {"seats": None}, "name": "Ann", "phone": None}
    )
    assert changed["custom_attributes"] == {}
    assert (changed["name"], changed["phone"]) == ("Ann", None)
    assert desk.code("PUT", f"/contacts/{made['id']}", {"role": "lead"})


def test_a_campaign_mails_new_users_and_nobody_else(desk):
    desk.state.automation.created_campaign = True
    desk.post("/contacts", {"role": "lead", "email": "lead@x.example"})
    desk.post("/contacts", {"email": "off@x.example", "unsubscribed_from_emails": True})
    desk.post("/contacts", {"email": "on@x.example"})
    assert [mail.to for mail in desk.state.mails] == ["on@x.example"]


def test_a_merged_lead_is_gone_and_the_user_has_all_of_it(desk):
    lead = desk.post("/contacts", {"role": "lead", "email": "l@x.example"})["id"]
    user = desk.post("/contacts", {"email": "u@x.example"})["id"]
    company = desk.post("/companies", {"company_id": "c-9", "name": "C"})["id"]
    desk.post(f"/contacts/{lead}/companies", {"id": company})
    desk.post(f"/contacts/{lead}/tags", {"id": "9002"})
    talk = desk.post("/conversations", {"from": {"type": "lead", "id": lead}, "body": "x"})["conversation_id"]
    assert desk.code("POST", "/contacts/merge", {"from": user, "into": lead})
    merged = desk.post("/contacts/merge", {"from": lead, "into": user})
    assert merged["companies"]["total_count"] == merged["tags"]["total_count"] == 1
    assert desk.code("GET", f"/contacts/{lead}", status=404) == "not_found"
    assert desk.code("PUT", f"/contacts/{lead}", {"name": "x"}, 404)
    wire = desk.get(f"/conversations/{talk}")
    assert [row["id"] for row in wire["contacts"]["contacts"]] == [user]
    assert wire["source"]["author"]["id"] == lead
    desk.emulator.clock.advance(200)
    found = desk.found("contacts", {"field": "email", "operator": "$", "value": "x.example"})
    assert lead not in found
    assert user in found


def test_an_address_of_two_users_names_nobody(desk):
    talk = next(iter(desk.state.conversations))
    words = {"message_type": "comment", "type": "user", "email": "twin@customer1.example", "body": "x"}
    assert desk.code("POST", f"/conversations/{talk}/reply", words, 409) == "conflict"


def test_a_deleted_contacts_words_stay(desk):
    contact = desk.post("/contacts", {"email": "a@b.example", "external_id": "e1"})
    talk = desk.post("/conversations", {"from": {"type": "user", "id": contact["id"]}, "body": "x"})[
        "conversation_id"
    ]
    gone = desk.delete(f"/contacts/{contact['id']}")
    assert gone == {"type": "contact", "id": contact["id"], "external_id": "e1", "deleted": True}
    assert desk.code("GET", f"/contacts/{contact['id']}", status=404)
    assert desk.get(f"/conversations/{talk}")["source"]["author"]["email"] == "a@b.example"
    desk.post("/contacts", {"email": "a@b.example", "external_id": "e1"})


def test_a_company_is_changed_by_its_own_id_and_listed_once_it_has_people(desk):
    made = desk.post("/companies", {"company_id": "r-1", "name": "One", "remote_created_at": 1_500_000_000})
    again = desk.post("/companies", {"company_id": "r-1", "name": "Two", "custom_attributes": {"tier": "a"}})
    assert again["id"] == made["id"]
    assert (again["name"], again["remote_created_at"]) == ("Two", 1_500_000_000)

    def listed():
        return made["id"] in [row["id"] for row in desk.post("/companies/list?per_page=60")["data"]]

    assert not listed()
    contact = desk.post("/contacts", {"email": "a@b.example"})["id"]
    desk.post(f"/contacts/{contact}/companies", {"id": made["id"]})
    desk.post(f"/contacts/{contact}/companies", {"id": made["id"]})
    assert listed()
    assert desk.get(f"/companies/{made['id']}")["user_count"] == 1
    assert desk.put(f"/companies/{made['id']}", {"company_id": "r-2", "name": "Three"})["company_id"] == "r-1"
    desk.delete(f"/contacts/{contact}/companies/{made['id']}")
    assert not listed()


def test_a_company_goes_some_time_after_its_deletion_was_accepted(desk):
    company = desk.post("/companies", {"company_id": "r-1", "name": "One"})["id"]
    contact = desk.post("/contacts", {"email": "a@b.example"})["id"]
    desk.post(f"/contacts/{contact}/companies", {"id": company})
    assert desk.delete(f"/companies/{company}")["deleted"] is True
    assert desk.get(f"/companies/{company}")["user_count"] == 1
    desk.emulator.clock.advance(3)
    assert desk.code("GET", f"/companies/{company}", status=404) == "company_not_found"
    assert desk.get(f"/contacts/{contact}")["companies"]["total_count"] == 0
    assert desk.post("/companies", {"company_id": "r-1", "name": "New"})["id"] != company


@pytest.mark.parametrize(
    "body", [{}, {"name": "x"}, {"company_id": 5}, {"company_id": "a", "size": "big"}, {"company_id": "a", "custom_attributes": {"no": 1}}]
)  # fmt: skip
def test_a_company_that_does_not_fit_is_refused(desk, body):
    assert desk.code("POST", "/companies", body) in ("bad_request", "parameter_invalid")


def test_notes_on_contacts_are_dated_now_and_listed_newest_first(desk):
    contact = desk.post("/contacts", {"email": "a@b.example"})["id"]
    for text in ("one", "two"):
        desk.post(f"/contacts/{contact}/notes", {"body": text, "admin_id": "3002"})
        desk.emulator.clock.advance(1)
    rows = desk.get(f"/contacts/{contact}/notes")["data"]
    assert [row["body"] for row in rows] == ["<p>two</p>", "<p>one</p>"]
    assert rows[0]["author"]["id"] == "3002"
    assert desk.code("POST", f"/contacts/{contact}/notes", {"body": "x", "admin_id": "3006"}, 404)


def test_tags_have_one_name_in_any_case(desk):
    made = desk.post("/tags", {"name": "New One"})
    assert desk.post("/tags", {"name": "new one"})["id"] == made["id"]
    assert desk.post("/tags", {"id": made["id"], "name": "Renamed"})["name"] == "Renamed"
    contact = desk.state.present()[3]
    desk.post("/tags", {"name": "Renamed", "users": [{"id": contact.id}]})
    assert "Renamed" in [row["name"] for row in desk.get(f"/contacts/{contact.id}/tags")["data"]]
    company = next(iter(desk.state.companies.values()))
    desk.post("/tags", {"name": "Renamed", "companies": [{"company_id": company.company_id}]})
    assert [row["name"] for row in desk.get(f"/companies/{company.id}")["tags"]["tags"]] == ["Renamed"]
    desk.post("/tags", {"name": "Renamed", "companies": [{"id": company.id, "untag": True}]})
    assert desk.get(f"/companies/{company.id}")["tags"]["tags"] == []
    desk.delete(f"/tags/{made['id']}")
    assert "Renamed" not in [row["name"] for row in desk.get(f"/contacts/{contact.id}/tags")["data"]]
    assert desk.code("POST", "/tags", {"name": " "}) == "parameter_invalid"


def test_attributes_of_conversations_cannot_be_made_unless_the_product_learns_it(desk):
    sent = {"name": "ferry mark", "model": "conversation", "data_type": "string"}
    assert desk.code("POST", "/data_attributes", sent) == "parameter_invalid"
    assert desk.get("/data_attributes?model=conversation")["data"] == []
    desk.state.unsettled.conversation_attributes_listed = True
    assert "Urgency" in [row["name"] for row in desk.get("/data_attributes?model=conversation")["data"]]
    assert desk.code("GET", "/data_attributes?model=ticket") == "parameter_invalid"
    desk.state.unsettled.conversation_attributes_creatable = True
    desk.post("/data_attributes", sent)
    talk = next(iter(desk.state.conversations))
    assert desk.put(f"/conversations/{talk}", {"custom_attributes": {"ferry mark": "x"}})
    made = desk.post("/data_attributes", {**sent, "model": "contact"})
    assert desk.code("POST", "/data_attributes", {**sent, "model": "contact"}) == "parameter_invalid"
    desk.put(f"/data_attributes/{made['id']}", {"archived": True})
    assert made["id"] not in [row.get("id") for row in desk.get("/data_attributes?model=contact")["data"]]
    assert desk.code("POST", "/data_attributes", {**sent, "model": "contact", "name": "bad/name"})
    assert desk.code("POST", "/data_attributes", {**sent, "model": "contact", "name": "n", "data_type": "x"})
    few = {**sent, "model": "contact", "name": "n", "data_type": "options", "options": [{"value": "a"}]}
    assert desk.code("POST", "/data_attributes", few)
