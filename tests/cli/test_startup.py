"""A command imports what it needs, makes the options of no other command, and so starts at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DIGITS = ("examples/digits_logits.npy", "examples/digits_labels.npy")

HEAVY = {
    *("rich", "pydantic", "yaml", "dask", "distributed"),
    *("scipy", "pandas", "sklearn", "matplotlib", "torch", "tensorflow", "jax"),
    *("pyarrow", "h5py", "zarr", "fsspec", "safetensors", "mpmath", "hypothesis"),
    *("asyncio", "multiprocessing", "concurrent", "unittest", "doctest", "sqlite3", "http"),
}
"""What a command may only import where its answer cannot be had without."""

OTHERS = {
    *("ce_core.emulate", "ce_core.frameworks", "ce_core.matching", "ce_core.sampling", "ce_core.lookup"),
    *("ce_core.suite", "ce_core.comparing", "ce_core.testing", "ce_core.notebook"),
    *("ce_core.engines.dask_engine", "ce_core.compute.from_features", "ce_core.compute.emulated"),
    *("cepick.suite", "cepick.wizard", "cepick.render.terminal", "cepick.render.markdown"),
}
"""Our own modules that a plain evaluation has no use for."""

NO_ARRAYS = {"numpy", "ce_core.compute", "ce_core.checks", "ce_core.probe", "ce_core.arrays"}

PATHS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "help": (("--help",), HEAVY | NO_ARRAYS | {"cepick.answers"}),
    "version": (("--version",), HEAVY | NO_ARRAYS | {"cepick.answers"}),
    "eval --help": (("eval", "--help"), HEAVY | NO_ARRAYS),
    "check --help": (("check", "--help"), HEAVY | NO_ARRAYS | {"ce_core.suite"}),
    "compare --help": (("compare", "--help"), HEAVY | NO_ARRAYS | {"ce_core.comparing"}),
    "baseline --help": (("baseline", "show", "--help"), HEAVY | NO_ARRAYS | {"ce_core.comparing"}),
    "eval": (("eval", *DIGITS), HEAVY | OTHERS | {"json", "csv", "numpy.typing"}),
    "eval json": (("eval", *DIGITS, "--format", "json"), HEAVY | OTHERS | {"csv", "cepick.render.plain"}),
    "eval csv": (("eval", "examples/breast_cancer.csv"), HEAVY | OTHERS),
    "recommend": (
        ("recommend", "--multiclass", "--exclusive", "--hard", "--logits"),
        # The frameworks' calls, which it shows, are YAML.
        (HEAVY | NO_ARRAYS) - {"yaml"},
    ),
    "losses": (("losses",), HEAVY | NO_ARRAYS | {"ce_core.frameworks"}),
    "explain": (("explain", "softmax"), (HEAVY | NO_ARRAYS) - {"yaml"}),
    "match": (("match", "--value", "2.3026"), HEAVY | {"ce_core.checks", "ce_core.compute.run"}),
}


@pytest.mark.parametrize(("arguments", "unwanted"), PATHS.values(), ids=PATHS)
def test_what_a_command_does_not_need_is_not_imported(arguments: tuple[str, ...], unwanted: set[str]) -> None:
    found = (unwanted | {"cepick.completion"}).intersection(_after(arguments, "sorted(sys.modules)"))
    assert not found


def test_the_list_of_unwanted_modules_names_modules_that_exist() -> None:
    ours = {each for each in OTHERS | NO_ARRAYS if each.startswith(("ce_core", "cepick"))}
    for each in ours:
        path = (ROOT if each.startswith("ce_core") else ROOT / "cli") / each.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), each


@pytest.mark.parametrize(
    ("arguments", "made"), [(("losses",), {"losses"}), (("--help",), set())], ids=["losses", "help"]
)
def test_a_command_makes_the_options_of_no_other(arguments: tuple[str, ...], made: set[str]) -> None:
    import cepick.app

    commands = {each for each in vars(cepick.app) if each in _after(arguments, "typer.made", watched=True)}
    assert commands - {"_common", "_version"} == made


def test_an_evaluation_compiles_no_constructor() -> None:
    compiled = """sorted(
        f"{kind.__module__}.{kind.__name__}"
        for module in list(sys.modules.values())
        for kind in list(vars(module).values())
        if isinstance(kind, type)
        and kind.__module__.startswith(("ce_core", "cepick"))
        and "__dataclass_fields__" in vars(kind)
        and kind.__init__.__code__.co_filename == "<string>"
    )"""
    assert _after(("eval", *DIGITS), compiled) == []


def _after(arguments: tuple[str, ...], wanted: str, *, watched: bool = False) -> Any:
    """Return what an expression is worth in a process of its own, after a command has run there."""
    watch = """
import typer.main
typer.made, of = [], typer.main.get_params_from_function
def watch(function):
    typer.made = sorted({*typer.made, function.__name__})
    return of(function)
typer.main.get_params_from_function = watch
"""
    code = f"""
import sys
{watch if watched else ""}
from cepick.__main__ import main
assert main(sys.argv[1:]) == 0
found = {wanted}
import json
print(json.dumps(found), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=ROOT,
    )
    return json.loads(done.stderr)
