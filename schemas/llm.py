"""What a recipe says of asking an LLM: for children of train examples, and for a judge's scores."""

import difflib
from typing import Annotated, Literal

from pydantic import Field, field_validator

from schemas.section import Section


class Llm(Section):
    """Where an LLM is asked, and what that may cost: any OpenAI-compatible endpoint.

    Prices are US dollars per million tokens; without them the model's own, where it is known. `max_usd` caps
    what one build may spend. A `temperature` of null is left to the endpoint. `batch` asks by the
    Batch API, within a day and for half the price.
    """

    model: str = "gpt-4o-mini"
    base_url: str | None = None
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] | None = 0.0
    max_usd: Annotated[float, Field(ge=0.0)] = 5.0
    usd_per_million_input: Annotated[float, Field(ge=0.0)] | None = None
    usd_per_million_output: Annotated[float, Field(ge=0.0)] | None = None
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    requests_per_minute: Annotated[int, Field(ge=1)] | None = None
    tokens_per_minute: Annotated[int, Field(ge=1)] | None = None
    batch: bool = False


Rewrites = Literal["prompt", "answer", "both"]
Style = Literal["tone", "length", "typos", "formality"]
STYLES: tuple[Style, ...] = ("tone", "length", "typos", "formality")
STRATEGIES = (
    "paraphrase",
    "paraphrase_answer",
    "paraphrase_both",
    "back_translation",
    "variation",
    "self_instruct",
)


class Strategy(Section):
    """One way to make children, `children` of each train example.

    `languages` are what back-translation goes through, as ISO 639-1 codes; `styles` what variation varies;
    `seeds` how many examples self-instruction shows. `prompt` is a file beside the recipe with a prompt of
    the user's own, and `rewrites` which turns it gives anew.
    """

    children: Annotated[int, Field(ge=1, le=20)] = 1
    prompt: str | None = None
    rewrites: Rewrites = "prompt"
    same_language: bool = True
    languages: tuple[str, ...] = ()
    styles: Annotated[tuple[Style, ...], Field(min_length=1)] = STYLES
    seeds: Annotated[int, Field(ge=2, le=8)] = 4


class Augment(Llm):
    """Children per train example and strategy: a number, or a Strategy. `max_per_parent` and `max_share`
    bound them all together, the latter as a share of the train split. `prompts` is a folder with the user's
    versions of the built-in prompts; `retries` is how often an answer that a gate refused is asked again;
    `min_cosine` is for the embeddings of `dedup.semantic`."""

    strategies: dict[str, Annotated[int, Field(ge=1, le=20)] | Strategy] = {"paraphrase": 2}
    max_per_parent: Annotated[int, Field(ge=1)] | None = None
    max_share: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    prompts: str | None = None
    retries: Annotated[int, Field(ge=0, le=5)] = 1
    min_cosine: Annotated[float, Field(ge=-1.0, le=1.0)] = 0.6
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] | None = 0.9

    @field_validator("strategies")
    @classmethod
    def strategies_exist(cls, value: dict[str, int | Strategy]) -> dict[str, int | Strategy]:
        if not value:
            raise ValueError(f"name a strategy: {', '.join(STRATEGIES)}")
        for name, asked in value.items():
            _check_strategy(name, asked if isinstance(asked, Strategy) else Strategy(children=asked))
        return value

    def of(self, name: str) -> Strategy:
        """A strategy's settings, also where the recipe gives only a number."""
        asked = self.strategies[name]
        return asked if isinstance(asked, Strategy) else Strategy(children=asked)


# The keys of a Strategy that mean something to a built-in one; all others but `languages`, `styles` and
# `seeds` belong to a prompt of the user's own.
_STRATEGY_KEYS = {
    "back_translation": {"children", "languages", "rewrites"},
    "variation": {"children", "styles"},
    "self_instruct": {"children", "seeds"},
}


def _check_strategy(name: str, asked: Strategy) -> None:
    if name not in STRATEGIES and asked.prompt is None:
        nearest = difflib.get_close_matches(name, STRATEGIES, n=1, cutoff=0.0)[0]
        raise ValueError(
            f"{name} is no strategy; did you mean {nearest}? One of your own names its prompt: "
            f"{{{name}: {{prompt: {name}.md}}}}"
        )
    own = {"children", "prompt", "rewrites", "same_language"}
    known = _STRATEGY_KEYS.get(name, {"children"}) if name in STRATEGIES else own
    foreign = sorted(asked.model_fields_set - known)
    if foreign:
        raise ValueError(f"{name} has no {', '.join(foreign)}; it has {', '.join(sorted(known))}")
    if name == "back_translation" and not asked.languages:
        raise ValueError("back_translation needs the languages to go through: {languages: [de]}")


Score = Annotated[float, Field(ge=1.0, le=5.0)]


class Judge(Llm):
    """An LLM that scores every row by a rubric, from 1 to 5. `rubric` is a Markdown file beside the recipe,
    null for the one that ships; `threshold` is the least mean of all criteria, `criteria` the least score of
    single ones. Rows below are flagged, or dropped by `action`."""

    rubric: str | None = None
    threshold: Score = 3.0
    criteria: dict[str, Score] = {}
    action: Literal["flag", "drop"] = "flag"
