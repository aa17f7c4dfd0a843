"""The commands: options in, one call of the core, the answer out, an exit code back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from . import options as given
from .as_typed import AsTypedGroup, WithWords
from .on_demand import command
from .task_options import Said, takes_task

app = typer.Typer(
    name="cepick",
    help="Pick the right classification loss, and prove it on your arrays.",
    epilog="Exit codes: 0 fine, 1 an error was found, nothing could be decided or nothing matches, 2 could not run.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from ce_core._version import __version__

        typer.echo(f"cepick {__version__}")
        raise typer.Exit


@app.callback(cls=AsTypedGroup)
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="show the version and leave")
    ] = False,
) -> None:
    """Pick the right classification loss, and prove it on your arrays."""


@command(
    app,
    "recommend",
    cls=WithWords,
    short_help="Which loss fits the task, and its code",
    epilog="Example: cepick recommend --multiclass --exclusive --hard --logits --framework torch",
    options=takes_task,
)
def recommend(
    said: Said,
    predictions: given.OptionalPredictions = None,
    targets: given.Targets = None,
    label_smoothing: given.LabelSmoothing = None,
    target_column: given.TargetColumn = None,
    dtype: given.Dtype = None,
    select: given.Select = None,
    ignore: given.Ignore = None,
    part: given.Parts = None,
    format: given.Format = None,
    output: given.Output = None,
    exit_zero: given.ExitZero = False,
) -> int:
    """Name the loss that fits a task, why, why not the others, and each framework's call.

    Say what is known of the task, or give the arrays; with nothing said a terminal is asked.
    """
    from . import answers

    return answers.recommend(
        said,
        arrays=None if predictions is None else (predictions, targets),
        reading={
            "target_column": target_column,
            "dtype": dtype,
            "parts": part or None,
            "select": select or None,
            "ignore": ignore or None,
        },
        label_smoothing=label_smoothing,
        to=answers.Destination.of(format, output),
        exit_zero=exit_zero,
    )


@command(
    app,
    "eval",
    cls=WithWords,
    short_help="The loss of two arrays, and what is wrong",
    epilog="Example: cepick eval logits.npy labels.npy",
    options=takes_task,
)
def evaluate(
    said: Said,
    predictions: given.Predictions,
    targets: given.Targets = None,
    loss: given.Loss = None,
    reduction: given.Reduction = "mean",
    mean_over: given.MeanOver = "weights",
    labels: given.Labels = "mean",
    class_weights: given.ClassWeights = None,
    sample_weights: given.SampleWeights = None,
    pos_weight: given.PosWeight = None,
    label_smoothing: given.LabelSmoothing = None,
    smoothing: given.Smoothing = "uniform",
    mask: given.Mask = None,
    lengths: given.Lengths = None,
    clip: given.Clip = None,
    base: given.Base = "nats",
    target_column: given.TargetColumn = None,
    dtype: given.Dtype = None,
    part: given.Parts = None,
    out: given.Out = None,
    probabilities_out: given.ProbabilitiesOut = None,
    head: given.Head = None,
    bias: given.Bias = None,
    sampler: given.Sampler = None,
    num_sampled: given.NumSampled = None,
    num_true: given.NumTrue = None,
    with_replacement: given.WithReplacement = False,
    accidental_hits: given.AccidentalHits = None,
    candidates: given.CandidatesFile = None,
    repeats: given.Repeats = None,
    seed: given.Seed = None,
    unigrams: given.Unigrams = None,
    frameworks: given.Frameworks = False,
    select: given.Select = None,
    ignore: given.Ignore = None,
    engine: given.EngineName = "threads",
    scheduler: given.Scheduler = None,
    threads: given.Threads = None,
    block: given.BlockSize = None,
    format: given.PageFormat = None,
    output: given.Output = None,
    exit_zero: given.ExitZero = False,
) -> int:
    """Compute the loss of two arrays, say whether it is any good and what is wrong with the arrays.

    What the options do not say is inferred from the arrays, and the answer says how.
    """
    from . import answers

    options: dict[str, Any] = {
        "loss": loss,
        "frameworks": frameworks,
        "reduction": reduction,
        "mean_over": mean_over,
        "labels": labels,
        "class_weights": class_weights,
        "sample_weights": sample_weights,
        "pos_weight": pos_weight,
        "label_smoothing": label_smoothing,
        "smoothing": smoothing,
        "mask": mask,
        "lengths": lengths,
        "clip": clip,
        "base": base,
        "target_column": target_column,
        "dtype": dtype,
        "parts": part or None,
        "losses_to": out,
        "probabilities_to": probabilities_out,
        "head": head,
        "bias": bias,
        "sampler": sampler,
        "num_sampled": num_sampled,
        "num_true": num_true,
        "unique": False if with_replacement else None,
        "remove_accidental_hits": accidental_hits,
        "candidates": candidates,
        "repeats": repeats,
        "seed": seed,
        "unigrams": unigrams,
        "select": select or None,
        "ignore": ignore or None,
        "engine": engine,
        "scheduler": scheduler,
        "threads": threads,
        "block": block,
    }
    return answers.evaluate(
        said,
        arrays=(predictions, targets),
        options=options,
        to=answers.Destination.of(format, output, "evaluation"),
        exit_zero=exit_zero,
    )


@command(
    app,
    "match",
    cls=WithWords,
    short_help="Where a logged number comes from",
    epilog="Example: cepick match logits.npy labels.npy --value 1.4612",
    options=takes_task,
)
def match(
    said: Said,
    predictions: given.MatchedPredictions = None,
    targets: given.Targets = None,
    value: given.Values = None,
    digits: given.Digits = None,
    rtol: given.Rtol = None,
    also: given.Also = None,
    batch_size: given.BatchSize = None,
    class_weights: given.ClassWeights = None,
    sample_weights: given.SampleWeights = None,
    pos_weight: given.PosWeight = None,
    label_smoothing: given.LabelSmoothing = None,
    mask: given.Mask = None,
    lengths: given.Lengths = None,
    target_column: given.TargetColumn = None,
    dtype: given.Dtype = None,
    format: given.Format = None,
    output: given.Output = None,
    exit_zero: given.ExitZero = False,
) -> int:
    """Name the definitions of the loss, and the mistakes, that give a logged number on two arrays.

    Weights, smoothing, mask and task are said as in cepick eval: also what was meant and may have been forgotten.
    Without arrays the number is looked up among the famous ones, such as 2.3026 (ln 10) or 16.118.
    """
    from . import answers

    options: dict[str, Any] = {
        "value": value,
        "digits": digits,
        "rtol": rtol,
        "also": also,
        "batch_size": batch_size,
        "class_weights": class_weights,
        "sample_weights": sample_weights,
        "pos_weight": pos_weight,
        "label_smoothing": label_smoothing,
        "mask": mask,
        "lengths": lengths,
        "target_column": target_column,
        "dtype": dtype,
    }
    return answers.match(
        said,
        arrays=(predictions, targets),
        options=options,
        to=answers.Destination.of(format, output),
        exit_zero=exit_zero,
    )


@command(
    app,
    "check",
    cls=WithWords,
    short_help="Run the checks of a repository, as CI does",
    epilog="Example: cepick check --format github --output report.xml",
)
def check(
    file: given.SuiteFile = None,
    config: given.Config = None,
    isolated: given.Isolated = False,
    init: given.Init = None,
    only: given.Only = None,
    fail_on: given.FailOn = None,
    jobs: given.Jobs = None,
    threads: given.Threads = None,
    format: given.ReportFormats = None,
    output: given.Outputs = None,
    exit_zero: given.CheckExitZero = False,
) -> int:
    """Run the checks that cepick.yaml, or [tool.cepick] of pyproject.toml, describes, and say which fail.

    The nearest of these files counts, from the working folder upwards. Exit code 0: every check passed; 1: one failed;
    2: one could not run.
    """
    from . import suite

    if init:
        return suite.start(list(init[-1]), file if file is not None else config)
    asked = suite.Asked(
        file=file,
        config=config,
        isolated=isolated,
        only=tuple(only or ()),
        fail_on=fail_on,
        jobs=jobs,
        threads=threads,
        exit_zero=exit_zero,
    )
    return suite.check(asked, suite.outputs(format, output))


@command(
    app,
    "compare",
    cls=WithWords,
    short_help="Two models on the same targets",
    epilog="Example: cepick compare old.npy new.npy labels.npy --fail-if-worse",
    options=takes_task,
)
def compare(
    said: Said,
    a: given.ModelA,
    b: given.ModelB,
    targets: given.Targets = None,
    loss: given.Loss = None,
    outputs_a: given.OutputsA = None,
    outputs_b: given.OutputsB = None,
    slices: given.SlicesBy = None,
    slice_mask: given.SliceMask = None,
    test: given.Test = "bootstrap",
    resamples: given.Resamples = None,
    seed: given.DrawSeed = None,
    level: given.Level = None,
    mean_over: given.MeanOver = "weights",
    labels: given.Labels = "mean",
    class_weights: given.ClassWeights = None,
    sample_weights: given.SampleWeights = None,
    pos_weight: given.PosWeight = None,
    label_smoothing: given.LabelSmoothing = None,
    smoothing: given.Smoothing = "uniform",
    mask: given.Mask = None,
    lengths: given.Lengths = None,
    clip: given.Clip = None,
    base: given.Base = "nats",
    target_column: given.TargetColumn = None,
    dtype: given.Dtype = None,
    select: given.Select = None,
    ignore: given.Ignore = None,
    threads: given.Threads = None,
    block: given.BlockSize = None,
    fail_if_worse: given.FailIfWorse = False,
    format: given.PageFormat = None,
    output: given.Output = None,
    exit_zero: given.ExitZero = False,
) -> int:
    """Say which of two models is better on the same targets, by how much, how surely, and where.

    The options are those of cepick eval, for both models. One may hold logits and the other probabilities.
    """
    from . import answers, comparing

    options: dict[str, Any] = {
        "loss": loss,
        "outputs_a": outputs_a,
        "outputs_b": outputs_b,
        "slices": slices,
        "slice_masks": slice_mask,
        "test": test,
        "resamples": resamples,
        "seed": seed,
        "level": level,
        "mean_over": mean_over,
        "labels": labels,
        "class_weights": class_weights,
        "sample_weights": sample_weights,
        "pos_weight": pos_weight,
        "label_smoothing": label_smoothing,
        "smoothing": smoothing,
        "mask": mask,
        "lengths": lengths,
        "clip": clip,
        "base": base,
        "target_column": target_column,
        "dtype": dtype,
        "select": select,
        "ignore": ignore,
        "threads": threads,
        "block": block,
    }
    return comparing.compare(
        said,
        arrays=(a, b, targets),
        options=options,
        fail_if_worse=fail_if_worse,
        to=answers.Destination.of(format, output, "comparison"),
        exit_zero=exit_zero,
    )


baseline = typer.Typer(
    cls=AsTypedGroup,
    help="Write and show the earlier runs that checks are held against.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(baseline, name="baseline", short_help="The earlier runs that checks are held against")


@command(
    baseline,
    "write",
    cls=WithWords,
    short_help="Measure two arrays as a baseline",
    epilog="Example: cepick baseline write baselines/digits.json logits.npy labels.npy",
    options=takes_task,
)
def write_baseline(
    said: Said,
    file: given.OptionalBaselineFile = None,
    predictions: given.BaselinePredictions = None,
    targets: given.Targets = None,
    config: given.BaselineConfig = None,
    only: given.BaselineOnly = None,
    name: given.BaselineName = None,
    loss: given.Loss = None,
    mean_over: given.MeanOver = "weights",
    labels: given.Labels = "mean",
    class_weights: given.ClassWeights = None,
    sample_weights: given.SampleWeights = None,
    pos_weight: given.PosWeight = None,
    label_smoothing: given.LabelSmoothing = None,
    smoothing: given.Smoothing = "uniform",
    mask: given.Mask = None,
    lengths: given.Lengths = None,
    clip: given.Clip = None,
    base: given.Base = "nats",
    target_column: given.TargetColumn = None,
    dtype: given.Dtype = None,
    part: given.Parts = None,
    select: given.Select = None,
    ignore: given.Ignore = None,
    threads: given.Threads = None,
    block: given.BlockSize = None,
) -> int:
    """Measure two arrays, and write that as the baseline of later runs: a small JSON, and the losses beside it.

    The options are those of cepick eval; cepick check holds later runs against it. Without arguments the baselines of
    the checks in cepick.yaml are written anew.
    """
    from . import comparing

    options: dict[str, Any] = {
        "loss": loss,
        "mean_over": mean_over,
        "labels": labels,
        "class_weights": class_weights,
        "sample_weights": sample_weights,
        "pos_weight": pos_weight,
        "label_smoothing": label_smoothing,
        "smoothing": smoothing,
        "mask": mask,
        "lengths": lengths,
        "clip": clip,
        "base": base,
        "target_column": target_column,
        "dtype": dtype,
        "parts": part,
        "select": select,
        "ignore": ignore,
        "threads": threads,
        "block": block,
    }
    return comparing.write_baseline(
        said,
        file=file,
        arrays=(predictions, targets),
        config=config,
        only=only or (),
        name=name,
        options=options,
    )


@command(
    baseline,
    "show",
    short_help="Show what a baseline holds",
    epilog="Example: cepick baseline show baselines/digits.json",
)
def show_baseline(file: given.BaselineFile, format: given.Format = None, output: given.Output = None) -> int:
    """Show what a baseline holds, once its losses are known to be those that it was written with."""
    from . import answers, comparing

    return comparing.show_baseline(file, to=answers.Destination.of(format, output, "baseline"))


@command(app, "losses", short_help="List every loss")
def losses(
    framework: given.OfFramework = None, format: given.Format = None, output: given.Output = None
) -> int:
    """List every loss: what it takes, what competes, and whether this version computes it.

    With --framework, how that framework spells each, and what it has instead.
    """
    from . import answers

    return answers.losses(framework, to=answers.Destination.of(format, output))


@command(
    app,
    "explain",
    short_help="Explain a name, or set two side by side",
    epilog="Example: cepick explain softmax sigmoid",
)
def explain(
    name: given.Topic = None,
    other: given.Other = None,
    format: given.Format = None,
    output: given.Output = None,
) -> int:
    """Explain a loss, a finding, a framework's function or a concept; or two of them side by side.

    Without a name, list everything that can be explained.
    """
    from . import answers

    return answers.explain(name, other, to=answers.Destination.of(format, output))
