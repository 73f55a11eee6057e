"""Recipe: the YAML a user writes, as types. `schemas.recipe_file` reads the file into these.

A stage whose key is absent does not run, but for import, normalise, edits, exact dedup, split and write.
Unknown keys are errors. Units stand in the names; fractions are 0 to 1.
"""

import difflib
from pathlib import PurePath
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from schemas.card import Card as Card
from schemas.evaluation import Eval as Eval
from schemas.example import ROLES
from schemas.review import Review as Review
from schemas.section import Fraction, Section
from schemas.sweep import Sweep as Sweep
from schemas.training import Train as Train

Format = Literal["auto", "messages", "sharegpt", "alpaca", "prompt_completion", "text", "columns"]
FilterAction = Literal["redact", "drop", "flag"]
RuleAction = Literal["drop", "flag", "off"]
EntityAction = Literal["redact", "drop", "flag", "ignore"]


class Columns(Section):
    """Which column holds what, for `format: columns`. Columns not named here become metadata."""

    prompt: str
    completion: str
    system: str | None = None
    group: str | None = None
    tags: str | None = None


class Source(Section):
    """A file, a glob, or `hf:owner/dataset[:split]`. Higher `priority` wins among duplicates.
    `share` is this source's largest share of the train split. `encoding` is that of text files without a
    mark, as Python names it; UTF-8 when None."""

    path: str
    encoding: str | None = None
    format: Format = "auto"
    columns: Columns | None = None
    tags: tuple[str, ...] = ()
    priority: int = 1
    share: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None

    @model_validator(mode="after")
    def columns_belong_to_format(self) -> Self:
        if self.format == "columns" and self.columns is None:
            raise ValueError("format: columns needs `columns: {prompt: …, completion: …}`")
        return self

    @field_validator("encoding")
    @classmethod
    def encoding_exists(cls, value: str | None) -> str | None:
        try:
            "x".encode(value or "utf-8")
        except LookupError:
            raise ValueError(f"{value} is no text encoding; cp1252, latin-1 or utf-16, say") from None
        return value


class Semantic(Section):
    """`model` is a sentence-transformers model, by folder or hub name; `threshold` a cosine similarity."""

    model: str
    threshold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9


class Dedup(Section):
    """Near duplicates: Jaccard similarity of word n-gram sets of size `shingle` at `threshold` or above.
    `semantic` adds a pass that flags rows alike in meaning."""

    threshold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    permutations: Annotated[int, Field(ge=16, le=1024)] = 128
    shingle: Annotated[int, Field(ge=1, le=20)] = 5
    keep: tuple[Literal["reviewed", "priority", "longest"], ...] = ("reviewed", "priority", "longest")
    semantic: Semantic | None = None


class Pii(Section):
    """`entities` overrides `action` for single entity types, and may say `ignore`; `locales` are countries or
    languages (`us`, `de`, `en-GB`) whose own numbers are looked for too; `ner` names a spaCy model or none.

    `style` is what stands in a value's place: `<EMAIL_ADDRESS_1>`, or a value of the same kind out of a range
    that is reserved for examples. `seed` decides which ones.
    """

    action: FilterAction = "redact"
    entities: dict[str, EntityAction] = {}
    locales: tuple[str, ...] = ()
    ner: str | None = None
    secrets: bool = True
    style: Literal["placeholder", "realistic"] = "placeholder"
    seed: int = 17


class RoleThresholds(Section):
    """One role's own thresholds: of all labels, and of single ones."""

    threshold: Fraction | None = None
    labels: dict[str, Fraction] = {}


