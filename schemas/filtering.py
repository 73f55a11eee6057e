"""What a recipe says of the stages that drop, redact and flag rows."""

import difflib
from typing import Annotated, Literal

from pydantic import Field, field_validator

from schemas.example import ROLES
from schemas.section import Fraction, Section

FilterAction = Literal["redact", "drop", "flag"]
RuleAction = Literal["drop", "flag", "off"]
EntityAction = Literal["redact", "drop", "flag", "ignore"]


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
    html_leftover: RuleAction = "flag"
    mojibake: RuleAction = "flag"
    email_leftover: RuleAction = "flag"


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
