"""The frameworks' table itself: whole, parseable, unambiguous, and with a test for every claim it makes."""

from __future__ import annotations

import ast
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from ce_core.configs_io import listing, load_yaml
from ce_core.errors import CepickError
from ce_core.frameworks import (
    ARRAYS,
    CLIPS,
    DIVISORS,
    MODIFIERS,
    OUT_OF_RANGE,
    READS,
    SETS,
    SMOOTHINGS,
    VALUES,
    Absent,
    Call,
    Form,
    Renamed,
    Snippet,
    absent,
    calls_for,
    calls_of,
    every_framework,
    fill,
    find_call,
    framework_id,
    frameworks,
    instead,
    known_spellings,
    out_of_range_behaviour,
    renamed,
    title,
    versions,
)
from ce_core.losses import LOSSES

LISTED = tuple(LOSSES)
FILES = {name: load_yaml(f"frameworks/{name}.yaml") for name in every_framework()}
ROWS = [row for name in every_framework() for row in calls_of(name)]
ABSENT = [entry for name in frameworks() for loss in LISTED if (entry := instead(loss, name)) is not None]
UNVERIFIED = {name for name in every_framework() if not any(row.verified for row in calls_of(name))}
SNIPPETS = (
    [
        pytest.param(
            snippet, id=f"{row.framework}-{row.loss}-{row.units or 'any'}-{modifier or 'plain'}-{number}"
        )
        for number, row in enumerate(ROWS)
        for modifier in (None, *row.modifiers)
        if (snippet := row.snippet(modifier)) is not None
    ]
    + [
        pytest.param(
            Snippet(code=form.code, imports=form.imports), id=f"{form.spellings[0]}-{row.loss}-{number}"
        )
        for number, row in enumerate(ROWS)
        for form in row.forms
    ]
    + [
        pytest.param(
            Snippet(code=entry.code, imports=entry.imports), id=f"{entry.framework}-{entry.loss}-instead"
        )
        for entry in ABSENT
    ]
)
READ = {"framework", "call", "reductions", "default_reduction"}
SEMANTICS = {
    "target_dtypes",
    "selects",
    "holds",
    "arguments",
    "divisors",
    "inner",
    "class_axis",
    "scale",
    "value",
    "clip_policy",
    "clip_epsilon",
    "smoothing_convention",
    "all_ignored",
    "out_of_range_does",
}
ROW_KEYS = {field.name for field in dataclasses.fields(Call)} - READ - SEMANTICS | {"call", "semantics"}


def _bound(tree: ast.AST) -> set[str]:
    stored = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return stored | {
        alias.asname or alias.name.split(".")[0] for node in _imports(tree) for alias in node.names
    }


def _imports(tree: ast.AST) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def _slugs(kind: str) -> list[Any]:
    return [
        pytest.param(name, slug, text, id=f"{name}-{slug}")
        for name, file in FILES.items()
        for slug, text in file[kind].items()
    ]


def test_every_file_is_a_framework_and_every_framework_a_file() -> None:
    assert set(listing("frameworks")) == {f"{name}.yaml" for name in every_framework()}
    assert all(file["framework"] == name for name, file in FILES.items())


@pytest.mark.parametrize("name", every_framework())
def test_a_file_has_no_unknown_key(name: str) -> None:
    file = FILES[name]
    top = "framework title spellings versions label_out_of_range traps out_of_range calls absent"
    assert set(file) - {"renamed"} == set(top.split())
    for row in file["calls"]:
        assert set(row) <= ROW_KEYS, row["call"]
        assert set(row["semantics"]) <= SEMANTICS, row["call"]
        assert all(
            set(form) <= {field.name for field in dataclasses.fields(Form)} for form in row.get("forms", ())
        )
        assert set(row["reduction"]) == {"code", "default", "possible"}
        for modifier, variant in row["modifiers"].items():
            assert modifier in MODIFIERS
            assert set(variant) <= {field.name for field in dataclasses.fields(Snippet)}
    allowed = {field.name for field in dataclasses.fields(Absent)} - {"framework", "loss"} | {"traps"}
    assert all(set(entry) <= allowed for entry in file["absent"].values())


