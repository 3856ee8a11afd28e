"""Mail records of a domain, judged: who may send, what receivers do with the rest. One test asks a name server on loopback."""

import pytest
from tests.name_server import name_server

from ticketferry.errors import ConfigError
from ticketferry.project.mail_records import (
    SENDERS,
    DomainRecords,
    domain_item,
    mail_items,
)
from ticketferry.sdk.preflight import PreflightResult

ZENDESK, JIRA = SENDERS["zendesk"], SENDERS["jsm"]
KEYS = dict.fromkeys(ZENDESK.dkim, True)


def records(**more):
    base = {
        "mx": ("mx.acme.example",), "spf": ("v=spf1 include:mail.zendesk.com -all",),
        "includes": frozenset({"mail.zendesk.com"}), "lookups": 2, "dkim": KEYS, "dmarc": "v=DMARC1; p=reject", "dmarc_at": "acme.example",
    }  # fmt: skip
    return DomainRecords("acme.example", **{**base, **more})


def judged(found, old=None, new=ZENDESK):
    return domain_item(found, ["support@acme.example"], old, new)


def test_a_domain_in_order_is_proved():
    item = judged(records())
    assert item.result is PreflightResult.PROVED
    assert "Zendesk may send" in item.evidence


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"mx": ()}, "no MX"),
        ({"spf": (), "includes": frozenset()}, "no SPF record"),
        ({"spf": ("v=spf1 -all", "v=spf1 ~all"), "includes": frozenset()}, "2 SPF records"),
        ({"lookups": 11}, "costs 11 look-ups"),
        ({"includes": frozenset({"spf.other.example"})}, "Zendesk may not send"),
        ({"dkim": {**KEYS, "zendesk2._domainkey": False}}, "no DKIM key"),
    ],
)
def test_what_keeps_mail_from_arriving_is_named(more, said):
    item = judged(records(**more))
    assert item.result is PreflightResult.FAILED
    assert said in item.evidence
    assert item.remedy


def test_dmarc_reject_says_what_becomes_of_mail_that_nothing_covers():
    item = judged(records(spf=("v=spf1 -all",), includes=frozenset()))
    assert "DMARC says reject" in item.remedy
    assert "include:mail.zendesk.com" in item.remedy


def test_silence_of_dns_proves_nothing_and_fails_nothing():
    item = judged(records(trouble=("TXT of acme.example: LifetimeTimeout",), includes=frozenset()))
    assert item.result is PreflightResult.UNKNOWN


def test_what_has_a_name_of_its_own_for_each_domain_a_person_looks_up():
    item = judged(records(dkim={}), old=ZENDESK, new=JIRA)
    assert item.result is PreflightResult.PERSON
    assert any("take it out once the old desk is closed" in row for row in item.rows)


ZONE = {
    ("acme.example", "MX"): ["10 mx.acme.example."],
    ("acme.example", "TXT"): ['"v=spf1 include:_spf.acme.example include:loop.example mx -all"', '"other=1"'],
    ("_spf.acme.example", "TXT"): ['"v=spf1 include:mail." "zendesk.com ~all"'],
    ("mail.zendesk.com", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
    ("loop.example", "TXT"): ['"v=spf1 include:loop.example redirect=_spf.acme.example"'],
    ("zendesk1._domainkey.acme.example", "CNAME"): ["zendesk1._domainkey.zendesk.com."],
    ("zendesk1._domainkey.zendesk.com", "TXT"): ['"v=DKIM1; k=rsa; p=MIIB"'],
    ("zendesk2._domainkey.acme.example", "TXT"): ['"v=DKIM1; p="'],
    ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=quarantine"'],
    ("help.example.org", "MX"): ["1 mx.example.org."],
    ("help.example.org", "TXT"): ['"v=spf1 -all"'],
}


def desk(product, *addresses):
    return {
        "desk": product,
        "product": product,
        "support_addresses": [{"id": name, "name": name} for name in addresses],
    }


@pytest.mark.outside
def test_records_are_asked_of_the_name_server_that_was_named():
    """Includes of includes, strings of one record in parts, a loop, a CNAME to the key, a revoked key, the parent's DMARC."""
    with name_server(ZONE) as server:
        server.failing.add("_dmarc.acme.example")
        read = mail_items(server.address)
        first, second = read(
            [desk("jsm", "a@help.example.org"), desk("zendesk", "support@acme.example", "b@ACME.example")]
        )
    assert first.result is PreflightResult.UNKNOWN
    assert "TXT of _dmarc.acme.example: NoNameservers" in first.evidence
    assert "DKIM zendesk1._domainkey: there" in first.rows
    assert "DKIM zendesk2._domainkey: not there" in first.rows, (
        "p= without a key is a revoked one (RFC 6376, 3.6.1)"
    )
    assert first.figures == {"wrong": 1, "lookups": 6, "addresses": 2}
    assert second.result is PreflightResult.FAILED
    assert "DMARC quarantine (of example.org)" in second.rows
    assert ("acme.example", "MX") in server.asked
    assert server.asked.count(("_spf.acme.example", "TXT")) == 1


def test_an_address_that_is_none_is_refused():
    with pytest.raises(ConfigError):
        mail_items("no server:x")


def test_desks_without_addresses_leave_it_to_a_person():
    (item,) = mail_items("127.0.0.1:9")([desk("jsm"), desk("jsm")])
    assert item.result is PreflightResult.PERSON
