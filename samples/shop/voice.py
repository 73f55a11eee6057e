"""How people at this support desk write: a small grammar and the sentences around the matter itself.

`[a|b|c]` is a choice, `{slot}` a fact. Choices come from the generator's random source, facts never do.
"""

# ruff: noqa: E501 - a wording is easier to read and to change on one line

import random
import re
from collections.abc import Mapping

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SPACES = re.compile(r" {2,}")
_BEFORE_MARK = re.compile(r" +([,.;?!])")

OPENINGS = (
    "[Hi|Hello|Hey] [there|team|Fable team|everyone].",
    "[Good morning|Good evening|Good afternoon].",
    "[Dear|Hello] [support|Fable Outfitters|customer service]!",
    "",
    "",
)

CONTEXTS = (
    "I am [planning|preparing|packing for] a [three-day|five-day|week-long|ten-day] [walk|trek|hut tour|ski tour] in {place} [in|this|next] {month}.",
    "My [sister|brother|neighbour|mother|flatmate|walking club|colleague] and I [leave|set off] for {place} in {month}.",
    "We [camp|hike|climb|forage|cycle] in {place} [every|each] {month} and [it always rains|the nights are cold|the wind is fierce|the paths are muddy].",
    "[After|Since] [a wet weekend|a long winter|two seasons|a bad fall|last year] in {place} my old [jacket|kit|gear|rucksack|outfit] is [finished|worn out|beyond repair].",
    "I [guide|photograph|volunteer|work as a ranger|count birds] in {place} and [depend on|live in|swear by] your [clothes|things|gear].",
    "[A friend|My cousin|Our guide|My partner|A fellow hiker] [told me about you|showed me your catalogue|sent me your link] on the way to {place} [last|in] {month}.",
    "It will be my [first|second|third|tenth] [winter|spring|autumn|summer] in {place}, [alone|with two children|with the dog|with my father|with a tent].",
)

QUESTION_ENDS = (
    "[Thanks|Many thanks|Thank you] [in advance|for your help|for a quick answer|a lot].",
    "[I would be glad of|I am grateful for|Looking forward to] [an answer|your reply|a short reply].",
    "",
    "",
    "",
)

ANSWER_ENDS = (
    "[Enjoy|Have a good time in|We wish you dry days in|Safe travels to] {place}!",
    "[Say hello to|Take good care in|Send us a picture from] {place}.",
)

PLAIN_ANSWER_ENDS = (
    "[Do write|Write|Come back to us] [again|any time] if [anything|something] is unclear.",
    "[We are here|The desk is open] [until six|every weekday|all week] for more.",
    "",
    "",
)


def say(rng: random.Random, template: str, facts: Mapping[str, str]) -> str:
    """One wording of `template`, its slots filled and its spacing tidied."""
    while match := _CHOICE.search(template):
        choice = rng.choice(match[1].split("|"))
        template = template[: match.start()] + choice + template[match.end() :]
    return tidy(template.format_map(facts))


def tidy(text: str) -> str:
    return _BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", text)).strip()
