"""How alike texts are: exact Jaccard over word n-grams, and the pairs of a collection that reach a threshold.

`words` folds text (`folding` has it as tables), `shingles` makes n-gram sets of it, `sets` takes equal ones
together. `pairs` finds those alike by MinHash LSH or by an exact join, `few` does the same for few rows
without the compiled `kernels`; `prefixes` has the shingles that sets alike must share. `index` answers for
rows, `components` keeps connected rows together, `features` are the shingles as a table stage asks for them.
`joins` takes a graph over from build to build: `additions` looks new sets up in the `postings` of all, as far
as `crowding` bears it.
"""
