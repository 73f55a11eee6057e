"""GGUF by llama.cpp's own converter, where it is on this machine, and proof that the template came along."""

import mmap
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

from curate import atomic
from schemas.errors import GateError, UsageError
from train.template import template_text
from train.using.opened import Opened

Outtype = Literal["auto", "f32", "f16", "bf16", "q8_0"]
CONVERTER = "convert_hf_to_gguf.py"
VARIABLE = "LLAMA_CPP"


def find_converter(given: Path | None) -> Path:
    """The converter: at `given` (a checkout or the script), in $LLAMA_CPP, or on PATH. Raises UsageError."""
    places = [given] if given else [Path(os.environ[VARIABLE])] if os.environ.get(VARIABLE) else []
    for place in places:
        script = place if place.is_file() else place / CONVERTER
        if script.is_file():
            return script
        raise UsageError(f"{place}: no {CONVERTER} here", f"name a checkout of llama.cpp; {_HOW}")
    found = shutil.which(CONVERTER)
    if found is None:
        raise UsageError(f"llama.cpp's converter ({CONVERTER}) was not found", _HOW)
    return Path(found)


def convert(converter: Path, merged: Path, out: Path, outtype: Outtype, opened: Opened) -> None:
    """A merged model as one GGUF file, whole or not at all.

    Raises UsageError where the converter refuses the model, GateError where the file does not hold the
    chat template of training.
    """
    with atomic.beside(out) as temporary:
        command = [
            *(sys.executable, str(converter), str(merged)),
            *("--outfile", str(temporary), "--outtype", outtype),
        ]
        done = subprocess.run(command, text=True, capture_output=True, check=False)
        if done.returncode or not temporary.is_file():
            last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
            raise UsageError(
                f"llama.cpp's converter failed ({done.returncode}): {last}",
                f"its words: `{' '.join(command[:-4])}`; it may need `pip install gguf` or a newer checkout",
            )
        if not _holds(temporary, template_text(opened.tokenizer).encode("utf-8")):
            raise GateError(
                "the GGUF file does not hold the chat template of training",
                "take a newer checkout of llama.cpp: older converters leave chat_template.jinja out",
            )
        temporary.replace(out)


def _holds(file: Path, text: bytes) -> bool:
    """GGUF keeps its texts as they are, uncompressed."""
    if not file.stat().st_size:
        return False
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(text) >= 0


_HOW = (
    "`git clone https://github.com/ggml-org/llama.cpp` and `pip install gguf`, then name the checkout with "
    f"--llama-cpp DIR or ${VARIABLE}"
)
