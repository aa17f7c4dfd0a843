"""Pairs with nothing wrong, and pairs that no reader can tell: seeded, over the grid of what people hand over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from clean_arrays import MAKES, SIXTEEN, TRUE_OF_MANY, Clean, Rng, expected_of, handed, no_ends
from models import EXCLUSIVE, Model, calibrated, real, softmax, synthetic, take, untrained_net
from rig import FORMS, Rig, one_hot, pick

from clean_pairs import clean_pair, stored  # isort: skip


def made(rng: Rng, seed: int) -> Clean:
    """Return a pair of `clean_pair`: every combination of encoding, outputs, precision, rank and quality."""
    pair = clean_pair(seed)
    sixteen = SIXTEEN if "16" in pair.name or "4 decimals" in pair.name else frozenset()
    expected = {
        name: value
        for name, value in pair.expected.items()
        if not (pair.by_chance and name in {"exclusive", "encoding"})
    }
    return Clean(
        rig=Rig(predictions=pair.predictions, targets=pair.targets, said=pair.said, name=pair.name),
        family="made",
        expected=expected,
        told="open" if pair.within or pair.by_chance else "decidable",
        may=TRUE_OF_MANY | MAKES | sixteen,
    )


def trained(rng: Rng, seed: int) -> Clean:
    model = take(real(pick(rng, *EXCLUSIVE, "weak logistic digits"), seed), rng, pick(rng, 30, 100, 1000))
    return handed(rng, model, "trained")


def of_few_classes(rng: Rng, seed: int) -> Clean:
    """Return rows of two to five of ten classes: the others never occur."""
    model = take(real(pick(rng, "logistic digits", "mlp digits"), seed), rng, 1297)
    kept = np.isin(model.targets, rng.permutation(10)[: pick(rng, 2, 3, 5)])
    some = Model(
        name=f"{model.name}, few classes", scores=model.scores[kept][:200], targets=model.targets[kept][:200]
    )
    return handed(rng, some, "few classes", may=MAKES)


def forest(rng: Rng, seed: int) -> Clean:
    """Return the votes of a random forest, with exact zeros for what no tree voted for."""
    model = take(real("forest digits", seed), rng, pick(rng, 30, 1000))
    with np.errstate(under="ignore"):
        votes = np.exp(model.scores).astype(pick(rng, "float32", "float64"))
    truth = model.targets if rng.random() < 0.5 else one_hot(model.targets, 10)
    encoding = "index" if truth.ndim == 1 else "one_hot"
    return Clean(
        rig=Rig(
            predictions=votes, targets=truth, name=f"forest: {votes.dtype} {len(votes)} rows, {encoding}"
        ),
        family="forest",
        expected=expected_of(model, "probabilities", encoding),
    )


def naive_bayes(rng: Rng, seed: int) -> Clean:
    """Return log-probabilities of huge magnitude."""
    which = pick(rng, "gaussian bayes digits", "multinomial bayes digits")
    model = take(real(which, seed), rng, pick(rng, 30, 1000))
    precision = pick(rng, "float32", "float64", "4 decimals", "8 decimals")
    encoding = pick(rng, "index", "one_hot")
    return handed(
        rng,
        model,
        "naive Bayes",
        outputs="log_probabilities",
        encoding=encoding,
        precision=precision,
        may=MAKES,
    )


def untrained(rng: Rng, seed: int) -> Clean:
    rows = pick(rng, 30, 300, 1000)
    if rng.random() < 0.4:
        model = take(real("untrained digits", seed), rng, rows)
    else:
        classes, exclusive = pick(rng, (2, True), (10, True), (100, True), (1, False), (5, False))
        model = synthetic(rng, rows, classes, skill=0, spread=pick(rng, 0.05, 1.0, 3.0), exclusive=exclusive)
    return handed(rng, model, "untrained", may=MAKES)


def untrained_nets(rng: Rng, seed: int) -> Clean:
    """Return a network before its first step on real data: it tells some classes apart, in any order."""
    loader = pick(rng, "load_digits", "load_iris", "load_wine", "load_breast_cancer")
    return handed(rng, untrained_net(rng, loader, pick(rng, 30, 100, 1000)), "untrained nets", may=MAKES)


def perfect(rng: Rng, seed: int) -> Clean:
    classes, exclusive = pick(rng, (2, True), (10, True), (1, False), (5, False))
    model = synthetic(rng, pick(rng, 30, 300), classes, skill=pick(rng, 15.0, 40.0), exclusive=exclusive)
    return handed(rng, model, "perfect", may=MAKES)


def as_it_says(rng: Rng, seed: int) -> Clean:
    """Return a calibrated model: its labels are drawn from its own probabilities."""
    spread = pick(rng, 1.0, 2.0, 4.0)
    model = calibrated(rng, pick(rng, 30, 300, 3000), pick(rng, 1, 2, 3, 10), spread=spread)
    precision = str(pick(rng, "float32", "float64", "8 decimals"))
    hard = (
        str(pick(rng, "index", "one_hot")) if model.exclusive else None
    )  # smoothing moves the best temperature
    found = handed(rng, model, "calibrated", encoding=hard, precision=precision)
    may = found.may - {"CE503", "CE505"} | {"CE501"}
    weak = spread == 1 and not model.exclusive  # a sigmoid is near to a straight line there
    return Clean(**{**vars(found), "may": may, "told": "open" if weak else found.told})


def vocabulary(rng: Rng, seed: int) -> Clean:
    """Return few rows over 1,000 to 50,000 classes."""
    classes = pick(rng, 1000, 5000, 20_000, 50_000)
    rows = 30 if classes <= 5000 else 8
    model = synthetic(rng, rows, classes, skill=pick(rng, 0.0, 8.0, 14.0), spread=pick(rng, 0.5, 2.0))
    precision = pick(rng, "float16", "bfloat16", "bfloat16 in float32", "float32", "6 decimals")
    outputs = "logits" if "decimals" in precision else None
    encoding = pick(rng, "index", "one_hot")
    return handed(
        rng, model, "vocabulary", outputs=outputs, encoding=encoding, precision=precision, may=MAKES
    )


def rare(rng: Rng, seed: int) -> Clean:
    """Return a class of one in a thousand rows, as one outcome or as two columns."""
    model = take(real("logistic 1:1000", seed), rng, pick(rng, 1000, 5000, 20_000))
    if rng.random() < 0.4:
        both = np.concatenate([np.zeros_like(model.scores), model.scores], axis=1)
        model = Model(name=model.name, scores=both, targets=model.targets[:, 0])
    return handed(rng, model, "1:1000", may=MAKES)


def several_labels(rng: Rng, seed: int) -> Clean:
    model = take(real("logistic multilabel", seed), rng, pick(rng, 30, 300, 1500))
    return handed(rng, model, "multi-label")


def one_label_each(rng: Rng, seed: int) -> Clean:
    """Return labels that exclude nothing, of which every row happens to have one; said in half of the pairs."""
    model = synthetic(rng, pick(rng, 30, 300), pick(rng, 3, 10), skill=5.0)
    single = Model(
        name="one label each",
        scores=model.scores - 2.5,
        targets=one_hot(model.targets, model.columns),
        exclusive=False,
    )
    found = handed(rng, single, "one label each")
    if rng.random() < 0.5:
        said = {"exclusive": False, "outputs": found.expected["outputs"]}
        return Clean(**{**vars(found), "rig": found.rig.saying(**said), "told": "decidable"})
    either = {
        **found.expected,
        "exclusive": None,
        "encoding": None,
    }  # the targets show what exclusive ones would
    return Clean(**{**vars(found), "told": "open", "expected": either})


def tokens(rng: Rng, seed: int) -> Clean:
    """Return next tokens of sequences, in half of the pairs padded: by a label, a mask or lengths."""
    model = take(real("bigram tokens", seed), rng, pick(rng, 10, 40, 120))
    found = handed(rng, model, "tokens", encoding="index")
    if rng.random() < 0.5:
        return found
    lengths = rng.integers(4, 17, len(model.targets))
    inside = np.arange(16) < lengths[:, None]
    how = pick(rng, "label", "mask", "lengths")
    rig = found.rig
    if how == "label":
        mark = pick(rng, -100, -1, 255)
        rig = rig.but(targets=np.where(inside, model.targets, mark)).saying(ignore_index=mark)
    elif how == "mask":
        rig = rig.asking(mask=inside.astype(np.int64))
    else:
        rig = rig.asking(lengths=lengths)
    return Clean(
        **{**vars(found), "family": "padded tokens", "rig": rig.but(name=f"{rig.name}, padded by {how}")}
    )


def sluggish(rng: Rng, seed: int) -> Clean:
    """Return frames whose labels stay the same for many steps: the neighbour's label fits nearly as well."""
    batch, steps, classes = pick(rng, 5, 30), 50, pick(rng, 3, 10)
    stay = rng.random((batch, steps)) < pick(rng, 0.8, 0.95)
    labels = rng.integers(0, classes, (batch, steps))
    for at in range(1, steps):
        labels[:, at] = np.where(stay[:, at], labels[:, at - 1], labels[:, at])
    scores = rng.normal(0, 1, (batch, steps, classes)) + pick(rng, 1.0, 3.0, 6.0) * np.eye(classes)[labels]
    return handed(rng, Model(name="frames", scores=scores, targets=labels), "sluggish frames")


