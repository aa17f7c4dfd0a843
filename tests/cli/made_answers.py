"""Answers made by hand, so that what is printed can be tested without computing anything."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from ce_core.compute.evaluation import (
    ClassRest,
    ClassRow,
    Diagnostics,
    Evaluation,
    Quantiles,
    ReliabilityBin,
    WorstRow,
)
from ce_core.findings import Finding
from ce_core.matching.answer import Logged, Match, Traced
from ce_core.task import Evidence, Task

FINDING = Finding(
    code="CE103",
    message="the predictions are logits, and categorical_cross_entropy takes probabilities",
    because="12 rows hold values below 0; row 3 holds -4.25 | <b>not</b> `ok`",
    remedy="take --loss sparse_softmax_cross_entropy, or put a softmax before",
    count=12,
    rows=(3, 5, 8),
)
WARNING = Finding(
    code="CE203",
    message="labels of -100 were left out",
    because="23 labels are -100",
    remedy="say --ignore-index -100",
)
NOTE = Finding(
    code="CE302", message="[8] against [8, 1]", because="broadcasting makes 8 x 8", remedy="drop the axis"
)


def diagnostics(classes: int = 10, **changes: Any) -> Diagnostics:
    """Return the figures of a fair classifier."""
    per_class = tuple(
        ClassRow(
            klass=k,
            name=None,
            support=100.0 + k,
            loss=0.1 + 0.07 * k,
            recall=0.99 - 0.02 * (k % 30),
            mean_probability=0.9,
        )
        for k in range(classes)
    )
    edges = [k / 15 for k in range(16)]
    reliability = tuple(
        ReliabilityBin(
            low=low,
            high=high,
            count=10 + 40 * at,
            confidence=(low + high) / 2,
            accuracy=max(0.0, (low + high) / 2 - 0.04),
        )
        for at, (low, high) in enumerate(pairwise(edges))
    )
    made = Diagnostics(
        count=1079,
        ignored=0,
        mean=0.3274123456789,
        standard_error=0.0321,
        quantiles=Quantiles(p50=0.0021, p90=0.51, p99=5.2, max=11.25, exact=True),
        uniform=2.302585,
        prior_entropy=2.30171,
        d2=0.85775,
        perplexity=1.38737,
        bits=0.47236,
        accuracy=0.94069,
        top5_accuracy=0.9972,
        brier=0.0961,
        ece=0.0291,
        mce=0.311,
        mean_confidence=0.9687,
        reliability=reliability,
        per_class=per_class,
        worst=tuple(
            WorstRow(row=row, line=None, label=8, prediction=1, probability=1.3e-5, loss=11.25 - row / 100)
            for row in (17, 230, 431, 900, 1002)
        ),
    )
    return replace(made, **changes)


def evaluation(**changes: Any) -> Evaluation:
    """Return an evaluation of digits, decided and fine."""
    task = Task(
        kind="classification",
        outcomes="multiclass",
        exclusive=True,
        targets="hard",
        encoding="index",
        outputs="logits",
        classes=10,
        units=10,
        class_axis=1,
    )
    reasons = {
        "units": ("predictions", "shape [1079, 10] has 10 columns for each example"),
        "class_axis": ("both", "targets of shape [1079] leave the last axis of [1079, 10] for the classes"),
        "exclusive": ("targets", "each example has one class index"),
        "outputs": (
            "predictions",
            "values from -31.2012 to 28.4417: outside [0, 1], and rows are no log-probabilities",
        ),
        "encoding": (
            "both",
            "targets of shape [1079] hold one whole number for each of the 1079 predictions",
        ),
    }
    evidence = [Evidence(property="outcomes", value="multiclass", source="said", because="said")]
    for name, (source, because) in reasons.items():
        confidence = 0.6 if name == "class_axis" else 1.0
        evidence.append(
            Evidence(
                property=name,
                value=getattr(task, name),
                source=source,
                because=because,
                confidence=confidence,
            )  # type: ignore[arg-type]
        )
    made = Evaluation(
        status="decided",
        loss="sparse_softmax_cross_entropy",
        value=0.3274123456789,
        reduction="mean",
        mean_over="weights",
        unit="nats",
        count=1079,
        ignored=0,
        task=task,
        predictions="examples/digits_logits.npy",
        targets="examples/digits_labels.npy",
        shapes=((1079, 10), (1079,)),
        dtypes=("float32", "int64"),
        also_fit=("softmax_cross_entropy",),
        evidence=tuple(evidence),
        diagnostics=diagnostics(),
    )
    return replace(made, **changes)


def undecided() -> Evaluation:
    """Return an evaluation that lacks an answer."""
    return evaluation(
        status="undecided",
        loss=None,
        value=None,
        also_fit=("sigmoid_cross_entropy", "binary_cross_entropy"),
        question="Are the predictions logits, or probabilities?",
        asks="outputs",
        diagnostics=Diagnostics(count=8, ignored=0),
    )


def many_classes() -> Evaluation:
    """Return an evaluation of more classes than fit on a page, with what is not finite."""
    found = diagnostics(
        100,
        per_class_rest=ClassRest(classes=900, support=9000.0, loss=1.5),
        mean=float("inf"),
        standard_error=float("nan"),
        d2=float("-inf"),
    )
    return evaluation(
        value=float("inf"),
        findings=(FINDING, WARNING, NOTE),
        diagnostics=found,
        notes=("labels were mapped by the header",),
    )


LOGGED = Logged(text="1.5293", value=1.5293, digits=5, tolerance=5e-5)
DOUBLE_SOFTMAX = Traced(
    value=1.529313025361485,
    loss="sparse_softmax_cross_entropy",
    variant={"activation": "softmax twice"},
    mistake="probabilities-as-logits",
    framework=(
        "torch.nn.functional.cross_entropy",
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        "tf.nn.sparse_softmax_cross_entropy_with_logits",
        "optax.softmax_cross_entropy_with_integer_labels",
        "torch.nn.CrossEntropyLoss",
    ),
    says="the predictions are probabilities, and the loss takes a softmax of them again",
    repair="hand the loss the logits, or take the loss on probabilities",
)
FORGOTTEN = Traced(
    value=1.529301,
    loss="sparse_categorical_cross_entropy",
    variant={"weights": "none", "reduction": "sum", "smoothing": 0.1},
    mistake="weights-forgotten",
    framework=(),
    says="the class weights | [red]were[/red] not used",
    repair="hand them to the loss",
    distance=1e-6,
)
PLAIN = Traced(
    value=1.52926,
    loss="brier",
    variant={},
    mistake=None,
    framework=("sklearn.metrics.brier_score_loss",),
    says="the Brier score of the probabilities",
)


def match(**changes: Any) -> Match:
    """Return a match of digits: a mistake, with two others that are the same number, and a definition."""
    twin = replace(
        DOUBLE_SOFTMAX,
        loss="softmax_cross_entropy",
        says="the same on one-hot rows",
        variant={},
        mistake=None,
    )
    made = Match(
        logged=(LOGGED,),
        tried=1214,
        expected_by_chance=0.0342,
        matches=(replace(DOUBLE_SOFTMAX, same=(twin, FORGOTTEN, PLAIN, twin)), FORGOTTEN, PLAIN),
        left_out=2,
        predictions="examples/digits_probabilities.npy",
        targets="examples/digits_labels.npy",
        count=1079,
        task={
            "outcomes": "multiclass",
            "exclusive": True,
            "outputs": "probabilities",
            "classes": 10,
            "units": None,
        },
        notes=("the number is taken as rounded",),
    )
    return replace(made, **changes)


def matched_batches() -> Match:
    """Return a match of the numbers of two batches and of another epoch."""
    logged = (
        replace(LOGGED, text="1.5293@0:512", rows=(0, 512)),
        Logged(text="1.62@512:1024", value=1.62, digits=3, tolerance=5e-3, rows=(512, 1024)),
        Logged(text="2.1e-05", value=2.1e-5, digits=2, tolerance=5e-7, arrays=("epoch_2.npy", "labels.npy")),
    )
    found = replace(DOUBLE_SOFTMAX, values=(1.529313025361485, 1.6214, 2.0899e-5))
    many = tuple(replace(FORGOTTEN, value=1.5293 + at * 1e-6, values=()) for at in range(8))
    return match(logged=logged, matches=(found, *many), expected_by_chance=3.4, left_out=0)


def no_match() -> Match:
    """Return a match that found nothing."""
    return match(
        matches=(),
        left_out=0,
        nearest=(
            replace(DOUBLE_SOFTMAX, value=1.5311, distance=0.0012),
            replace(PLAIN, value=0.3274, distance=0.79),
        ),
        advice=("give fewer digits: --digits 3", "predictions of the checkpoint that the log is of"),
    )


def not_finite() -> Match:
    """Return a match of NaN without arrays."""
    nan = Logged(text="nan", value=float("nan"), digits=0, tolerance=0.0)
    ignored = replace(
        DOUBLE_SOFTMAX,
        value=float("nan"),
        mistake="all-ignored",
        loss=None,
        variant={"famous": "every label ignored"},
    )
    return match(
        logged=(nan,),
        matches=(ignored,),
        predictions=None,
        targets=None,
        count=None,
        task={},
        tried=6,
        expected_by_chance=0.0,
        left_out=0,
    )
