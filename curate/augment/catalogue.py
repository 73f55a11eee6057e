"""The strategies that a recipe asks for, made ready."""

from collections.abc import Iterator
from pathlib import Path

from curate.augment.back_translation import BackTranslation
from curate.augment.prompts import Prompts, own_prompt
from curate.augment.rewriting import Rewriting, Variation, own
from curate.augment.self_instruct import SelfInstruct
from curate.augment.strategy import Strategy
from schemas.recipe import Augment, Rewrites

_PARAPHRASES: dict[str, Rewrites] = {
    "paraphrase": "prompt",
    "paraphrase_answer": "answer",
    "paraphrase_both": "both",
}


def prompts_of(settings: Augment, root: Path) -> Prompts:
    """The prompts in force; `root` is the recipe's folder. Raises RecipeError."""
    if settings.prompts is None:
        return Prompts()
    own = {_path(root, asked.prompt) for name in settings.strategies if (asked := settings.of(name)).prompt}
    return Prompts(_path(root, settings.prompts), own)


def strategies_of(settings: Augment, prompts: Prompts, root: Path) -> list[Strategy]:
    """In the order of their names, whatever order the recipe has. Raises RecipeError."""
    return list(_made(settings, prompts, root))


def _made(settings: Augment, prompts: Prompts, root: Path) -> Iterator[Strategy]:
    for name in sorted(settings.strategies):
        asked = settings.of(name)
        if asked.prompt is not None:
            prompt = own_prompt(name, _path(root, asked.prompt))
            yield own(prompt, prompts, asked)
        elif name in _PARAPHRASES:
            yield Rewriting(name, prompts[name], asked.children, _PARAPHRASES[name])
        elif name == "variation":
            yield Variation(prompts[name], asked.children, asked.styles)
        elif name == "back_translation":
            yield BackTranslation(prompts["translate"], asked.children, asked.languages, asked.rewrites)
        else:
            assert name == "self_instruct", "the recipe's check knows no others"
            yield SelfInstruct(prompts[name], asked.children, asked.seeds)


def _path(root: Path, name: str | None) -> Path:
    return root / Path(name or "").expanduser()
