"""What customers ask about, each with several wordings of the question and of the one right answer.

A topic's facts are drawn by `samples.shop.facts`; its answer follows from what its question names.
`catalogue` says that a colleague could give the right answer from the product catalogue alone.
Facts stand close together in the wording, so that rows about different things are never near duplicates.
"""

# ruff: noqa: E501 - a wording is easier to read and to change on one line

from dataclasses import dataclass
from typing import Literal

Subject = Literal["product", "waterproof", "size", "country", "shop", "status", "pair", "feed"]


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    subject: Subject
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    follow_ups: tuple[str, ...] = ()
    catalogue: bool = True


PRODUCT_TOPICS = (
    Topic(
        "price",
        "product",
        (
            "[What does|How much is] the {name} [cost|at the moment|these days], [postage left out|without postage|taxes included]?",
            "[Could|Can] you tell me the price of the {name} [in {colour}|for members|before I order]?",
            "[Is|Would] 500 euros [enough|sufficient] for a {name}, or what is its price?",
        ),
        (
            "The {name} costs {price} euros, [taxes included|VAT included|with taxes], in {colours}.",
            "You pay {price} euros for the {name}; {colours} cost the same {price}.",
            "For a {name} we ask {price} euros, whether {colours_or}.",
        ),
        ("And what does it cost?", "How much is it then?"),
    ),
    Topic(
        "weight",
        "product",
        (
            "[How heavy is|What is the weight of|How many grams has] the {name} [in size M|on your scales|really]?",
            "I count [every gram|grams|each ounce]: what does the {name} weigh [with its bag|in medium|dry]?",
            "[Does|Will] the {name} [weigh me down|feel heavy|be light enough], what do the scales say?",
        ),
        (
            "On our scales the {name} weighs {weight} grams in size M, a {kind} of {material}.",
            "{weight} grams is the weight of a {name}, {material} and {pockets} together.",
            "The {name} comes to {weight} grams; its {material} makes the {kind} that heavy.",
        ),
        ("And how heavy is it?", "What does it weigh, please?"),
    ),
    Topic(
        "waterproof",
        "waterproof",
        (
            "[Will|Does] the {name} [keep me dry|hold|stand] [a day of rain|wet snow|heavy rain], is it waterproof?",
            "[How waterproof is|What water column has|How much rain takes] the {name} [when new|after washing|in truth]?",
            "[I need|We look for] something [tight|dry|rainproof]: how waterproof is the {name}?",
        ),
        (
            "Rain stays out: the {name} holds a water column of {water} millimetres, {material} with sealed seams.",
            "The {name} is waterproof to {water} millimetres; {rain} is fine for its {material}.",
            "With {water} millimetres of water column the {name} takes {rain}.",
        ),
        ("And is it waterproof?", "How does it hold in the rain?"),
    ),
    Topic(
        "warmth",
        "product",
        (
            "[How cold may it be for|Down to which temperature is|What frost suits] the {name} [warm|still enough|when I sit still]?",
            "[I freeze easily|My hands go numb|I am always cold]: [is|will] the {name} [warm enough|do] [at night|in the morning|below zero]?",
            "[Up to which|To what] cold can I wear the {name} [with a thin layer|without a sweater|on its own]?",
        ),
        (
            "The {name} keeps you warm down to {low} degrees; below {low} add {layer}.",
            "Down to {low} degrees the {name} is comfortable, colder days ask for {layer} as well.",
            "Its limit is {low} degrees: wear the {name} with {layer} when it gets colder.",
        ),
        ("And how cold may it get?", "Will it be warm enough?"),
    ),
    Topic(
        "care",
        "product",
        (
            "[How do I|How should I|What is the right way to] [wash|clean|care for] [my|the|our] {name} [after the trip|without harm|at home]?",
            "[My|The] {name} is [muddy|dirty|full of smoke|stained]: [may it go into the machine|how do I get it clean|what do you advise]?",
            "[Which programme|What temperature|What treatment] does the {name} [want|like|need], and how do I dry it?",
        ),
        (
            "To clean the {name}, {wash}, then {dry}; its {material} hates {avoid}.",
            "Your {name} is {material}: {wash}, {dry}, and keep away from {avoid}.",
            "Please {wash} and {dry}: the {name} lasts if {avoid} never touches it.",
        ),
        ("And how do I wash it?", "How do I clean it later?"),
    ),
    Topic(
        "returns",
        "product",
        (
            "[Until when|How long|For how many days] can I [return|send back|bring back] the {name} [unworn|with its label|if it does not fit]?",
            "[I changed my mind about|It was a mistake to order|My husband dislikes] the {name}, [may I return it|how long can I return it|what is the return window]?",
            "The {name} [came too late|is a present|is not my colour]: [how many days to return it|until when may it go back|what about a return]?",
        ),
        (
            "You may return the {name} within {return_days} days, as any {kind} of ours, and get {price} euros back.",
            "For {kinds} like the {name} the return window is {return_days} days; {price} euros come back to you.",
            "Send the {name} back within {return_days} days: {kinds} are refunded in full, {price} euros.",
        ),
        ("And until when could I return it?", "How long may I send it back?"),
    ),
    Topic(
        "warranty",
        "product",
        (
            "[What warranty|How long a warranty|How many years of warranty] [has|comes with|do you give on] the {name}?",
            "My {name} has {fault} [after a year|already|since May]: [is that under warranty|does the warranty cover it|who pays]?",
            "[Is|Would] {fault} on the {name} [be covered|be a warranty case|be free to mend]?",
        ),
        (
            "The {name} carries {warranty} of warranty, and {fault} is covered for a {kind}.",
            "{fault_start} is covered: {kinds} such as the {name} have {warranty} of warranty.",
            "Warranty on the {name} lasts {warranty}; {fault} falls under it, just send it in.",
        ),
        ("And how long is the warranty?", "What if it breaks?"),
    ),
    Topic(
        "repair",
        "product",
        (
            "[What does it cost|How much do you ask|What would I pay] to [mend|repair] {fault} on my [old|beloved|ten-year-old] {name}?",
            "[Do you mend|Can you repair|Is there a repair service for] a {name} with {fault}, out of warranty?",
            "The dog bit my {name}: [what is a repair|how much is mending|how long takes the repair]?",
        ),
        (
            "Our workshop repairs the {name} for {repair_eur} euros in {repair_weeks}, {fault} included.",
            "A repair of {kinds} like the {name} takes {repair_weeks} and costs {repair_eur} euros.",
            "{repair_weeks_start} and {repair_eur} euros: that is a repair of your {name}, {fault} or worse.",
        ),
        ("And could you repair it?", "What would mending it cost?"),
    ),
    Topic(
        "colours",
        "product",
        (
            "[Which|What] colours [are there|do you have|exist] for the {name} [this season|now|in my size]?",
            "[Do you have|Is there] the {name} in [bright pink|gold|white|something cheerful], or which colours else?",
            "[I do not like black|My wife wants a colour|The picture is too dark]: in which colours comes the {name}?",
        ),
        (
            "We dye the {name} in {colours}; other colours of this {kind} are not planned.",
            "{colours_start}: these are the colours of the {name} for now.",
            "There are three colours of the {name}: {colours}.",
        ),
        ("And which colours are there?", "In what colours, please?"),
    ),
    Topic(
        "origin",
        "product",
        (
            "[Where is|In which country is|Where do you have] the {name} [made|sewn|produced], [and of what|of which material]?",
            "[I buy European goods only|I care about origin|Before I buy]: where does the {name} come from?",
            "[Who makes|Where do you sew|What is the origin of] the {name}, and [is there plastic in it|what is it made of]?",
        ),
        (
            "The {name} is sewn in {origin} from {material}, with {pockets}.",
            "Our workshop in {origin} makes the {name} of {material}.",
            "{origin} is where the {name} comes from, {material} inside and out.",
        ),
        ("And where is it made?", "What is it made of?"),
    ),
    Topic(
        "points",
        "product",
        (
            "[How many|What] [loyalty points|club points|points] [do I get|are there|will I earn] for the {name}?",
            "[As a club member|With my club card|In the Fable club] I bought a {name}: how many points [is that|come to my account]?",
            "[Can I collect|Do I collect] points on the {name} [in the sale|online], and how many?",
        ),
        (
            "The {name} earns {points} club points, two for each of its {price} euros.",
            "For {price} euros you collect {points} points on the {name}.",
            "Your club account gets {points} points with the {name}, as {price} euros count twice.",
        ),
        ("And how many club points is that?",),
        catalogue=False,
    ),
    Topic(
        "student",
        "product",
        (
            "[I study in Ghent|My daughter is a student|With a student card]: what is the student price of the {name}?",
            "[Is there|Do you give] a [student|youth] discount on the {name}, and how much [is left to pay|does it cost then]?",
            "[How cheap|How much] is the {name} [for students|with the student discount|with an enrolment letter]?",
        ),
        (
            "Students pay {student} euros for the {name} instead of {price}, a fifth less.",
            "With the student discount the {name} is {student} euros, down from {price}.",
            "{student} euros is the student price of the {name}; others pay {price}.",
        ),
        ("And for students?",),
        catalogue=False,
    ),
)

