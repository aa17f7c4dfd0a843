"""`explain` knows every name it shows, and every number it prints can be computed again."""

from __future__ import annotations

import ast
import itertools
import json
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from ce_core.configs_io import listing, load_yaml, read_text
from ce_core.errors import CepickError
from ce_core.findings import RULES
from ce_core.frameworks import every_framework, frameworks
from ce_core.lookup import finding_texts
from ce_core.lookup.explain import explain, losses_table, topics
from ce_core.losses import CORE, LOSSES

ENTRIES: dict[str, dict[str, Any]] = {
    kind: load_yaml(f"explain/{kind}.yaml") for kind in ("losses", "concepts")
}
ENTRIES["findings"] = finding_texts.entries()
PAIRS: list[dict[str, Any]] = load_yaml("explain/pairs.yaml")
ALL = [(id_, entry) for entries in ENTRIES.values() for id_, entry in entries.items()]
ALL += [(f"{pair['left']}|{pair['right']}", pair) for pair in PAIRS]

ENTRY_KEYS = {"title", "aliases", "formula", "shapes", "when", "traps", "example", "see_also", "source"}
KEYS = {
    "losses": ENTRY_KEYS,
    "concepts": ENTRY_KEYS | {"one_line"},
    "findings": (ENTRY_KEYS - {"aliases", "formula", "shapes"})
    | {"why", "effect", "remedy", "frameworks", "repair"},
}
PAIR_KEYS = {"left", "right", "one_line", "differs", "when", "traps", "example", "see_also"}

NUMBER = re.compile(r"(?<![\w.])\d+\.\d{3,}(?:e-?\d+)?")
"""A number with three decimals or more: nobody guesses those, so each must be proved."""

every_entry = pytest.mark.parametrize(("name", "entry"), ALL, ids=[name for name, _ in ALL])


def _values(example: dict[str, Any]) -> dict[str, float]:
    names: dict[str, Any] = {"np": np}
    for name, expression in example.get("given", {}).items():
        names[name] = eval(expression, names)
    return {shown: float(eval(expression, names)) for shown, expression in example["check"].items()}


def _prose(entry: dict[str, Any]) -> str:
    parts = [entry.get(key) or "" for key in ("one_line", "formula", "shapes", "when", "why", "effect")]
    parts += [*entry["traps"], entry["example"]["text"]]
    parts += [text for row in entry.get("differs", ()) for text in row.values()]
    return " ".join(parts).replace(",", "")


@every_entry
def test_every_number_of_an_example_is_what_its_expression_gives(name: str, entry: dict[str, Any]) -> None:
    for shown, value in _values(entry["example"]).items():
        if shown in ("nan", "inf"):
            assert str(value) == shown
        else:
            half_a_unit = 0.5 * 10.0 ** int(Decimal(shown).as_tuple().exponent)
            assert value == pytest.approx(float(shown), rel=1e-9, abs=half_a_unit), shown


@every_entry
def test_every_proved_number_is_in_the_text_and_every_long_number_is_proved(
    name: str, entry: dict[str, Any]
) -> None:
    text, proved = _prose(entry), entry["example"]["check"]
    inputs = " ".join([*entry["example"].get("given", {}).values(), *proved.values()])
    assert [shown for shown in proved if shown not in ("nan", "inf") and shown not in text] == []
    sizes = {shown.removeprefix("-") for shown in proved} | set(NUMBER.findall(inputs))
    assert [number for number in NUMBER.findall(text) if number not in sizes] == []


@every_entry
def test_an_entry_has_an_example_with_a_proof(name: str, entry: dict[str, Any]) -> None:
    assert entry["example"]["text"]
    assert entry["example"]["check"]
    assert set(entry["example"]) <= {"text", "given", "check"}


@pytest.mark.parametrize("kind", KEYS)
def test_an_entry_has_the_keys_of_its_kind_and_no_others(kind: str) -> None:
    for id_, entry in ENTRIES[kind].items():
        assert set(entry) ^ KEYS[kind] == set(), id_
        assert entry["traps"], id_


def test_a_pair_has_its_keys_and_names_its_sides_by_their_ids() -> None:
    for pair in PAIRS:
        assert set(pair) == PAIR_KEYS
        for side in ("left", "right"):
            assert explain(pair[side]).id == pair[side]
        assert all(set(row) == {"what", "left", "right"} for row in pair["differs"])
        assert all(row["left"] != row["right"] for row in pair["differs"] if "same" not in row["left"])


def test_no_pair_is_written_twice() -> None:
    sides = [frozenset((pair["left"], pair["right"])) for pair in PAIRS]
    assert len(sides) == len(set(sides))


@every_entry
def test_what_to_see_also_can_be_explained_and_is_something_else(name: str, entry: dict[str, Any]) -> None:
    assert entry["see_also"]
    found = [explain(other).id for other in entry["see_also"]]
    assert found == entry["see_also"]
    assert name not in found
    assert len(found) == len(set(found))


