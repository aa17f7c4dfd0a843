"""Whatever two small arrays hold and whatever is said of them: an answer, or one line that says what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ce_core import Task, evaluate, infer
from ce_core.errors import CepickError

SHAPES = st.sampled_from(
    [
        (),
        (0,),
        (1,),
        (2,),
        (5,),
        (1, 1),
        (5, 1),
        (1, 5),
        (5, 2),
        (5, 3),
        (3, 5),
        (2, 3, 2),
        (2, 2, 3),
        (0, 3),
        (3, 0),
    ]
)
FLOATS = st.one_of(
    st.floats(width=16),
    st.sampled_from([0.0, 1.0, 0.5, 0.25, -1.0, -100.0, 255.0, 1e-7, np.inf, -np.inf, np.nan, 60000.0]),
)
WHOLE = st.sampled_from([0, 0, 1, 1, 2, 3, 4, 5, -1, -100, 255, 7])


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    shape = draw(SHAPES)
    kind = draw(st.sampled_from(["float16", "float32", "float64", "int64", "uint8", "bool"]))
    if kind.startswith("f"):
        made = draw(
            hnp.arrays(
                np.dtype(kind), shape, elements=FLOATS.map(lambda each: float(np.dtype(kind).type(each)))
            )
        )
        if draw(st.booleans()) and made.ndim == 2 and made.size and np.isfinite(made).all():
            return _softmax(made.astype(np.float64)).astype(kind)
        return made
    return draw(hnp.arrays(np.int64, shape, elements=WHOLE)).astype(kind)


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


SAID: dict[str, st.SearchStrategy[Any]] = {
    "outcomes": st.sampled_from(["binary", "multiclass"]),
    "exclusive": st.booleans(),
    "targets": st.sampled_from(["hard", "soft"]),
    "encoding": st.sampled_from(["index", "one_hot", "multi_hot", "distribution", "scalar"]),
    "outputs": st.sampled_from(["logits", "probabilities", "log_probabilities"]),
    "label_base": st.sampled_from([0, 1]),
    "classes": st.sampled_from([1, 2, 3, 5]),
    "units": st.sampled_from([1, 2, 3, 5]),
    "class_axis": st.sampled_from([0, 1, -1, 2, (0, 1), (1, 2)]),
    "ignore_index": st.sampled_from([-100, -1, 0, 255]),
}
OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "loss": st.sampled_from(
        [
            "binary_cross_entropy",
            "categorical_cross_entropy",
            "sparse_categorical_cross_entropy",
            "sigmoid_cross_entropy",
            "softmax_cross_entropy",
            "sparse_softmax_cross_entropy",
            "nll",
        ]
    ),
    "label_smoothing": st.sampled_from([0.1, 1.0]),
    "clip": st.sampled_from([1e-7, 0.1]),
    "reduction": st.sampled_from(["mean", "sum", "none"]),
    "mean_over": st.sampled_from(["weights", "batch", "valid", "elements", "sequences"]),
}
SETTINGS = settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

EXPLAINS_NO_NUMBER = {
    "CE101",
    "CE103",
    "CE108",
    "CE111",
    "CE201",
    "CE202",
    "CE204",
    "CE205",
    "CE206",
    "CE207",
    "CE209",
    "CE402",
}
"""The findings after which a value may be infinite, undefined or missing."""


@SETTINGS
@given(
    predictions=arrays(),
    targets=arrays(),
    said=st.fixed_dictionaries({}, optional=SAID),
    options=st.fixed_dictionaries({}, optional=OPTIONS),
)
def test_evaluate_answers_or_says_in_one_line_what_is_wrong(
    predictions: np.ndarray, targets: np.ndarray, said: dict[str, Any], options: dict[str, Any]
) -> None:
    try:
        answer = evaluate(predictions, targets, task=Task(**said), **options)
    except CepickError as error:
        _check_line(error)
        return
    codes = {finding.code for finding in answer.findings}
    assert len({finding.message for finding in answer.findings}) == len(answer.findings)
    if answer.status == "decided" and answer.reduction != "none":
        finite = answer.value is not None and np.isfinite(answer.value)
        assert finite or codes & EXPLAINS_NO_NUMBER
    _check_said_stays(said, answer.task)
    answer.to_dict()


@SETTINGS
@given(predictions=arrays(), targets=arrays(), said=st.fixed_dictionaries({}, optional=SAID))
def test_infer_answers_or_says_in_one_line_what_is_wrong(
    predictions: np.ndarray, targets: np.ndarray, said: dict[str, Any]
) -> None:
    try:
        found = infer(predictions, targets, Task(**said))
    except CepickError as error:
        _check_line(error)
        return
    _check_said_stays(said, found.task)
    told = [each.property for each in found.evidence]
    assert len(told) == len(set(told))
    assert set(told) == {name for name, _ in found.task.known()}
    for each in found.evidence:
        assert 0 < each.confidence <= 1
        assert each.because
        assert each.value == getattr(found.task, each.property)
        if each.property in said:
            assert each.source == "said"


def _check_line(error: CepickError) -> None:
    text = str(error)
    assert "\n" not in text
    assert text
    assert not text.endswith(".")


def _check_said_stays(said: dict[str, Any], task: Task) -> None:
    for name, value in said.items():
        assert getattr(task, name) == value
