"""Which columns hold question and answer, by names in several languages: a suggestion to be judged."""

import json
import re
import unicodedata
from collections.abc import Iterable

_PROMPTS = """
question prompt query request problem message demande consigne requete utilisateur pregunta consulta usuario
frage fragen anfrage kundenfrage nutzer benutzer aufgabe domanda richiesta utente pergunta vraag opdracht
pytanie fraga sporsmal sporgsmal otazka kysymys soru вопрос питання 问题 問題 質問 질문
"""
_INSTRUCTIONS = (
    "instruction instruccion instrucao istruzione anweisung instruktion instructie instrukcja инструкция"
)
_INPUTS = "input context entree contexte entrada contexto eingabe kontext ingresso contesto invoer kontekst"
_COMPLETIONS = """
answer completion response reply solution reponse solution respuesta contestacion solucion antwort antworten
loesung losung kundenantwort risposta soluzione resposta antwoord odpowiedz svar odpoved vastaus cevap ответ
відповідь 答案 回答 回复 답변
"""
_OUTPUTS = "output target ausgabe sortie salida saida uscita uitvoer assistent assistant asistente assistente"
UNMAPPED = (
    "say which they are: `format: columns` and `columns: {prompt: …, completion: …}` in its source, "
    "or `curate import` with `--column prompt=… --column completion=…`"
)
"""What to do where the names do not tell."""

_SENTENCE = re.compile(r"\w[.!?。？！]\Z|(?:\S+\s+){6}")
_PLAIN = re.compile(r"[^\W\d]\w*")


def suggestion(columns: Iterable[str]) -> str | None:
    """What to write into a source so that these columns are a conversation; None where their names do not
    tell."""
    left = list(columns)
    short = {_folded(column): column for column in left}
    if "q" in short and "a" in short:
        return _mapped(short["q"], short["a"])
    instruction, context = _taken(left, _INSTRUCTIONS), _taken(left, _INPUTS)
    prompt = _taken(left, _PROMPTS) or instruction or context
    answer = _taken(left, _COMPLETIONS) or _taken(left, _OUTPUTS)
    if prompt is None or answer is None:
        return None
    if prompt == instruction and context is not None:
        named = f"{instruction!r}, {context!r} and {answer!r}"
        return f"call its columns {named} `instruction`, `input` and `output`"
    return _mapped(prompt, answer)


def without_names(columns: Iterable[str]) -> str | None:
    """What to do where the first line of a table is a row like the others; None where it looks like names."""
    told = next((c for c in columns if _SENTENCE.search(c.strip())), None)
    if told is None:
        return None
    return (
        f"its first line is read as names of columns: put `question,answer` or such in front of {told[:40]!r}"
    )


def _mapped(prompt: str, answer: str) -> str:
    mapped = f"`format: columns` and `columns: {{prompt: {_yaml(prompt)}, completion: {_yaml(answer)}}}`"
    options = f"--column {_option('prompt', prompt)} --column {_option('completion', answer)}"
    return f"perhaps {mapped} in its source, or `curate import {options}`"


def _taken(columns: list[str], names: str) -> str | None:
    """The first column that is called so, or else with such a word in its name, which it takes out."""
    known = frozenset(names.split())
    whole = (column for column in columns if _folded(column) in known)
    part = (column for column in columns if not known.isdisjoint(_words(column)))
    found = next(whole, None) or next(part, None)
    if found is not None:
        columns.remove(found)
    return found


def _words(column: str) -> list[str]:
    return re.findall(r"[^\W_]+", _folded(column))


def _folded(text: str) -> str:
    """Lower case without accents: `Réponse` is `reponse`."""
    apart = unicodedata.normalize("NFKD", text.strip().casefold())
    return unicodedata.normalize("NFC", "".join(c for c in apart if not "\u0300" <= c <= "\u036f"))


def _yaml(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _option(part: str, name: str) -> str:
    return f"{part}={name}" if _PLAIN.fullmatch(name) else f"'{part}={name}'"
