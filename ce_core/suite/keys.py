"""The table of a suite's keys: what each is called, what it may be, and what it says."""

from __future__ import annotations

from typing import Literal

from ce_core.compute.clips import NAMES as CLIPS
from ce_core.read.settings import LABELS, MEANS_OVER, SMOOTHINGS
from ce_core.records import dataclass

from .spec import FAIL_ON

Kind = Literal[
    "text",
    "texts",
    "word",
    "number",
    "whole",
    "flag",
    "path",
    "paths",
    "array",
    "clip",
    "by",
    "task",
    "loss",
    "loss_options",
    "limits",
    "equals",
    "findings",
    "baseline",
    "slices",
    "masks",
    "matrix",
    "defaults",
    "checks",
]


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of a suite's file."""

    name: str
    kind: Kind
    says: str
    """What it is, as errors and the schema tell it."""
    required: bool = False
    words: tuple[str, ...] = ()
    """Of a word, all there are."""
    least: float | None = None
    most: float | None = None
    open: bool = False
    """Whether the number must be within its ends, and not at one."""
    endless: bool = False
    """Whether the number may be infinite."""
    alone: bool = False
    """Whether an array may be one number, too."""
    option: bool = False
    """Whether it is handed on to `ce_core.evaluate` as it is."""


SUITE = (
    Key(name="fail_on", kind="word", says="the least severity that fails a check", words=FAIL_ON),
    Key(name="matrix", kind="matrix", says="variables, each with the values that checks are run for"),
    Key(name="defaults", kind="defaults", says="keys that each check takes unless it says otherwise"),
    Key(name="checks", kind="checks", says="the checks, one under the other", required=True),
)

_OPTIONS = (
    Key(name="loss_options", kind="loss_options", says="the options of the loss, by name"),
    Key(name="reduction", kind="word", says="how the losses are joined", words=("mean", "sum")),
    Key(name="mean_over", kind="word", says="what the mean is divided by", words=MEANS_OVER),
    Key(name="labels", kind="word", says="how the labels of a row are joined", words=LABELS),
    Key(name="class_weights", kind="array", says="a weight for each class: a file, or a list"),
    Key(name="sample_weights", kind="array", says="a weight for each example: a file, or a list"),
    Key(
        name="pos_weight",
        kind="array",
        says="the weight of positive labels: a number, file or list",
        alone=True,
    ),
    Key(
        name="label_smoothing", kind="number", says="the share that is smoothed, such as 0.1", least=0, most=1
    ),
    Key(name="smoothing", kind="word", says="where the smoothed mass goes", words=SMOOTHINGS),
    Key(name="mask", kind="array", says="1 for each position that counts, else 0: a file, or a list"),
    Key(name="lengths", kind="array", says="the valid length of each sequence: a file, or a list"),
    Key(
        name="clip",
        kind="clip",
        says="how far probabilities are kept from 0 and 1: a number, or a framework's way",
        words=CLIPS,
        least=0,
        most=0.5,
        open=True,
    ),
    Key(name="base", kind="word", says="the unit of the loss", words=("nats", "bits")),
    Key(name="class_names", kind="texts", says="the names of the classes, in their order"),
    Key(name="target_column", kind="text", says="the column of the table that holds the targets"),
    Key(name="dtype", kind="word", says="what raw 2-byte values are", words=("bfloat16",)),
    Key(name="head", kind="path", says="the class weights of the last layer, where predictions are features"),
    Key(name="bias", kind="path", says="the class biases of the last layer"),
    Key(
        name="sampler",
        kind="word",
        says="what draws the classes of a sampled loss",
        words=("uniform", "log_uniform", "learned_unigram", "fixed_unigram"),
    ),
    Key(name="num_sampled", kind="whole", says="how many classes are drawn, such as 100", least=1),
    Key(name="num_true", kind="whole", says="how many true classes an example has, such as 1", least=1),
    Key(name="unique", kind="flag", says="whether no class is drawn twice"),
    Key(
        name="remove_accidental_hits",
        kind="flag",
        says="whether drawn classes that are true ones are left out",
    ),
    Key(name="candidates", kind="path", says="a file of classes that were drawn elsewhere"),
    Key(name="repeats", kind="whole", says="how often classes are drawn, such as 10", least=1),
    Key(name="seed", kind="whole", says="where the random numbers begin, such as 0", least=0),
    Key(name="unigrams", kind="array", says="the counts of the classes: a file, or a list"),
)

OPTIONS = tuple(each.name for each in _OPTIONS)
"""The keys of a check that are arguments of `ce_core.evaluate`."""

CHECK = (
    Key(name="name", kind="text", says="what the check is called", required=True),
    Key(
        name="predictions", kind="paths", says="a file, folder, glob or URL, or a list of them", required=True
    ),
    Key(name="targets", kind="paths", says="a file, folder, glob or URL, or a list of them"),
    Key(name="task", kind="task", says="what the arrays are: properties, a preset's name, or a task file"),
    Key(name="loss", kind="loss", says="the id of a loss, or a framework's spelling"),
    *_OPTIONS,
    Key(name="equals", kind="equals", says="the number that another program printed for the same arrays"),
    Key(name="limits", kind="limits", says="what diagnostics may be: a path each, with min, max or both"),
    Key(name="findings", kind="findings", says="which findings count"),
    Key(name="baseline", kind="baseline", says="the earlier run that the check is held against"),
    Key(name="slices", kind="slices", says="parts of the examples with limits of their own"),
    Key(name="matrix", kind="matrix", says="variables, each with the values that the check is run for"),
)

DEFAULTS = tuple(each for each in CHECK if each.name not in {"name", "matrix"})

LIMIT = (
    Key(name="min", kind="number", says="the least that is allowed, such as 0.9"),
    Key(name="max", kind="number", says="the most that is allowed, such as 0.4"),
)

EQUALS = (
    Key(name="value", kind="number", says="the number, such as 0.3274", required=True, endless=True),
    Key(name="rtol", kind="number", says="how far it may be off, as a share of it, such as 1e-4", least=0),
    Key(name="atol", kind="number", says="how far it may be off, such as 1e-6", least=0),
)

FINDINGS = (
    Key(name="select", kind="texts", says="the only ones that count: codes, slugs, or beginnings of codes"),
    Key(name="ignore", kind="texts", says="those that do not count: codes, slugs, or beginnings of codes"),
    Key(name="fail_on", kind="word", says="the least severity that fails the check", words=FAIL_ON),
)

BASELINE = (
    Key(name="file", kind="path", says="the file that 'cepick baseline write' wrote", required=True),
    Key(name="metric", kind="word", says="what is compared, example by example", words=("loss", "accuracy")),
    Key(name="tolerance", kind="number", says="how much worse the metric may be, such as 0.01", least=0),
    Key(
        name="significance",
        kind="number",
        says="the chance of a false alarm that is allowed, such as 0.01",
        least=0,
        most=1,
        open=True,
    ),
    Key(name="test", kind="word", says="the paired test of significance", words=("bootstrap", "t")),
    Key(
        name="seed", kind="whole", says="where the random numbers of the bootstrap begin, such as 0", least=0
    ),
    Key(name="resamples", kind="whole", says="how often the bootstrap draws, such as 10000", least=100),
)

SLICES = (
    Key(name="by", kind="by", says="a file with a value for each example, or the name of a column"),
    Key(name="masks", kind="masks", says="by name, files with 1 for each example of the slice"),
    Key(
        name="min_count",
        kind="whole",
        says="how few examples a slice must have to be held to limits, such as 30",
        least=1,
    ),
    Key(name="limits", kind="limits", says="what diagnostics of each slice may be"),
)
