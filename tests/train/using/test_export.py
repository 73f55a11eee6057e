"""A run as others take it: files that say the same as training, and errors before any work is lost."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from huggingface_hub import ModelCard
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from curate.workspace import Workspace
from schemas.errors import GateError, UsageError
from train.cli import group
from train.store import open_run
from train.using import go_template
from train.using.exporting import Wanted, to_adapter, to_gguf, to_ollama
from train.using.gguf import find_converter
from train.using.opened import Opened

CONVERTER = """import pathlib, sys
model, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[sys.argv.index("--outfile") + 1])
assert (model / "model.safetensors").is_file()
{body}
"""
KEEPS = 'out.write_bytes(b"GGUF" + (model / "chat_template.jinja").read_bytes() + sys.argv[-1].encode())'


@pytest.fixture
def llama_cpp(tmp_path: Path) -> Path:
    """A stand-in for llama.cpp's converter: it writes the template where the real one does, in clear."""
    (tmp_path / "llama.cpp").mkdir()
    (tmp_path / "llama.cpp" / "convert_hf_to_gguf.py").write_text(CONVERTER.format(body=KEEPS))
    return tmp_path / "llama.cpp"


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_an_adapter_for_peft_and_vllm(
    opened: Opened, small_base: Path, tmp_path: Path, said: list[str]
) -> None:
    out = tmp_path / "a"
    to_adapter(opened, out, Wanted({}), said.append)
    config = json.loads((out / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(small_base)
    assert (out / "chat_template.jinja").read_text() == opened.tokenizer.chat_template
    assert (out / "system_prompt.txt").read_text() == opened.system_prompt
    assert "--max-lora-rank 8" in said[-1]
    assert ModelCard.load(out / "README.md").data.library_name == "peft"
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(small_base), out)
    assert model.peft_config["default"].r == 4


def test_an_ollama_folder(opened: Opened, tmp_path: Path, said: list[str]) -> None:
    out = tmp_path / "o"
    to_ollama(opened, out, Wanted({}), said.append)
    text = (out / "Modelfile").read_text()
    assert text.startswith("FROM ./model\n")
    assert f'SYSTEM """{opened.system_prompt}"""' in text
    assert 'PARAMETER stop """<|end|>"""' in text
    template = text.partition('TEMPLATE """')[2].partition('"""')[0]
    row = opened.workspace.version("tiny0001").examples("test")[0]
    asked = go_template.render(template, row.messages[:2])
    assert asked == "".join(f"<|{m.role}|>{m.content}<|end|>" for m in row.messages[:2]) + "<|assistant|>"
    assert AutoTokenizer.from_pretrained(out / "model").chat_template == opened.tokenizer.chat_template
    assert said[-1] == f"ollama create tiny -f {out}/Modelfile"


def test_gguf_by_a_converter(opened: Opened, llama_cpp: Path, tmp_path: Path, said: list[str]) -> None:
    to_gguf(opened, tmp_path / "g", Wanted({}, llama_cpp, "f16"), said.append)
    assert {p.name for p in (tmp_path / "g").iterdir()} == {
        "README.md",
        "model.gguf",
        "system_prompt.txt",
    }
    assert "--system-prompt-file system_prompt.txt" in (tmp_path / "g" / "README.md").read_text()
    assert (tmp_path / "g" / "model.gguf").read_bytes().endswith(b"f16")
    to_ollama(opened, tmp_path / "o", Wanted({}, llama_cpp), said.append)
    assert {p.name for p in (tmp_path / "o").iterdir()} == {"README.md", "model.gguf", "Modelfile"}
    assert "ollama create tiny -f Modelfile" in (tmp_path / "o" / "README.md").read_text()
    assert (tmp_path / "o" / "Modelfile").read_text().startswith("FROM ./model.gguf\n")


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ('out.write_bytes(b"GGUF")', GateError, "does not hold the chat template"),
        (
            'sys.exit("Model LlamaX is not supported")',
            UsageError,
            r"failed \(1\): Model LlamaX is not supported",
        ),
    ],
)
def test_a_converter_that_fails_leaves_nothing(
    opened: Opened,
    llama_cpp: Path,
    tmp_path: Path,
    said: list[str],
    body: str,
    error: type[Exception],
    words: str,
) -> None:
    (llama_cpp / "convert_hf_to_gguf.py").write_text(CONVERTER.format(body=body))
    with pytest.raises(error, match=words):
        to_gguf(opened, tmp_path / "g", Wanted({}, llama_cpp), said.append)
    assert [p.name for p in tmp_path.iterdir()] == ["llama.cpp"]


def test_where_the_converter_is_looked_for(
    llama_cpp: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = llama_cpp / "convert_hf_to_gguf.py"
    monkeypatch.delenv("LLAMA_CPP", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        UsageError, match=r"was not found — `git clone https://github.com/ggml-org/llama.cpp`"
    ):
        find_converter(None)
    with pytest.raises(UsageError, match=r"no convert_hf_to_gguf.py here"):
        find_converter(tmp_path)
    assert find_converter(llama_cpp) == find_converter(script) == script
    monkeypatch.setenv("LLAMA_CPP", str(llama_cpp))
    assert find_converter(None) == script
    monkeypatch.delenv("LLAMA_CPP")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(llama_cpp))
    assert find_converter(None) == script


def test_the_command(desk: Workspace) -> None:
    run = open_run(desk)
    common = [run.id, "--recipe", str(desk.recipe_path)]
    done = CliRunner().invoke(group, ["export", *common, "--to", "merged"])
    assert done.stdout == f"{run.path / 'export' / 'merged'}\n", done.output
    assert "moved by at most" in done.stderr
    shutil.rmtree(run.path / "export")
    refused = CliRunner().invoke(group, ["export", *common, "--to", "merged", "--upload"])
    assert refused.exit_code == 2
    assert "belong to --to openai" in refused.stderr
