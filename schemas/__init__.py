"""The nouns of Siftune: types, Arrow schemas and the recipe. Imports nothing else of ours."""
