"""Children for train examples: what is asked of an LLM, and the gates that judge what came back.

`curate.stages.augment` is the pure stage; `curate.llm` asks.
"""
