"""An earlier run that later ones are held against: a small JSON, and its losses in a file beside it.

``NAME.json`` says what was measured and of which targets; ``NAME.losses.npy`` holds for each position its loss
(float32: a difference of less than a millionth counts as none) and how many outcomes were right. Both have their
hashes in the JSON, so that a run on other targets, or a file that was changed, is refused rather than compared.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import field
from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np

from ce_core._version import __version__
from ce_core.arrays.write import check_output, write_array, write_text
from ce_core.compute.evaluation import Evaluation, jsonable
from ce_core.compute.examples import Examples
from ce_core.errors import CepickError
from ce_core.read.settings import Base, MeanOver
from ce_core.records import dataclass

Array = np.ndarray

SCHEMA = "cepick.baseline/1"
_AGAIN = "write the baseline again with 'cepick baseline write'"


@dataclass(frozen=True, kw_only=True, eq=False)
class Baseline:
    """An earlier run: what it measured, of what, and the loss of each example."""

    path: str
    cepick: str
    """The version of cepick that wrote it."""
    name: str
    predictions: str
    targets: str
    loss: str
    unit: Base | None
    mean_over: MeanOver
    modifiers: Mapping[str, Any] = field(default_factory=dict)
    """What else the loss depends on: smoothing, clip, its options, class and positive weights (their hashes)."""
    value: float
    count: int
    accuracy: float | None
    shape: tuple[int, ...]
    """Of the examples: the predictions' shape without the class axis."""
    targets_sha256: str
    counting_sha256: str
    """Of which positions count, and with what weights."""
    losses_file: str
    losses_sha256: str
    losses: Array = field(repr=False)
    """[positions], float32."""
    hits: Array | None = field(repr=False)
    """How many outcomes of each example are right; of exclusive classes 0 or 1."""

    def to_dict(self) -> dict[str, Any]:
        """Return the baseline as its JSON (``cepick.baseline/1``)."""
        return {
            "schema": SCHEMA,
            "cepick": self.cepick,
            "name": self.name,
            "predictions": self.predictions,
            "targets": self.targets,
            "loss": self.loss,
            "unit": self.unit,
            "mean_over": self.mean_over,
            "modifiers": jsonable(self.modifiers),
            "value": self.value,
            "count": self.count,
            "accuracy": self.accuracy,
            "shape": list(self.shape),
            "targets_sha256": self.targets_sha256,
            "counting_sha256": self.counting_sha256,
            "losses": {"file": self.losses_file, "sha256": self.losses_sha256},
        }


def side_file(path: str) -> str:
    """Return where the losses of a baseline are.

    >>> side_file("baselines/digits.json")
    'baselines/digits.losses.npy'
    """
    return f"{os.path.splitext(path)[0]}.losses.npy"


def check_baseline_path(path: str) -> None:
    """Refuse a path that no baseline could be written to, before anything is computed."""
    check_output(path, (".json",))


def write_baseline(path: str, answer: Evaluation, *, name: str | None = None) -> Baseline:
    """Write an evaluation as the baseline of later ones, and return it.

    ``answer`` is of `ce_core.evaluate` with ``keep="examples"``; its loss must be finite. Both files appear whole
    or not at all, the losses first. ``name`` is what the baseline is called; that of its file if left out.

    Raises `CepickError` where the evaluation has no losses, or the files cannot be written.

    >>> import os, tempfile
    >>> from ce_core import evaluate
    >>> answer = evaluate([[2.0, 0.0], [0.0, 1.0]], [0, 1], keep="examples")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "two.json")
    ...     written = write_baseline(path, answer)
    ...     found = read_baseline(path)
    >>> found.name, round(found.value, 4), found.losses.shape
    ('two', 0.2201, (2,))
    """
    check_baseline_path(path)
    examples = losses_of(answer)
    if answer.value is None or not math.isfinite(answer.value):
        raise CepickError(
            f"{answer.predictions}: its loss is {answer.value}, which nothing can be held against; correct the arrays "
            f"first (cepick eval {answer.predictions} {answer.targets})"
        )
    table = _table(examples)
    stream = BytesIO()
    np.lib.format.write_array(stream, table, allow_pickle=False)
    side = side_file(path)
    found = Baseline(
        path=path,
        cepick=__version__,
        name=name or os.path.splitext(os.path.basename(path))[0],
        predictions=answer.predictions,
        targets=answer.targets,
        **described(answer),
        value=answer.value,
        count=answer.count,
        accuracy=answer.diagnostics.accuracy,
        targets_sha256=examples.targets_digest,
        counting_sha256=examples.counting_digest,
        losses_file=os.path.basename(side),
        losses_sha256=sha256(stream.getbuffer()).hexdigest(),
        losses=table["loss"],
        hits=table["hits"] if "hits" in (table.dtype.names or ()) else None,
    )
    del stream
    write_array(side, table)
    text = json.dumps(found.to_dict(), allow_nan=False, ensure_ascii=False, indent=2)
    write_text(path, text + "\n")
    return found


def losses_of(answer: Evaluation) -> Examples:
    """Return the examples of an evaluation, or raise the error that says why there are none."""
    if answer.examples is not None:
        return answer.examples
    if answer.status == "undecided":
        raise CepickError(
            f"{answer.predictions}: what it is could not be decided, so it has no loss: {answer.question}"
        )
    if answer.status == "not_a_cross_entropy":
        raise CepickError(
            f"{answer.predictions}: no cross-entropy fits it ({answer.instead}); name a loss, such as "
            "mean_squared_error"
        )
    errors = [each for each in answer.findings if each.severity == "error"]
    if errors:
        raise CepickError(
            f"{answer.predictions}: has no loss ({errors[0].message}); correct the arrays first",
            code=errors[0].code,
        )
    raise CepickError(
        f"{answer.predictions}: the losses of its examples were not kept; evaluate it with keep='examples'"
    )


