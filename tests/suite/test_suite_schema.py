"""The JSON Schema of a suite's file says what the table of keys says, and agrees with the reader."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from config_schema import expected
from jsonschema import Draft202012Validator
from test_suite_errors import CHECK, PLACES, WHOLE
from test_suite_read import TOML
from test_suite_read import WHOLE as EVERYTHING

from ce_core import evaluate
from ce_core.configs_io import read_text
from ce_core.suite.init import init_text
from ce_core.suite.read import suite_from_mapping

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(read_text("schemas/check-config.schema.json"))
VALIDATOR = Draft202012Validator(SCHEMA)

SHIPPED = {
    each.name: each.read_text(encoding="utf-8") for each in sorted((ROOT / "configs/checks").glob("*.yaml"))
}

VARIABLES = """\
matrix: {MODEL: [a, 2, true]}
defaults:
  targets: y.npy
  task: {classes: "${K:-3}", outputs: "${GIVEN:-logits}"}
  limits: {"${WHICH:-ece}": {max: "${MOST:-1}"}, accuracy: null}
checks:
  - name: ${MODEL}
    predictions: ${MODEL}.npy
    reduction: ${HOW:-mean}
    unique: ${UNIQUE:-true}
    pos_weight: ${WEIGHT:-2}
    class_weights: [1, "${WEIGHT:-2}", 3]
    clip: keras-binary
    slices: {by: country}
    loss: null
"""


def complaints(content: Any) -> list[str]:
    return [f"{each.json_path}: {each.message}" for each in VALIDATOR.iter_errors(content)]


def test_the_schema_that_ships_is_the_one_of_the_table_of_keys() -> None:
    """`python tests/suite/config_schema.py` writes it."""
    Draft202012Validator.check_schema(SCHEMA)
    assert expected() == SCHEMA


def test_what_the_reader_takes_is_valid() -> None:
    files = "examples/digits_logits.npy", "examples/digits_labels.npy"
    made = init_text(*files, evaluation=evaluate(*(str(ROOT / each) for each in files)))
    documents = {name: yaml.safe_load(text) for name, text in SHIPPED.items()}
    documents |= {
        "everything": yaml.safe_load(EVERYTHING),
        "variables": yaml.safe_load(VARIABLES),
        "made": yaml.safe_load(made),
        "with its comments": yaml.safe_load(made.replace("# equals", "equals")),
        "toml": tomllib.loads(TOML)["tool"]["cepick"],
    }
    for name, content in documents.items():
        assert suite_from_mapping(content, environment={}).checks
        assert complaints(content) == [], name


BEYOND = {
    "a path said in two ways",
    "min above max",
    "a loss that is not",
    "a function that is not",
    "an argument that is not",
    "an option that the loss has not",
    "options without a loss",
    "properties that cannot be together",
    "a preset that is not",
    "a finding that is not",
    "a slug that is not",
    "NaN as a limit",
    "infinity as a limit",
    "a test beside a tolerance",
    "resamples of a t-test",
    "a variable that is not set",
    "a variable that is misspelt",
    "a variable that is none",
    "a variable that is open",
    "a variable that is no number",
    "a matrix that nothing uses",
    "a name twice",
    "no predictions",
    "no targets",
    "standard input",
    "a key twice",
}
"""Mistakes that a schema cannot see, each by itself."""


@pytest.mark.parametrize("name", sorted(PLACES.keys() - BEYOND))
def test_what_the_reader_refuses_is_not_valid(name: str) -> None:
    try:
        content = yaml.safe_load(f"{CHECK}{PLACES[name][0]}\n")
    except (yaml.YAMLError, ValueError):
        return  # it is no YAML at all
    assert complaints(content)


@pytest.mark.parametrize("name", sorted(BEYOND))
def test_what_a_schema_cannot_see_is_listed_for_no_other_reason(name: str) -> None:
    assert complaints(yaml.safe_load(f"{CHECK}{PLACES[name][0]}\n")) == []


@pytest.mark.parametrize(
    "name",
    [
        "a list",
        "no checks",
        "empty checks",
        "checks by name",
        "misspelt key",
        "fail_on",
        "defaults with a name",
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_not_valid(name: str) -> None:
    assert complaints(yaml.safe_load(WHOLE[name][0]))
