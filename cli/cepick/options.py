"""The options that commands share, beside those of the task."""

from __future__ import annotations

from typing import Annotated

import typer

Predictions = Annotated[
    str,
    typer.Argument(
        metavar="PREDICTIONS",
        help=".npy, .npz (FILE.npz:KEY), .csv, .tsv (also .gz), or - for CSV on standard input",
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
Format = Annotated[str, typer.Option("--format", metavar="FORM", help="text, json or markdown")]
Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="write the answer to a file instead of standard output"
    ),
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="exit with 0 whatever is found")]

Loss = Annotated[
    str | None,
    typer.Option(
        "--loss", metavar="NAME", help="a loss's id or a framework's spelling of it; the best fit if left out"
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
Mask = Annotated[str | None, typer.Option(metavar="FILE", help="1 where a position counts, 0 where not")]
Lengths = Annotated[str | None, typer.Option(metavar="FILE", help="the valid length of each sequence")]
Clip = Annotated[
    str | None,
    typer.Option(metavar="E", help="keep probabilities within E and 1 - E; nothing is clipped if left out"),
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

Topic = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="a loss, a framework's function, a finding's code or slug, or a concept"
    ),
]
Other = Annotated[
    str | None, typer.Argument(metavar="OTHER", help="a second one, to set the two side by side")
]
