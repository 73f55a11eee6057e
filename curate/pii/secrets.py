"""Secrets: detect-secrets' vendor patterns, and what they miss.

Its plugins yield values without positions, some only a part of the value (a GitHub token's prefix, a JWT
without its signature), so their patterns are used and not their engine. Its entropy, keyword and public-IP
plugins are left out: they take any long word or any text after `secret` for one. Instead a value assigned
to a name such as `password` or `api_key` counts when it mixes letters and digits and is no placeholder.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from curate.pii.finder import Gate
from curate.pii.finding import Finding
from curate.pii.look import DIGIT, shape, words

CERTAIN = 1.0
LIKELY = 0.8
LEAST_BITS = 2.5  # of entropy a character: repeated and counted-up characters have less

_KEY = r"[_-]?(?:api)?[_-]?(?:key|pwd|pw|pass|token)"
_PLUGINS: dict[str, tuple[int, Gate]] = {
    "artifactory.ArtifactoryDetector": (0, shape("akc|ap[0a-f]")),
    "aws.AWSKeyDetector": (1, words(["a3t", "abia", "acca", "akia", "asia", "aws"])),
    "azure_storage_key.AzureStorageKeyDetector": (0, words(["accountkey="])),
    "cloudant.CloudantDetector": (1, shape(rf"cloudant|cl(?:ou)?{_KEY}")),
    "discord.DiscordBotTokenDetector": (0, shape(r"[mno][\w-]{23}")),
    "github_token.GitHubTokenDetector": (0, shape("gh[oprsu]_")),
    "gitlab_token.GitLabTokenDetector": (0, shape("gl[a-z]{2,5}-|gr0{7}")),
    "ibm_cloud_iam.IbmCloudIamDetector": (1, words(["key", "pwd", "pw", "pass", "token"])),
    "ibm_cos_hmac.IbmCosHmacDetector": (1, words(["secret"])),
    "mailchimp.MailchimpDetector": (0, words(["-us"])),
    "pypi_token.PypiTokenDetector": (0, words(["pypi-"])),
    "sendgrid.SendGridDetector": (0, words(["sg."])),
    "slack.SlackDetector": (0, words(["xox", "hooks.slack"])),
    "softlayer.SoftlayerDetector": (1, shape(f"softlayer|sl{_KEY}")),
    "square_oauth.SquareOAuthDetector": (0, words(["sq0csp-"])),
    "stripe.StripeDetector": (0, words(["k_live_"])),
    "telegram_token.TelegramBotTokenDetector": (0, shape("0{8}:")),
    "twilio.TwilioKeyDetector": (0, shape("(?:ac|sk)[a-z0]{32}")),
}
"""Plugin, the group that is the secret where its pattern has one (an assignment's right side), its gate."""

_B = r"(?<![A-Za-z0-9_-])"  # left boundary: one attempt per token, so that a scan stays linear
_VENDORS = {
    "Anthropic": _B + r"sk-ant-[A-Za-z0-9_-]{20,}",
    "Atlassian": _B + r"ATATT3[A-Za-z0-9_=-]{60,}",
    "Databricks": _B + r"dapi[0-9a-f]{32}(?:-\d)?",
    "DigitalOcean": _B + r"do[opr]_v1_[0-9a-f]{64}",
    "GitHub": _B + r"gh[opusr]_[A-Za-z0-9]{36,255}|" + _B + r"github_pat_[A-Za-z0-9_]{36,255}",
    "Google": _B + r"AIza[A-Za-z0-9_-]{35}|" + _B + r"GOCSPX-[A-Za-z0-9_-]{28}",
    "Groq": _B + r"gsk_[A-Za-z0-9]{40,}",
    "Hugging Face": _B + r"hf_[A-Za-z0-9]{30,}",
    "npm": _B + r"npm_[A-Za-z0-9]{36}",
    "OpenAI": _B + r"sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{20,}",
    "Replicate": _B + r"r8_[A-Za-z0-9]{37}",
    "Shopify": _B + r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "Slack": _B + r"xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|" + _B + r"xapp-\d-[A-Za-z0-9-]{10,}",
    "Stripe": _B + r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|" + _B + r"whsec_[A-Za-z0-9+/=]{24,}",
    "Vault": _B + r"hv[sbr]\.[A-Za-z0-9_-]{24,}",
}
_UNMISTAKABLE = frozenset({"GitHub", "Groq", "Hugging Face", "npm", "Replicate", "Shopify", "Stripe"})
_JWT = re.compile(_B + r"eyJ[A-Za-z0-9_-]+=*\.[A-Za-z0-9_-]+=*(?:\.[A-Za-z0-9_-]*=*)?")
_BEARER = re.compile(
    r"\bauthorization\W{1,5}(?:bearer|basic|token)\s+([A-Za-z0-9._~+/=-]{16,})", re.IGNORECASE
)
_URL_PASSWORD = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/?#@\[\]]{0,100}:([^\s:/?#@]{3,200})@", re.IGNORECASE
)
_ASSIGNED = re.compile(
    r"(?P<name>pass(?:word|wd|phrase|code)|\bpwd|(?:api|access|auth|secret|private|client|account|encryption)"
    r"[ _-]?(?:key|token|secret)|\bsecret|\btoken)[\w-]{0,20}[\"'`]?\s{0,3}(?:\bis\b\s?[:=]?|:=|=>|[:=])"
    r"\s{0,3}(?P<quote>[\"'`]?)(?P<value>[^\s\"'`<>,;]{8,200})(?P=quote)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"[$%{<\[(]|\*{3}|x{4}|\.{3}|your|example|placeholder|changeme|dummy|redacted|environ|getenv|process\.",
    re.IGNORECASE,
)
_PRIVATE_KEY = re.compile(
    r"-{4,5} ?BEGIN (?P<kind>[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?) ?-{4,5}"
    r"(?:[^-]{0,20000}?(?:-(?!-{3})[^-]{0,20000}?){0,20}-{4,5} ?END (?P=kind) ?-{4,5}"
    r"|(?:\s|\\[nr]|[A-Za-z0-9+/=]{16,}|[A-Za-z-]{4,30}: [^\n]{1,200}\n)*(?:[A-Za-z0-9+/=]{4,})?)"
    r"|PuTTY-User-Key-File-[23]:.{0,20000}?Private-MAC: [0-9a-f]+",
    re.DOTALL,
)
_LONG_TOKEN = shape("(?<![a-z0_./+=:-])(?=[a-z0_./+=:-]{13})[a-z_./+=:-]*0")
_PREFIXED = shape("gh[opusr]_|github_pat_|gsk_|hf_|npm_|r0_|shp(?:at|ca|pa|ss)_|[rs]k_(?:live|test)_|whsec_")
_VENDOR_TOKEN = shape(r"sk-|atatt0|dapi|do[opr]_v0|aiza|gocspx|xox|xapp|hv[sbr]\.")
_AT, _URL, _KEY_HEADER = shape("@"), shape("://"), words(["private key", "putty-user"])
_DIGIT = re.compile(r"[0-9]")


def _has_digit(value: str) -> bool:
    """What has none is taken for words."""
    return _DIGIT.search(value) is not None


def _is_random(value: str) -> bool:
    """For prefixes that no word has: a key of letters alone is one too, `sk_live_xxxxxxxx` is none."""
    return _has_digit(value) or (_bits(value) >= LEAST_BITS and not _PLACEHOLDER.search(value))


def _is_anything(_: str) -> bool:
    return True


@dataclass(frozen=True)
class PatternFinder:
    """A pattern whose `group` is the secret, where `accepts` says yes to its value."""

    name: str
    entity: str
    pattern: re.Pattern[str]
    gates: tuple[Gate, ...]
    score: float = CERTAIN
    group: int | str = 0
    chunked: bool = False
    accepts: Callable[[str], bool] = _has_digit

    def find(self, text: str) -> Iterator[Finding]:
        for match in self.pattern.finditer(text):
            start, end = match.span(self.group)
            if start < 0:
                start, end = match.span()
            if start and self.group == 0 and text[start - 1].isalnum() and text[start].isalnum():
                continue
            if self.accepts(text[start:end]):
                yield Finding(self.entity, start, end, self.score, self.name)


class JwtFinder:
    """A JSON Web Token whole, where detect-secrets' check finds its header and claims well formed."""

    name = "JwtTokenDetector"
    gates = (shape("eyj"),)
    chunked = False

    def __init__(self) -> None:
        self._well_formed = import_module("detect_secrets.plugins.jwt").JwtTokenDetector.is_formally_valid

    def find(self, text: str) -> Iterator[Finding]:
        for match in _JWT.finditer(text):
            if self._well_formed(".".join(part.rstrip("=") for part in match[0].split(".")[:2])):
                yield Finding("JWT", match.start(), match.end(), CERTAIN, self.name)


class AssignedFinder:
    """`password: …`, `api_key = "…"`: a value of eight characters or more with a digit and a letter, and
    LEAST_BITS of entropy a character, which repeated and counted-up characters do not have."""

    name = "assignment"
    gates = (DIGIT, words(["pass", "pwd", "key", "token", "secret"]))
    chunked = False

    def find(self, text: str) -> Iterator[Finding]:
        for match in _ASSIGNED.finditer(text):
            value = match["value"].rstrip(".!?)")
            if len(value) < 8 or _PLACEHOLDER.search(value) or not self._mixed(value):
                continue
            if match[0].startswith(f"{value}="):  # `token_ids_0=token_ids_0` in a call
                continue
            entity = "PASSWORD" if match["name"].lower().startswith(("pass", "pwd")) else "API_KEY"
            start = match.start("value")
            yield Finding(entity, start, start + len(value), LIKELY, self.name)

    def _mixed(self, value: str) -> bool:
        letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
        return letters and digits and _bits(value) >= LEAST_BITS


def _bits(value: str) -> float:
    """Shannon entropy of the characters, bits a character."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)


def secret_finders() -> list[Any]:
    """All finders of secrets, in a fixed order."""
    return [
        *_plugin_finders(),
        *(_vendor_finder(name, re.compile(pattern)) for name, pattern in _VENDORS.items()),
        PatternFinder("bearer", "API_KEY", _BEARER, (DIGIT, words(["authori"])), group=1),
        PatternFinder(
            "URL credentials", "PASSWORD", _URL_PASSWORD, (_AT, _URL), group=1, accepts=_is_anything
        ),
        PatternFinder(
            "PrivateKeyDetector", "PRIVATE_KEY", _PRIVATE_KEY, (_KEY_HEADER,), accepts=_is_anything
        ),
        JwtFinder(),
        AssignedFinder(),
    ]


def _vendor_finder(name: str, pattern: re.Pattern[str]) -> PatternFinder:
    """A prefix with an underscore is nobody's word, so that letters may follow; `sk-` begins many names."""
    if name in _UNMISTAKABLE:
        return PatternFinder(name, "API_KEY", pattern, (_PREFIXED,), accepts=_is_random)
    return PatternFinder(name, "API_KEY", pattern, (DIGIT, _LONG_TOKEN, _VENDOR_TOKEN))


def _plugin_finders() -> Iterator[PatternFinder]:
    for path, (group, gate) in _PLUGINS.items():
        module, name = path.split(".")
        plugin = getattr(import_module(f"detect_secrets.plugins.{module}"), name)
        for pattern in plugin.denylist:
            at = group if pattern.groups >= group else 0
            yield PatternFinder(name, "API_KEY", pattern, (DIGIT, _LONG_TOKEN, gate), group=at, chunked=True)
