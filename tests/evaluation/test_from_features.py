"""A loss from hidden features is the loss of the logits that they make, and those are never held."""

from __future__ import annotations

import csv
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ce_core import evaluate, sampling
from ce_core.compute.evaluation import jsonable
from ce_core.errors import CepickError
from ce_core.kernels.features import linear_softmax_cross_entropy

RNG = np.random.default_rng(3)
N, D, K = 300, 7, 12
FEATURES = RNG.normal(size=(N, D))
HEAD = RNG.normal(size=(K, D))
BIAS = RNG.normal(size=K)
LOGITS = FEATURES @ HEAD.T + BIAS
LABELS = (LOGITS + 2 * RNG.gumbel(size=(N, K))).argmax(axis=1)
WEIGHTS = np.where(np.arange(N) % 7 == 0, 0.0, RNG.random(N))
NAMES = [f"class {each}" for each in range(K)]


def from_logits(
    features: np.ndarray, labels: Any, head: np.ndarray, bias: np.ndarray | None = None, **options: Any
) -> Any:
    logits = features.astype(np.float64) @ head.astype(np.float64).T
    logits = logits if bias is None else logits + bias
    return evaluate(logits, labels, loss="sparse_softmax_cross_entropy", class_axis=-1, **options)


def differences(found: Any, expected: Any, where: str = "") -> list[str]:
    """Name every number that is another, beyond the twelfth digit."""
    if isinstance(expected, dict):
        keys = [] if found.keys() == expected.keys() else [f"{where}: {sorted(found)}"]
        return keys + [
            each for key in expected for each in differences(found[key], expected[key], f"{where}.{key}")
        ]
    if isinstance(expected, list):
        sizes = [] if len(found) == len(expected) else [f"{where}: {len(found)} of {len(expected)}"]
        pairs = enumerate(zip(found, expected, strict=False))
        return sizes + [each for at, (f, e) in pairs for each in differences(f, e, f"{where}[{at}]")]
    if isinstance(expected, float) and isinstance(found, float):
        return [] if np.isclose(found, expected, rtol=1e-12, atol=1e-12) else [f"{where}: {found} {expected}"]
    return [] if found == expected else [f"{where}: {found!r} {expected!r}"]


OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "bits": {"base": "bits"},
    "smoothed": {"label_smoothing": 0.1},
    "smoothed-over-others": {"label_smoothing": 0.1, "smoothing": "others"},
    "smoothed-as-torch": {"label_smoothing": 0.1, "smoothing": "torch"},
    "class-weights": {"class_weights": RNG.random(K)},
    "sample-weights": {"sample_weights": WEIGHTS},
    "mask": {"mask": RNG.random(N) < 0.8},
    "ignore-index": {"ignore_index": 4},
    "label-base": {"label_base": 0},
    "names": {"class_names": NAMES},
    "sum": {"reduction": "sum"},
    "batch": {"mean_over": "batch", "ignore_index": 0},
    "valid": {"mean_over": "valid", "sample_weights": WEIGHTS},
    "elements": {"mean_over": "elements"},
    "all": {
        "base": "bits",
        "label_smoothing": 0.2,
        "class_weights": RNG.random(K),
        "sample_weights": WEIGHTS,
        "mask": RNG.random(N) < 0.8,
        "ignore_index": 4,
        "mean_over": "nonzero_weights",
    },
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_every_number_is_that_of_the_logits(options: dict[str, Any]) -> None:
    found = evaluate(FEATURES, LABELS, head=HEAD, bias=BIAS, **options)
    expected = from_logits(FEATURES, LABELS, HEAD, BIAS, **options)
    assert found.loss == "linear_softmax_cross_entropy"
    assert (found.count, found.ignored) == (expected.count, expected.ignored)
    assert differences(found.value, expected.value) == []
    assert differences(jsonable(found.diagnostics), jsonable(expected.diagnostics)) == []


