"""Children for train examples from an OpenAI-compatible endpoint: requests, cache, budget, gates.

`curate.stages.augment` is the pure stage. Here stand its edges: `client` asks, `cache` remembers every
answer that was paid for, `budget` never passes the cap, `gates` judge what came back.
"""

from curate.augment.client import HttpCompleter, make_completer
from curate.augment.request import Answer, Completer, Request, Unanswered

__all__ = ["Answer", "Completer", "HttpCompleter", "Request", "Unanswered", "make_completer"]
