"""Compiled inner loops: pure functions of arrays, without the interpreter's lock.

They stand apart because importing them loads numba: what calls them imports them where it does so.
`compiling` compiles and caches, `text` folds and shingles, `bands` and `prefixes` make keys, `buckets` makes
candidates of equal keys, `overlap` verifies them.
"""
