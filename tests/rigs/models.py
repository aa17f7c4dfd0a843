"""Real models, trained on scikit-learn's data sets when they are first asked for, and synthetic ones."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "inference")]  # its pairs and their helpers serve here, too

from clean_pairs import log_softmax, sigmoid, softmax  # noqa: E402

__all__ = [
    "EXCLUSIVE",
    "LABELS",
    "NAMES",
    "ONE",
    "Model",
    "calibrated",
    "log_softmax",
    "real",
    "sigmoid",
    "softmax",
    "synthetic",
    "take",
    "untrained_net",
]

SPLITS = 3
"""How many times each model is trained, on another part of its data."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """What a model says of held-out examples, before anything is wrong with it."""

    name: str
    scores: np.ndarray
    """Logits, or log-probabilities, [*positions, columns]: a softmax or sigmoid gives the probabilities."""
    targets: np.ndarray
    """Class indices [*positions], or zeros and ones [*positions, columns]."""
    exclusive: bool = True

    @property
    def columns(self) -> int:
        return self.scores.shape[-1]

    @property
    def probabilities(self) -> np.ndarray:
        return softmax(self.scores) if self.exclusive else sigmoid(self.scores)


def take(model: Model, rng: np.random.Generator, rows: int) -> Model:
    """Return some of a model's examples, in random order: all of them where there are fewer."""
    some = rng.permutation(len(model.scores))[:rows]
    return Model(
        name=model.name,
        scores=model.scores[some],
        targets=model.targets[some],
        exclusive=model.exclusive,
    )


def synthetic(
    rng: np.random.Generator,
    rows: int,
    classes: int,
    *,
    skill: float = 6.0,
    spread: float = 1.0,
    exclusive: bool = True,
    share: float = 0.4,
) -> Model:
    """Return logits of a made-up model: normal, and ``skill`` higher for what is true."""
    if exclusive:
        targets = rng.integers(0, classes, rows)
        scores = rng.normal(0, spread, (rows, classes))
        scores[np.arange(rows), targets] += skill
    else:
        targets = (rng.random((rows, classes)) < share).astype(np.int64)
        scores = rng.normal(0, spread, (rows, classes)) + skill / 2 * (2 * targets - 1)
    return Model(name=f"synthetic skill {skill:g}", scores=scores, targets=targets, exclusive=exclusive)


def calibrated(
    rng: np.random.Generator, rows: int, classes: int, *, spread: float = 2.0, base: float = 0.0
) -> Model:
    """Return a made-up model whose labels are drawn from its own probabilities; one column is one outcome."""
    scores = rng.normal(base, spread, (rows, classes))
    if classes == 1:
        drawn = (rng.random((rows, 1)) < sigmoid(scores)).astype(np.int64)
        return Model(name="calibrated", scores=scores, targets=drawn, exclusive=False)
    heights = rng.gumbel(size=scores.shape)  # the largest of x + Gumbel noise is a draw from softmax(x)
    return Model(name="calibrated", scores=scores, targets=(scores + heights).argmax(axis=1))


def _split(data: tuple[np.ndarray, np.ndarray], train: int, split: int) -> tuple[np.ndarray, ...]:
    features, labels = data
    order = np.random.default_rng(split).permutation(len(features))
    fit, held = order[:train], order[train:]
    mean, spread = features[fit].mean(axis=0), features[fit].std(axis=0) + 1e-9
    scaled = (features - mean) / np.where(spread < 1e-6, 1, spread)
    return scaled[fit], labels[fit], scaled[held], labels[held], features[fit], features[held]


def _digits(split: int) -> tuple[np.ndarray, ...]:
    from sklearn.datasets import load_digits

    return _split(load_digits(return_X_y=True), 500, split)