def test_no_name_means_two_things() -> None:
    owners: dict[str, set[str]] = {}
    for kind, entries in ENTRIES.items():
        for id_, entry in entries.items():
            slug = [RULES[id_].slug] if kind == "findings" else []
            for name in (id_, *entry.get("aliases", ()), *slug):
                owners.setdefault(re.sub(r"[-_\s]", "", name.casefold()), set()).add(id_)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_an_alias_is_not_repeated_and_is_not_the_id() -> None:
    for entries in ENTRIES.values():
        for id_, entry in entries.items():
            names = [id_, *entry.get("aliases", ())]
            assert len(names) == len(set(names)), id_


def test_every_loss_of_the_table_is_explained_and_nothing_else_is_a_loss() -> None:
    assert set(ENTRIES["losses"]) == set(LOSSES)


def test_every_finding_is_explained_in_the_file_of_its_hundred_and_in_order() -> None:
    assert list(ENTRIES["findings"]) == list(RULES)
    for name in listing("explain/findings"):
        assert {f"{code[:3]}xx.yaml" for code in load_yaml(f"explain/findings/{name}")} == {name}


@pytest.mark.parametrize("code", RULES)
def test_a_finding_tells_what_the_main_frameworks_do_and_how_to_repair_it(code: str) -> None:
    found = explain(code)
    assert set(found.frameworks) >= set(frameworks())
    assert set(found.frameworks) <= set(every_framework())
    assert set(found.repair) <= {*every_framework(), "numpy"}
    assert {"torch", "numpy"} <= set(found.repair) or code in REPAIRED_OTHERWISE
    assert found.frameworks == finding_texts.frameworks(code)
    for says in found.frameworks.values():
        assert not says.endswith(".")
        assert len(says) <= 160, says


REPAIRED_OTHERWISE: frozenset[str] = frozenset()


@pytest.mark.parametrize("code", ENTRIES["findings"])
def test_the_remedy_of_a_finding_is_python_that_parses(code: str) -> None:
    remedy = explain(code).remedy
    assert remedy is not None
    assert ast.parse(remedy).body


@pytest.mark.parametrize(
    "name",
    [
        "cross-entropy", "entropy", "KL divergence", "logit", "logits", "softmax", "sigmoid", "log-softmax",
        "logsumexp", "sparse", "index labels", "one-hot", "multi-hot", "soft label", "distribution",
        "hard label", "binary", "multi-class", "mutually exclusive", "multi-label", "reduction",
        "what the mean divides by",
        "label smoothing", "ignore_index", "mask", "padding", "sample weight", "class weight", "pos_weight",
        "class imbalance", "focal loss", "perplexity", "nats", "bits", "calibration",
        "expected calibration error", "reliability diagram", "temperature", "Brier score", "D2",
        "prior entropy",
        "double softmax", "clipping", "epsilon", "numerical stability", "class axis", "broadcasting",
        "sampled softmax", "noise contrastive estimation", "knowledge distillation", "contrastive loss",
        "InfoNCE", "negative log likelihood", "from_logits", "units", "activation", "proper scoring rule",
        "weights-forgotten", "weights-twice", "mean-of-batch-means", "last-batch-dropped", "ignored-counted",
        "not-ignored", "wrong-base", "perplexity-logged", "famous numbers",
        "BCE", "CCE", "probabilities", "log-probabilities", "regression", "ordinal", "ranking", "CTC",
    ],
)  # fmt: skip
def test_the_words_of_the_field_are_known(name: str) -> None:
    assert explain(name).kind in ("concept", "loss", "finding")


@pytest.mark.parametrize(
    ("spelling", "id_"),
    [
        ("softmax_cross_entropy", "softmax_cross_entropy"),
        ("Softmax Cross-Entropy", "softmax_cross_entropy"),
        (" softmax-cross-entropy ", "softmax_cross_entropy"),
        ("labelsmoothing", "label_smoothing"),
        ("soft labels", "soft_label"),
        ("hinge loss", "hinge"),
        ("Dice loss", "dice"),
        ("cross-entropy loss", "cross_entropy"),
        ("Class Weights", "class_weight"),
        ("crossentropy", "cross_entropy"),
        ("ce102", "CE102"),
        ("probabilities-as-logits", "CE102"),
        ("Probabilities As Logits", "CE102"),
        ("torch.nn.BCEWithLogitsLoss", "torch.nn.functional.binary_cross_entropy_with_logits"),
        ("bcewithlogitsloss", "torch.nn.functional.binary_cross_entropy_with_logits"),
        ("nll_loss", "torch.nn.functional.nll_loss"),
        ("BinaryCrossentropy", "keras.losses.BinaryCrossentropy"),
    ],
)
def test_case_spaces_hyphens_and_plurals_do_not_matter(spelling: str, id_: str) -> None:
    assert explain(spelling).id == id_


