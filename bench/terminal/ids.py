"""The ids of a large workspace's examples."""

import hashlib


def id_of(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:20]
