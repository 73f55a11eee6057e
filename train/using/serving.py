"""What vLLM must be told of an adapter."""


def rank_for_vllm(rank: int) -> int:
    """The least of the ranks that vLLM takes which holds this one (vllm/config/lora.py)."""
    return next((r for r in (8, 16, 32, 64, 128, 256, 320, 512) if r >= rank), rank)