@pytest.mark.parametrize(
    ("misspelt", "near"),
    [
        ("sofmax", "'softmax'"),
        ("label smothing", "'label_smoothing'"),
        ("torch.nn.BCELos", "'torch.nn.BCELoss'"),
        ("probabilites-as-logits", "'probabilities_as_logits'"),
        ("CE999", "'CE"),
        ("qqqq", "cepick losses"),
        ("", "cepick losses"),
    ],
)
def test_an_unknown_name_is_an_error_that_names_the_nearest(misspelt: str, near: str) -> None:
    with pytest.raises(CepickError) as caught:
        explain(misspelt)
    message = str(caught.value)
    assert message.startswith(repr(misspelt))
    assert near in message
    assert "\n" not in message


def test_an_unknown_second_name_is_an_error_too() -> None:
    with pytest.raises(CepickError, match="sofmax"):
        explain("sigmoid", "sofmax")


def test_an_ending_that_several_functions_share_is_an_error_that_names_them() -> None:
    with pytest.raises(CepickError, match=r"keras\.losses\.KLDivergence or optax\.kl_divergence"):
        explain("losses.kl_divergence")


@pytest.mark.parametrize("code", RULES)
def test_a_finding_is_explained_by_its_signature_and_none_is_reserved(code: str) -> None:
    found = explain(code)
    assert found.one_line == RULES[code].signature
    assert found.to_dict()["reserved"] is False


@pytest.mark.parametrize("code", RULES)
def test_a_slug_is_the_finding_whatever_concept_is_near(code: str) -> None:
    found = explain(RULES[code].slug)
    assert (found.kind, found.id, found.severity) == ("finding", code, RULES[code].severity)


@pytest.mark.parametrize("loss", CORE)
def test_a_core_loss_is_spelt_in_every_framework_or_said_to_be_missing(loss: str) -> None:
    found = explain(loss)
    assert set(found.calls) | set(found.absent) == set(frameworks())
    assert not set(found.calls) & set(found.absent)
    assert all(row.loss == loss for rows in found.calls.values() for row in rows)


def test_a_function_of_several_losses_tells_all_of_them() -> None:
    found = explain("torch.nn.CrossEntropyLoss")
    assert found.kind == "call"
    assert set(found.losses) == {"sparse_softmax_cross_entropy", "softmax_cross_entropy"}
    assert list(found.calls) == ["torch"]
    assert found.formula is not None
    for loss in found.losses:
        assert f"{loss}:" in found.formula
        assert f"{loss}:" in found.one_line


def test_every_topic_can_be_explained_and_is_itself() -> None:
    for kind, ids in topics().items():
        assert len(ids) == len(set(ids))
        for id_ in ids:
            found = explain(*id_.split(" | "))
            assert found.kind == kind or (kind == "call" and found.id == id_)
            assert kind == "call" or found.id == id_


def test_every_configuration_of_explanations_is_read() -> None:
    assert set(listing("explain")) == {f"{name}.yaml" for name in ("losses", "concepts", "pairs")}


