"""`README.md` of an adapter and of what is made of it: a model card as the Hugging Face hub reads it.

facts.py      what a run and its data say        metadata.py   the front matter
loading.py    how to load it, by kind            sections.py   the text     writing.py   the file
"""
