"""Shapes that are no fault but that a reader must get right: Alpaca inputs, line ends inside CSV fields."""

from dataclasses import replace

from samples.layout import CSV, MACROS
from samples.plan import Plan, single


def plant(plan: Plan) -> None:
    for row in plan.take(70, single):
        question = f"Answer the customer's question about {row.topic}.\n\n{row.turns[0].question}"
        row.turns = (replace(row.turns[0], question=question),)
        row.file = MACROS
    for row in plan.take(60, lambda row: single(row) and ". " in row.turns[0].question):
        row.turns = (replace(row.turns[0], question=row.turns[0].question.replace(". ", ".\n", 1)),)
        row.file = CSV
