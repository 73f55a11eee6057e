"""Asking an LLM behind any OpenAI-compatible endpoint: what is paid for is kept, and a cap is never passed.

    settings = settings_of("augment", recipe.augment)
    complete = make_completer(settings, workspace.cache / "answers.db", say)
    replies = complete([Request(messages, schema, max_tokens=300, expected_tokens=80)])

Who asks writes Requests (messages, the JSON Schema that the answer must fit, how long it may be) and gets an
`Answer` or an `Unanswered` for each, in order. Whether an answer is any good is the asker's own business.
"""

from curate.llm.client import HttpCompleter, make_completer
from curate.llm.price import Price
from curate.llm.request import Answer, Completer, Reply, Request, Unanswered
from curate.llm.settings import Settings, settings_of

__all__ = [
    "Answer",
    "Completer",
    "HttpCompleter",
    "Price",
    "Reply",
    "Request",
    "Settings",
    "Unanswered",
    "make_completer",
    "settings_of",
]