def _logistic(loader: str, train: int, strength: float = 1.0) -> Callable[[int], Model]:
    def model(split: int) -> Model:
        from sklearn import datasets
        from sklearn.linear_model import LogisticRegression

        data = getattr(datasets, loader)(return_X_y=True)
        fit, labels, held, true, *_ = _split(data, train, split)
        found = LogisticRegression(C=strength, max_iter=2000).fit(fit, labels).decision_function(held)
        exclusive = found.ndim == 2
        return Model(
            name=f"logistic {loader[5:]} C={strength:g}",
            scores=found if exclusive else found[:, None],
            targets=true if exclusive else true[:, None],
            exclusive=exclusive,
        )

    return model


def _mlp(split: int) -> Model:
    from sklearn.neural_network import MLPClassifier

    fit, labels, held, true, *_ = _digits(split)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few rounds are enough, and it says that more would be better
        net = MLPClassifier((32,), max_iter=40, random_state=split).fit(fit, labels)
    return Model(name="mlp digits", scores=net.predict_log_proba(held) + 3, targets=true)


def _forest(split: int) -> Model:
    from sklearn.ensemble import RandomForestClassifier

    fit, labels, held, true, *_ = _digits(split)
    shares = RandomForestClassifier(40, random_state=split, n_jobs=1).fit(fit, labels).predict_proba(held)
    kept = shares[np.arange(len(true)), true] > 0  # else its loss is infinite, and no clean pair
    with np.errstate(divide="ignore"):  # a class that no tree voted for has probability 0, exactly
        return Model(name="forest digits", scores=np.log(shares[kept]), targets=true[kept])


def _bayes(which: str) -> Callable[[int], Model]:
    def model(split: int) -> Model:
        from sklearn import naive_bayes

        _, labels, _, true, fit, held = _digits(split)
        scale = 1 if which == "GaussianNB" else 40
        found = getattr(naive_bayes, which)().fit(fit * scale, labels).predict_log_proba(held * scale)
        return Model(name=f"{which} digits", scores=found, targets=true)

    return model


def _untrained(split: int) -> Model:
    *_, held, true, _, _ = _digits(split)
    rng = np.random.default_rng(split)
    hidden = np.tanh(held @ rng.normal(0, 0.1, (64, 32)))
    return Model(name="untrained digits", scores=hidden @ rng.normal(0, 0.2, (32, 10)), targets=true)


def untrained_net(rng: np.random.Generator, loader: str, rows: int) -> Model:
    """Return a network of one hidden layer as frameworks initialise it, with weights uniform within ±1/√(inputs).

    It knows nothing, and yet its outputs go with the labels: they tell apart what the data tell apart, in any order.
    """
    features, labels, *_ = _held_out(loader)
    some = rng.permutation(len(features))[:rows]
    inputs, classes = features.shape[1], int(labels.max()) + 1
    units = 1 if classes == 2 and rng.random() < 0.5 else classes
    first = rng.uniform(-1, 1, (inputs, 64)) / np.sqrt(inputs)
    second = rng.uniform(-1, 1, (64, units)) / 8
    scores = np.maximum(features[some] @ first, 0) @ second
    found = labels[some]
    if units == 1:
        return Model(name=f"untrained {loader[5:]}", scores=scores, targets=found[:, None], exclusive=False)
    return Model(name=f"untrained {loader[5:]}", scores=scores, targets=found)


@cache
def _held_out(loader: str) -> tuple[np.ndarray, ...]:
    from sklearn import datasets

    _, _, held, true, *_ = _split(getattr(datasets, loader)(return_X_y=True), 50, 0)
    return held, true


def _rare(split: int) -> Model:
    from sklearn.datasets import make_classification
    from sklearn.linear_model import LogisticRegression

    data = make_classification(
        40_000, 12, n_informative=6, weights=[0.999], flip_y=0, class_sep=1.5, random_state=split
    )
    fit, labels, held, true, *_ = _split(data, 20_000, split)
    found = LogisticRegression(max_iter=2000).fit(fit, labels).decision_function(held)
    return Model(name="logistic 1:1000", scores=found[:, None], targets=true[:, None], exclusive=False)