def test_one_loss_is_kept_for_each_position() -> None:
    options: dict[str, Any] = {"reduction": "none", "ignore_index": 4}
    found = evaluate(FEATURES, LABELS, head=HEAD, bias=BIAS, **options)
    assert found.value is None
    np.testing.assert_allclose(
        found.losses, from_logits(FEATURES, LABELS, HEAD, BIAS, **options).losses, rtol=1e-12
    )


@pytest.mark.parametrize("over", ["weights", "sequences", "batch"])
def test_sequences_have_the_numbers_of_their_logits(over: Any) -> None:
    features, labels = FEATURES.reshape(20, 15, D), LABELS.reshape(20, 15)
    options: dict[str, Any] = {"lengths": RNG.integers(1, 16, size=20), "mean_over": over}
    found = evaluate(features, labels, head=HEAD, **options)
    expected = from_logits(features, labels, HEAD, **options)
    assert differences(found.value, expected.value) == []
    assert differences(jsonable(found.diagnostics), jsonable(expected.diagnostics)) == []


def test_as_many_steps_as_classes_leave_the_classes_last() -> None:
    features, labels = FEATURES[: 2 * K].reshape(2, K, D), LABELS[: 2 * K].reshape(2, K)
    found = evaluate(features, labels, head=HEAD)
    assert found.value == pytest.approx(from_logits(features, labels, HEAD).value, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 6), st.integers(2, 9), st.integers(0, 10**6), st.booleans())
def test_any_sizes_have_the_numbers_of_their_logits(n: int, d: int, k: int, seed: int, turned: bool) -> None:
    rng = np.random.default_rng(seed)
    features, head, labels = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.integers(0, k, n)
    found = evaluate(features, labels, head=head.T if turned and d != k else head)
    expected = from_logits(features, labels, head)
    # A temperature is sought to ten digits or so, from logits of another rounding.
    got, want = jsonable(found.diagnostics), jsonable(expected.diagnostics)
    assert differences(got | {"temperature": None}, want | {"temperature": None}) == []


def test_a_block_boundary_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from ce_core.compute import feature_rows

    options: dict[str, Any] = {"sample_weights": WEIGHTS, "ignore_index": 4}
    whole = evaluate(FEATURES, LABELS, head=HEAD, bias=BIAS, **options)
    monkeypatch.setattr(feature_rows, "_ROWS", 11)
    parts = evaluate(FEATURES, LABELS, head=HEAD, bias=BIAS, **options)
    assert differences(jsonable(parts.diagnostics), jsonable(whole.diagnostics)) == []


def test_memory_is_bounded_by_the_block_and_never_holds_all_logits() -> None:
    n, k = 2000, 20_000
    rng = np.random.default_rng(0)
    features, head = rng.normal(size=(n, 16)).astype(np.float32), rng.normal(size=(k, 16)).astype(np.float32)
    labels = rng.integers(0, k, n)
    for options in ({}, {"loss": "sampled_softmax", "num_sampled": 50, "repeats": 2}):
        tracemalloc.start()
        evaluate(features, labels, head=head, **options)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < n * k * 4 / 4  # a quarter of the logits in float32


def test_a_class_masked_by_its_bias_is_impossible_and_an_infinite_loss_is_found() -> None:
    bias = BIAS.copy()
    bias[3] = -np.inf
    found = evaluate(FEATURES, LABELS, head=HEAD, bias=bias)
    expected = from_logits(FEATURES, LABELS, HEAD, bias)
    assert (found.value, [each.code for each in found.findings]) == (np.inf, ["CE402"])
    assert found.findings[0].count == expected.findings[0].count
    assert "-inf where the target has weight" in found.findings[0].message
    kept = LABELS != 3
    spared = evaluate(FEATURES[kept], LABELS[kept], head=HEAD, bias=bias)
    assert [each.code for each in spared.findings] == ["CE211"]
    assert differences(spared.value, from_logits(FEATURES[kept], LABELS[kept], HEAD, bias).value) == []


