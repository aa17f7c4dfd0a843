"""The tasks that ship with cepick: whole files, and the answer that each is for."""

from __future__ import annotations

import pytest

from ce_core.configs_io import listing, load_yaml
from ce_core.decide.recommend import recommend
from ce_core.errors import CepickError
from ce_core.task import Task
from ce_core.task.presets import Preset, preset, presets

ANSWERS = {
    "binary-detection": "sigmoid_cross_entropy",
    "contrastive-batch": "sparse_softmax_cross_entropy",
    "fraud": "weighted_sigmoid_cross_entropy",
    "huge-vocabulary-embedding": "sampled_softmax",
    "image-classification": "sparse_softmax_cross_entropy",
    "knowledge-distillation": "softmax_cross_entropy",
    "language-model": "sparse_softmax_cross_entropy",
    "multi-label-tagging": "sigmoid_cross_entropy",
    "ordinal-rating": None,
    "regression": None,
    "semantic-segmentation": "sparse_softmax_cross_entropy",
}


def test_the_presets_are_those_of_the_folder() -> None:
    assert [each.name for each in presets()] == sorted(ANSWERS)
    assert listing("tasks") == tuple(f"{name}.yaml" for name in sorted(ANSWERS))


@pytest.mark.parametrize("each", presets(), ids=lambda each: each.name)
def test_a_preset_gives_its_answer(each: Preset) -> None:
    answer = recommend(each.task)
    assert answer.loss == ANSWERS[each.name]
    assert answer.status == ("decided" if answer.loss else "not_a_cross_entropy")


@pytest.mark.parametrize("each", presets(), ids=lambda each: each.name)
def test_a_file_holds_the_four_keys_and_texts_of_one_line(each: Preset) -> None:
    content = load_yaml(f"tasks/{each.name}.yaml")
    assert list(content) == ["title", "says", "task", "look_out_for"]
    assert len(each.look_out_for) >= 2
    for text in (each.title, each.says, *each.look_out_for):
        assert isinstance(text, str)
        assert "\n" not in text
        assert len(text) < 200
    assert all(text.endswith(".") for text in each.look_out_for)


def test_a_file_says_only_what_is_known() -> None:
    for each in presets():
        assert None not in load_yaml(f"tasks/{each.name}.yaml")["task"].values()


def test_presets_differ() -> None:
    assert len({each.task for each in presets()}) == len(ANSWERS)


@pytest.mark.parametrize("name", ["language-model", "language_model", " Language-Model ", "language model"])
def test_a_name_is_taken_in_every_usual_spelling(name: str) -> None:
    assert preset(name) is preset("language-model")
    assert Task.preset(name) == preset("language-model").task


def test_a_misspelt_name_is_told_with_the_nearest_one() -> None:
    with pytest.raises(CepickError) as raised:
        preset("langage-model")
    assert str(raised.value) == "preset 'langage-model': not known; did you mean 'language-model'?"


@pytest.mark.parametrize("name", ["", "../frameworks/torch", "fraud.yaml"])
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(CepickError, match="not known"):
        preset(name)


def test_a_preset_shows_as_json() -> None:
    shown = preset("fraud").to_dict()
    assert shown["task"] == preset("fraud").task.to_dict()
    assert list(shown) == ["name", "title", "says", "task", "look_out_for"]
