"""Fable Outfitters, a shop that does not exist: its facts, and how its customers and support desk write."""