@pytest.mark.parametrize("which", ["features", "head", "bias"])
def test_what_is_not_finite_is_found_in_its_array(which: str) -> None:
    arrays = {"features": FEATURES.copy(), "head": HEAD.copy(), "bias": BIAS.copy()}
    arrays[which].reshape(-1)[D + 1 if which == "features" else 2] = np.nan
    found = evaluate(arrays["features"], LABELS, head=arrays["head"], bias=arrays["bias"])
    finding = next(each for each in found.findings if each.code == "CE101")
    assert f"in {which}:" in finding.because
    assert finding.count == (1 if which == "features" else N)
    assert finding.rows[0] == (1 if which == "features" else 0)
    assert np.isnan(found.value)


def test_a_row_of_no_weight_may_hold_anything() -> None:
    features = np.where((WEIGHTS == 0)[:, None], np.nan, FEATURES)
    found = evaluate(features, LABELS, head=HEAD, sample_weights=WEIGHTS)
    assert found.value == evaluate(FEATURES, LABELS, head=HEAD, sample_weights=WEIGHTS).value


def test_wrong_labels_are_found_as_they_are_beside_logits() -> None:
    one_based = evaluate(FEATURES, LABELS + 1, head=HEAD)
    assert one_based.value is None
    assert [each.code for each in one_based.findings] == [
        each.code for each in from_logits(FEATURES, LABELS + 1, HEAD).findings
    ]
    marked = evaluate(FEATURES, np.where(LABELS == 2, -100, LABELS), head=HEAD)
    assert [each.code for each in marked.findings] == ["CE203", "CE211"]
    assert marked.ignored == (LABELS == 2).sum()
    ignored = evaluate(FEATURES, np.full(N, 5), head=HEAD, ignore_index=5)
    assert (ignored.value, [each.code for each in ignored.findings]) == (None, ["CE207"])
    assert (
        evaluate(FEATURES, LABELS + 1, head=HEAD, label_base=1).value
        == evaluate(FEATURES, LABELS, head=HEAD).value
    )


def test_a_head_is_read_either_way_round() -> None:
    plain = evaluate(FEATURES, LABELS, head=HEAD, bias=BIAS)
    turned = evaluate(FEATURES, LABELS, head=HEAD.T, bias=BIAS)
    assert turned.value == pytest.approx(plain.value, rel=1e-14)
    assert "a row of 7 weights for each of 12 classes" in plain.notes[0]
    assert "a column of 7 weights for each of 12 classes" in turned.notes[0]


def test_a_square_head_has_a_row_for_each_class_and_a_note() -> None:
    head, labels = HEAD[:D], LABELS % D
    found = evaluate(FEATURES, labels, head=head)
    assert found.value == pytest.approx(from_logits(FEATURES, labels, head).value, rel=1e-12)
    assert "transpose it" in found.notes[0]


def test_text_labels_are_the_names_above_the_columns_of_the_head(tmp_path: Path) -> None:
    path = tmp_path / "head.csv"
    names = ["owl", "cat", "dog"]
    head = HEAD[:3]
    lines = [",".join(names), *(",".join(map(repr, row)) for row in head.T.tolist())]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    labels = LABELS % 3
    found = evaluate(FEATURES, [names[each] for each in labels], head=str(path))
    assert found.value == pytest.approx(from_logits(FEATURES, labels, head).value, rel=1e-12)
    assert [each.name for each in found.diagnostics.per_class] == names
    with pytest.raises(CepickError, match=r"holds text, and what names the 12 classes"):
        evaluate(FEATURES, [names[each] for each in labels], head=HEAD)