@pytest.mark.parametrize("name", every_framework())
def test_every_loss_id_is_known(name: str) -> None:
    used = {row["loss"] for row in FILES[name]["calls"]} | set(FILES[name]["absent"])
    assert used <= set(LOSSES)


@pytest.mark.parametrize("name", frameworks())
@pytest.mark.parametrize("loss", LISTED)
def test_a_framework_has_either_a_call_or_a_sentence(name: str, loss: str) -> None:
    assert bool(calls_for(loss, framework=name)) != bool(absent(loss, name))


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_is_one_expression_on_the_named_arrays(snippet: Snippet) -> None:
    tree = ast.parse(snippet.code, mode="eval")
    imports = ast.parse(snippet.imports)
    assert all(isinstance(line, ast.Import | ast.ImportFrom) for line in imports.body)
    used = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    free = used - _bound(tree) - _bound(imports) - {"float", "int", "len", "range"}
    assert free <= set(ARRAYS)
    assert free & {"logits", "probabilities", "log_probabilities", "scores", "predictions", "features"}
    assert "targets" in free
    assert "\n" not in snippet.code
    assert "  " not in snippet.code
    assert snippet.divides_by in {None, *DIVISORS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.framework}-{row.loss}-{row.call}-{row.units}")
def test_a_modifier_s_snippet_uses_what_it_is_named_for(row: Call) -> None:
    for name, snippet in row.modifiers.items():
        assert name == "tokens" or name in snippet.code
    assert row.code not in {snippet.code for snippet in row.modifiers.values()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.framework}-{row.loss}-{row.call}-{row.units}")
def test_a_row_is_json_with_the_keys_of_the_contract(row: Call) -> None:
    shown = json.loads(json.dumps(row.to_dict()))
    assert {"call", "code", "reduction", "note"} <= set(shown)
    assert shown["note"]
    assert shown["reduction"] == "mean"


def test_a_spelling_belongs_to_one_function_and_finds_it() -> None:
    owners: dict[str, set[str]] = {}
    for row in ROWS:
        for spelling in (row.call, *row.aliases):
            owners.setdefault(spelling.lower(), set()).add(row.call)
    assert {spelling: calls for spelling, calls in owners.items() if len(calls) > 1} == {}
    for row in ROWS:
        for form in row.forms:
            assert set(form.spellings) <= set(row.aliases)
    for spelling, calls in owners.items():
        assert {row.call for row in find_call(spelling)} == calls
    assert {spelling.lower() for spelling in known_spellings()} == set(owners)


@pytest.mark.parametrize(
    ("spelling", "framework", "losses"),
    [
        ("BCEWithLogitsLoss", "torch", {"sigmoid_cross_entropy", "weighted_sigmoid_cross_entropy"}),
        ("nn.CrossEntropyLoss", "torch", {"softmax_cross_entropy", "sparse_softmax_cross_entropy"}),
        ("torch.nn.CrossEntropyLoss()", "torch", {"softmax_cross_entropy", "sparse_softmax_cross_entropy"}),
        ("f.cross_entropy", "torch", {"softmax_cross_entropy", "sparse_softmax_cross_entropy"}),
        ("tf.nn.sparse_softmax_cross_entropy_with_logits", "tensorflow", {"sparse_softmax_cross_entropy"}),
        (
            "SparseCategoricalCrossentropy",
            "keras",
            {"sparse_softmax_cross_entropy", "sparse_categorical_cross_entropy"},
        ),
        ("log_loss", "sklearn", {"binary_cross_entropy", "sparse_categorical_cross_entropy"}),
        ("compat.v1.losses.log_loss", "tensorflow", {"binary_cross_entropy"}),
        ("optax.losses.softmax_cross_entropy", "jax", {"softmax_cross_entropy"}),
    ],
)
def test_a_function_is_found_by_its_name_an_alias_or_the_end_of_one(
    spelling: str, framework: str, losses: set[str]
) -> None:
    found = find_call(spelling)
    assert {row.framework for row in found} == {framework}
    assert {row.loss for row in found} == losses


