"""Upload to OpenAI, or to what speaks its protocol, and the start of a fine-tuning job: only when asked.

`job.json` beside the files says what was uploaded and started, so that no job is paid for twice by mistake.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate import atomic
from curate.file_hash import sha256_of
from schemas.errors import DataError, UsageError
from train.using.openai_file import Files
from train.using.opened import Say

if TYPE_CHECKING:
    from openai import OpenAI

RECORD = "job.json"
KEY_VARIABLE = "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True)
class Job:
    """Ids that the endpoint gave. `job` is None where the files were uploaded and nothing was started."""

    training_file: str
    validation_file: str | None
    job: str | None
    model: str | None
    sha256: dict[str, str]


def send(
    files: Files, *, model: str | None, epochs: int | None, suffix: str, seed: int, force: bool, say: Say
) -> Job:
    """Uploads the files; with `model`, starts a job on them.

    Address from OPENAI_BASE_URL, key from OPENAI_API_KEY. Raises UsageError without a key, where the same
    job was started before and `force` is not given, or where the endpoint refuses; DataError where it
    cannot be reached.
    """
    import openai

    if not os.environ.get(KEY_VARIABLE):
        raise UsageError(f"{KEY_VARIABLE} is not set", f"export {KEY_VARIABLE}=… and run the same again")
    sums = {p.name: sha256_of(p) for p in (files.train, files.validation) if p}
    _check_once(files.train.parent / RECORD, sums, model, force)
    try:
        with openai.OpenAI() as client:
            say(f"uploading {sum(files.examples.values()):,} examples to {client.base_url.host}")
            job = _send(client, files, model, epochs, suffix, seed, sums)
    except openai.APIConnectionError as error:
        raise DataError(f"the endpoint cannot be reached: {error}", "check OPENAI_BASE_URL") from None
    except openai.APIStatusError as error:
        raise UsageError(
            f"the endpoint refused ({error.status_code}): {_words(error)}",
            f"check {KEY_VARIABLE}, the model's name and your account's limits",
        ) from None
    atomic.write_text(files.train.parent / RECORD, json.dumps(_record(job), indent=2) + "\n")
    return job


def _send(
    client: "OpenAI",
    files: Files,
    model: str | None,
    epochs: int | None,
    suffix: str,
    seed: int,
    sums: dict[str, str],
) -> Job:
    training = client.files.create(file=files.train, purpose="fine-tune").id
    validation = (
        client.files.create(file=files.validation, purpose="fine-tune").id if files.validation else None
    )
    if model is None:
        return Job(training, validation, None, None, sums)
    started = client.fine_tuning.jobs.create(
        model=model,
        training_file=training,
        validation_file=validation,
        seed=seed,
        suffix=suffix[:64],
        method={
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": epochs if epochs else "auto"}},
        },
    )
    return Job(training, validation, started.id, model, sums)


def _check_once(record: Path, sums: dict[str, str], model: str | None, force: bool) -> None:
    if model is None or force or not record.is_file():
        return
    earlier = json.loads(record.read_text(encoding="utf-8"))
    if earlier.get("job") and (earlier.get("sha256"), earlier.get("model")) == (sums, model):
        raise UsageError(
            f"job {earlier['job']} of {model} was started with the same files already",
            "look at it on the endpoint's page; --force starts another, which is paid for again",
        )


def _record(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in job.__slots__}


def _words(error: Any) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or error.message).splitlines()[0]
