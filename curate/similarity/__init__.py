"""How alike texts are: exact Jaccard over word n-grams, and the pairs of a collection that reach a threshold.

`words` folds text, `shingles` makes its n-gram sets, `index` finds the sets alike (MinHash LSH, verified),
`join` finds them again by another method (exact prefix filter), `sides` tells duplicates from contradictions,
`components` keeps connected rows together.
"""