def test_an_unknown_function_has_no_rows_and_an_ambiguous_one_is_refused() -> None:
    assert find_call("torch.nn.Linear") == []
    assert find_call("entropy") == []
    with pytest.raises(CepickError, match=r"optax\.hinge_loss or sklearn\.metrics\.hinge_loss"):
        find_call("hinge_loss")
    assert {row.call for row in find_call("hinge_loss", framework="sklearn")} == {
        "sklearn.metrics.hinge_loss"
    }


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("PyTorch", "torch"),
        ("tf", "tensorflow"),
        ("optax", "jax"),
        ("Flax", "jax"),
        ("scikit-learn", "sklearn"),
        ("Keras", "keras"),
    ],
)
def test_a_framework_is_known_by_its_usual_names(name: str, wanted: str) -> None:
    assert framework_id(name) == wanted
    assert framework_id(title(wanted)) == wanted


def test_a_framework_beside_the_main_ones_is_known_where_every_one_is_asked_for() -> None:
    for name in every_framework():
        assert framework_id(title(name), every=True) == name
    with pytest.raises(CepickError, match="'paddle': not known"):
        framework_id("paddle")


def test_an_objective_that_is_a_plain_word_needs_its_framework_s_name() -> None:
    assert find_call("CrossEntropy") == find_call("multiclass") == []
    assert {row.call for row in find_call("multiclass", framework="lightgbm")} == {"lightgbm.multiclass"}


def test_a_misspelt_framework_is_told_the_nearest_name() -> None:
    with pytest.raises(CepickError, match=r"'pytroch'.*did you mean 'pytorch'\?"):
        framework_id("pytroch")


@pytest.mark.parametrize("name", every_framework())
def test_a_framework_says_what_its_claims_were_run_on(name: str) -> None:
    assert all(version[0].isdigit() for version in versions(name).values())
    assert versions(name)


def test_units_leave_out_the_snippets_for_another_shape() -> None:
    for units, wanted in ((1, "one"), (5, "several")):
        rows = calls_for("sigmoid_cross_entropy", framework="keras", units=units)["keras"]
        assert [row.units for row in rows] == [wanted]
    assert len(calls_for("sigmoid_cross_entropy", framework="keras")["keras"]) == 2


def test_every_framework_says_what_a_label_out_of_range_does() -> None:
    said = out_of_range_behaviour()
    assert list(said) == [title(name) for name in frameworks()]
    assert all(said.values())


def test_numbers_are_written_into_a_snippet_by_name_only() -> None:
    code = "f(x, ignore_index=ignore_index, where=targets != ignore_index, y=my_ignore_index)"
    assert fill(code, ignore_index=-100) == (
        "f(x, ignore_index=-100, where=targets != -100, y=my_ignore_index)"
    )
    assert fill(code, label_smoothing=0.1) == code
    for row in ROWS:
        for snippet in row.modifiers.values():
            assert ast.parse(fill(snippet.code, ignore_index=-1, label_smoothing=0.1), mode="eval")


@pytest.mark.parametrize(("name", "slug", "text"), [*_slugs("traps"), *_slugs("out_of_range")])
def test_every_claim_has_a_test_of_its_name(name: str, slug: str, text: str) -> None:
    source = (Path(__file__).parent / "frameworks" / "test_traps.py").read_text(encoding="utf-8")
    tests = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    assert text.endswith(".")
    if name in UNVERIFIED:
        assert "(unverified" in text
        return
    assert f"test_{name}_{slug.replace('-', '_')}" in tests


@pytest.mark.parametrize("name", every_framework())
def test_every_claim_is_used(name: str) -> None:
    file = FILES[name]
    rows = [*file["calls"], *file["absent"].values()]
    assert {slug for row in rows for slug in row.get("traps", ())} == set(file["traps"])
    ranges = {row["out_of_range"] for row in file["calls"]} - {None} | {file["label_out_of_range"]}
    assert ranges == set(file["out_of_range"])


ROW_IDS = [pytest.param(row, id=f"{row.framework}-{row.loss}-{row.call}-{row.units}") for row in ROWS]