SERVICE_TOPICS = (
    Topic(
        "size",
        "size",
        (
            "I [usually wear|mostly take|always buy] {size}: [which size|what size] of the {name} [fits me|should I order|do you advise]?",
            "[Does|Will] the {name} [run small|run large|fit true to size], as I am [usually|between M and L, mostly] {size}?",
            "[At 178 centimetres|With long arms|With broad shoulders] and size {size}, which size of the {name} do I need?",
        ),
        (
            "Take the {name} in {size_right}: it {runs}, so {size} becomes {size_right}.",
            "The {name} {runs}; with {size} elsewhere you need {size_right} here.",
            "We advise {size_right}, since the {name} {runs} for people who wear {size}.",
        ),
    ),
    Topic(
        "exchange",
        "size",
        (
            "My {name} in {size} [pinches|is too tight|does not close]: can I [exchange|swap] it for the next size?",
            "[How do I|May I] exchange the {name} from {size} to [the next size up|one size more|a larger one]?",
            "I [ordered|got|was given] a {name} in {size}, [too small|far too narrow|a bit short]. How does an exchange work?",
        ),
        (
            "We exchange your {name} from {size} to {size_up} within {return_days} days, free of postage.",
            "Send the {name} in {size} within {return_days} days and {size_up} is on its way.",
            "An exchange of the {name} is free: {size} back to us, {size_up} to you, {return_days} days' time.",
        ),
        catalogue=False,
    ),
    Topic(
        "delivery",
        "country",
        (
            "[How long|How many days] does the {name} take to {country} [at the moment|by post|if I order today]?",
            "I live in {country}: when [will|would] a {name} [arrive|be here|reach me]?",
            "[Which courier|Who] brings the {name} to {country}, and [how fast|in how many days]?",
        ),
        (
            "{carrier} brings the {name} to {country} in {days} working days.",
            "To {country} it takes {days} working days: {carrier} carries your {name}.",
            "Your {name} reaches {country} with {carrier} after {days} working days.",
        ),
        catalogue=False,
    ),
    Topic(
        "postage",
        "country",
        (
            "[What is|How much is] the postage for a {name} to {country} [please|with tax|at present]?",
            "[Do I pay|Is there] postage on the {name} when you ship to {country}?",
            "[Do you ship|Can you send] the {name} to {country} free of charge, or what [is|would be] the postage?",
        ),
        (
            "Postage to {country} is {postage} euros and free from {free_from}: your {name} ships {postage_due}.",
            "The {name} goes to {country} {postage_due}, as postage of {postage} euros ends at {free_from}.",
            "From {free_from} euros {country} is free, else {postage}: the {name} travels {postage_due}.",
        ),
        catalogue=False,
    ),
    Topic(
        "payment",
        "country",
        (
            "[How can I pay|What can I pay with|Which payment do you take] for the {name} in {country} [without a card|besides a card]?",
            "I have no [credit card|plastic money|bank card] and live in {country}: how do I pay the {name}?",
            "[Is there|Do you offer] a local way to pay the {name} from {country}?",
        ),
        (
            "In {country} you pay the {name} by {payment}, besides every card.",
            "From {country} we take {payment} for your {name} of {price} euros.",
            "Choose {payment} at the checkout: {country} customers pay the {name} that way.",
        ),
        catalogue=False,
    ),
    Topic(
        "shop",
        "shop",
        (
            "[When|At what time] is your shop in {city} open, I want to [try|touch|collect] the {name}?",
            "[Can I|May I] [try|see] the {name} in {city}, and on which day are you closed?",
            "[Where exactly|In which street] is the {city} shop, and [does it have|is there] the {name}?",
        ),
        (
            "Try the {name} at {street} in {city}, open {hours}, closed on {closed}.",
            "Our {city} shop at {street} has the {name}; come {hours}, not on {closed}.",
            "{city} keeps the {name}: {street}, {hours}, every day but {closed}.",
        ),
    ),
    Topic(
        "status",
        "status",
        (
            'My order {order} with the {name} [says|is marked|shows] "{status}", what does that mean?',
            '[Since Monday|For days|Since yesterday] order {order} is "{status}": [where is|what about|what happens to] my {name}?',
            'The {name} under {order} is "{status}" [again|still|now], [should I worry|when will it move|what now]?',
        ),
        (
            '"{status_start}" means that {status_means}; your {name} moves on {status_when}.',
            'No worry: {status_means}, hence "{status}". The {name} continues {status_when}.',
            'Your {name} is "{status}" because {status_means}; expect it to go on {status_when}.',
        ),
        catalogue=False,
    ),
    Topic(
        "lighter",
        "pair",
        (
            "[Which is lighter|Which weighs less], the {name} or the {other}, and by how much?",
            "[I hesitate between|I cannot choose between|I have seen] the {name} and the {other}: which one is the lighter?",
            "Is the {name} lighter than the {other} [or not|in size M|in truth]?",
        ),
        (
            "The {lighter} is lighter, {lighter_g} grams against {heavier_g} for the {heavier}.",
            "Lighter by {gap_g} grams is the {lighter}; the {heavier} weighs {heavier_g}.",
            "With {lighter_g} grams the {lighter} beats the {heavier} at {heavier_g}.",
        ),
    ),
    Topic(
        "warmer",
        "pair",
        (
            "[Which is warmer|Which keeps warmer], the {name} or the {other}, [for evenings|for a hut|when it freezes]?",
            "[For frost|For a cold camp|Against the wind], would you take the {name} or rather the {other}?",
            "Is the {other} warmer than the {name} [or not|in the cold|in your view]?",
        ),
        (
            "Warmer is the {warmer}, good to {warmer_c} degrees; the {colder} stops at {colder_c}.",
            "Take the {warmer}: {warmer_c} degrees against {colder_c} for the {colder}.",
            "The {colder} ends at {colder_c} degrees, so the {warmer} with {warmer_c} wins.",
        ),
    ),
    Topic(
        "feed",
        "feed",
        (
            "We are a partner shop in {city}: how often does the {feed} feed [with|for] the {name} [update|refresh]?",
            "Our [developer|agency|webmaster] asks for the {feed} feed of the {name}, [which format|what path] is it?",
            "[Where do we find|How do we read] the {feed} feed, the {name} is [wrong|missing|stale] in our {city} shop?",
        ),
        (
            "The {feed} feed is {feed_format} under {feed_path}, renewed {feed_every}; the {name} is in it.",
            "Read {feed_path} as {feed_format}: the {feed} feed with the {name} comes {feed_every}.",
            "{feed_every_start} we renew the {feed} feed, {feed_format} at {feed_path}, {name} included.",
        ),
        catalogue=False,
    ),
)

TOPICS = PRODUCT_TOPICS + SERVICE_TOPICS
BY_NAME = {topic.name: topic for topic in TOPICS}