@pytest.fixture(scope="module")
def explanation_schema() -> Draft202012Validator:
    schema = json.loads(read_text("schemas/explanation.schema.json"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_every_explanation_is_valid_json_by_its_schema(explanation_schema: Draft202012Validator) -> None:
    for ids in topics().values():
        for id_ in ids:
            told = json.dumps(explain(*id_.split(" | ")).to_dict(), allow_nan=False)
            explanation_schema.validate(json.loads(told))


def test_the_schema_of_explanations_is_strict(explanation_schema: Draft202012Validator) -> None:
    told = explain("sigmoid", "softmax").to_dict()
    single = explain("sigmoid").to_dict()
    broken: list[dict[str, Any]] = [
        {**told, "extra": 1},
        {**told, "kind": "opinion"},
        {**told, "other": None},
        {**told, "other": {**told["other"], "left": None}},
        {**single, "other": told["other"]},
        {**single, "example": {"text": "no proof"}},
        {key: value for key, value in single.items() if key != "traps"},
    ]
    assert explanation_schema.is_valid(told)
    assert explanation_schema.is_valid(single)
    assert [explanation_schema.is_valid(one) for one in broken] == [False] * len(broken)


def test_the_table_of_losses_is_valid_by_its_schema_and_complete() -> None:
    schema = json.loads(read_text("schemas/losses.schema.json"))
    Draft202012Validator.check_schema(schema)
    table = losses_table()
    Draft202012Validator(schema).validate(table)
    assert [row["id"] for row in table["losses"]] == list(LOSSES)
    assert {row["id"] for row in table["losses"] if row["computed"]} >= set(CORE)
    assert not Draft202012Validator(schema).is_valid(
        {**table, "losses": [{**table["losses"][0], "extra": 1}]}
    )


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{pair['left']}|{pair['right']}" for pair in PAIRS])
def test_the_order_of_two_names_only_turns_the_sides(pair: dict[str, Any]) -> None:
    there, back = explain(pair["left"], pair["right"]), explain(pair["right"], pair["left"])
    assert there.other is not None
    assert back.other is not None
    assert (there.other.left, there.other.right) == (back.other.right, back.other.left)
    turned = [(row.what, row.right, row.left) for row in back.other.differences]
    assert [(row.what, row.left, row.right) for row in there.other.differences] == turned
    assert there.one_line == back.one_line == pair["one_line"]


def test_two_losses_differ_on_the_axes_where_their_rows_of_the_table_differ() -> None:
    axes = {"predictions are": "outputs", "outcomes compete by": "competes", "targets are": "targets"}
    for one, two in itertools.combinations(LOSSES, 2):
        other = explain(one, two).other
        assert other is not None
        rows = {row.what: (row.left, row.right) for row in other.differences}
        for what, axis in axes.items():
            sides = [LOSSES[loss].to_dict()[axis] for loss in (one, two)]
            shown = tuple("-" if side is None else side for side in sides)
            assert rows.get(what) == (shown if sides[0] != sides[1] else None)


def test_any_two_names_are_set_side_by_side_with_only_what_differs() -> None:
    names = [
        "hinge",
        "CE102",
        "CE104",
        "padding",
        "perplexity",
        "optax.softmax_cross_entropy",
        "sklearn.metrics.log_loss",
    ]
    for one, two in itertools.permutations(names, 2):
        found = explain(one, two)
        assert found.kind == "comparison"
        assert found.other is not None
        assert found.other.differences
        assert all(row.left != row.right for row in found.other.differences)


def test_two_functions_are_compared_by_what_is_written_about_their_losses() -> None:
    found = explain("torch.nn.BCELoss", "torch.nn.BCEWithLogitsLoss")
    written = explain("binary_cross_entropy", "sigmoid_cross_entropy")
    assert (found.one_line, found.traps, found.example) == (written.one_line, written.traps, written.example)


def test_a_name_beside_itself_differs_in_nothing() -> None:
    found = explain("bce", "binary cross-entropy")
    assert found.other is not None
    assert found.other.differences == ()
    assert found.one_line == "two names of binary_cross_entropy"


def test_only_the_softmax_is_said_to_have_a_sparse_form() -> None:
    found = explain("sparse softmax cross-entropy", "softmax cross-entropy")
    assert "Only the softmax has a sparse form" in found.one_line
    assert any("2^K" in trap for trap in found.traps)


@pytest.mark.parametrize(
    "name",
    [
        "accuracy", "top-5 accuracy", "confidence", "recall", "support", "uniform", "standard error",
        "median loss", "quantiles", "p(true)", "effective sample size", "one-hot encoding", "masking",
        "subset accuracy", "worst examples", "D²", "KL divergence", "ECE", "Brier score", "reliability",
    ],
)  # fmt: skip
def test_the_words_of_the_pages_are_known(name: str) -> None:
    assert explain(name).kind in ("concept", "loss")


@pytest.mark.parametrize("name", ["precision", "banana", "hidden size", "squared loudness"])
def test_what_is_far_from_every_name_is_not_taken_for_a_misspelling(name: str) -> None:
    with pytest.raises(CepickError) as caught:
        explain(name)
    assert "did you mean" not in str(caught.value)


def test_a_function_has_the_code_of_the_spelling_that_was_asked_for() -> None:
    module, function = explain("torch.nn.CrossEntropyLoss"), explain("torch.nn.functional.cross_entropy")
    assert module.title == "torch.nn.CrossEntropyLoss (PyTorch)"
    assert function.title == "torch.nn.functional.cross_entropy (PyTorch)"
    assert module.id == function.id
    assert all("torch.nn.CrossEntropyLoss()(" in row.code for row in module.calls["torch"])
    assert all("functional.cross_entropy(" in row.code for row in function.calls["torch"])
    assert explain("nn.CrossEntropyLoss").title == module.title


def test_what_is_noted_of_several_losses_is_told_once() -> None:
    for name in topics()["call"]:
        notes = explain(name).when or ""
        sentences = re.split(r"(?<=\.)\s+", notes)
        assert len(sentences) == len(set(sentences)), name


def test_the_formula_of_each_of_several_losses_begins_a_line() -> None:
    found = explain("keras.losses.BinaryCrossentropy")
    for text in (found.formula, found.shapes):
        assert text is not None
        starts = {line.split(":")[0] for line in text.splitlines()}
        assert starts >= set(found.losses)