class Toxicity(Section):
    """`model` is one of Detoxify's names; `checkpoint` and `config` load it from local files.
    `wordlist` needs no weights and sees only listed words. `mode: int8` is faster and less exact;
    `cascade` scores by it and exactly where it finds anything.

    A score acts at its role's threshold for its label; else at the lower of its role's and its label's; else
    at `threshold`.
    """

    backend: Literal["detoxify", "wordlist"] = "detoxify"
    model: Literal["original", "unbiased", "multilingual", "original-small", "unbiased-small"] = "original"
    checkpoint: str | None = None
    config: str | None = None
    mode: Literal["exact", "int8", "cascade"] = "exact"
    threshold: Fraction = 0.8
    labels: dict[str, Fraction] = {}
    roles: dict[str, Fraction | RoleThresholds] = {}
    action: Literal["drop", "flag"] = "drop"

    @field_validator("roles")
    @classmethod
    def roles_exist(cls, value: dict[str, "float | RoleThresholds"]) -> dict[str, "float | RoleThresholds"]:
        for name in value:
            if name not in ROLES:
                nearest = difflib.get_close_matches(name, ROLES, n=1, cutoff=0.0)
                raise ValueError(f"{name} is no role; did you mean {nearest[0] if nearest else ROLES[0]}?")
        return value


class QualityRules(Section):
    """What each rule of the quality stage does to a row that it objects to."""

    empty_answer: RuleAction = "drop"
    too_short: RuleAction = "drop"
    too_long: RuleAction = "drop"
    repetition: RuleAction = "drop"
    language: RuleAction = "drop"
    refusal: RuleAction = "flag"
    truncated_answer: RuleAction = "flag"
    placeholder: RuleAction = "flag"
    template_leftover: RuleAction = "flag"
    answer_repeats_question: RuleAction = "flag"


class Quality(Section):
    """`checks` are dotted paths of functions `(Example) -> str | None`, a reason to drop or None."""

    min_words: Annotated[int, Field(ge=0)] = 1
    max_tokens: Annotated[int, Field(gt=0)] = 4096
    languages: tuple[str, ...] = ()
    rules: QualityRules = QualityRules()
    checks: tuple[str, ...] = ()


class Decontaminate(Section):
    """Benchmark files whose word n-grams must not stand in the data, nor near duplicates of their passages:
    Jaccard similarity at `threshold` or above, null for n-grams only. `fields` names the columns to read."""

    benchmarks: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    ngram: Annotated[int, Field(ge=1)] = 13
    threshold: Annotated[float, Field(gt=0.0, le=1.0)] | None = 0.8


class Split(Section):
    """Fractions of the groups by hash. `group_by` names metadata fields that keep rows together."""

    train: Fraction = 0.8
    validation: Fraction = 0.1
    test: Fraction = 0.1
    group_by: tuple[str, ...] = ()

    @model_validator(mode="after")
    def fractions_add_up(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"train, validation and test add up to {total:g}, not to 1")
        return self


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


class Checks(Section):
    """Gates of `curate build --check`, beside leaks and empty splits. They are no part of a version's
    identity. `max_removed_by_source` is by file or glob; `pin` is a count by its name in the manifest
    (`train`, `dedup.dropped`), or its least and most. Rows over a `share` do not count as removed."""

    max_removed: Fraction = 0.5
    max_removed_by_source: dict[str, Fraction] = {}
    pii_residue: bool = True
    pin: dict[str, int | tuple[int, int]] = {}


class Recipe(Section):
    """The whole recipe. `workspace` is the folder for everything built, relative to the recipe; `journal` a
    URL of PostgreSQL or another file for the decisions, which lie in the workspace when it is absent."""

    name: str = "dataset"
    seed: int = 17
    system_prompt: str | None
    workspace: str = ".siftune"
    journal: str | None = None
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    dedup: Dedup | None = None
    pii: Pii | None = None
    toxicity: Toxicity | None = None
    quality: Quality | None = None
    judge: Judge | None = None
    decontaminate: Decontaminate | None = None
    split: Split = Split()
    augment: Augment | None = None
    checks: Checks = Checks()
    train: Train | None = None
    eval: Eval = Eval()
    sweep: Sweep | None = None
    card: Card = Card()
    review: Review = Review()

    @field_validator("workspace")
    @classmethod
    def workspace_is_named(cls, value: str) -> str:
        if not value.strip() or PurePath(value) == PurePath():
            raise ValueError("the workspace needs a folder of its own, such as .siftune")
        return value
