"""A sampled loss over the counted examples: several draws, set beside the full softmax loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ce_core.errors import CepickError
from ce_core.read.sampling import Sampling
from ce_core.sampling import (
    SAMPLERS,
    Candidates,
    Sampler,
    frequency_sorted,
    has_expected_counts,
    read_candidates,
    read_unigrams,
    sampler_named,
)
from ce_core.sampling.estimate import LOSSES, STATEMENTS
from ce_core.sampling.samplers import FixedUnigram, LearnedUnigram

from .evaluation import Estimate
from .feature_inputs import FeatureInputs
from .feature_rows import FeatureRows
from .keep import Keeper
from .measure.from_terms import bare_sums, weights_of
from .plan import Plan
from .reduce import reduced
from .sums import Partial, Total

SORTED = 0.5
"""Below this score labels are not sorted by falling frequency; see `ce_core.sampling.frequency_sorted`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Draws:
    """The options of a sampled loss, held against the arrays."""

    loss: str
    options: Sampling
    rows: FeatureRows

    @property
    def inputs(self) -> FeatureInputs:
        """Return the arrays."""
        return self.rows.inputs

    @property
    def removes_hits(self) -> bool:
        """Tell whether a candidate that is a true class is left out."""
        said = self.options.remove_accidental_hits
        return self.loss == "sampled_softmax" if said is None else said

    def candidates(self) -> tuple[Sampler | None, list[Candidates]]:
        """Return the sampler, and the candidates of each draw: from the file, or as many as are asked for.

        All are drawn by one generator, as `ce_core.sampling.estimate` draws them.
        """
        options, path = self.options, self.options.candidates
        if path is not None:
            drawn, sampler = self._from_file(path)
            return sampler, [drawn]
        sampler = self._sampler()
        number = options.num_sampled
        if number is None:
            if sampler.name != "all_candidates":
                raise CepickError(
                    f"num_sampled: {self.loss} draws classes, and it was not said how many; "
                    "pass --num-sampled N, such as 64"
                )
            number = self.inputs.classes
        generator = np.random.default_rng(options.seed)
        draws = [
            sampler.sample(self.rows.true, number, unique=options.unique, seed=generator)
            for _ in range(options.repeats)
        ]
        self._check_drawable(draws[0], sampler.name)
        return sampler, draws

    def _from_file(self, path: str) -> tuple[Candidates, Sampler | None]:
        """Return the candidates of a file, and the sampler where it computed their expected counts."""
        sampler = None if has_expected_counts(path) else self._sampler()
        drawn = read_candidates(path, self.rows.true, sampler=sampler, unique=self.options.unique)
        classes, number = self.inputs.classes, self.options.num_sampled
        outside = drawn.sampled >= classes
        if outside.any():
            raise CepickError(
                f"{path}: class {int(drawn.sampled[outside][0])} was sampled, and {self.inputs.head.name} has "
                f"{classes} classes; pass the candidates that were drawn for this head"
            )
        if number is not None and number != len(drawn.sampled):
            raise CepickError(
                f"num_sampled: {number} was said, and {path} holds {len(drawn.sampled)} candidates; leave it out"
            )
        self._check_drawable(drawn, path if sampler is None else sampler.name)
        return drawn, sampler

    def _check_drawable(self, drawn: Candidates, name: str) -> None:
        """Refuse a label that is never drawn: it has no log Q."""
        never = (drawn.true_expected_count == 0) & self.rows.counted[:, None]
        if never.any():
            row, column = np.argwhere(never)[0]
            raise CepickError(
                f"{self.inputs.labels.name}: class {int(self.rows.true[row, column])} at row {int(row)} is never drawn "
                f"by {name}, so it has no log Q; give it a count, or leave its rows out"
            )

    def _sampler(self) -> Sampler:
        classes, unigrams = self.inputs.classes, self.options.unigrams
        kind = SAMPLERS.get(self.options.sampler.replace("-", "_"))
        option = {FixedUnigram: "unigrams", LearnedUnigram: "seen"}.get(kind) if kind is not None else None
        if unigrams is None or kind is None:
            return sampler_named(self.options.sampler, classes)
        if option is None:
            raise CepickError(
                f"unigrams: go with fixed_unigram and learned_unigram, not with {kind.name}; leave them out"
            )
        counts, name = _counts(unigrams)
        if counts.shape != (classes,):
            raise CepickError(
                f"{name}: {counts.size} counts, and {self.inputs.head.name} has {classes} classes; "
                "give one count for each class",
                code="CE301",
            )
        return sampler_named(kind.name, classes, **{option: counts})


