"""Reading a user's YAML file, with errors that say where it is wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ce_core.errors import CepickError


def read_mapping(path: str | Path) -> dict[str, Any]:
    """Return the mapping in a YAML file, or raise an error that names the file, and the line and column."""
    import yaml

    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CepickError(f"{path}: not UTF-8 text at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise CepickError(f"{path}: {_reason(error)}; check the path") from None
    except ValueError:
        raise CepickError(f"{str(path)!r}: not a path; check it") from None
    try:
        content = yaml.load(text, Loader=_strict_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise CepickError(f"{path}: not valid YAML{where}: {error.problem}; correct it there") from None
    except yaml.YAMLError:
        raise CepickError(f"{path}: not valid YAML; it holds characters that YAML does not allow") from None
    except RecursionError:
        raise CepickError(f"{path}: nested too deeply; write one property on each line") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        # PyYAML raises these for a tag or a date that the value does not fit, such as 2020-13-45.
        raise CepickError(
            f"{path}: not valid YAML: a value does not fit its type; put it in quotes"
        ) from None
    if not isinstance(content, dict):
        raise CepickError(f"{path}: not a mapping of properties; write lines such as 'outputs: logits'")
    return content


_OF_A_PRESET = frozenset({"title", "says", "task", "look_out_for"})


def task_of(content: dict[str, Any], path: str | Path) -> dict[str, Any]:
    """Return the properties in a task file: all of it, or of a preset what is under ``task``.

    >>> task_of({"title": "Fraud", "task": {"outputs": "logits"}}, "fraud.yaml")
    {'outputs': 'logits'}
    """
    if "task" not in content or not content.keys() <= _OF_A_PRESET:
        return content
    found = content["task"]
    if not isinstance(found, dict):
        raise CepickError(
            f"{path}: task is not a mapping of properties; write lines such as 'outputs: logits'"
        )
    return found


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "is a directory"
    return (error.strerror or "cannot be read").lower()


@cache
def _strict_loader() -> Any:
    """Return a safe loader that refuses a key written twice, where YAML would silently keep the last."""
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            seen: set[str] = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise yaml.constructor.ConstructorError(
                        None, None, "a key that is not a word", key.start_mark
                    )
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    return Loader
