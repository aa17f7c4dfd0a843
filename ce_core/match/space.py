"""The tables of what a logged loss may be: each row a choice on one axis, with how unlikely it is in bits.

A definition takes one row of each axis. Its cost is the sum of theirs: the usual mean of the fitting loss costs
nothing, a common mistake 3 or 4 bits, an uncommon one 6 to 8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

MOST_BITS = 15.0
"""A definition that costs more is not tried."""
MOST_DEVIATIONS = 3
GAMMAS = (2.0, 1.0, 0.5, 1.5, 3.0, 5.0)
"""The usual exponents of a focal loss, the commonest first."""
BATCHES = (32, 64, 128, 256, 16, 100, 512, 8, 10, 50, 1024, 20, 200, 25, 250, 500, 1000)
"""The usual batch sizes, the commonest first."""

Per = Literal["example", "columns"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is computed of one example: how the predictions are read, and the loss that is taken of them."""

    key: str
    head: str
    """The function of `ce_core.match.heads` that computes it."""
    source: str
    """The scores that it takes (`ce_core.match.pieces`)."""
    part: str = "own"
    """Which of the head's numbers is the loss."""
    loss: str | None
    activation: str = "none"
    """What was done to the predictions, in the word of the variant; ``none`` is right."""
    clip: str | None = None
    family: str = "cross-entropy"
    cost: float
    mistake: str | None = None
    says: str
    """What is computed, as a noun."""
    why: str = ""
    """What went wrong, as a clause."""
    framework: tuple[str, ...] = ()
    repair: str | None = None
    per: Per = "example"
    """Whether the head's number is of the example, or a sum over its columns, whose mean is usual."""
    factor: float = 1.0
    """What the number is multiplied by."""
    smooths: tuple[str, ...] = ()
    """The conventions of label smoothing that go with it."""
    balance: float | None = None
    """Of a focal loss, the weight of true outcomes; that of the others is 1 less it."""
    lone: bool = False
    """Whether it is only tried as it is: a clip that hardly ever changes the number."""
    moves: bool = True
    """Whether it is also tried with the two arrays aligned otherwise."""
    variant: dict[str, Any] = field(default_factory=dict)

    @property
    def call(self) -> tuple[str, str, str | None]:
        """Return which head is called, on what, with which clip: readings that share it are computed together."""
        return (self.head, self.source, self.clip)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A row of another axis than the reading's."""

    key: str
    axis: str
    word: Any
    """The value that the variant shows; None where it is the usual choice."""
    cost: float
    mistake: str | None = None
    says: str = ""
    why: str = ""
    repair: str | None = None
    framework: tuple[str, ...] = ()


