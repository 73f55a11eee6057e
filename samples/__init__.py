"""A messy dataset of a fictional shop's support desk, its answer key, and what scores a build against it.

Not installed with Siftune; run from the repository root. The product never reads the answer key.
"""
