"""A user's task file is read, or refused in one line that says where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from ce_core.configs_io import read_text
from ce_core.errors import CepickError
from ce_core.task import Task
from ce_core.task.presets import presets
from ce_core.task.yaml_files import read_mapping


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "task.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "task"),
    [
        (
            "outputs: logits\nclasses: 10\nexclusive: true\n",
            Task(outputs="logits", classes=10, exclusive=True),
        ),
        ("{outputs: logits, class_axis: [1, 2]}", Task(outputs="logits", class_axis=(1, 2))),
        ("\ufeffoutputs: logits\r\n# a comment\r\nimbalance: 99\r\n", Task(outputs="logits", imbalance=99)),
        ("outputs: null\nmasked: yes\n", Task(masked=True)),
        (
            "weights: [class, sample]\nframework: PyTorch",
            Task(weights=("class", "sample"), framework="torch"),
        ),
        ("{}", Task()),
    ],
    ids=repr,
)
def test_a_task_file_is_read(tmp_path: Path, content: str, task: Task) -> None:
    assert Task.from_yaml(written(tmp_path, content)) == task


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "not a mapping of properties; write lines such as 'outputs: logits'"),
        ("- outputs\n", "not a mapping of properties"),
        ("outputs", "not a mapping of properties"),
        (
            "outputs: logits\noutputs: probabilities\n",
            "not valid YAML at line 2, column 1: the key 'outputs' stands twice",
        ),
        ("outputs: [logits\n", "not valid YAML at line 2, column 1"),
        ("outputs: logits\n\tclasses: 3\n", "not valid YAML at line 2"),
        ("[a, b]: 3\n", "not valid YAML at line 1, column 1: a key that is not a word"),
        ("--- {}\n--- {}\n", "not valid YAML"),
        ("kind: !!python/object/apply:os.getcwd []\n", "not valid YAML at line 1"),
        ("kind: 2020-13-45\n", "a value does not fit its type"),
        ("classes: !!int ten\n", "a value does not fit its type"),
        ("masked: !!bool maybe\n", "a value does not fit its type"),
        ("kind: !!timestamp soon\n", "a value does not fit its type"),
        ("kind: " + "[" * 5000, "nested too deeply"),
        (b"kind: \xff\xfe\n", "not UTF-8 text at byte 6; save it as UTF-8"),
        (b"kind: a\x00b\n", "characters that YAML does not allow"),
        ("outputz: logits\n", "unknown key 'outputz'; did you mean 'outputs'?"),
        ("outputs: logit\n", "outputs: 'logit' is not one of its values; did you mean 'logits'?"),
        ("classes: ten\n", "classes: 'ten' is not a whole number"),
        ("encoding: index\nexclusive: no\n", "encoding 'index' and exclusive False cannot both be"),
        ("1: logits\n", "unknown key 1"),
        ("null: logits\n", "unknown key None"),
        ("kind: &a [*a]\n", "kind: "),
        ("class_axis: &a [*a]\n", "class_axis: "),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_wrong_file_is_one_line_that_begins_with_its_path(
    tmp_path: Path, content: str | bytes, says: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(CepickError) as raised:
        Task.from_yaml(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize("name", [each.name for each in presets()])
def test_a_preset_is_a_task_file(tmp_path: Path, name: str) -> None:
    content = read_text(f"tasks/{name}.yaml")
    assert Task.from_yaml(written(tmp_path, content)) == Task.preset(name)


def test_a_preset_without_a_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CepickError, match=r"task is not a mapping of properties"):
        Task.from_yaml(written(tmp_path, "title: Fraud\ntask: logits\n"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CepickError, match=r"none\.yaml: no such file; check the path$"):
        read_mapping(tmp_path / "none.yaml")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(CepickError, match="is a directory"):
        read_mapping(tmp_path)


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CepickError, match="not a directory"):
        read_mapping(written(tmp_path, "{}") / "task.yaml")


def test_what_can_be_no_path_is_refused() -> None:
    with pytest.raises(CepickError, match="not a path"):
        read_mapping("a\x00b")
