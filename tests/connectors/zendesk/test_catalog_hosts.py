"""Hosts under which an account's tickets stand in old texts: those of every brand, of deleted ones too."""

from ticketferry_zendesk.catalog import build


def test_the_hosts_of_all_brands_are_hosts_of_the_desk():
    brands = [
        {"id": 1, "name": "Acme", "brand_url": "https://acme.zendesk.example", "host_mapping": None},
        {
            "id": 2,
            "name": "Labs",
            "brand_url": "https://Acme-Labs.zendesk.example",
            "host_mapping": "help.labs.example",
        },
        {
            "id": 3,
            "name": "Old",
            "brand_url": "https://old.zendesk.example/",
            "host_mapping": "",
            "is_deleted": True,
        },
    ]
    catalog = build("acme", "https://acme.zendesk.example", {"brands": brands})
    assert catalog["hosts"] == ["acme-labs.zendesk.example", "help.labs.example", "old.zendesk.example"]
    assert build("acme", "https://acme.zendesk.example", {})["hosts"] == []
