from tests.hard_people import record

from ticketferry.people.linkage.traits import traits_of


def traits(*records, region=None):
    return list(
        traits_of(({"ref": f"acme:person:{place}", **item} for place, item in enumerate(records)), region)
    )


def test_fields_are_recognised_by_their_names_in_several_languages():
    (found,) = traits(
        record(
            "Ann Berg",
            fields={
                "Date of Birth": "1980-03-04T00:00:00Z",
                "PLZ": "D-10 115",
                "Hausnummer": 7,
                "Straße": "Am Hügel",
                "ssn": "12-34/5",
            },
        )
    )
    assert (found.birth, found.postcode, found.street_number, found.street, found.number) == (
        "19800304",
        "d10115",
        "7",
        "am hugel",
        "12345",
    )


def test_mailboxes_that_nobody_verified_or_that_several_answer_to_are_set_apart():
    (found,) = traits(
        record("Ann", "info@firm.example", identities=[
            {"type": "email", "value": "Ann.Berg+x@googlemail.com"}, {"type": "email", "value": "ann@firm.example", "verified": False},
            {"type": "email", "value": "noreply@firm.example"},
        ])
    )  # fmt: skip
    assert found.mails == ["annberg@gmail.com"]
    assert found.shared_mails == ["info@firm.example", "ann@firm.example"]


def test_free_mail_tells_of_no_company():
    free, own = traits(record("Ann", "annberg@gmx.de"), record("Ann", "annberg@firm.example"))
    assert (free.domain, own.domain) == (None, "firm.example")


def test_whoever_was_deleted_or_merged_tells_of_nobody():
    assert traits(record("Ann", state="deleted"), record("Ann", merged_into="acme:person:7")) == []


def test_agents_and_accounts_that_are_switched_off_are_left_to_people():
    agent, off, plain = traits(
        record("Ann", role="agent"), record("Ann", state="suspended"), record("Ann Berg")
    )
    assert agent.never
    assert off.never
    assert plain.never is None