def _counts(unigrams: Any) -> tuple[np.ndarray, str]:
    from ce_core.arrays import from_object

    path = str(unigrams) if isinstance(unigrams, str) or hasattr(unigrams, "__fspath__") else None
    if path is not None and not path.split(":")[0].endswith((".npy", ".npz")):
        return read_unigrams(path), path
    source = from_object(unigrams, "unigrams").require_numbers()
    return source.whole, source.name


def draw_estimate(
    draws: Draws, exact: Partial, keeper: Keeper
) -> tuple[Estimate, float | None, tuple[str, ...]]:
    """Return the estimate, the loss of the first draw under the asked reduction, and notes.

    The keeper's losses become those of the first draw.
    """
    sampler, every = draws.candidates()
    plan = draws.rows.plan
    mean = replace(plan, settings=replace(plan.settings, reduction="mean"))
    reduced_as = mean if plan.settings.reduction == "none" else plan
    sums = [_sums(draws, each, keeper if not at else None) for at, each in enumerate(every)]
    values = np.array([_number(reduced(each, reduced_as)) for each in sums])
    full, average = _number(reduced(exact, reduced_as)), float(values.mean())
    path = draws.options.candidates
    estimate = Estimate(
        value=float(values[0]),
        mean=average,
        standard_deviation=float(values.std(ddof=1)) if len(values) > 1 else None,
        exact=full,
        bias=average - full,
        repeats=len(values),
        sampler=None if sampler is None else sampler.name,
        num_sampled=len(every[0].sampled),
        num_true=draws.rows.true.shape[1],
        unique=bool(len(np.unique(every[0].sampled)) == len(every[0].sampled))
        if path is not None
        else draws.options.unique,
        accidental_hits="removed" if draws.removes_hits else "kept",
        seed=None if path is not None else draws.options.seed,
        candidates=path,
        statement=STATEMENTS[draws.loss],
    )
    return estimate, reduced(sums[0], plan), _notes(draws, sampler)


def _sums(draws: Draws, drawn: Candidates, keeper: Keeper | None) -> Partial:
    """Return the sums of the losses of one draw."""
    inputs, plan = draws.inputs, draws.rows.plan
    total = Total(Partial())
    for block in draws.rows.blocks():
        total.take(Partial(positions=block.span.stop - block.span.start))
        if not len(block.numbers):
            continue
        true = draws.rows.true[block.numbers]
        losses = plan.settings.unit * LOSSES[draws.loss](
            block.predictions,
            true,
            weights=inputs.weights,
            biases=inputs.biases,
            candidates=replace(drawn, true_expected_count=drawn.true_expected_count[block.numbers]),
            remove_accidental_hits=draws.removes_hits,
        )
        total.take(
            bare_sums(block, losses, weights_of(block, true, plan), plan, sequences=_over_sequences(plan))
        )
        if keeper is not None:
            keeper.set_losses(block.numbers, losses)
    return total.sum()


def _over_sequences(plan: Plan) -> bool:
    return plan.settings.mean_over == "sequences"


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _notes(draws: Draws, sampler: Sampler | None) -> tuple[str, ...]:
    """Return what a reader of the value should know of the labels that it was sampled for."""
    if sampler is None or sampler.name != "log_uniform":
        return ()
    score = frequency_sorted(draws.rows.true[draws.rows.counted], draws.inputs.classes)
    if not score < SORTED:  # NaN: every class is equally common
        return ()
    return (
        f"{draws.inputs.labels.name}: the classes are not numbered by falling frequency (score {score:.2f}, where 1 is "
        "fully so), as the log_uniform sampler takes for granted: it draws low numbers the most; renumber them, or "
        "use --sampler fixed_unigram or uniform",
    )