def test_the_losses_are_written_with_the_label_and_its_probability(tmp_path: Path) -> None:
    found = evaluate(FEATURES, LABELS, head=HEAD, losses_to=tmp_path / "losses.csv", ignore_index=4)
    with (tmp_path / "losses.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == found.count
    for row in rows[:20]:
        assert int(row["label"]) == LABELS[int(row["row"])]
        assert float(row["loss"]) == pytest.approx(-np.log(float(row["probability"])), rel=1e-9)
    evaluate(FEATURES, LABELS, head=HEAD, losses_to=tmp_path / "losses.npy")
    expected = linear_softmax_cross_entropy(FEATURES, LABELS, weights=HEAD)
    np.testing.assert_allclose(np.load(tmp_path / "losses.npy"), expected, rtol=1e-13)


SAMPLERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "log-uniform": ({}, {}),
    "uniform": ({"sampler": "uniform"}, {}),
    "learned": ({"sampler": "learned_unigram", "unigrams": np.arange(K)}, {"seen": np.arange(K)}),
    "fixed": (
        {"sampler": "fixed-unigram", "unigrams": np.arange(1, K + 1)},
        {"unigrams": np.arange(1, K + 1)},
    ),
}


@pytest.mark.parametrize(("options", "own"), SAMPLERS.values(), ids=SAMPLERS)
@pytest.mark.parametrize("loss", ["sampled_softmax", "nce"])
@pytest.mark.parametrize("unique", [True, False], ids=["unique", "with-replacement"])
def test_a_sampled_loss_is_that_of_the_sampling_functions_with_the_same_seed(
    loss: str, options: dict[str, Any], own: dict[str, Any], unique: bool
) -> None:
    sampler = sampling.sampler_named(options.get("sampler", "log_uniform"), K, **own)
    expected = sampling.estimate(
        FEATURES, LABELS, HEAD, BIAS, sampler, 5, loss=loss, unique=unique, repeats=4, seed=9
    )
    answer = evaluate(
        FEATURES,
        LABELS,
        head=HEAD,
        bias=BIAS,
        loss=loss,
        num_sampled=5,
        repeats=4,
        seed=9,
        unique=unique,
        keep=True,
        **options,
    )
    found = answer.estimate
    assert found is not None
    assert answer.losses is not None
    assert answer.value == found.value
    np.testing.assert_allclose(answer.losses, expected.losses, rtol=1e-12)
    for name in ("value", "mean", "standard_deviation", "exact", "bias"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-11), name
    for name in ("sampler", "num_sampled", "num_true", "unique", "repeats", "seed", "statement"):
        assert getattr(found, name) == getattr(expected, name)
    exact = evaluate(FEATURES, LABELS, head=HEAD, bias=BIAS)
    assert found.exact == exact.value
    assert jsonable(answer.diagnostics) == jsonable(exact.diagnostics)


@pytest.mark.parametrize("loss", ["sampled_softmax", "nce"])
@pytest.mark.parametrize("removed", [True, False])
def test_accidental_hits_are_removed_or_kept_as_asked(loss: str, removed: bool) -> None:
    sampler = sampling.sampler_named("uniform", K)
    options: dict[str, Any] = {"loss": loss, "remove_accidental_hits": removed, "repeats": 1}
    expected = sampling.estimate(FEATURES, LABELS, HEAD, None, sampler, 8, **options)
    found = evaluate(FEATURES, LABELS, head=HEAD, sampler="uniform", num_sampled=8, **options).estimate
    assert found is not None
    assert found.value == pytest.approx(expected.value, rel=1e-12)
    assert found.accidental_hits == ("removed" if removed else "kept")
    assert found.standard_deviation is None


def test_all_candidates_without_hits_are_the_full_softmax() -> None:
    found = evaluate(FEATURES, LABELS, head=HEAD, loss="sampled_softmax", sampler="all_candidates").estimate
    assert found is not None
    assert (found.num_sampled, found.standard_deviation) == (K, pytest.approx(0, abs=1e-15))
    assert found.value == pytest.approx(found.exact, rel=1e-13)
    assert found.bias == pytest.approx(0, abs=1e-13)


