"""The decision engine: recommending is finding the rows of the table that nothing known refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ce_core import spellings
from ce_core.errors import CepickError, did_you_mean
from ce_core.losses import LOSSES, Loss
from ce_core.records import dataclass
from ce_core.task import Evidence, Task
from ce_core.task.words import PROPERTIES

from . import advice, shapes
from .choose import Way, asked_for, choices, first_choice, fits, no_cross_entropy, refusals
from .consequences import follow
from .modifiers import modifiers_of, smoothing
from .recommendation import Recommendation

__all__ = ["first_choice", "fits", "follow", "recommend", "refusals"]


def recommend(
    task: Task | None = None,
    /,
    *,
    evidence: tuple[Evidence, ...] = (),
    label_smoothing: float | None = None,
    **properties: Any,
) -> Recommendation:
    """Name the loss that fits a task, with the reasons and each framework's spelling.

    Use it before training, or when inheriting code. Give a `Task`, or its properties by name. What is not
    known stays open: the answer is then ``undecided``, with the candidates and the one question that would
    settle most. A task that no cross-entropy fits is ``not_a_cross_entropy``. ``label_smoothing`` is how much
    of each target is to be spread over the classes; the answer then says what that does.

    Raises `CepickError` for properties that cannot be together, or that there are none of.

    >>> answer = recommend(outcomes="multiclass", exclusive=True, targets="hard", outputs="logits")
    >>> answer.loss
    'sparse_softmax_cross_entropy'
    >>> recommend(outcomes="multiclass", outputs="logits").question
    'Is exactly one class true for each example, or may several be true at once?'
    """
    for name in properties:
        if name not in PROPERTIES:
            raise CepickError(f"{name}: no such property of a task; {did_you_mean(name, PROPERTIES)}")
    said = (task or Task()).but(**properties) if properties else (task or Task())
    followed, more = follow(said)
    known = evidence or tuple(
        Evidence(property=name, value=value, source="said", because="said") for name, value in said.known()
    )
    extra = smoothing(followed, label_smoothing)
    return _Answer(task=followed, evidence=known + more, smoothing=extra).recommendation()


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """One task on its way to a recommendation."""

    task: Task
    evidence: tuple[Evidence, ...]
    smoothing: float | None

    def recommendation(self) -> Recommendation:
        if no_cross_entropy(self.task):
            return self._not_a_cross_entropy()
        ways = choices(self.task)
        leads_to = {choice for _, choice in ways}
        if self.task.kind is None or len(leads_to) > 1:
            return self._undecided(ways)
        if leads_to == {None}:
            return self._not_a_cross_entropy()
        return self._decided(fits(self.task))

    def _decided(self, fitting: list[Loss]) -> Recommendation:
        loss, task = fitting[0], self.task
        modifiers = modifiers_of(task, loss, self.smoothing)
        calls, absent = spellings.of(loss, task)
        return Recommendation(
            status="decided",
            loss=loss.id,
            computed=loss.computed,
            formula=loss.formula,
            task=task,
            evidence=self.evidence,
            also_fit=tuple(each.id for each in fitting[1:]),
            why=tuple(_why(task, loss, fitting)),
            why_not=_why_not(task, loss),
            activation=shapes.output_layer(task, loss),
            predictions=shapes.predictions(task, loss),
            targets=shapes.targets(task, loss),
            modifiers=modifiers,
            calls=calls,
            absent=absent,
            label_smoothing=self.smoothing,
        )

    def _undecided(self, ways: list[tuple[Way, str | None]]) -> Recommendation:
        asks = "kind" if self.task.kind is None else _best_question(ways)
        return Recommendation(
            status="undecided",
            loss=None,
            task=self.task,
            evidence=self.evidence,
            also_fit=tuple(_in_table_order({choice for _, choice in ways})),
            why=tuple(_what_each_answer_means(asks, ways)),
            question=PROPERTIES[asks].question,
            asks=asks,
        )

    def _not_a_cross_entropy(self) -> Recommendation:
        name, because = advice.instead(self.task)
        return Recommendation(
            status="not_a_cross_entropy",
            loss=None,
            task=self.task,
            evidence=self.evidence,
            why=(because,),
            instead=name,
        )


def _left(ways: list[tuple[Way, str | None]], name: str) -> dict[Any, set[str | None]]:
    """Return for each possible answer about a property the first choices that it leaves."""
    left: dict[Any, set[str | None]] = {}
    for way, choice in ways:
        left.setdefault(way[name], set()).add(choice)
    return left


def _best_question(ways: list[tuple[Way, str | None]]) -> str:
    """Return the open property whose answer leaves on average the fewest choices, or settles most often."""

    def cost(name: str) -> tuple[float, int]:
        sizes = [len(choices) for choices in _left(ways, name).values()]
        return sum(sizes) / len(sizes), -sizes.count(1)

    return min(ways[0][0], key=cost)


def _what_each_answer_means(asks: str, ways: list[tuple[Way, str | None]]) -> Iterator[str]:
    prop = PROPERTIES[asks]
    for answer, left in _left(ways, asks).items():
        names = _in_table_order(left) + (["no cross-entropy"] if None in left else [])
        yield f"{prop.flag(answer)} ({prop.answers[answer]}): {' or '.join(names)}"


def _in_table_order(ids: set[str | None]) -> list[str]:
    return [loss for loss in LOSSES if loss in ids]


def _why(task: Task, loss: Loss, fitting: list[Loss]) -> Iterator[str]:
    """Yield a sentence for each property that decided, then one for each rank among the losses that fit."""
    for name, says in advice.DECIDERS.items():
        value = getattr(task, name)
        sentence = None if value is None else says(task, loss, value)
        if sentence and (name == "kind" or _decides(name, task, loss)):
            yield sentence
    others = [each.id for each in fitting[1:]]
    yield from filter(None, (rank(task, loss, others) for rank in advice.RANKS))
    if not loss.computed:
        yield f"cepick recommends {loss.id} but does not compute it yet"


_REPEATS = {
    "outcomes": ("encoding", "label_base", "units", "classes"),
    "exclusive": ("encoding", "label_base", "units", "classes"),
    "targets": ("encoding", "label_base"),
    "encoding": ("label_base", "ignore_index"),
    "units": ("encoding", "classes"),
}
"""For each property those that only repeat it, and would stand in the way of asking what another value would do."""


def _decides(name: str, task: Task, loss: Loss) -> bool:
    """Tell whether another value of a property would have led to another first choice."""
    if getattr(task, name) is None:
        return False
    bare = task.but(**dict.fromkeys(_REPEATS.get(name, ())))
    for value in advice.OTHERWISE.get(name) or PROPERTIES[name].answers:
        try:
            other = choices(bare.but(**{name: value}))
        except CepickError:
            continue
        if any(choice not in {loss.id, None} for _, choice in other):
            return True
    return False


def _why_not(task: Task, chosen: Loss) -> dict[str, tuple[str, ...]]:
    """Return for each near neighbour that was refused the reasons."""
    refused = {
        loss.id: tuple(dict.fromkeys(refusals(loss, task)))
        for loss in LOSSES.values()
        if loss.id != chosen.id and loss.accepts and asked_for(loss, task)
    }
    return {loss: reasons for loss, reasons in refused.items() if reasons}