@pytest.mark.parametrize("row", ROW_IDS)
def test_what_a_row_means_is_said_in_known_words(row: Call) -> None:
    assert row.clip_policy in CLIPS
    assert row.value in VALUES
    assert row.smoothing_convention in {None, *SMOOTHINGS}
    assert row.out_of_range_does in {None, *OUT_OF_RANGE}
    assert row.all_ignored in {None, "nan", "0", "error"}
    assert row.inner in {None, "mean", "sum"}
    assert row.class_axis in {1, -1}
    assert set(row.divisors.values()) <= set(DIVISORS)
    assert set(row.divisors) <= {*row.reductions, row.default_reduction} - {"none", "sum"}
    assert all(argument.sets in SETS and argument.reads in READS for argument in row.arguments.values())
    assert set(row.selects) <= set(row.arguments)
    assert set(row.holds) <= set(SETS)
    assert (row.clip_epsilon is None) or row.clip_policy != "none"
    assert row.target_form in {"index", "rows", "scalar", "signed", "values", "index_lists"}


@pytest.mark.parametrize("row", ROW_IDS)
def test_what_is_said_in_words_for_people_is_said_in_words_for_the_emulator(row: Call) -> None:
    sets = {argument.sets for argument in row.arguments.values()}
    assert (row.smoothing is not None) == (row.smoothing_convention is not None)
    assert row.smoothing is None or "label_smoothing" in sets
    stated = {argument.default for argument in row.arguments.values() if argument.sets == "ignore_index"}
    assert row.ignore_index is None or stated <= {row.ignore_index, None}
    if (
        row.default_reduction not in {"none", "sum"}
        and row.value == "loss"
        and row.loss not in {"dice", "tversky"}
    ):
        assert row.default_reduction in row.divisors


def test_the_main_frameworks_come_first_and_the_others_are_found_by_name_only() -> None:
    assert every_framework()[: len(frameworks())] == frameworks()
    assert set(calls_for("sparse_softmax_cross_entropy")) <= set(frameworks())
    everywhere = calls_for("sparse_softmax_cross_entropy", every=True)
    assert set(everywhere) == set(every_framework()) - {"sklearn"}
    assert calls_for("sparse_softmax_cross_entropy", framework="paddle")["paddle"]
    assert {row.framework for row in find_call("paddle.nn.CrossEntropyLoss")} == {"paddle"}
    assert {row.framework for row in find_call("CrossEntropyLoss")} == {"torch"}


@pytest.mark.parametrize(
    ("spelling", "call"),
    [
        ("binary:logistic", "binary:logistic"),
        ("xgboost.multi:softprob", "multi:softprob"),
        ("lightgbm.xentropy", "lightgbm.cross_entropy"),
        ("catboost.MultiClassOneVsAll", "catboost.MultiClassOneVsAll"),
        ("ForCausalLM", "transformers.loss.loss_utils.ForCausalLMLoss"),
        ("SoftmaxCrossEntropyLoss-13", "onnx.SoftmaxCrossEntropyLoss"),
        ("gluon.loss.SoftmaxCELoss", "mxnet.gluon.loss.SoftmaxCrossEntropyLoss"),
        ("CrossEntropyLossFlat", "fastai.losses.CrossEntropyLossFlat"),
    ],
)
def test_a_function_beside_the_main_ones_is_found(spelling: str, call: str) -> None:
    assert {row.call for row in find_call(spelling)} == {call}


def test_a_variant_or_a_score_is_found_by_name_and_not_listed() -> None:
    (score,) = find_call("d2_log_loss_score")[:1]
    assert (score.shown, score.value) == (False, "d2")
    assert all(row.value != "d2" for row in calls_for("brier", framework="sklearn")["sklearn"])


def test_another_form_of_a_function_has_its_own_default() -> None:
    (row,) = [row for row in find_call("keras.losses.binary_crossentropy") if row.outputs == "logits"][:1]
    form = row.form("keras.losses.binary_crossentropy")
    assert form is not None
    assert (form.default_reduction, row.default_reduction) == ("none", "sum_over_batch_size")
    assert "reduction" in form.lacks
    assert row.form(row.call) is None


def test_an_old_name_points_to_what_took_its_place() -> None:
    for name in FILES["tensorflow"]["renamed"]:
        found = renamed(name)
        assert isinstance(found, Renamed)
        assert found.successor.startswith("tf.compat.v1.losses.")
        assert found.says.endswith(".")
    assert renamed("tf.contrib.losses.Hinge_Loss()") == renamed("tf.contrib.losses.hinge_loss")
    assert renamed("tf.nn.nce_loss") is None