def _multilabel(split: int) -> Model:
    from sklearn.datasets import make_multilabel_classification
    from sklearn.linear_model import LogisticRegression

    data = make_multilabel_classification(2500, 20, n_classes=6, n_labels=2, random_state=split)
    fit, labels, held, true, *_ = _split(data, 1000, split)
    columns = [
        LogisticRegression(max_iter=2000).fit(fit, labels[:, each]).decision_function(held)
        for each in range(labels.shape[1])
    ]
    return Model(name="logistic multilabel", scores=np.stack(columns, axis=1), targets=true, exclusive=False)


def _cosines(split: int) -> Model:
    """Return the cosine of each digit with the mean of each class: logits that all are in [0, 1]."""
    _, labels, _, true, fit, held = _digits(split)
    means = np.stack([fit[labels == each].mean(axis=0) for each in range(10)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    scores = (held / np.linalg.norm(held, axis=1, keepdims=True)) @ means.T
    return Model(name="cosines digits", scores=scores, targets=true)


def _tokens(split: int) -> Model:
    """Return a bigram model of a stream from a Markov chain of 12 tokens, for 120 sequences of 16."""
    rng = np.random.default_rng(split)
    chain = softmax(rng.normal(0, 2.0, (12, 12)))
    stream = np.zeros(120 * 17 + 4000, dtype=np.int64)
    for at in range(1, len(stream)):
        stream[at] = rng.choice(12, p=chain[stream[at - 1]])
    counts = np.full((12, 12), 0.5)
    np.add.at(counts, (stream[:3999], stream[1:4000]), 1)
    read = stream[4000:].reshape(120, 17)
    return Model(
        name="bigram tokens",
        scores=np.log(counts / counts.sum(axis=1, keepdims=True))[read[:, :-1]]
        + 3,  # logits, and no log-probabilities
        targets=read[:, 1:],
    )


def _pixels(split: int) -> Model:
    """Return a classifier of the pixels of 80 noisy images of 8 x 8, in four classes; classes last."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(split)
    coarse = rng.integers(0, 4, (160, 4, 4))
    labels = coarse.repeat(2, axis=1).repeat(2, axis=2)
    tints = rng.normal(0, 1.2, (4, 3))
    images = tints[labels] + rng.normal(0, 0.8, (*labels.shape, 3))
    net = LogisticRegression(max_iter=2000).fit(images[:80].reshape(-1, 3), labels[:80].ravel())
    found = net.decision_function(images[80:].reshape(-1, 3)).reshape(80, 8, 8, 4)
    return Model(name="logistic pixels", scores=found, targets=labels[80:])


_MAKERS: dict[str, Callable[[int], Model]] = {
    "logistic digits": _logistic("load_digits", 500, 0.1),
    "weak logistic digits": _logistic("load_digits", 500, 1e-3),
    "mlp digits": _mlp,
    "forest digits": _forest,
    "logistic iris": _logistic("load_iris", 50),
    "logistic wine": _logistic("load_wine", 60),
    "logistic breast_cancer": _logistic("load_breast_cancer", 169, 0.1),
    "gaussian bayes digits": _bayes("GaussianNB"),
    "multinomial bayes digits": _bayes("MultinomialNB"),
    "untrained digits": _untrained,
    "cosines digits": _cosines,
    "logistic 1:1000": _rare,
    "logistic multilabel": _multilabel,
    "bigram tokens": _tokens,
    "logistic pixels": _pixels,
}

EXCLUSIVE = ("logistic digits", "mlp digits", "logistic wine", "logistic iris")
"""Models of exclusive classes that know something, whose logits are everyday ones."""
ONE = ("logistic breast_cancer",)
LABELS = ("logistic multilabel",)


@cache
def real(name: str, split: int = 0) -> Model:
    """Return a trained model's scores on what it has not seen; trained once in a process."""
    return _MAKERS[name](split % SPLITS)


NAMES = tuple(_MAKERS)
