"""The JSON Schema of a suite's file, made from the table of its keys; as a program it writes the file that ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ce_core.configs_io import read_text
from ce_core.suite import keys
from ce_core.suite.keys import Key
from ce_core.suite.paths import known_paths

FILE = Path(__file__).parents[2] / "configs" / "schemas" / "check-config.schema.json"
Schema = dict[str, Any]

VARIABLE: Schema = {"$ref": "#/$defs/variable"}
TEXT: Schema = {"$ref": "#/$defs/text"}
NULL: Schema = {"type": "null"}

DEFS: dict[str, Schema] = {
    "variable": {
        "description": "a text with a variable of the matrix or the environment: ${NAME} or ${NAME:-default}",
        "type": "string",
        "pattern": r"\$\{",
    },
    "digits": {
        "description": "a number that a reader of YAML 1.1 takes for a text, such as 1e-4",
        "type": "string",
        "pattern": r"^\s*[-+]?\.?[0-9][0-9.]*([eE][-+]?[0-9]+)?\s*$",
    },
    "text": {"type": ["string", "number"], "minLength": 1},
    "texts": {"anyOf": [TEXT, {"type": "array", "items": TEXT}]},
    "numbers": {
        "type": "array",
        "items": {
            "anyOf": [
                {"type": "number"},
                {"$ref": "#/$defs/digits"},
                VARIABLE,
                {"$ref": "#/$defs/numbers"},
            ]
        },
        "minItems": 1,
    },
    "limits": {
        "type": "object",
        "properties": {each: {"$ref": "#/$defs/limit"} for each in known_paths()},
        "patternProperties": {
            r"^per_class\[.+\]\.(support|loss|recall|mean_probability)$": {"$ref": "#/$defs/limit"},
            r"^diagnostics\.": {"$ref": "#/$defs/limit"},
            r"\$\{": {"$ref": "#/$defs/limit"},
        },
        "additionalProperties": False,
    },
    "matrix": {
        "type": "object",
        "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
        "additionalProperties": {
            "type": "array",
            "items": {"type": ["string", "number", "boolean"]},
            "minItems": 1,
            "uniqueItems": True,
        },
    },
}


def expected() -> Schema:
    """Return the whole schema."""
    limit = _table(keys.LIMIT)
    parts = {
        **DEFS,
        "limit": {"anyOf": [{**limit, "minProperties": 1}, NULL]},
        "task": _task(),
        "equals": {
            "anyOf": [_number(Key(name="equals", kind="number", says="")), _table(keys.EQUALS)],
        },
        "findings": _table(keys.FINDINGS),
        "baseline": {
            **_table(keys.BASELINE),
            "oneOf": [{"required": ["tolerance"]}, {"required": ["significance"]}],
        },
        "slices": {**_table(keys.SLICES), "oneOf": [{"required": ["by"]}, {"required": ["masks"]}]},
        "defaults": _table(keys.DEFAULTS, required=False),
        "check": {**_table(keys.CHECK), "required": ["name"]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "cepick.check-config/1",
        "title": "A suite of checks of cepick, as cepick.yaml and [tool.cepick] of pyproject.toml have it",
        "description": "A key that is null says nothing; in a check it takes a default away.",
        **_table(keys.SUITE),
        "$defs": parts,
    }


def _table(table: tuple[Key, ...], *, required: bool = True) -> Schema:
    """Return the schema of a mapping with the keys of a table."""
    properties = {each.name: _of(each) for each in table}
    needed = [each.name for each in table if each.required and required]
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": needed} if needed else schema


def _of(key: Key) -> Schema:
    """Return the schema of one key, which may be null where it may be left out."""
    schema = _VALUES[key.kind](key)
    options = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
    if key.required and len(options) == 1:
        return {"description": key.says, **options[0]}
    return {"description": key.says, "anyOf": options if key.required else [*options, NULL]}


def _word(key: Key) -> Schema:
    spelt = dict.fromkeys(
        [
            *key.words,
            *(each.replace("_", "-") for each in key.words),
            *(each.replace("-", "_") for each in key.words),
        ]
    )
    return {"anyOf": [{"enum": list(spelt)}, VARIABLE]}


def _number(key: Key) -> Schema:
    number: Schema = {"type": "integer" if key.kind == "whole" else "number"}
    if key.least is not None:
        number["exclusiveMinimum" if key.open else "minimum"] = key.least
    if key.most is not None:
        number["exclusiveMaximum" if key.open else "maximum"] = key.most
    return {"anyOf": [number, {"$ref": "#/$defs/digits"}, VARIABLE]}


def _array(key: Key) -> Schema:
    one = [{"type": "number"}] if key.alone else []
    return {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/numbers"}, *one]}


def _task() -> Schema:
    """Return the schema of a task: that of task files, in which values may be variables; or a name."""
    properties = json.loads(read_text("schemas/task.schema.json"))["properties"]
    return {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {name: {"anyOf": [each, VARIABLE]} for name, each in properties.items()},
                "additionalProperties": False,
            },
        ]
    }


_VALUES: dict[str, Any] = {
    "text": lambda key: TEXT,
    "texts": lambda key: {"$ref": "#/$defs/texts"},
    "word": _word,
    "number": _number,
    "whole": _number,
    "flag": lambda key: {"anyOf": [{"type": "boolean"}, VARIABLE]},
    "path": lambda key: TEXT,
    "paths": lambda key: {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]},
    "array": _array,
    "clip": lambda key: {"anyOf": [*_number(key)["anyOf"], *_word(key)["anyOf"][:1]]},
    "by": lambda key: TEXT,
    "loss": lambda key: {"type": "string", "minLength": 1},
    "loss_options": lambda key: {"type": "object"},
    "masks": lambda key: {"type": "object", "additionalProperties": TEXT, "minProperties": 1},
    "slices": lambda key: {
        "anyOf": [{"$ref": "#/$defs/slices"}, {"type": "array", "items": {"$ref": "#/$defs/slices"}}]
    },
    "checks": lambda key: {"type": "array", "items": {"$ref": "#/$defs/check"}, "minItems": 1},
    **{
        name: lambda key: {"$ref": f"#/$defs/{key.kind}"}
        for name in ("task", "limits", "equals", "findings", "baseline", "matrix", "defaults")
    },
}

if __name__ == "__main__":
    FILE.write_text(json.dumps(expected(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
