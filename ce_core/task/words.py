"""The words of a task: every property, its values, the flag that says it and the question that asks for it."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from ce_core.records import dataclass

Kind = Literal[
    "classification",
    "distillation",
    "contrastive",
    "reconstruction",
    "margin",
    "regression",
    "ordinal",
    "ranking",
    "overlap",
    "sequence_alignment",
    "density_estimation",
]
Structure = Literal["example", "token", "pixel", "box"]
Outcomes = Literal["binary", "multiclass"]
Targets = Literal["hard", "soft"]
Encoding = Literal["index", "one_hot", "multi_hot", "distribution", "scalar"]
TargetRange = Literal["unit_interval", "signed", "byte", "real"]
Outputs = Literal["logits", "probabilities", "log_probabilities"]
Phase = Literal["train", "eval"]
Weighting = Literal["sample", "class", "positive"]

Value = str | bool | int | float | tuple[int, ...] | tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property of a task: what it may be, how it is said, and how it is asked for."""

    name: str
    type: Literal["choice", "choices", "bool", "integer", "axis", "ratio"]
    says: str
    """What the property means, as help and schema tell it."""
    question: str
    """What the wizard asks, and what an undecided answer leaves open."""
    answers: dict[Value, str] = field(default_factory=dict)
    """Each value with what choosing it means; for a choice these are all the values there are."""
    flags: dict[Value, str] = field(default_factory=dict)
    """The command-line flag that says each value, where it is not ``--NAME VALUE``."""

    def flag(self, value: Value) -> str:
        """Return the flag that says this property has this value, as it is typed.

        >>> PROPERTIES["outputs"].flag("logits"), PROPERTIES["classes"].flag(10)
        ('--logits', '--classes 10')
        """
        if value in self.flags:
            return self.flags[value]
        option = "--" + self.name.replace("_", "-")
        if self.type == "bool":
            return option if value else "--no-" + option[2:]
        several = value if isinstance(value, tuple) else (value,)
        return f"{option} {','.join(map(_typed, several))}"