def in_order(rng: Rng, seed: int) -> Clean:
    """Return rows sorted by class, as folders list them: the neighbour's label is nearly always the same."""
    model = take(real(pick(rng, *EXCLUSIVE), seed), rng, pick(rng, 50, 300))
    order = np.argsort(model.targets, kind="stable")
    model = Model(name=f"{model.name} in order", scores=model.scores[order], targets=model.targets[order])
    return handed(rng, model, "sorted rows")


def confused(rng: Rng, seed: int) -> Clean:
    """Return a model that takes one class for another in four of ten rows: the order is right all the same."""
    rows, classes = pick(rng, 100, 400, 2000), pick(rng, 3, 10)
    labels = rng.integers(0, classes, rows)
    taken = np.where((labels == 0) & (rng.random(rows) < 0.4), 1, labels)
    scores = rng.normal(0, 1, (rows, classes)) + 4 * np.eye(classes)[taken]
    return handed(rng, Model(name="confused", scores=scores, targets=labels), "confused classes")


def pixels(rng: Rng, seed: int) -> Clean:
    model = take(real("logistic pixels", seed), rng, pick(rng, 5, 40, 80))
    return handed(rng, model, "pixels", images=True)


def beyond_one(rng: Rng, seed: int) -> Clean:
    """Return probabilities that exceed 1 by rounding."""
    exclusive = rng.random() < 0.5
    model = (
        synthetic(rng, 100, pick(rng, 2, 10), skill=12.0)
        if exclusive
        else take(real("logistic breast_cancer", seed), rng, 200)
    )
    shares = np.maximum(model.probabilities, 1e-30).astype(np.float32)
    shares[0] = shares[0] if exclusive else 0.5
    # Adding up in float32 leaves rows that sum to 1.0000001, and shares above 1 among them.
    shares = shares * np.float32(1 + 2.0**-23)
    truth = model.targets
    name = f"beyond one: {model.name} {shares.shape}, largest {shares.max():.9g}"
    return Clean(
        rig=Rig(predictions=shares, targets=truth, name=name),
        family="beyond one",
        expected=expected_of(model, "probabilities", "index" if exclusive else "scalar"),
        may=TRUE_OF_MANY | MAKES,
    )


