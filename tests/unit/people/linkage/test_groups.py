import random

from ticketferry.people.linkage.groups import grouped


def test_pairs_in_any_order_give_the_same_groups():
    pairs = [(1, 2), (2, 3), (5, 9), (9, 7), (4, 4)]
    assert grouped(pairs) == [[1, 2, 3], [4], [5, 7, 9]]
    chance = random.Random(1)
    for _ in range(20):
        chance.shuffle(pairs)
        turned = [pair[:: chance.choice((1, -1))] for pair in pairs]
        assert grouped(turned) == [[1, 2, 3], [4], [5, 7, 9]]


def test_a_long_chain_is_one_group():
    assert grouped((number, number + 1) for number in range(20_000)) == [list(range(20_001))]
