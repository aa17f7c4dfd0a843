"""A call in a framework's words is data: read, checked, and never run."""

from __future__ import annotations

import pytest

from ce_core.emulate import Spelled, emulate, parse_call
from ce_core.errors import CepickError

READ = [
    ("torch.nn.CrossEntropyLoss", "torch.nn.CrossEntropyLoss", {}),
    ("torch.nn.CrossEntropyLoss()", "torch.nn.CrossEntropyLoss", {}),
    ("nn.CrossEntropyLoss(ignore_index=-1)", "nn.CrossEntropyLoss", {"ignore_index": -1}),
    (
        "torch.nn.CrossEntropyLoss(label_smoothing=0.1, weight=[1, 2.5, 10])",
        "torch.nn.CrossEntropyLoss",
        {"label_smoothing": 0.1, "weight": [1, 2.5, 10]},
    ),
    ("keras.losses.Dice(axis=(1, 2))", "keras.losses.Dice", {"axis": (1, 2)}),
    ("keras.losses.Dice(reduction=None)", "keras.losses.Dice", {"reduction": None}),
    ("sklearn.metrics.log_loss(normalize=False)", "sklearn.metrics.log_loss", {"normalize": False}),
    (
        "tf.compat.v1.losses.log_loss(reduction=tf.compat.v1.losses.Reduction.MEAN)",
        "tf.compat.v1.losses.log_loss",
        {"reduction": "MEAN"},
    ),
    ("multi:softprob", "multi:softprob", {}),
    (
        "keras.losses.BinaryCrossentropy(from_logits=True, dtype='float64')",
        "keras.losses.BinaryCrossentropy",
        {"from_logits": True, "dtype": "float64"},
    ),
]


@pytest.mark.parametrize(("text", "name", "arguments"), READ, ids=[text for text, _, _ in READ])
def test_a_call_is_read_as_its_name_and_arguments(text: str, name: str, arguments: dict[str, object]) -> None:
    assert parse_call(text) == Spelled(name=name, arguments=arguments)


def test_what_is_written_back_reads_the_same() -> None:
    spelled = parse_call("nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=-1, reduction='sum')")
    assert parse_call(str(spelled)) == spelled


REFUSED = [
    ("torch.nn.CrossEntropyLos", "did you mean 'torch.nn.CrossEntropyLoss'"),
    ("CrosEntropyLoss", "did you mean"),
    ("tf.contrib.losses.nothing_like_it", "no such function is known"),
    ("torch.nn.CrossEntropyLoss(label_smothing=0.1)", "did you mean 'label_smoothing'"),
    ("torch.nn.CrossEntropyLoss(0.1)", "no keyword"),
    ("torch.nn.CrossEntropyLoss(**options)", "unpacked"),
    ("torch.nn.CrossEntropyLoss(weight=torch.ones(3))", "not a literal"),
    ("torch.nn.CrossEntropyLoss(label_smoothing=__import__('os'))", "not a literal"),
    ("torch.nn.CrossEntropyLoss(label_smoothing=10**10**10)", "not a literal"),
    ("torch.nn.CrossEntropyLoss(label_smoothing='much')", "is not a number"),
    ("torch.nn.CrossEntropyLoss(label_smoothing=True)", "is not a number"),
    ("torch.nn.CrossEntropyLoss(label_smoothing=1.5)", "outside"),
    ("torch.nn.CrossEntropyLoss(ignore_index=0.5)", "is not an integer"),
    ("torch.nn.CrossEntropyLoss(reduction='average')", "choose from none, mean, sum"),
    ("torch.nn.CrossEntropyLoss(weight=b'12')", "bytes"),
    ("torch.nn.CrossEntropyLoss(weight=[1, 2)", "no list of arguments"),
    ("torch.nn.CrossEntropyLoss()(logits)", "more than a call"),
    ("keras.losses.BinaryCrossentropy(from_logits=1)", "True or False"),
    ("keras.losses.BinaryCrossentropy(dtype='int8')", "float16, float32 or float64"),
    ("keras.losses.binary_crossentropy(reduction='sum')", "has no argument 'reduction'"),
    ("optax.sigmoid_binary_cross_entropy(gamma=2)", "takes none"),
    ("optax.softmax_cross_entropy(where=[1, 0])", "is not emulated"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED, ids=[text for text, _ in REFUSED])
def test_a_call_that_cannot_be_read_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(CepickError) as caught:
        parse_call(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_argument_that_two_weights_would_set_is_refused() -> None:
    with pytest.raises(CepickError, match="are the same; give one"):
        emulate("torch.nn.CrossEntropyLoss(weight=[1, 2])", [[1.0, 2.0]], [0], class_weights=[1, 2])


def test_random_losses_are_not_emulated() -> None:
    with pytest.raises(CepickError, match="nothing to emulate"):
        emulate("tf.nn.nce_loss", [[1.0, 2.0]], [0])
    with pytest.raises(CepickError, match="is not emulated"):
        emulate("tf.nn.nce_loss(num_sampled=3)", [[1.0, 2.0]], [0])


def test_a_row_that_reports_no_value_is_not_emulated() -> None:
    with pytest.raises(CepickError, match="reports no value"):
        emulate("binary:hinge", [1.0, 2.0], [0, 1])