def described(answer: Evaluation) -> dict[str, Any]:
    """Return what the losses of an evaluation depend on, beside the arrays."""
    examples = losses_of(answer)
    plan = examples.plan
    return {
        "loss": plan.loss.id,
        "unit": answer.unit,
        "mean_over": answer.mean_over,
        "modifiers": {
            "labels": plan.settings.labels,
            "label_smoothing": answer.label_smoothing,
            "smoothing": answer.smoothing,
            "clip": answer.clip,
            "clip_policy": answer.clip_policy,
            "loss_options": dict(answer.loss_options),
            "class_weights": _digest(plan.class_weights),
            "pos_weight": _digest(plan.pos_weight),
        },
        "shape": plan.layout.positions,
    }


def _digest(weights: Array | float | None) -> str | None:
    """Return weights as a short text that differs where they do."""
    if weights is None:
        return None
    values = np.atleast_1d(np.asarray(weights, dtype=np.float64))
    return sha256(values.astype("<f4").tobytes()).hexdigest()[:16]


def _table(examples: Examples) -> Array:
    """Return what is kept of each position: its loss, and how many of its outcomes are right."""
    fields: list[tuple[str, str]] = [("loss", "<f4")]
    if examples.hits is not None:
        most = float(examples.outcomes.max(initial=0))
        fields.append(("hits", "u1" if most < 1 << 8 else "<u2" if most < 1 << 16 else "<u4"))
    table = np.zeros(len(examples.losses), dtype=fields)
    with np.errstate(over="ignore"):  # beyond float32 a loss is infinite
        table["loss"] = np.where(examples.weights > 0, examples.losses, 0.0)
    if examples.hits is not None:
        table["hits"] = examples.hits
    return table


def read_baseline(path: str) -> Baseline:
    """Read a baseline and its losses, and refuse what is missing, changed, cut short or too new.

    Raises `CepickError`, each in one line.
    """
    given = _read_json(path)
    try:
        known = {
            "cepick": str(given["cepick"]),
            "name": str(given["name"]),
            "predictions": str(given["predictions"]),
            "targets": str(given["targets"]),
            "loss": str(given["loss"]),
            "unit": given["unit"],
            "mean_over": given["mean_over"],
            "modifiers": dict(given["modifiers"]),
            "value": float(given["value"]),
            "count": int(given["count"]),
            "accuracy": None if given["accuracy"] is None else float(given["accuracy"]),
            "shape": tuple(int(each) for each in given["shape"]),
            "targets_sha256": str(given["targets_sha256"]),
            "counting_sha256": str(given["counting_sha256"]),
            "losses_file": str(given["losses"]["file"]),
            "losses_sha256": str(given["losses"]["sha256"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        what = f"has no {error}" if isinstance(error, KeyError) else f"is damaged ({error})"
        raise CepickError(f"{path}: {what}; {_AGAIN}") from None
    table = _read_losses(path, known["losses_file"], known["losses_sha256"], math.prod(known["shape"]))
    names = table.dtype.names or ()
    return Baseline(path=path, **known, losses=table["loss"], hits=table["hits"] if "hits" in names else None)


def _read_json(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as stream:
            given = json.load(stream)
    except FileNotFoundError:
        raise CepickError(
            f"{path}: there is no such baseline; write it with 'cepick baseline write {path} PREDICTIONS TARGETS', or "
            "those of a suite with 'cepick baseline write'"
        ) from None
    except OSError as error:
        raise CepickError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except UnicodeDecodeError:
        raise CepickError(f"{path}: is no text, so no baseline; {_AGAIN}") from None
    except json.JSONDecodeError as error:
        raise CepickError(
            f"{path}: is no JSON (line {error.lineno}, column {error.colno}: {error.msg}); {_AGAIN}"
        ) from None
    schema = given.get("schema") if isinstance(given, dict) else None
    if schema == SCHEMA:
        found: dict[str, Any] = given
        return found
    if isinstance(schema, str) and schema.startswith("cepick.baseline/"):
        raise CepickError(
            f"{path}: was written as {schema}, and this version reads {SCHEMA}; update cepick, or {_AGAIN}"
        )
    raise CepickError(f"{path}: is no baseline of cepick's; {_AGAIN}")


def _read_losses(path: str, name: str, digest: str, rows: int) -> Array:
    """Return the losses beside a baseline, once they are known to be those that it was written with."""
    if os.path.basename(name) != name or not name:
        raise CepickError(f"{path}: names its losses {name!r}, which is no file beside it; {_AGAIN}")
    side = os.path.join(os.path.dirname(path), name)
    try:
        with open(side, "rb") as stream:
            content = stream.read()
    except FileNotFoundError:
        raise CepickError(
            f"{path}: its losses are missing ({side}); put that file back, or {_AGAIN}"
        ) from None
    except OSError as error:
        raise CepickError(f"{side}: cannot be read ({error.strerror}); check its permissions") from None
    if sha256(content).hexdigest() != digest:
        raise CepickError(
            f"{side}: is not the file that {path} was written with (changed, or cut short); put that back, or {_AGAIN}"
        )
    table: Array
    try:
        table = np.lib.format.read_array(BytesIO(content), allow_pickle=False)
    except ValueError as error:
        raise CepickError(f"{side}: cannot be read ({error}); {_AGAIN}") from None
    if table.dtype.names not in (("loss",), ("loss", "hits")) or table.shape != (rows,):
        raise CepickError(f"{side}: does not hold one loss for each of {rows:,} examples; {_AGAIN}")
    return table
