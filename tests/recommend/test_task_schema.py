"""The JSON Schema of a task file says what the table of words says, and agrees with the reader."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from task_strategies import possible_tasks

from ce_core.configs_io import load_yaml, read_text
from ce_core.task import Task
from ce_core.task.presets import presets
from ce_core.task.words import PROPERTIES, Property

SCHEMA = json.loads(read_text("schemas/task.schema.json"))


def schema_of(prop: Property) -> dict[str, Any]:
    """Return the schema of one property as the table of words gives it."""
    words = list(prop.answers)
    kinds: dict[str, dict[str, Any]] = {
        "choice": {"enum": [*words, None]},
        "choices": {"type": ["array", "null"], "items": {"enum": words}},
        "bool": {"type": ["boolean", "null"]},
        "integer": {"enum": [*words, None]} if words else {"type": ["integer", "null"]},
        "axis": {
            "anyOf": [
                {"type": ["integer", "null"]},
                {"type": "array", "items": {"type": "integer"}, "minItems": 1, "uniqueItems": True},
            ]
        },
        "ratio": {"anyOf": [{"type": ["boolean", "null"]}, {"type": "number", "minimum": 1}]},
    }
    schema = {"description": prop.says, **kinds[prop.type]}
    if prop.name in {"classes", "units"}:
        schema["minimum"] = 1
    if prop.name == "framework":
        # Every spelling of a framework is taken; these are the ids.
        schema = {"description": prop.says, "type": ["string", "null"], "examples": words}
    return schema


def expected() -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "cepick.task/1",
        "title": "A task of cepick, as --task FILE.yaml takes it",
        "description": "What is known of a classification problem; a property that is left out or null is not known.",
        "type": "object",
        "properties": {name: schema_of(prop) for name, prop in PROPERTIES.items()},
        "additionalProperties": False,
    }


def test_the_schema_that_ships_is_the_one_of_the_table_of_words() -> None:
    assert expected() == SCHEMA


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@settings(deadline=None)
@given(possible_tasks())
def test_every_task_that_can_be_is_valid(task: Task) -> None:
    jsonschema.validate(task.to_dict(), SCHEMA)
    jsonschema.validate({name: value for name, value in task.to_dict().items() if value is not None}, SCHEMA)


@pytest.mark.parametrize("name", [each.name for each in presets()])
def test_the_task_of_a_preset_is_valid_as_it_is_written(name: str) -> None:
    jsonschema.validate(load_yaml(f"tasks/{name}.yaml")["task"], SCHEMA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"outputz": "logits"},
        {"outputs": "logit"},
        {"classes": 0},
        {"classes": "10"},
        {"imbalance": 0.5},
        ["logits"],
    ],
    ids=str,
)
def test_what_the_reader_refuses_is_not_valid(wrong: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)
