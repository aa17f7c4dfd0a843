"""The snippets of configs/frameworks, as they stand in the YAML, run in the frameworks they are for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from exact_losses import LOSSES, Arrays, d2, exact, log_softmax, softplus
from snippet_arrays import ENCODINGS, HARD_ONLY, KINDS, make, pairs, rounded, widened, with_modifier

from ce_core.frameworks import Absent, Call, Form, calls_of, every_framework, frameworks, instead
from ce_core.losses import LOSSES as TABLE

SAMPLED = {"sampled_softmax", "nce"}
ADDED_EPSILON = {"log_loss": 1e-7, "Dice()": 0.5e-7, "dice(": 0.5e-7, "Tversky(": 1e-7, "tversky(": 1e-7}
"""What a function adds to a logarithm's argument or a denominator, as the row's `clip` says."""

VERIFIED = [
    row
    for name in every_framework()
    for row in calls_of(name)
    if row.verified and row.loss not in SAMPLED and row.value in {"loss", "root"}
]
SCORES = [row for name in every_framework() for row in calls_of(name) if row.verified and row.value == "d2"]
UNDERFLOWS = {"onnx"}
"""Where a large gap between logits is lost before the logarithm; a trap says so."""
INSTEAD = [
    entry
    for name in frameworks()
    for loss in TABLE
    if (entry := instead(loss, name)) is not None and entry.gives in LOSSES
]


def _label(row: Call) -> str:
    return "-".join(
        part for part in (row.framework, row.call.rsplit(".", 1)[-1], row.loss, row.units) if part
    )


def _cases() -> Iterator[Any]:
    for row in VERIFIED:
        for encoding, kind in pairs(row.encoding, row.targets):
            for modifier in (None, *row.modifiers):
                name = f"{_label(row)}-{encoding}-{kind}-{modifier or 'plain'}"
                yield pytest.param(row, encoding, kind, modifier, id=name)


def _absences() -> Iterator[Any]:
    for entry in INSTEAD:
        encodings = (entry.encoding,) if entry.encoding else ENCODINGS.get(entry.gives, ("index",))
        kinds = ("hard",) if entry.targets or entry.gives in HARD_ONLY else ("hard", "soft")
        wanted = [one for one in encodings if entry.units != "one" or one == "scalar"]
        for encoding, kind in pairs(tuple(wanted), kinds):
            if (
                entry.framework == "keras"
                and entry.loss == "weighted_sigmoid_cross_entropy"
                and kind == "soft"
            ):
                continue  # its sentence says that a sample weight does it for hard labels only
            yield pytest.param(entry, encoding, kind, id=f"{entry.framework}-{entry.loss}-{encoding}-{kind}")


def run(code: str, imports: str, arrays: Arrays, convert: Callable[[Any], Any], *, integers: bool) -> float:
    """Evaluate a snippet on a framework's own arrays, with nothing in scope but its imports."""
    scope: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        exec(imports, scope)
        for name, value in arrays.items():
            if isinstance(value, np.ndarray):
                whole = integers and name == "targets"
                scope[name] = convert(value.astype(np.int64) if whole else value)
            else:
                scope[name] = value
        return float(eval(code, scope))


def close(found: float, wanted: float, dtype: str, largest: float) -> None:
    """Compare to 1e-12 in float64; in float32 to 1e-6 and a few units in the largest logit's last place."""
    if dtype == "float64":
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=0)
    else:
        atol = 4 * float(np.spacing(np.float32(largest)))
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=atol)


def check(
    code: str,
    imports: str,
    framework: str,
    arrays: Arrays,
    wanted: tuple[str, str | None, str | None],
    **how: Any,
) -> None:
    loss, modifier, divides_by = wanted
    added = next((value for name, value in ADDED_EPSILON.items() if name in code), 0.0)
    added = added if framework in {"tensorflow", "keras"} else 0.0
    kept = rounded(arrays, how["dtype"])
    target = exact(loss, {**widened(kept), "added_epsilon": added}, modifier, divides_by)
    found = run(code, imports, kept, how["convert"], integers=how["integers"])
    largest = float(np.abs(kept["logits"]).max())
    close(found, target, "float32" if how["narrow"] else how["dtype"], largest)