def miscalibrated(rng: Rng, seed: int) -> Clean:
    """Return a model that is far too sure of itself, or not sure enough."""
    model = calibrated(rng, pick(rng, 30, 1000), pick(rng, 1, 2, 10))
    scores = model.scores * pick(rng, 0.1, 0.3, 3.0, 10.0)
    off = Model(name="miscalibrated", scores=scores, targets=model.targets, exclusive=model.exclusive)
    return handed(rng, off, "miscalibrated", may=MAKES | {"CE501"})


def not_sure_enough(rng: Rng, seed: int) -> Clean:
    """Return a model at a high temperature: its probabilities are near to each other, as after a second softmax."""
    found = real(pick(rng, "logistic digits", "logistic iris", "logistic wine", "mlp digits"), seed)
    model = take(found, rng, pick(rng, 30, 100, 1000))
    warm = Model(
        name=f"{model.name}, warm", scores=model.scores / pick(rng, 3, 5, 10, 30), targets=model.targets
    )
    return handed(rng, warm, "high temperature", may=MAKES)


def square(rng: Rng, seed: int) -> Clean:
    """Return as many steps as classes: either axis might hold them by the shapes."""
    size, batch = pick(rng, 3, 8, 12), pick(rng, 10, 60)
    model = synthetic(rng, batch * size, size, skill=pick(rng, 0.0, 2.0, 6.0))
    scores, labels = model.scores.reshape(batch, size, size), model.targets.reshape(batch, size)
    return handed(rng, Model(name=model.name, scores=scores, targets=labels), "square", may=MAKES)


