"""From a recipe to a dataset version: pipeline, engine, accounts, gates, writing."""