ALIGNMENTS = (
    Choice(key="own", axis="alignment", word=None, cost=0.0),
    Choice(
        key="rows+1",
        axis="alignment",
        word="rows+1",
        cost=6.0,
        mistake="shifted-rows",
        why="each prediction is paired with the target of the next row, the last with the first",
        repair="pair row i of the predictions with row i of the targets: look for a shuffled or rolled array",
    ),
    Choice(
        key="rows-1",
        axis="alignment",
        word="rows-1",
        cost=6.0,
        mistake="shifted-rows",
        why="each prediction is paired with the target of the row before, the first with the last",
        repair="pair row i of the predictions with row i of the targets: look for a shuffled or rolled array",
    ),
    Choice(
        key="rows+1 cut",
        axis="alignment",
        word="rows+1 cut",
        cost=6.5,
        mistake="shifted-rows",
        why="each prediction is paired with the target of the next row, and the last prediction is left out",
        repair="do not cut one of the arrays: pair row i of both",
    ),
    Choice(
        key="rows-1 cut",
        axis="alignment",
        word="rows-1 cut",
        cost=6.5,
        mistake="shifted-rows",
        why="each prediction is paired with the target of the row before, and the first prediction is left out",
        repair="do not cut one of the arrays: pair row i of both",
    ),
    Choice(
        key="time+1 cut",
        axis="alignment",
        word="time+1 cut",
        cost=4.5,
        mistake="shifted-rows",
        why="within each sequence a prediction is paired with the target one step later: the labels are shifted once "
        "more than these arrays are",
        repair="shift the labels once: either in the data or in the loss (a model with labels= may shift them itself)",
    ),
    Choice(
        key="time-1 cut",
        axis="alignment",
        word="time-1 cut",
        cost=5.5,
        mistake="shifted-rows",
        why="within each sequence a prediction is paired with the target one step earlier",
        repair="shift the labels once: either in the data or in the loss",
    ),
    Choice(
        key="time+1",
        axis="alignment",
        word="time+1",
        cost=6.5,
        mistake="shifted-rows",
        why="within each sequence a prediction is paired with the target one step later, the last with the first",
        repair="cut the last step rather than roll it, and shift the labels once",
    ),
    Choice(
        key="time-1",
        axis="alignment",
        word="time-1",
        cost=6.5,
        mistake="shifted-rows",
        why="within each sequence a prediction is paired with the target one step earlier, the first with the last",
        repair="cut the first step rather than roll it, and shift the labels once",
    ),
    Choice(
        key="classes+1",
        axis="alignment",
        word="classes+1",
        cost=6.0,
        mistake="permuted-classes",
        why="each label is taken for the class after it, the last for the first",
        repair="count the labels from 0 as the columns are, and order the columns as the labels",
    ),
    Choice(
        key="classes-1",
        axis="alignment",
        word="classes-1",
        cost=6.0,
        mistake="permuted-classes",
        why="each label is taken for the class before it, the first for the last",
        repair="count the labels from 0 as the columns are, and order the columns as the labels",
    ),
    Choice(
        key="reversed",
        axis="alignment",
        word="classes reversed",
        cost=7.0,
        mistake="permuted-classes",
        why="the columns are read in reverse order",
        repair="order the columns as the labels",
    ),
    Choice(
        key="negated",
        axis="alignment",
        word="targets negated",
        cost=5.5,
        mistake="flipped-sign",
        why="what is true is taken for false: the same as the predictions with their sign flipped",
        repair="use 1 for what the predictions are the probability of",
    ),
    Choice(
        key="kept",
        axis="ignored",
        word="not ignored",
        cost=4.0,
        mistake="not-ignored",
        why="the positions to leave out were counted, their label being taken as a class (a negative one from the end)",
        repair="hand the ignored label over (ignore_index), or the mask",
    ),
    Choice(
        key="kept as 0",
        axis="ignored",
        word="not ignored, as class 0",
        cost=6.0,
        mistake="not-ignored",
        why="the positions to leave out were counted, with class 0 for their label",
        repair="hand the ignored label over (ignore_index), or the mask, instead of replacing it",
    ),
)

UNITS = (
    Choice(key="nats", axis="unit", word=None, cost=0.0),
    Choice(
        key="bits",
        axis="unit",
        word="bits",
        cost=4.0,
        mistake="wrong-base",
        says="in bits",
        why="it is divided by ln 2",
        repair="multiply by ln 2 = 0.6931 for nats",
        framework=("loss / math.log(2)",),
    ),
    Choice(
        key="base 10",
        axis="unit",
        word="base 10",
        cost=6.0,
        mistake="wrong-base",
        says="with logarithms of base 10",
        why="it is divided by ln 10",
        repair="multiply by ln 10 = 2.3026 for nats",
        framework=("loss / math.log(10)",),
    ),
    Choice(
        key="perplexity",
        axis="unit",
        word="perplexity",
        cost=3.5,
        mistake="perplexity-logged",
        says="as a perplexity",
        why="exp of the mean was logged",
        repair="take its logarithm for nats",
        framework=("torch.exp(loss)", "torchmetrics.text.Perplexity"),
    ),
    Choice(
        key="2^",
        axis="unit",
        word="2^nats",
        cost=7.0,
        mistake="wrong-base",
        says="as 2 to its power",
        why="2^loss was taken of a loss in nats",
        repair="take exp(loss) for the perplexity of a loss in nats",
    ),
    Choice(
        key="negated",
        axis="unit",
        word="negated",
        cost=3.0,
        says="with its sign turned",
        why="a log-likelihood, or a score that is to be maximised",
        framework=("sklearn scoring='neg_log_loss'",),
    ),
)
