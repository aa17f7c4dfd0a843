"""The options that commands share, beside those of the task."""

from __future__ import annotations

from typing import Annotated

import typer

Predictions = Annotated[
    str,
    typer.Argument(
        metavar="PREDICTIONS",
        help=".npy, .npz (FILE.npz:KEY), .csv, .tsv (also .gz), .safetensors, .parquet, .feather, .h5, .zarr; "
        "a glob (in quotes) or a folder of such files; or - for CSV on standard input",
    ),
]
MatchedPredictions = Annotated[
    str | None,
    typer.Argument(
        metavar="PREDICTIONS",
        help="as in cepick eval; left out, the number is looked up among the famous ones",
    ),
]
OptionalPredictions = Annotated[
    str | None,
    typer.Argument(metavar="PREDICTIONS", help="arrays to read the task from, as in cepick eval"),
]
Targets = Annotated[
    str | None,
    typer.Argument(metavar="TARGETS", help="the same forms; left out where one CSV holds both"),
]
TargetColumn = Annotated[
    str | None,
    typer.Option(
        "--target-column", metavar="NAME", help="the CSV column that holds the targets: a name or number"
    ),
]
Dtype = Annotated[
    str | None,
    typer.Option("--dtype", metavar="NAME", help="bfloat16, where an array holds its 2-byte raw values"),
]
Parts = Annotated[
    # Each is a pair: `as_typed.WithWords` takes two words for it.
    list[str] | None,
    typer.Option(
        "--part",
        metavar="PREDICTIONS TARGETS",
        help="two more files that follow the first; may be given several times",
    ),
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="FORM", help="text, json or markdown; as --output ends if left out"),
]
PageFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORM",
        help="text, json, markdown or html (one file for a browser); as --output ends if left out",
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="write the answer to a file instead of standard output"
    ),
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="exit with 0 whatever is found")]

Select = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CODE",
        help="tell these findings only: codes, slugs or beginnings such as CE3, with commas between several",
    ),
]
Ignore = Annotated[
    list[str] | None, typer.Option(metavar="CODE", help="do not tell, or count, these findings")
]

Loss = Annotated[
    str | None,
    typer.Option(
        "--loss",
        metavar="NAME",
        help="a loss's id, with its options in brackets: \"sigmoid_focal(gamma=2, alpha=0.25)\"; or a framework's "
        "spelling; the best fit if left out",
    ),
]
Reduction = Annotated[str, typer.Option("--reduction", metavar="NAME", help="mean, sum or none")]
MeanOver = Annotated[
    str,
    typer.Option(
        "--mean-over",
        metavar="NAME",
        help="what a mean divides by: weights, batch, valid, nonzero_weights, elements or sequences",
    ),
]
Labels = Annotated[
    str,
    typer.Option(
        "--labels", metavar="NAME", help="the loss of a multi-label row: mean or sum over its labels"
    ),
]
ClassWeights = Annotated[
    str | None,
    typer.Option(metavar="FILE|LIST", help="one weight per class: a file, or numbers such as 1,2.5"),
]
SampleWeights = Annotated[
    str | None, typer.Option(metavar="FILE|LIST", help="one weight per example: a file, or numbers")
]
PosWeight = Annotated[
    str | None,
    typer.Option(metavar="FILE|LIST", help="the weight of positive outcomes: a number, numbers or a file"),
]
LabelSmoothing = Annotated[
    str | None, typer.Option(metavar="E", help="share of each target spread evenly over the outcomes")
]
Smoothing = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="where the smoothed share goes: uniform (every class; half to each single outcome), others (all but the "
        "true class) or torch (weighted by each class's own weight)",
    ),
]
Mask = Annotated[str | None, typer.Option(metavar="FILE", help="1 where a position counts, 0 where not")]
Lengths = Annotated[str | None, typer.Option(metavar="FILE", help="the valid length of each sequence")]
Clip = Annotated[
    str | None,
    typer.Option(
        metavar="E|NAME",
        help="keep probabilities within E and 1 - E, or clip as a framework does: keras, keras-binary, tf1, sklearn, "
        "sklearn-1e-15, torch, mxnet or none; nothing is clipped if left out",
    ),
]
Base = Annotated[str, typer.Option(metavar="NAME", help="the unit of losses: nats or bits")]
Out = Annotated[
    str | None,
    typer.Option(
        "--out", metavar="FILE", help="write one loss per example: .npy, or .csv with row and label"
    ),
]
ProbabilitiesOut = Annotated[
    str | None,
    typer.Option(
        "--probabilities-out", metavar="FILE.npy", help="write the softmax or sigmoid of the predictions"
    ),
]

