"""OpenAI's fine-tuning: files by their rules; a job only when asked for, on a server on loopback."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from curate.workspace import Workspace
from schemas.errors import GateError, UsageError
from train.cli import group
from train.store import open_run
from train.using.openai_file import problems, write


@dataclass
class Server:
    """`/v1/files` and `/v1/fine_tuning/jobs`, as far as OpenAI documents them."""

    url: str = ""
    uploads: list[bytes] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    refusal: str | None = None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing to say."""

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            state.keys.add(self.headers["Authorization"])
            if state.refusal:
                self.reply(400, {"error": {"message": state.refusal, "code": "invalid"}})
            elif self.path == "/v1/files":
                state.uploads.append(raw)
                self.reply(200, {"id": f"file-{len(state.uploads)}", "object": "file", "status": "uploaded"})
            else:
                state.jobs.append(json.loads(raw))
                self.reply(200, {"id": f"ftjob-{len(state.jobs)}", "object": "fine_tuning.job"})

        def reply(self, status: int, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    state.url = f"http://127.0.0.1:{http.server_port}/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", state.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    yield state
    http.shutdown()
    thread.join()
    http.server_close()


def export(workspace: Workspace, *options: str) -> Result:
    command = ["export", open_run(workspace).id, "--recipe", str(workspace.recipe_path), "--to", "openai"]
    return CliRunner().invoke(group, [*command, *options])


def test_files_alone_leave_the_machine_alone(desk: Workspace, server: Server) -> None:
    done = export(desk)
    assert done.exit_code == 0, done.output
    folder = Path(done.stdout.strip())
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]
    assert len(rows) == 24
    assert rows[0]["messages"][0] == {"role": "system", "content": desk.recipe.system_prompt}
    assert len((folder / "validation.jsonl").read_text().splitlines()) == 6
    assert (server.uploads, server.jobs) == ([], [])


def test_upload_and_start(desk: Workspace, server: Server) -> None:
    folder = Path(export(desk).stdout.strip())
    done = export(desk, "--start", "gpt-4o-mini", "--epochs", "2")
    assert done.exit_code == 0, done.exception
    assert server.keys == {"Bearer sk-test"}
    assert (folder / "train.jsonl").read_bytes() in server.uploads[0]
    assert b'name="purpose"\r\n\r\nfine-tune' in server.uploads[0]
    assert server.jobs == [
        {
            "model": "gpt-4o-mini",
            "training_file": "file-1",
            "validation_file": "file-2",
            "seed": 17,
            "suffix": "tiny",
            "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}},
        }
    ]
    assert json.loads((folder / "job.json").read_text())["job"] == "ftjob-1"
    assert "sk-test" not in (folder / "job.json").read_text()
    again = export(desk, "--start", "gpt-4o-mini")
    assert isinstance(again.exception, UsageError)
    assert "ftjob-1 of gpt-4o-mini was started with the same files already" in str(again.exception)
    assert export(desk, "--start", "gpt-4o-mini", "--force").exit_code == 0
    assert len(server.jobs) == 2


def test_what_the_endpoint_refuses_is_told(
    desk: Workspace, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.refusal = "model gpt-9 cannot be fine-tuned"
    assert "refused (400): model gpt-9 cannot be" in str(export(desk, "--start", "gpt-9").exception)
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "OPENAI_API_KEY is not set" in str(export(desk, "--upload").exception)


def test_another_system_prompt_is_refused(desk: Workspace) -> None:
    desk.recipe_path.write_text(desk.recipe_path.read_text().replace("briefly", "at length"))
    assert "system_prompt is not the one of training" in str(export(desk).exception)


def test_the_rules(lora: Workspace, tmp_path: Path) -> None:
    version = lora.version("tiny0001")
    with pytest.raises(GateError, match=r"OpenAI would refuse or cut \w+: about \d+ tokens, over 5"):
        write(version, tmp_path / "o", max_tokens=5)
    assert write(version, tmp_path / "p", max_tokens=250).unsure > 0
    (tmp_path / "p" / "train.jsonl").write_text("{}\n")
    with pytest.raises(UsageError, match="holds something already"):
        write(version, tmp_path / "p")
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([("user", "a")], ["its last message is not the assistant's"]),
        ([("human", "a"), ("assistant", "b")], ["the role 'human' is unknown"]),
        (
            [("user", "a"), ("system", "s"), ("assistant", "b")],
            ["a system message stands after the first one"],
        ),
        ([("user", ""), ("assistant", "b")], ["message 1 is empty"]),
        ([("user", "a"), ("tool", "t"), ("assistant", "b")], ["message 2 answers no tool call by its id"]),
        ([("system", "s"), ("user", "a"), ("assistant", "b")], []),
    ],
)
def test_what_breaks_a_rule(messages: list[tuple[str, str]], why: list[str]) -> None:
    assert list(problems({"messages": [{"role": r, "content": c} for r, c in messages]})) == why
