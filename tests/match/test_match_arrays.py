"""Arrays of every form: ranks, class axes, ignored labels, masks, soft rows, probabilities, files, blocks."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import bce, ce, sigmoid, softmax

from ce_core import match
from ce_core.matching import walk
from ce_core.matching.opened import open_arrays
from ce_core.task import Task

RNG = np.random.default_rng(11)
LOGITS = RNG.normal(0, 1.5, (240, 6)).astype(np.float32)
LABELS = RNG.integers(0, 6, 240)
ROWS = np.eye(6)[LABELS]
WIDE = LOGITS.astype(np.float64)
SEQUENCES = RNG.normal(0, 1.5, (40, 7, 5)).astype(np.float32)
STEPS = RNG.integers(0, 5, (40, 7))
LENGTHS = RNG.integers(2, 8, 40)
WITHIN = np.arange(7) < LENGTHS[:, None]
PADDED = np.where(WITHIN, STEPS, -100)
STEP_LOSSES = ce(SEQUENCES.astype(np.float64), np.eye(5)[STEPS])
SINGLE = RNG.normal(0, 2, 300).astype(np.float32)
TRUE = (RNG.random(300) < 0.3).astype(int)
MANY = RNG.normal(0, 1.5, (150, 4)).astype(np.float32)
SEVERAL = (RNG.random((150, 4)) < 0.4).astype(int)
SOFT = RNG.dirichlet(np.ones(6), 240)
SQUARE = RNG.normal(0, 1.5, (60, 5, 5)).astype(np.float32)
SQUARE_LABELS = RNG.integers(0, 5, (60, 5))


def shown(value: float) -> str:
    return f"{value:.6g}"


def cases() -> dict[str, tuple[Any, Any, dict[str, Any], float, str | None, dict[str, Any]]]:
    p, steps = softmax(WIDE), np.eye(5)[STEPS]
    wide = SEQUENCES.astype(np.float64)
    images, labels = np.moveaxis(SEQUENCES.reshape(40, 7, 1, 5), -1, 1), STEPS.reshape(40, 7, 1)
    over_batch = WIDE - np.log(np.exp(WIDE).sum(0))
    turned = np.swapaxes(SQUARE.astype(np.float64), 1, 2)
    x = SINGLE.astype(np.float64)
    later = STEP_LOSSES[:, :-1] * 0 + ce(wide[:, :-1], steps[:, 1:])
    hidden = RNG.random((150, 4)) < 0.3
    marked = np.where(hidden, -1, SEVERAL)
    each = bce(MANY.astype(np.float64), SEVERAL)
    return {
        "a class axis in the middle": (images, labels, {"class_axis": 1}, STEP_LOSSES.mean(), None, {}),
        "ignored labels": (SEQUENCES, PADDED, {"ignore_index": -100}, STEP_LOSSES[WITHIN].mean(), None, {}),
        "ignored labels, counted in the divisor": (
            SEQUENCES,
            PADDED,
            {"ignore_index": -100},
            (STEP_LOSSES * WITHIN).mean(),
            "ignored-counted",
            {"ignored": "counted in the divisor"},
        ),
        "ignored labels taken for the last class": (
            SEQUENCES,
            np.where(WITHIN, STEPS, -1),
            {"ignore_index": -1},
            ce(wide, np.eye(5)[np.where(WITHIN, STEPS, 4)]).mean(),
            "not-ignored",
            {"ignored": "not ignored"},
        ),
        "ignored labels taken for class 0": (
            SEQUENCES,
            PADDED,
            {"ignore_index": -100},
            ce(wide, np.eye(5)[np.where(WITHIN, STEPS, 0)]).mean(),
            "not-ignored",
            {"ignored": "not ignored, as class 0"},
        ),
        "a mask forgotten": (
            SEQUENCES,
            STEPS,
            {"mask": WITHIN},
            STEP_LOSSES.mean(),
            "not-ignored",
            {"ignored": "not ignored"},
        ),
        "lengths": (SEQUENCES, STEPS, {"lengths": LENGTHS}, STEP_LOSSES[WITHIN].mean(), None, {}),
        "a mean per sequence": (
            SEQUENCES,
            PADDED,
            {"ignore_index": -100},
            ((STEP_LOSSES * WITHIN).sum(1) / LENGTHS).mean(),
            None,
            {"reduction": "per sequence"},
        ),
        "a sum per sequence": (
            SEQUENCES,
            STEPS,
            {},
            STEP_LOSSES.sum(1).mean(),
            None,
            {"reduction": "sum ÷ items"},
        ),
        "labels shifted twice": (
            SEQUENCES,
            STEPS,
            {},
            later.mean(),
            "shifted-rows",
            {"alignment": "time+1 cut"},
        ),
        "probabilities": (p, LABELS, {}, ce(WIDE, ROWS).mean(), None, {}),
        "probabilities as logits": (
            p,
            LABELS,
            {},
            ce(p, ROWS).mean(),
            "probabilities-as-logits",
            {"activation": "softmax twice"},
        ),
        "log-probabilities": (np.log(p), LABELS, {}, ce(WIDE, ROWS).mean(), None, {}),
        "one-hot rows": (
            LOGITS,
            ROWS,
            {},
            ce(softmax(WIDE), ROWS).mean(),
            "double-softmax",
            {"activation": "softmax twice"},
        ),
        "soft rows": (LOGITS, SOFT, {}, ce(WIDE, SOFT).mean(), None, {}),
        "KL divergence": (
            LOGITS,
            SOFT,
            {},
            (ce(WIDE, SOFT) + (SOFT * np.log(SOFT)).sum(1)).mean(),
            None,
            {"family": "KL"},
        ),
        "KL divergence over elements": (
            LOGITS,
            SOFT,
            {},
            (ce(WIDE, SOFT) + (SOFT * np.log(SOFT)).sum(1)).mean() / 6,
            None,
            {"family": "KL", "reduction": "elements"},
        ),
        "torch's class weights of soft rows": (
            LOGITS,
            SOFT,
            {"class_weights": [1, 2, 3, 4, 5, 6]},
            -(SOFT * np.arange(1, 7) * np.log(p)).sum(1).mean(),
            None,
            {"weights": "each class's term by its own weight"},
        ),
        "one logit": (SINGLE, TRUE, {}, bce(x, TRUE).mean(), None, {}),
        "a sigmoid twice": (
            SINGLE,
            TRUE,
            {},
            bce(sigmoid(x), TRUE).mean(),
            "double-sigmoid",
            {"activation": "sigmoid twice"},
        ),
        "N against N x 1": (
            SINGLE[:, None],
            TRUE,
            {},
            bce(x[:, None], TRUE[None]).mean(),
            "broadcast-trap",
            {"alignment": "N × N broadcast"},
        ),
        "N against N x 1, squares": (
            SINGLE[:, None],
            TRUE,
            {},
            ((sigmoid(x)[:, None] - TRUE[None]) ** 2).mean(),
            "broadcast-trap",
            {"alignment": "N × N broadcast"},
        ),
        "a softmax over one unit": (
            SINGLE[:, None],
            TRUE[:, None],
            {},
            (1 - TRUE).mean() * -math.log(2**-23),
            "one-unit-softmax",
            {"activation": "softmax over one unit"},
        ),
        "labels summed": (
            MANY,
            SEVERAL,
            {},
            bce(MANY.astype(np.float64), SEVERAL).sum(1).mean(),
            None,
            {"reduction": "sum over labels"},
        ),
        "labels of which some do not count": (
            MANY,
            marked,
            {},
            (np.where(hidden, 0, each).sum(1)[~hidden.all(1)] / (~hidden).sum(1)[~hidden.all(1)]).mean(),
            None,
            {},
        ),
        "labels of which some do not count, over all that do": (
            MANY,
            marked,
            {},
            each[~hidden].mean(),
            None,
            {"reduction": "elements"},
        ),
        "a softmax where sigmoids belong": (
            MANY,
            SEVERAL,
            {},
            ce(MANY.astype(np.float64), SEVERAL).mean(),
            "multi-label-under-softmax",
            {"activation": "softmax for sigmoid"},
        ),
        "a positive weight": (
            MANY,
            SEVERAL,
            {"pos_weight": [1, 2, 3, 4]},
            (each * np.where(SEVERAL, [1, 2, 3, 4], 1)).mean(),
            None,
            {},
        ),
        "a positive weight forgotten": (
            MANY,
            SEVERAL,
            {"pos_weight": [1, 2, 3, 4]},
            each.mean(),
            "weights-forgotten",
            {"weights": "forgotten"},
        ),
        "a softmax over the batch": (
            LOGITS,
            LABELS,
            {},
            -over_batch[range(240), LABELS].mean(),
            "class-axis",
            {"alignment": "softmax over the batch"},
        ),
        "another axis read as the classes": (
            SQUARE,
            SQUARE_LABELS,
            {"class_axis": 2},
            ce(turned, np.eye(5)[SQUARE_LABELS]).mean(),
            "class-axis",
            {"alignment": "class axis"},
        ),
        "flipped logits": (
            LOGITS,
            LABELS,
            {},
            ce(-WIDE, ROWS).mean(),
            "flipped-sign",
            {"alignment": "flipped sign"},
        ),
        "label smoothing that was said": (
            LOGITS,
            LABELS,
            {"label_smoothing": 0.1},
            ce(WIDE, ROWS * 0.9 + 0.1 / 6).mean(),
            None,
            {},
        ),
        "label smoothing that was forgotten": (
            LOGITS,
            LABELS,
            {"label_smoothing": 0.1},
            ce(WIDE, ROWS).mean(),
            None,
            {"smoothing": "none"},
        ),
    }


CASES = cases()


@pytest.mark.parametrize(
    ("predictions", "targets", "options", "value", "mistake", "variant"), CASES.values(), ids=CASES
)
def test_a_number_is_traced_whatever_the_arrays(
    predictions: Any,
    targets: Any,
    options: dict[str, Any],
    value: float,
    mistake: str | None,
    variant: dict[str, Any],
) -> None:
    found = match(predictions, targets, value=shown(value), **options)
    assert found.matches, [each.says for each in found.nearest]
    first = found.matches[0]
    assert {key: each for key, each in first.variant.items() if key != "clip"} == variant, first.says
    assert first.mistake == mistake
    assert first.value == pytest.approx(value, rel=1e-6)


def test_a_batch_size_that_is_known_finds_a_mean_of_batch_means() -> None:
    losses = ce(WIDE, ROWS)
    value = np.mean([losses[at : at + 35].mean() for at in range(0, 240, 35)])
    first = match(LOGITS, LABELS, value=shown(float(value)), batch_size=35).matches[0]
    assert first.mistake == "mean-of-batch-means"


def test_a_dropped_last_batch_is_named() -> None:
    value = ce(WIDE, ROWS)[:224].mean()
    found = match(LOGITS, LABELS, value=f"{value:.7g}").matches
    assert found[0].mistake == "last-batch-dropped"


def test_blocks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = RNG.uniform(0.5, 2, 40)
    opened = open_arrays(
        SEQUENCES,
        PADDED,
        task=Task(ignore_index=-100),
        options={"sample_weights": weights, "class_weights": [1, 2, 3, 4, 5]},
    )
    plans = walk.make_plans([opened])
    whole = walk.walk(opened, plans)
    monkeypatch.setattr(walk, "_ELEMENTS", 60)
    monkeypatch.setattr(walk, "_LEAST_ROWS", 3)
    for threads in (1, 2):
        monkeypatch.setattr(walk, "_THREADS", threads)
        cut = walk.walk(opened, plans)
        assert cut.keys() == whole.keys()
        for name, each in whole.items():
            for kind, fold in each.folds.items():
                other = cut[name].folds[kind]
                np.testing.assert_allclose(other.total, fold.total, rtol=1e-10, atol=1e-9)
                for size, batches in fold.batches.items():
                    again = other.batches[size]
                    assert (again.weighed, again.counted, again.whole) == (
                        batches.weighed,
                        batches.counted,
                        batches.whole,
                    )
                    np.testing.assert_allclose(again.by_weight, batches.by_weight, rtol=1e-9, atol=1e-9)
                    np.testing.assert_allclose(again.full, batches.full, rtol=1e-9, atol=1e-9)


def test_files_are_traced(tmp_path: Path) -> None:
    np.save(tmp_path / "logits.npy", LOGITS)
    np.save(tmp_path / "labels.npy", LABELS)
    value = shown(ce(WIDE, ROWS).mean())
    found = match(tmp_path / "logits.npy", tmp_path / "labels.npy", value=value)
    assert found.matches[0].variant == {}
    assert str(found.predictions).endswith("logits.npy")
    table = np.column_stack([LOGITS, LABELS])
    header = ",".join([*(f"c{at}" for at in range(6)), "label"])
    np.savetxt(
        tmp_path / "both.csv", table, delimiter=",", header=header, comments="", fmt=["%.7f"] * 6 + ["%d"]
    )
    found = match(tmp_path / "both.csv", value=value, target_column="label")
    assert found.matches[0].variant == {}


def test_half_precision_is_read(tmp_path: Path) -> None:
    half = LOGITS.astype(np.float16)
    value = ce(half.astype(np.float64), ROWS).mean() / math.log(2)
    assert match(half, LABELS, value=shown(float(value))).matches[0].mistake == "wrong-base"
    raw = (LOGITS.view(np.uint32) >> 16).astype(np.uint16)
    np.save(tmp_path / "raw.npy", raw)
    np.save(tmp_path / "labels.npy", LABELS)
    wide = (raw.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    value = ce(wide, ROWS).mean()
    found = match(tmp_path / "raw.npy", tmp_path / "labels.npy", value=shown(float(value)), dtype="bfloat16")
    assert found.matches[0].variant == {}


def test_padding_that_is_nan_does_no_harm() -> None:
    broken = np.where(WITHIN[..., None], SEQUENCES, np.nan)
    found = match(broken, PADDED, value=shown(STEP_LOSSES[WITHIN].mean()), ignore_index=-100)
    assert found.matches[0].variant == {}