Head = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="the last layer's weights, [K, D] or [D, K]: PREDICTIONS then holds hidden features [N, D]",
    ),
]
Bias = Annotated[str | None, typer.Option(metavar="FILE", help="the last layer's biases, one per class")]
Sampler = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="what draws classes for sampled_softmax and nce: uniform, log_uniform (the default), learned_unigram, "
        "fixed_unigram or all_candidates",
    ),
]
NumSampled = Annotated[str | None, typer.Option(metavar="N", help="how many classes to draw")]
NumTrue = Annotated[
    str | None,
    typer.Option(metavar="N", help="how many true classes each example has, in labels [N, num_true]"),
]
WithReplacement = Annotated[
    bool, typer.Option("--with-replacement", help="let a class be drawn more than once")
]
AccidentalHits = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="drawn classes that are true: remove (sampled_softmax's default) or keep (nce's)",
    ),
]
CandidatesFile = Annotated[
    str | None,
    typer.Option("--candidates", metavar="FILE", help="draw nothing: take the classes from an .npz or .npy"),
]
Repeats = Annotated[str | None, typer.Option(metavar="N", help="how many draws to compare (10)")]
Seed = Annotated[str | None, typer.Option(metavar="N", help="the seed of the draws (0)")]
Unigrams = Annotated[
    str | None, typer.Option(metavar="FILE", help="the count of each class: the last field of each line")
]

Values = Annotated[
    list[str] | None,
    typer.Option(
        "--value",
        metavar="NUMBER[@FIRST:END]",
        help="the number as the log has it, its digits and all: 1.4612, 2.3e-05, nan; @0:32 for rows 0 to 31 only; "
        "again for each further number",
    ),
]
Digits = Annotated[
    str | None,
    typer.Option(metavar="N", help="how many significant digits are known; as written if left out"),
]
Rtol = Annotated[
    str | None, typer.Option(metavar="R", help="a relative tolerance, such as 1e-3, in place of digits")
]
BatchSize = Annotated[
    str | None,
    typer.Option(
        metavar="N", help="rows in a batch; of several numbers the first is then that of the first batch, …"
    ),
]
Also = Annotated[
    # Each is a triple: `as_typed.WithWords` takes three words for it.
    list[str] | None,
    typer.Option(
        "--also",
        metavar="PREDICTIONS TARGETS NUMBER",
        help="another pair of arrays, such as another epoch's, and its number; may be given again",
    ),
]

EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="who computes: threads of this process, or dask, whose workers open the files by themselves",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="the Dask scheduler that runs, such as tcp://host:8786; a local cluster is started and closed if left out",
    ),
]
Threads = Annotated[
    str | None,
    typer.Option(
        metavar="N", help="how many threads (one for each core that may be used); no number depends on it"
    ),
]
BlockSize = Annotated[
    str | None,
    typer.Option(
        "--block",
        metavar="SIZE",
        help="how many bytes of predictions a thread takes at a time, such as 8M (32M); no number depends on it",
    ),
]

Topic = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="a loss, a framework's function, a finding's code or slug, or a concept; left out, all are listed",
    ),
]
Other = Annotated[
    str | None, typer.Argument(metavar="OTHER", help="a second one, to set the two side by side")
]
OfFramework = Annotated[
    str | None,
    typer.Option(
        "--framework", metavar="NAME", help="tensorflow, keras, torch, jax, sklearn, onnx, xgboost, …"
    ),
]
Frameworks = Annotated[
    bool, typer.Option("--frameworks", help="show what each framework's fitting call prints on these arrays")
]