def _typed(value: Value) -> str:
    """Return a value as a person types it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


_TABLE = (
    Property(
        name="kind",
        type="choice",
        says="what the model is trained to do",
        question="What is the model trained to do?",
        answers={
            "classification": "say which class, or which labels, an example has",
            "distillation": "imitate the probabilities of a teacher model",
            "contrastive": "pick the matching partner out of a batch",
            "reconstruction": "give its input back, value by value",
            "margin": "separate -1 from +1 by a margin, without probabilities",
            "regression": "predict a quantity, such as a price or a count",
            "ordinal": "predict a grade whose order matters, such as 1 to 5 stars",
            "ranking": "put items in order",
            "overlap": "maximise the overlap of a region with its mask",
            "sequence_alignment": "transcribe a sequence whose alignment is unknown",
            "density_estimation": "model the density of continuous data",
        },
    ),
    Property(
        name="structure",
        type="choice",
        says="what one prediction belongs to",
        question="What does one prediction belong to?",
        answers={
            "example": "a whole example",
            "token": "a token or time step of a sequence",
            "pixel": "a pixel or voxel",
            "box": "a candidate box or anchor",
        },
    ),
    Property(
        name="outcomes",
        type="choice",
        says="two outcomes, or more",
        question="Are there two outcomes, or more?",
        answers={"binary": "two: yes or no", "multiclass": "more than two classes or labels"},
        flags={"binary": "--binary", "multiclass": "--multiclass"},
    ),
    Property(
        name="exclusive",
        type="bool",
        says="whether exactly one class is true for each example",
        question="Is exactly one class true for each example, or may several be true at once?",
        answers={True: "exactly one is true", False: "several may be true at once, or none"},
        flags={True: "--exclusive", False: "--multilabel"},
    ),
    Property(
        name="targets",
        type="choice",
        says="certain labels, or probabilities",
        question="Are the targets certain labels (hard), or probabilities (soft)?",
        answers={"hard": "labels: each outcome is 0 or 1", "soft": "probabilities: anything from 0 to 1"},
        flags={"hard": "--hard", "soft": "--soft"},
    ),
    Property(
        name="encoding",
        type="choice",
        says="how a target is stored",
        question="How is a target stored?",
        answers={
            "index": "the number of the class, such as 7",
            "one_hot": "a row of zeros with a single 1",
            "multi_hot": "a row of zeros and ones, one for each label",
            "distribution": "a row of probabilities that sums to 1",
            "scalar": "one number from 0 to 1 for each outcome",
        },
    ),
    Property(
        name="target_range",
        type="choice",
        says="the range of the target values",
        question="In which range are the target values?",
        answers={
            "unit_interval": "from 0 to 1",
            "signed": "-1 and +1, or from -1 to 1",
            "byte": "from 0 to 255",
            "real": "any real number",
        },
    ),
    Property(
        name="label_base",
        type="integer",
        says="the number of the first class in index labels: 0 or 1",
        question="Do index labels begin at 0 or at 1?",
        answers={0: "the first class is 0", 1: "the first class is 1"},
    ),
    Property(
        name="outputs",
        type="choice",
        says="what the model puts out",
        question="What does the model put out?",
        answers={
            "logits": "raw scores: no softmax or sigmoid in the model",
            "probabilities": "numbers from 0 to 1: after a softmax or sigmoid",
            "log_probabilities": "logarithms of probabilities: after a log-softmax",
        },
        flags={
            "logits": "--logits",
            "probabilities": "--probabilities",
            "log_probabilities": "--log-probabilities",
        },
    ),
    Property(
        name="classes", type="integer", says="the number of classes", question="How many classes are there?"
    ),
    Property(
        name="units",
        type="integer",
        says="the number of columns that the model puts out",
        question="How many columns does the model put out for each example?",
    ),
    Property(
        name="class_axis",
        type="axis",
        says="the axis of the predictions along which the classes lie",
        question="Along which axis of the predictions do the classes lie?",
    ),
    Property(
        name="ignore_index",
        type="integer",
        says="the label that marks a position to leave out",
        question="Which label marks a position to leave out?",
    ),
    Property(
        name="masked",
        type="bool",
        says="whether some positions, such as padding, must not count",
        question="Are there positions, such as padding, that must not count?",
        answers={True: "yes: some positions do not count", False: "no: every position counts"},
    ),
    Property(
        name="imbalance",
        type="ratio",
        says="whether some classes are rare: true, or the ratio of the commonest to the rarest",
        question="Are some classes much rarer than others?",
    ),
    Property(
        name="weights",
        type="choices",
        says="the weights in use",
        question="Which weights are used?",
        answers={
            "sample": "one for each example",
            "class": "one for each class",
            "positive": "one on the positive outcomes",
        },
    ),
    Property(
        name="huge_vocabulary",
        type="bool",
        says="whether there are so many classes that all logits at once are too expensive",
        question="Are there so many classes that computing every logit is too expensive?",
        answers={True: "yes, such as a vocabulary of a million", False: "no"},
    ),
    Property(
        name="phase",
        type="choice",
        says="training or evaluation",
        question="Is the loss for training or for evaluation?",
        answers={"train": "training", "eval": "evaluation"},
    ),
    Property(
        name="framework",
        type="choice",
        says="the framework whose spelling is wanted",
        question="Which framework do you use?",
        answers={
            "tensorflow": "TensorFlow",
            "keras": "Keras 3",
            "torch": "PyTorch",
            "jax": "JAX with optax",
            "sklearn": "scikit-learn",
        },
    ),
)

PROPERTIES: dict[str, Property] = {prop.name: prop for prop in _TABLE}
"""Every property of a task by its name, in the order in which tasks are printed."""
