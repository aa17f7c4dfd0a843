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
    MODIFIERS,
    Absent,
    Call,
    Snippet,
    absent,
    calls_for,
    fill,
    find_call,
    framework_id,
    frameworks,
    instead,
    known_spellings,
    out_of_range_behaviour,
    title,
    versions,
)
from ce_core.losses import CORE, LOSSES

LISTED = (
    *CORE,
    "sampled_softmax",
    "nce",
    "linear_softmax_cross_entropy",
    "sigmoid_focal",
    "softmax_focal",
    "kl_divergence",
    "mean_squared_error",
    "brier",
    "hinge",
    "squared_hinge",
    "categorical_hinge",
    "multi_margin",
    "dice",
    "tversky",
)
FILES = {name: load_yaml(f"frameworks/{name}.yaml") for name in frameworks()}
ROWS = [
    row for name in frameworks() for loss in LISTED for row in calls_for(loss, framework=name).get(name, [])
]
ABSENT = [entry for name in frameworks() for loss in LISTED if (entry := instead(loss, name)) is not None]
SNIPPETS = [
    pytest.param(
        snippet, id=f"{row.framework}-{row.loss}-{row.units or 'any'}-{modifier or 'plain'}-{number}"
    )
    for number, row in enumerate(ROWS)
    for modifier in (None, *row.modifiers)
    if (snippet := row.snippet(modifier)) is not None
] + [
    pytest.param(
        Snippet(code=entry.code, imports=entry.imports), id=f"{entry.framework}-{entry.loss}-instead"
    )
    for entry in ABSENT
]
DIVISORS = {None, "batch", "elements", "weights", "valid", "nonzero_weights"}
READ = {"framework", "call", "reductions", "default_reduction"}
ROW_KEYS = {field.name for field in dataclasses.fields(Call)} - READ | {"call"}


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
    assert set(listing("frameworks")) == {f"{name}.yaml" for name in frameworks()}
    assert all(file["framework"] == name for name, file in FILES.items())


@pytest.mark.parametrize("name", frameworks())
def test_a_file_has_no_unknown_key(name: str) -> None:
    file = FILES[name]
    top = "framework title spellings versions label_out_of_range traps out_of_range calls absent"
    assert set(file) == set(top.split())
    for row in file["calls"]:
        assert set(row) <= ROW_KEYS, row["call"]
        assert set(row["reduction"]) == {"code", "default", "possible"}
        for modifier, variant in row["modifiers"].items():
            assert modifier in MODIFIERS
            assert set(variant) <= {field.name for field in dataclasses.fields(Snippet)}
    allowed = {field.name for field in dataclasses.fields(Absent)} - {"framework", "loss"} | {"traps"}
    assert all(set(entry) <= allowed for entry in file["absent"].values())


@pytest.mark.parametrize("name", frameworks())
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
    free = used - _bound(tree) - _bound(imports) - {"int", "len", "range"}
    assert free <= set(ARRAYS)
    assert free & {"logits", "probabilities", "log_probabilities", "scores", "predictions", "features"}
    assert "targets" in free
    assert "\n" not in snippet.code
    assert "  " not in snippet.code
    assert snippet.divides_by in DIVISORS


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


def test_a_misspelt_framework_is_told_the_nearest_name() -> None:
    with pytest.raises(CepickError, match=r"'pytroch'.*did you mean 'pytorch'\?"):
        framework_id("pytroch")


@pytest.mark.parametrize("name", frameworks())
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
    assert f"test_{name}_{slug.replace('-', '_')}" in tests
    assert text.endswith(".")


@pytest.mark.parametrize("name", frameworks())
def test_every_claim_is_used(name: str) -> None:
    file = FILES[name]
    rows = [*file["calls"], *file["absent"].values()]
    assert {slug for row in rows for slug in row.get("traps", ())} == set(file["traps"])
    ranges = {row["out_of_range"] for row in file["calls"]} - {None} | {file["label_out_of_range"]}
    assert ranges == set(file["out_of_range"])
