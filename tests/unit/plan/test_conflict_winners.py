"""Who wins what both desks changed: the mapping, or a person, who is asked once about two values and again when one of them changes."""

from ticketferry.plan.conflict_winners import conflict_state, winners_of

WANTED = {"subject": "w1", "status": "w2", "stage": "w3", 'fields["Serial no."]': "w4"}
SEEN = {"subject": "s1", "status": "s2", "stage": "s3"}


def asked(both, conflicts="ask", winners=None, decided=None):
    said = decided or {}
    return winners_of(
        both, conflicts, winners or {}, lambda field, state: said.get((field, state)), WANTED, SEEN
    )


def test_a_person_is_asked_for_what_nobody_has_decided():
    found = asked({"subject", "status"})
    assert found.asked == {"status": "w2:s2", "subject": "w1:s1"}
    assert found.lost == set()
    assert asked({'fields["Serial no."]'}).asked == {'fields["Serial no."]': conflict_state("w4", None)}


def test_a_decision_is_good_for_the_two_values_that_it_was_made_about():
    found = asked({"subject"}, decided={("subject", "w1:s1"): "target"})
    assert (found.asked, found.lost) == ({}, {"subject"})
    assert asked({"subject"}, decided={("subject", "w1:older"): "target"}).asked == {"subject": "w1:s1"}


def test_a_status_is_asked_for_once_with_all_that_follows_it():
    assert asked({"status", "stage"}).asked == {"status": "w2:s2"}
    found = asked({"status", "stage"}, decided={("status", "w2:s2"): "target"})
    assert found.lost == {"status", "stage"}
    found = asked({"status", "stage"}, decided={("status", "w2:s2"): "source"})
    assert (found.asked, found.lost) == ({}, set())
    assert asked({"stage"}).asked == {"stage": "w3:s3"}, "it moved alone"


def test_single_fields_are_asked_for_where_the_mapping_says_so_and_the_others_are_not():
    found = asked({"subject", "status"}, "target", {"subject": "ask"})
    assert (set(found.asked), found.lost) == ({"subject"}, {"status"})
    found = asked({"subject", "status"}, "ask", {"subject": "source"})
    assert (set(found.asked), found.lost) == ({"status"}, set())
    assert asked({"subject"}, "hold").asked == {}
