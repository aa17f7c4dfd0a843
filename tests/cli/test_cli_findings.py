"""How findings are told: what they do to the loss, what one's own framework does, the repair; and which are told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_answers as made
import numpy as np
import pytest

from ce_core.decide.recommend import recommend
from ce_core.findings import Effect
from ce_core.lookup.finding_texts import effect_in_words
from ce_core.task import Task
from cepick.render import render

Run = Callable[..., Any]

EFFECT = Effect(loss=1.93124, without=0.41211, p=1e-31, count=1079, tried=14)
SAYS = "1.9312 nats as it stands, 0.4121 read so (p < 1e-30, 1,079 rows, 14 readings tried)"
FOUND = replace(made.FINDING, effect=EFFECT)


def answers(framework: str | None) -> dict[str, Any]:
    """Return an evaluation and a recommendation with a finding, for one who uses a framework or does not say."""
    evaluation = made.evaluation(findings=(FOUND,))
    task = Task(outcomes="multiclass", exclusive=True, targets="hard", outputs="logits", framework=framework)
    return {
        "evaluation": replace(evaluation, task=evaluation.task.but(framework=framework)),
        "recommendation": replace(recommend(task), findings=(FOUND,), notes=("1 finding ignored: CE302",)),
    }


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def show(kind: str, answer: Any, columns: int = 92) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("NO_COLOR", "1")
        return render(kind, answer, form="text", page=True)

    return show


KINDS = pytest.mark.parametrize("kind", ["evaluation", "recommendation"])


@KINDS
def test_every_form_tells_what_a_fault_does_to_the_loss(kind: str, page: Callable[..., str]) -> None:
    answer = answers(None)[kind]
    assert re.search(r"^  loss +" + re.escape(SAYS) + "$", page(kind, answer), re.M)
    assert f"effect\tCE103\t{SAYS}\n" in render(kind, answer, form="text")
    assert "**Loss:** 1.9312 nats as it stands" in render(kind, answer, form="markdown")
    assert json.loads(render(kind, answer, form="json"))["findings"][0]["effect"]["tried"] == 14
    assert SAYS.replace("<", "&lt;") in answer._repr_html_()


@KINDS
def test_what_the_sentences_of_a_finding_have_is_not_told_again(kind: str, page: Callable[..., str]) -> None:
    because = "the loss is 1.931 nats as the arrays stand and 0.4121 so read"
    answer = replace(answers(None)[kind], findings=(replace(FOUND, because=because),))
    forms = {form: render(kind, answer, form=form) for form in ("text", "markdown", "json")}
    told = [page(kind, answer, columns=400), forms["text"], forms["markdown"], answer._repr_html_()]
    assert [each.count("0.4121") for each in told] == [1, 1, 1, 1]
    assert json.loads(forms["json"])["findings"][0]["effect"]["without"] == 0.41211


@pytest.mark.parametrize(
    ("code", "effect", "says"),
    [
        ("CE104", EFFECT, SAYS),
        ("CE104", replace(EFFECT, loss=None, p=3e-7, tried=1), "0.4121 nats read so (p = 3e-07, 1,079 rows)"),
        ("CE108", Effect(loss=float("inf"), without=None), "inf nats as it stands"),
        (
            "CE307",
            replace(EFFECT, noun="sequence", count=1, sample=True, tried=1),
            "1.9312 nats as it stands, 0.4121 read so (p < 1e-30, 1 sequence of a sample)",
        ),
        ("CE401", Effect(loss=0.5, without=2e-5), "0.5000 nats as it stands, 2e-05 without it"),
        (
            "CE501",
            Effect(loss=0.7, without=0.6931, count=99),
            "0.7000 nats as it stands, 0.6931 by the class frequencies alone (99 rows)",
        ),
        (
            "CE503",
            Effect(loss=0.7, without=0.6, p=0.0),
            "0.7000 nats as it stands, 0.6000 at that temperature (p < 1e-30)",
        ),
    ],
)
def test_an_effect_is_a_line_of_words(code: str, effect: Effect, says: str) -> None:
    assert effect_in_words(code, effect) == says


@KINDS
@pytest.mark.parametrize(
    ("framework", "does", "code"),
    [
        (
            "torch",
            "PyTorch +BCELoss raises RuntimeError",
            "torch.nn.functional.cross_entropy(logits, targets)",
        ),
        ("keras", "Keras +clips, and over classes", "keras.losses.SparseCategoricalCrossentropy("),
        (
            "tensorflow",
            "TensorFlow +tf.compat.v1.losses.log_loss",
            "keras.losses.SparseCategoricalCrossentropy(",
        ),
        ("sklearn", "scikit-learn +log_loss raises ValueError", "shares = np.exp("),
    ],
)
def test_one_s_own_framework_is_told_with_the_repair_in_its_code(
    kind: str, framework: str, does: str, code: str, page: Callable[..., str]
) -> None:
    answer = answers(framework)[kind]
    shown = page(kind, answer)
    assert re.search(rf"^  {does}", shown, re.M)
    assert f"    {code}" in shown or f"    loss = {code}" in shown
    assert "cepick explain CE103" not in shown
    plain = render(kind, answer, form="text")
    assert f"does\tCE103\t{framework}\t" in plain
    assert f"repair\tCE103\t{framework}\t" in plain
    markdown = render(kind, answer, form="markdown")
    assert re.search(rf"^  \*\*{does.split(' ')[0]}:\*\* ", markdown, re.M)
    assert code.split("(")[0] in markdown
    assert "<pre><code>" in answer._repr_html_()


@KINDS
def test_where_no_framework_is_known_a_line_says_where_to_look(kind: str, page: Callable[..., str]) -> None:
    answer = answers(None)[kind]
    line = "cepick explain CE103 says what each framework does here, with the repair in code"
    assert line in page(kind, answer)
    assert line in render(kind, answer, form="markdown")
    several = replace(answer, findings=(FOUND, made.NOTE, made.NOTE))
    assert page(kind, several).count("cepick explain CODE (CE103, CE302) says") == 1
    assert "cepick explain CE103" not in page(kind, replace(answer, findings=()))


@KINDS
def test_the_json_of_a_finding_tells_every_framework(kind: str) -> None:
    (found,) = json.loads(render(kind, answers(None)[kind], form="json"))["findings"]
    assert set(found["frameworks"]) >= {"tensorflow", "keras", "torch", "jax", "sklearn"}
    assert found["repair"]["torch"] == "loss = torch.nn.functional.cross_entropy(logits, targets)"


def test_the_notes_of_a_recommendation_are_in_every_form(page: Callable[..., str]) -> None:
    answer = answers(None)["recommendation"]
    said = "1 finding ignored: CE302"
    assert said in page("recommendation", answer)
    assert f"note\t\t{said}\n" in render("recommendation", answer, form="text")
    assert f"- {said}" in render("recommendation", answer, form="markdown")
    assert json.loads(render("recommendation", answer, form="json"))["notes"] == [said]
    assert said in answer._repr_html_()


@pytest.fixture
def one_based(tmp_path: Path) -> tuple[Path, Path]:
    predictions, targets = tmp_path / "logits.npy", tmp_path / "labels.npy"
    np.save(predictions, np.array([[4.0, 0, -1], [0.5, 1, -2], [3, -2, 5]]))
    np.save(targets, np.array([1, 2, 3]))
    return predictions, targets


@pytest.mark.parametrize("command", ["eval", "recommend"])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), True),
        (("--ignore", "CE202"), False),
        (("--ignore", "CE1,one-based-labels"), False),
        (("--ignore", "CE1", "--ignore", "ce2"), False),
        (("--select", "CE2"), True),
        (("--select", "CE3", "--select", "CE4"), False),
        (("--select", "CE2", "--ignore", "CE202"), False),
    ],
    ids=str,
)
def test_findings_are_selected_and_ignored(
    cepick: Run,
    one_based: tuple[Path, Path],
    command: str,
    options: tuple[str, ...],
    told: bool,
) -> None:
    ended = cepick(command, *one_based, *options, "--format", "json")
    answer = json.loads(ended.out)
    assert ("CE202" in [each["code"] for each in answer["findings"]]) is told
    assert any("ignored: " in note and "CE202" in note for note in answer["notes"]) is not told
    assert ended.code == int(told)


@pytest.mark.parametrize("command", ["eval", "recommend"])
@pytest.mark.parametrize("flag", ["--select", "--ignore"])
def test_an_unknown_finding_is_wrong_usage_in_one_line(
    cepick: Run, one_based: tuple[Path, Path], command: str, flag: str
) -> None:
    ended = cepick(command, *one_based, flag, "CE1O4")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"cepick: error: {flag}: 'CE1O4' is no finding; did you mean 'CE104'?\n"


READS = """
import sys
from cepick.__main__ import main
main(sys.argv[1:])
print("yaml" in sys.modules)
"""


@pytest.mark.parametrize(
    ("labels", "reads"), [([0, 1, 2], False), ([0, 1, 3], True)], ids=["clean", "faulty"]
)
def test_what_is_written_about_findings_is_read_where_there_is_one_only(
    tmp_path: Path, one_based: tuple[Path, Path], labels: list[int], reads: bool
) -> None:
    targets = tmp_path / "others.npy"
    np.save(targets, np.array(labels))
    command = [sys.executable, "-c", READS, "eval", str(one_based[0]), str(targets), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == str(reads)