def test_weights_and_ignored_labels_apply_to_a_sampled_loss() -> None:
    weights = RNG.random(K)
    options: dict[str, Any] = {"loss": "nce", "sampler": "uniform", "num_sampled": 5}
    each = evaluate(FEATURES, LABELS, head=HEAD, reduction="none", **options).losses
    assert each is not None
    counted = LABELS != 4
    joint = (WEIGHTS * weights[LABELS])[counted]
    found = evaluate(
        FEATURES, LABELS, head=HEAD, ignore_index=4, class_weights=weights, sample_weights=WEIGHTS, **options
    )
    assert found.value == pytest.approx((joint * each[counted]).sum() / joint.sum(), rel=1e-12)
    total = evaluate(FEATURES, LABELS, head=HEAD, ignore_index=4, reduction="sum", base="bits", **options)
    assert total.value == pytest.approx(each[counted].sum() / np.log(2), rel=1e-12)


def test_several_true_classes_share_an_example() -> None:
    true = np.stack([LABELS, (LABELS + 1) % K, (LABELS + 5) % K], axis=1)
    sampler = sampling.sampler_named("uniform", K)
    expected = sampling.estimate(FEATURES, true, HEAD, BIAS, sampler, 5, loss="nce")
    answer = evaluate(
        FEATURES, true, head=HEAD, bias=BIAS, loss="nce", sampler="uniform", num_sampled=5, num_true=3
    )
    found = answer.estimate
    assert found is not None
    assert found.num_true == 3
    for name in ("value", "mean", "exact", "bias"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-11), name
    shares = sum(np.eye(K)[column] for column in true.T) / 3
    assert found.exact == pytest.approx(
        evaluate(LOGITS, shares, loss="softmax_cross_entropy").value, rel=1e-12
    )
    assert (answer.diagnostics.accuracy, answer.diagnostics.per_class) == (None, ())
    worst = answer.diagnostics.worst[0]
    assert worst.label == tuple(true[worst.row].tolist())
    wrong = true.copy()
    wrong[7, 2] = K
    with pytest.raises(CepickError, match=r"12 at row 7 is no class from 0 to 11"):
        evaluate(FEATURES, wrong, head=HEAD, loss="nce", num_sampled=5, num_true=3)


def test_candidates_with_their_counts_are_taken_from_a_file(tmp_path: Path) -> None:
    drawn = sampling.sampler_named("log_uniform", K).sample(LABELS, 6, seed=4)
    path = str(tmp_path / "drawn.npz")
    np.savez(
        path,
        sampled=drawn.sampled,
        true_expected_count=drawn.true_expected_count,
        sampled_expected_count=drawn.sampled_expected_count,
    )
    expected = sampling.sampled_softmax(FEATURES, LABELS, weights=HEAD, candidates=drawn)
    answer = evaluate(FEATURES, LABELS, head=HEAD, loss="sampled_softmax", candidates=path)
    found = answer.estimate
    assert found is not None
    assert answer.value == pytest.approx(expected.mean(), rel=1e-12)
    assert (found.sampler, found.seed, found.candidates, found.num_sampled, found.repeats) == (
        None,
        None,
        path,
        6,
        1,
    )
    part = evaluate(FEATURES, LABELS, head=HEAD, loss="sampled_softmax", candidates=path, ignore_index=4)
    assert part.value == pytest.approx(expected[LABELS != 4].mean(), rel=1e-12)


def test_candidates_without_counts_get_those_of_the_sampler(tmp_path: Path) -> None:
    path = str(tmp_path / "ids.npy")
    np.save(path, [4, 1, 7])
    drawn = sampling.sampler_named("uniform", K).candidates([4, 1, 7], LABELS)
    expected = sampling.nce(FEATURES, LABELS, weights=HEAD, candidates=drawn)
    answer = evaluate(FEATURES, LABELS, head=HEAD, loss="nce", sampler="uniform", candidates=path)
    assert answer.value == pytest.approx(expected.mean(), rel=1e-12)
    assert answer.estimate is not None
    assert answer.estimate.sampler == "uniform"


