"""Tasks that no cross-entropy fits: the right thing instead, why, and no calls."""

from __future__ import annotations

from typing import Any

import pytest

from ce_core.decide.recommend import recommend
from ce_core.losses import CROSS_ENTROPY_KINDS
from ce_core.task.words import PROPERTIES

CASES: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    (
        {"kind": "regression"},
        "mean_squared_error",
        ("quantity", "mean squared error", "Huber", "Poisson", "counts"),
    ),
    ({"target_range": "real"}, "mean_squared_error", ("quantity", "Huber")),
    ({"kind": "classification", "target_range": "real"}, "mean_squared_error", ("quantity",)),
    (
        {"outputs": "logits", "outcomes": "binary", "target_range": "real"},
        "mean_squared_error",
        ("quantity",),
    ),
    (
        {"kind": "ordinal"},
        "CORAL, CORN or ordered logit",
        ("order", "no plain cross-entropy", "sums of binary cross-entropies"),
    ),
    ({"kind": "ordinal", "classes": 5, "outputs": "logits", "encoding": "index"}, "CORAL", ("grade",)),
    (
        {"kind": "ranking"},
        "a pairwise or listwise ranking loss",
        ("pairwise", "listwise", "order of the items"),
    ),
    ({"kind": "overlap"}, "dice", ("Dice", "Tversky", "alone or added")),
    ({"kind": "overlap", "structure": "pixel", "outcomes": "binary"}, "dice", ("overlap",)),
    ({"kind": "sequence_alignment"}, "CTC", ("alignments", "connectionist temporal classification")),
    (
        {"kind": "density_estimation"},
        "the negative log-likelihood of the density",
        ("continuous", "Gaussian"),
    ),
    ({"kind": "margin"}, "hinge", ("margin", "-1 and +1", "(y + 1)/2")),
    ({"kind": "margin", "target_range": "signed"}, "hinge", ("margin",)),
    ({"kind": "margin", "outcomes": "multiclass", "exclusive": True}, "multi_margin", ("categorical_hinge",)),
    ({"kind": "margin", "classes": 5, "encoding": "index"}, "multi_margin", ("true class",)),
    ({"kind": "margin", "exclusive": False}, "multilabel_margin", ("true labels",)),
    ({"kind": "margin", "encoding": "multi_hot"}, "multilabel_margin", ("true labels",)),
    ({"kind": "distillation", "target_range": "real"}, "mean_squared_error", ("teacher's logits",)),
]


@pytest.mark.parametrize(("known", "instead", "says"), CASES, ids=str)
def test_it_names_what_fits_instead_and_why(
    known: dict[str, Any], instead: str, says: tuple[str, ...]
) -> None:
    answer = recommend(**known)
    assert answer.status == "not_a_cross_entropy"
    assert answer.loss is answer.question is answer.asks is None
    assert answer.instead is not None
    assert answer.instead.startswith(instead)
    assert answer.calls == answer.absent == answer.why_not == {}
    assert answer.also_fit == ()
    (because,) = answer.why
    assert all(part in because for part in says), because


def test_every_kind_without_a_cross_entropy_has_an_answer_of_its_own() -> None:
    kinds = [kind for kind in PROPERTIES["kind"].answers if kind not in CROSS_ENTROPY_KINDS]
    answers = {kind: recommend(kind=kind) for kind in kinds}
    assert {answer.status for answer in answers.values()} == {"not_a_cross_entropy"}
    assert len({answer.instead for answer in answers.values()}) == len(kinds)


def test_a_contrastive_task_of_real_similarities_is_still_one() -> None:
    assert recommend(kind="contrastive").status == "decided"
