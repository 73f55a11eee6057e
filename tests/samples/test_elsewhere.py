"""Talk of other shops: the language of the field, and none of the shop's own names and terms."""

import random

from samples.shop.catalogue import FABLE
from samples.shop.elsewhere import dialogues, other_shop


def test_no_name_of_the_shop_stands_in_the_talk_of_others() -> None:
    text = "\n".join(m["content"] for d in dialogues(random.Random(3), 600) for m in d)
    assert not [p.name for p in FABLE.products if p.name in text]
    assert not [place for place in FABLE.places if place in text]


def test_terms_are_dealt_out_anew() -> None:
    shops = [other_shop(random.Random(seed)) for seed in range(20)]
    for known in ("parka", "boots", "gloves"):
        assert len({shop.kinds[known].return_days for shop in shops}) > 1
        assert {shop.kinds[known].noun for shop in shops} == {FABLE.kinds[known].noun}
    assert len({shop.statuses["packed"] for shop in shops}) > 1


def test_a_dialogue_opens_with_a_system_message_and_ends_with_an_answer() -> None:
    for dialogue in dialogues(random.Random(1), 50):
        roles = [m["role"] for m in dialogue]
        assert roles == ["system", *["user", "assistant"] * (len(roles) // 2)]
    assert list(dialogues(random.Random(1), 5)) == list(dialogues(random.Random(1), 5))