@pytest.fixture(params=["float64", "float32"])
def dtype(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def floatx(request: pytest.FixtureRequest, dtype: str) -> Iterator[None]:
    """Let Keras compute in the arrays' dtype, as its losses cast everything to floatx."""
    uses_keras = any(
        name in str(request.node.callspec.params.get(key))
        for key in ("row", "entry")
        for name in ("keras", "tensorflow")
        if key in request.node.callspec.params
    )
    if not uses_keras:
        yield
        return
    config = request.getfixturevalue("keras").config
    before = config.floatx()
    config.set_floatx(dtype)
    yield
    config.set_floatx(before)


@pytest.mark.parametrize(("row", "encoding", "kind", "modifier"), list(_cases()))
def test_a_snippet_gives_the_exact_loss(
    row: Call, encoding: str, kind: str, modifier: str | None, dtype: str, floatx: None, converter: Any
) -> None:
    snippet = row.snippet(modifier)
    assert snippet is not None
    needs_hard = modifier == "class_weights" or (modifier == "pos_weight" and row.framework == "keras")
    arrays = make(
        {"distribution": "one_hot"}.get(encoding, encoding) if needs_hard else encoding,
        "hard" if needs_hard else kind,
        signed=row.target_range == "signed",
        real=row.target_range == "real",
    )
    if row.call == "catboost.BrierScore":
        arrays["from_logits"] = True
    for ignored in (-100, 1, 255) if modifier == "ignore_index" else (-100,):
        check(
            snippet.code,
            snippet.imports,
            row.framework,
            with_modifier(arrays, modifier, ignored),
            (row.loss, modifier, snippet.divides_by),
            dtype=dtype,
            convert=converter(row.framework),
            integers=encoding == "index" or (row.framework == "sklearn" and kind == "hard"),
            narrow=row.computes_in == "float32",
        )


FORMS = [
    pytest.param(row, form, encoding, kind, id=f"{form.spellings[0]}-{row.loss}-{encoding}-{kind}")
    for row in VERIFIED
    for form in row.forms
    for encoding, kind in pairs(row.encoding, row.targets)
]


@pytest.mark.parametrize(("row", "form", "encoding", "kind"), FORMS)
def test_a_module_or_a_bare_function_gives_the_exact_loss_too(
    row: Call, form: Form, encoding: str, kind: str, dtype: str, floatx: None, converter: Any
) -> None:
    signed, real = row.target_range == "signed", row.target_range == "real"
    check(
        form.code,
        form.imports,
        row.framework,
        make(encoding, kind, signed=signed, real=real),
        (row.loss, None, row.divides_by),
        dtype=dtype,
        convert=converter(row.framework),
        integers=encoding == "index",
        narrow=False,
    )


@pytest.mark.parametrize("row", SCORES, ids=_label)
def test_a_score_is_one_less_the_loss_s_ratio_to_that_of_the_frequencies(row: Call, converter: Any) -> None:
    arrays = make(row.encoding[0], "hard")
    found = run(row.code, row.imports, arrays, converter(row.framework), integers=True)
    np.testing.assert_allclose(found, d2(row.loss, arrays), rtol=1e-12)


@pytest.mark.parametrize(("entry", "encoding", "kind"), list(_absences()))
def test_what_is_written_instead_gives_the_exact_loss(
    entry: Absent, encoding: str, kind: str, dtype: str, floatx: None, converter: Any
) -> None:
    arrays = make(
        encoding,
        kind,
        signed=entry.gives in {"hinge", "squared_hinge", "perceptron"},
        real=entry.gives in {"mean_squared_error", "mean_pairwise_squared_error"},
    )
    divides_by = None if entry.gives in {"dice", "tversky"} else "batch"
    check(
        entry.code,
        entry.imports,
        entry.framework,
        arrays,
        (entry.gives, None, divides_by),
        dtype=dtype,
        convert=converter(entry.framework),
        integers=encoding == "index" or (entry.framework == "sklearn" and entry.targets == "hard"),
        narrow=False,
    )


LARGE = [
    pytest.param(row, encoding, id=f"{_label(row)}-{encoding}")
    for row in VERIFIED
    if row.outputs == "logits" and row.loss.endswith("cross_entropy") and row.target_range != "signed"
    if row.clip_policy == "none" and row.framework not in UNDERFLOWS
    for encoding in row.encoding
]


@pytest.mark.parametrize(("row", "encoding"), LARGE)
def test_a_snippet_on_logits_stays_exact_where_probabilities_would_saturate(
    row: Call, encoding: str, dtype: str, floatx: None, converter: Any
) -> None:
    arrays = make(encoding, KINDS[encoding][0], scale=50)
    check(
        row.code,
        row.imports,
        row.framework,
        arrays,
        (row.loss, None, row.divides_by),
        dtype=dtype,
        convert=converter(row.framework),
        integers=encoding == "index",
        narrow=row.computes_in == "float32",
    )


LABEL_MASKS = [
    pytest.param(row, id=_label(row))
    for row in VERIFIED
    if "mask" in row.modifiers and "may have the shape [N] or [N, K]" in row.modifiers["mask"].note
]


@pytest.mark.parametrize("row", LABEL_MASKS)
def test_a_mask_may_leave_out_single_labels(row: Call, converter: Any) -> None:
    arrays = make("multi_hot", "hard")
    mask = np.random.default_rng(3).uniform(size=arrays["targets"].shape) < 0.6
    snippet = row.modifiers["mask"]
    found = run(
        snippet.code, snippet.imports, {**arrays, "mask": mask}, converter(row.framework), integers=False
    )
    np.testing.assert_allclose(found, LOSSES[row.loss](arrays)[mask].mean(), rtol=1e-12)


@pytest.mark.parametrize("loss", sorted(SAMPLED))
def test_a_sampled_snippet_gives_its_estimate_over_the_classes_that_were_drawn(loss: str, tf: Any) -> None:
    (row,) = [row for row in calls_of("tensorflow") if row.loss == loss]
    assert row.verified
    rng = np.random.default_rng(7)
    classes, features = 200, rng.normal(size=(6, 5))
    head, bias, targets = (
        rng.normal(size=(classes, 5)),
        rng.normal(size=classes),
        rng.integers(0, classes, size=6),
    )
    tf.random.set_seed(3)
    drawn, true_count, drawn_count = (
        value.numpy()
        for value in tf.random.log_uniform_candidate_sampler(targets[:, None], 1, 64, True, classes)
    )
    tf.random.set_seed(3)
    arrays = {"features": features, "head": head, "bias": bias, "targets": targets}
    found = run(row.code, row.imports, rounded(arrays, "float32"), tf.convert_to_tensor, integers=False)

    true = (features * head[targets]).sum(axis=1, keepdims=True) + bias[targets][:, None] - np.log(true_count)
    others = features @ head[drawn].T + bias[drawn] - np.log(drawn_count)
    if loss == "sampled_softmax":
        others = np.where(drawn == targets[:, None], -np.inf, others)
        losses = -log_softmax(np.hstack([true, others]))[:, 0]
    else:
        losses = softplus(-true).sum(axis=1) + softplus(others).sum(axis=1)
    np.testing.assert_allclose(found, losses.mean(), rtol=1e-6)


def test_every_verified_row_is_run_here() -> None:
    assert {row.loss for row in (*VERIFIED, *SCORES)} <= set(LOSSES)
    verified = [row for name in every_framework() for row in calls_of(name) if row.verified]
    assert len(verified) == len(VERIFIED) + len(SCORES) + len(SAMPLED)
    assert all(pairs(row.encoding, row.targets) for row in VERIFIED)