def test_a_note_says_that_the_classes_are_in_no_order_of_frequency() -> None:
    options: dict[str, Any] = {"head": HEAD, "loss": "sampled_softmax", "num_sampled": 4, "repeats": 1}
    rare_first = K - np.minimum(RNG.geometric(0.4, N), K)
    said = [each for each in evaluate(FEATURES, rare_first, **options).notes if "frequency" in each]
    assert len(said) == 1
    assert "log_uniform" in said[0]
    common_first = K - 1 - rare_first
    assert not any("frequency" in each for each in evaluate(FEATURES, common_first, **options).notes)
    assert not any(
        "frequency" in each for each in evaluate(FEATURES, rare_first, sampler="uniform", **options).notes
    )


def _save(folder: Path, name: str, **arrays: Any) -> str:
    np.savez(folder / name, **arrays)
    return str(folder / name)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no-head": (
        {"loss": "sampled_softmax"},
        "takes hidden features and the last layer's weights; pass --head",
    ),
    "no-head-exact": ({"loss": "linear-softmax-cross-entropy"}, "pass --head FILE"),
    "bias-alone": ({"bias": BIAS}, "bias: goes with a head"),
    "other-loss": ({"head": HEAD, "loss": "nll"}, "nll: takes log-probabilities, and with --head"),
    "head-shape": ({"head": HEAD[:, :5]}, "head: shape [12, 5] does not fit features of shape [300, 7]"),
    "head-rank": ({"head": HEAD[0]}, "head: shape [7] does not fit features of shape [300, 7]"),
    "bias-shape": ({"head": HEAD, "bias": BIAS[:3]}, "bias: shape [3] does not fit head of shape [12, 7]"),
    "drawn-for-exact": ({"head": HEAD, "num_sampled": 3}, "num_sampled: goes with sampled_softmax and nce"),
    "drawn-without-head": ({"sampler": "uniform"}, "sampler: goes with sampled_softmax and nce"),
    "no-number": ({"head": HEAD, "loss": "nce"}, "pass --num-sampled N"),
    "too-many": (
        {"head": HEAD, "loss": "nce", "num_sampled": 13},
        "13 unique classes cannot be drawn from 12",
    ),
    "none": ({"head": HEAD, "loss": "nce", "num_sampled": 0}, "num_sampled: 0 is below 1"),
    "no-repeat": ({"head": HEAD, "loss": "nce", "num_sampled": 2, "repeats": 0}, "repeats: 0 is below 1"),
    "seed": ({"head": HEAD, "loss": "nce", "num_sampled": 2, "seed": -1}, "seed: -1 is below 0"),
    "sampler": (
        {"head": HEAD, "loss": "nce", "num_sampled": 3, "sampler": "unifrom"},
        "sampler: 'unifrom' is unknown; did you mean 'uniform'?",
    ),
    "no-unigrams": (
        {"head": HEAD, "loss": "nce", "num_sampled": 3, "sampler": "fixed_unigram"},
        "unigrams: fixed_unigram needs them",
    ),
    "few-unigrams": (
        {"head": HEAD, "loss": "nce", "num_sampled": 3, "sampler": "fixed_unigram", "unigrams": [1, 2]},
        "unigrams: 2 counts, and head has 12 classes",
    ),
    "unigrams-of-another": (
        {"head": HEAD, "loss": "nce", "num_sampled": 3, "sampler": "uniform", "unigrams": [1] * K},
        "unigrams: go with fixed_unigram and learned_unigram, not with uniform",
    ),
    "never-drawn": (
        {
            "head": HEAD,
            "loss": "nce",
            "num_sampled": 3,
            "sampler": "fixed_unigram",
            "unigrams": [0, *[1] * (K - 1)],
        },
        "is never drawn by fixed_unigram, so it has no log Q",
    ),
    "num-true": (
        {"head": HEAD, "loss": "nce", "num_sampled": 3, "num_true": 2},
        "num_true: 2 true classes were said",
    ),
    "smoothing": (
        {"head": HEAD, "loss": "nce", "num_sampled": 3, "label_smoothing": 0.1},
        "label_smoothing: nce",
    ),
    "weighted-smoothing": (
        {"head": HEAD, "label_smoothing": 0.1, "smoothing": "torch", "class_weights": np.ones(K)},
        "smoothing: 'torch' with class weights",
    ),
    "frameworks": ({"head": HEAD, "frameworks": True}, "frameworks: what they print is computed from logits"),
    "option": ({"head": HEAD, "loss": "nce(gamma=2)"}, "nce: has no option 'gamma'"),
    "clip": ({"head": HEAD, "clip": 1e-7}, "linear_softmax_cross_entropy takes features"),
    "probabilities": ({"head": HEAD, "outputs": "probabilities"}, "features times a head are logits"),
    "class-axis": ({"head": HEAD, "class_axis": 0}, "class_axis: 0 was said"),
    "probabilities-out": ({"head": HEAD, "probabilities_to": "p.npy"}, "which are never held"),
    "classes": ({"head": HEAD, "classes": 5}, "has 12 columns, and classes 5 was said"),
}