SuiteFile = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help="the file of the checks; the nearest cepick.yaml if left out"),
]
Config = Annotated[str | None, typer.Option("--config", metavar="FILE", help="the same, as an option")]
Isolated = Annotated[
    bool, typer.Option("--isolated", help="look for no file, and take no variable from the environment")
]
Init = Annotated[
    # A pair: `as_typed.WithWords` takes two words for it.
    list[str] | None,
    typer.Option(
        "--init",
        metavar="PREDICTIONS TARGETS",
        help="write a commented file for two arrays, with limits from what is measured on them",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="NAME", help="run this check only; may be given again"),
]
FailOn = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        metavar="SEVERITY",
        help="the least severity that fails a check: error, warning, note or never; wins over the file",
    ),
]
Jobs = Annotated[
    str | None, typer.Option(metavar="N", help="how many checks run at a time (one for each core)")
]
ReportFormats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="FORM",
        help="text, json, markdown, junit, sarif, github, gitlab or html; may be given again",
    ),
]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="[FORM=]FILE",
        help="write a form to a file too: said before it, or told by its ending (.xml .sarif .json .md .html .txt), "
        "else that of --format; may be given again",
    ),
]
CheckExitZero = Annotated[
    bool,
    typer.Option("--exit-zero", help="exit with 0 where checks fail, and with 2 where one could not run"),
]

ModelA = Annotated[
    str,
    typer.Argument(
        metavar="A", help="the predictions of the model that B is held against, as in cepick eval"
    ),
]
ModelB = Annotated[
    str, typer.Argument(metavar="B", help="the predictions of the other model, for the same targets")
]
OutputsA = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="what A holds, where B holds another: logits, probabilities, …"),
]
OutputsB = Annotated[str | None, typer.Option(metavar="NAME", help="what B holds, where A holds another")]
SlicesBy = Annotated[
    list[str] | None,
    typer.Option(
        "--slices",
        metavar="FILE|COLUMN",
        help="compare each part, too: a file with one value for each example, or a column of the CSV of the targets; "
        "may be given again",
    ),
]
SliceMask = Annotated[
    # Each is a pair: `as_typed.WithWords` takes two words for it.
    list[str] | None,
    typer.Option(
        metavar="NAME FILE", help="a part by a file with 1 for each of its examples; may be given again"
    ),
]
Test = Annotated[
    str, typer.Option(metavar="NAME", help="how sure a difference is: bootstrap (of pairs) or t (Student's)")
]
Resamples = Annotated[str | None, typer.Option(metavar="N", help="how often the bootstrap draws (10,000)")]
DrawSeed = Annotated[str | None, typer.Option("--seed", metavar="N", help="the seed of the bootstrap (0)")]
Level = Annotated[str | None, typer.Option(metavar="SHARE", help="the level of confidence (0.95)")]
FailIfWorse = Annotated[
    bool, typer.Option("--fail-if-worse", help="exit with 1 where B's loss is significantly higher than A's")
]
BaselineFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="the baseline: NAME.json, with its losses in NAME.losses.npy beside it"
    ),
]
OptionalBaselineFile = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE",
        help="the baseline: NAME.json, with its losses in NAME.losses.npy; left out, those of the suite are written",
    ),
]
BaselinePredictions = Annotated[str | None, typer.Argument(metavar="PREDICTIONS", help="as in cepick eval")]
BaselineConfig = Annotated[
    str | None,
    typer.Option(
        "--config", metavar="FILE", help="the suite whose baselines are written; the nearest if left out"
    ),
]
BaselineOnly = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="NAME", help="write the baseline of this check only; may be given again"),
]
BaselineName = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help="what the baseline is called; as its file if left out"),
]
