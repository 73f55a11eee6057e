"""Rows alike in meaning: embeddings of any sentence-transformers model, and the search among them."""