def cosines(rng: Rng, seed: int) -> Clean:
    """Return logits that are similarities, all in [0, 1]: a reader may ask, but they are no probabilities."""
    model = take(real("cosines digits", seed), rng, pick(rng, 30, 300, 1000))
    return handed(
        rng, model, "similarities", outputs="logits", encoding=pick(rng, "index", "one_hot"), may=MAKES
    )


def taught(rng: Rng, seed: int) -> Clean:
    """Return a student and its teacher's probabilities, which are soft, as targets."""
    model = take(real(pick(rng, *EXCLUSIVE), seed), rng, pick(rng, 30, 300))
    values = model.scores + rng.normal(0, pick(rng, 0.1, 1.0), model.scores.shape)
    outputs = pick(rng, *FORMS)
    precision = str(pick(rng, "float32", "float64", "8 decimals"))
    targets = softmax(model.scores / pick(rng, 1, 4)).astype(pick(rng, "float32", "float64"))
    kept = no_ends(
        FORMS[outputs](values), outputs, precision, exclusive=True
    )  # a soft target has weight everywhere
    rig = Rig(predictions=stored(kept, precision), targets=targets)
    return Clean(
        rig=rig.but(name=f"taught: {model.name}, {outputs} {precision} {values.shape}"),
        family="taught",
        expected=expected_of(model, outputs, "distribution"),
        may=TRUE_OF_MANY | MAKES,
    )


FAMILIES: tuple[tuple[int, Callable[[Rng, int], Clean]], ...] = (
    (10, made),
    (3, trained),
    (1, of_few_classes),
    (1, forest),
    (1, naive_bayes),
    (2, untrained),
    (2, untrained_nets),
    (2, perfect),
    (2, as_it_says),
    (1, vocabulary),
    (1, rare),
    (2, several_labels),
    (1, one_label_each),
    (2, tokens),
    (1, sluggish),
    (1, in_order),
    (1, confused),
    (1, pixels),
    (1, beyond_one),
    (1, miscalibrated),
    (1, not_sure_enough),
    (1, square),
    (1, taught),
    (1, cosines),
)
"""Ways to make a clean pair, with how often each is taken."""

_DRAWS = tuple(maker for times, maker in FAMILIES for _ in range(times))


def clean(seed: int) -> Clean:
    """Return the clean pair of a seed: the same one each time."""
    maker = _DRAWS[seed % len(_DRAWS)]
    return maker(np.random.default_rng([seed, 7]), seed)


def ambiguous(seed: int) -> Clean:
    """Return a pair that two tasks explain equally well: the reader should ask."""
    rng = np.random.default_rng([seed, 11])
    how = ("exclusive", "outcome", "labels")[seed % 3]
    rows, kind = pick(rng, 5, 30, 300), pick(rng, "float32", "float64", "float16", "4 decimals")
    if how == "exclusive":
        # Class indices, and columns in [0, 1] that do not sum to 1: small logits, or a sigmoid of each.
        classes = pick(rng, 3, 10)
        labels = rng.integers(0, classes, rows)
        lean = np.eye(classes)[labels] * pick(rng, 0.0, 0.2)
        values, truth = rng.uniform(0.05, 0.75, (rows, classes)) + lean, labels
    else:
        # Values about 1/2 that say nothing of the labels: no reading fits better than the other by more than chance.
        shape = (rows,) if how == "outcome" else (rows, 4)
        values = rng.uniform(0.3, 0.7, shape)
        truth = (rng.random(shape) < 0.5).astype(pick(rng, "int64", "float32"))
        if how == "labels":
            truth[0] = 1
    name = f"ambiguous {how}: {rows} rows, {kind}"
    return Clean(
        rig=Rig(predictions=stored(values, kind), targets=truth, name=name),
        family=f"ambiguous {how}",
        expected={},
        told="ambiguous",
        may=TRUE_OF_MANY | MAKES | SIXTEEN | {"CE501"},
    )
