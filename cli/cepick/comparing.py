"""What the commands compare and baseline do: ask the core, hand the answer to a renderer, say how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ce_core.errors import CepickError

from . import output, values
from .answers import FINE, FOUND, Destination, as_values, files_of, read_files
from .render.words import DIVISORS, measured, number, plural
from .task_options import Said

CHOICES = {
    "mean_over": tuple(DIVISORS),
    "labels": ("mean", "sum"),
    "base": ("nats", "bits"),
    "smoothing": ("uniform", "others", "torch"),
    "test": ("bootstrap", "t"),
    "outputs_a": ("logits", "probabilities", "log_probabilities"),
    "outputs_b": ("logits", "probabilities", "log_probabilities"),
}
_USUAL = {"mean_over": "weights", "labels": "mean", "base": "nats", "smoothing": "uniform"}
"""What options have that are left out, where that is not nothing."""
_WHOLE = ("resamples", "seed", "threads")
_READ = ("class_weights", "sample_weights", "pos_weight", "mask", "lengths")


def compare(
    said: Said,
    *,
    arrays: tuple[str, str, str | None],
    options: Mapping[str, Any],
    fail_if_worse: bool,
    to: Destination,
    exit_zero: bool,
) -> int:
    """Compare two models, and say which is better."""
    a, b, targets = arrays
    masks = _named_files(options["slice_masks"] or ())
    read = read_files((a, targets), said) | {"B": b}
    read |= {values.flag(name): options[name] for name in _READ}
    to.keep_apart({}, read | files_of("--slice-mask", masks.items()))
    with values.flags_in_errors(options):
        from ce_core.comparing.compare import compare as ask

        from .progress import progress

        task, given = said.task(), _read(options)
        with progress() as told:
            answer = ask(
                a,
                b,
                targets,
                task=task,
                slices=given.pop("slices", ()),
                slice_masks=masks,
                progress=told,
                **given,
            )
    to.take("comparison", answer)
    failed = answer.failed or (fail_if_worse and answer.b_is_worse)
    return FOUND if failed and not exit_zero else FINE


def _named_files(pairs: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return by name the files of an option that takes a name and a file, and may be given again."""
    found: dict[str, str] = {}
    for name, path in pairs:
        if name in found:
            raise CepickError(f"--slice-mask: {name!r} is given twice; name each slice once")
        found[name] = values.path("--slice-mask", path)
    return found


def _read(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as values; one that is not given keeps the core's default."""
    read = {
        name: value for name, value in options.items() if value not in (None, []) and name != "slice_masks"
    }
    for name, known in CHOICES.items():
        if name in read:
            read[name] = values.choice(values.flag(name), read[name], known)
    if "clip" in read:
        read["clip"] = values.number_or_name(read["clip"])
    if "level" in read:
        read["level"] = values.number("--level", read["level"])
    for name in _WHOLE:
        if name in read:
            read[name] = values.whole(values.flag(name), read[name])
    if "block" in read:
        read["block"] = values.size("--block", read["block"])
    return read | as_values(read)


def write_baseline(
    said: Said,
    *,
    file: str | None,
    arrays: tuple[str | None, str | None],
    config: str | None,
    only: Sequence[str],
    name: str | None,
    options: Mapping[str, Any],
) -> int:
    """Measure two arrays, or those of a suite's checks, and write that as the baseline of later runs."""
    if file is None:
        return write_baselines(said, config=config, only=only, options=options, name=name)
    if config is not None or only:
        flag = "--only" if only else "--config"
        raise CepickError(f"{flag}: is of a suite's checks, and arrays are given; leave out one of the two")
    if arrays[0] is None:
        raise CepickError(f"{file}: of which arrays? give PREDICTIONS and TARGETS behind it")
    from ce_core.arrays.write import check_apart
    from ce_core.comparing.baseline import check_baseline_path, side_file
    from ce_core.comparing.baseline import write_baseline as write

    check_baseline_path(file)
    read = read_files(arrays, said) | {values.flag(each): options[each] for each in _READ}
    read |= files_of("--part", options["parts"] or ())
    check_apart({"FILE": file, f"the losses of FILE ({side_file(file)})": side_file(file)}, read)
    with values.flags_in_errors(options):
        from ce_core.compute.evaluate import evaluate

        from .progress import progress

        task, given = said.task(), _read(options)
        with progress() as told:
            answer = evaluate(*arrays, task=task, keep="examples", progress=told, **given)
        found = write(file, answer, name=name)
    output.emit(f"wrote {written(found)}")
    errors = [each for each in answer.findings if each.severity == "error"]
    return FOUND if errors else FINE


def write_baselines(
    said: Said, *, config: str | None, only: Sequence[str], options: Mapping[str, Any], name: str | None
) -> int:
    """Write the baselines of a suite's checks, as they are now."""
    from .suite import Asked

    beside = next((each for each in options if options[each] not in (None, [], _USUAL.get(each))), None)
    if beside is None and not said.nothing:
        beside = "task"
    if name is not None or beside is not None:
        flag = "--name" if name is not None else values.flag(str(beside))
        raise CepickError(
            f"{flag}: the suite says what its checks are; leave it out, or give FILE, PREDICTIONS and TARGETS"
        )
    asked = Asked(
        file=None,
        config=config,
        isolated=False,
        only=tuple(only),
        fail_on=None,
        jobs=None,
        threads=None,
        exit_zero=False,
    )
    from ce_core.suite.baselines import write_for_suite
    from ce_core.suite.read import read_suite

    suite = read_suite(asked.path, environment=asked.environment)
    with values.flags_in_errors(["only"]):
        for found in write_for_suite(suite, only=tuple(only)):
            output.emit(f"{found.name}: wrote {written(found)}")
    return FINE


def written(found: Any) -> str:
    """Return in a line what a baseline holds, and where."""
    value = measured(number(found.value, 6), found.unit)
    return f"{found.path} and {found.losses_file}: {found.loss} {value} over {plural(found.count, 'example')}"


def show_baseline(file: str, *, to: Destination) -> int:
    """Show what a baseline holds, once its losses are known to be those that it was written with."""
    from ce_core.comparing.baseline import read_baseline

    to.keep_apart({}, {"FILE": file})
    to.take("baseline", read_baseline(file))
    return FINE