@pytest.mark.parametrize(("options", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_in_one_line(options: dict[str, Any], says: str) -> None:
    with pytest.raises(CepickError) as raised:
        evaluate(FEATURES, LABELS, **options)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("labels", "loss"),
    [
        (LABELS[:-1], None),
        (np.eye(K)[LABELS], None),
        (np.stack([LABELS, LABELS], axis=1), None),
        (np.stack([LABELS, LABELS], axis=1), "nce"),
    ],
    ids=["length", "one-hot", "several", "several-unsaid"],
)
def test_labels_of_another_shape_are_told_with_both_shapes(labels: np.ndarray, loss: str | None) -> None:
    with pytest.raises(CepickError) as raised:
        evaluate(FEATURES, labels, head=HEAD, loss=loss)
    assert raised.value.code == "CE301"
    assert f"{list(labels.shape)} does not pair with features of shape [300, 7]" in str(raised.value)
    assert ("--num-true 2" in str(raised.value)) == (loss == "nce")


@pytest.mark.parametrize(
    ("arrays", "options", "says"),
    [
        ({"sampled": [1, 2], "true_expected_count": np.ones(N)}, {}, "no sampled_expected_count"),
        (
            {"sampled": [1, 2], "true_expected_count": np.ones(4), "sampled_expected_count": np.ones(2)},
            {},
            "give the candidates that were drawn for these labels",
        ),
        (
            {"sampled": [1, 99], "true_expected_count": np.ones(N), "sampled_expected_count": np.ones(2)},
            {},
            "class 99 was sampled, and head has 12 classes",
        ),
        ({"sampled": [1, 99]}, {}, "99 at row 1 is outside [0, 12)"),
        ({"sampled": [1, 1]}, {}, "holds a class twice"),
        ({"sampled": [1, 2]}, {"num_sampled": 3}, "holds 2 candidates"),
    ],
    ids=["one-count", "other-labels", "no-such-class", "no-such-class-counted", "twice", "number"],
)
def test_mistakes_in_a_file_of_candidates_name_the_file(
    tmp_path: Path, arrays: dict[str, Any], options: dict[str, Any], says: str
) -> None:
    path = _save(tmp_path, "drawn.npz", **arrays)
    with pytest.raises(CepickError) as raised:
        evaluate(FEATURES, LABELS, head=HEAD, loss="nce", candidates=path, **options)
    assert path in str(raised.value)
    assert says in str(raised.value)


def test_arrays_of_logits_are_never_taken_for_features() -> None:
    answer = evaluate(LOGITS, LABELS, huge_vocabulary=True, phase="train")
    assert answer.loss == "sparse_softmax_cross_entropy"
    assert not {"sampled_softmax", "nce", "linear_softmax_cross_entropy"} & set(answer.also_fit)
    assert answer.estimate is None
