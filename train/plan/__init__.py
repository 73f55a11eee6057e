"""`train plan`: what a run would train on, how long it is, whether it fits a GPU, and what looks unusual.

Asked of the tokenizer and the model's config alone: no weights are loaded and no GPU is needed.

    findings.py     what tokenisation does to the rows      masks.py      examples with their mask visible
    course.py       packs, steps, epochs                    habits.py     settings outside the usual range
    shape.py        a model's tensors, from its config      setup.py      how they are trained
    activations.py  what the backward pass keeps            memory.py     memory by part, and its peak
    gpus.py         the table of GPUs, and what fits        sizes.py      memory by way, choice and GPU
    outline.py      all of it together                      pages.py      all of it for a person
    record.py       all of it for a script
"""
