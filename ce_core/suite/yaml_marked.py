"""A YAML file as marked data: the safe part of YAML only, each key once."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from ce_core.errors import CepickError

from .marked import Marked, one_line, scalar_of
from .spec import Where

_TAG = "tag:yaml.org,2002:"
_VALUES_AT_MOST = 100_000
"""More than a person writes; a few aliases of aliases make billions."""
_MALFORMED = "not valid YAML"


def from_yaml(text: str, file: str) -> Marked:
    r"""Return the document in a YAML text, or raise the error that names the line and column.

    >>> from_yaml("checks:\n  - name: digits", "cepick.yaml").value["checks"].value[0].keys["name"]
    'cepick.yaml:2:5'
    """
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                raise CepickError(f"{file}: is empty; write 'checks:' and under it what to check")
            reader = _Reader(loader, file)
            reader.check_keys(root)
            return reader.marked(root, ())
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = str(_where(file, mark)) if mark else file
        problem = one_line(error.problem or "it cannot be read")
        raise CepickError(f"{place}: {_MALFORMED}: {problem}; correct it there") from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise CepickError(
            f"{file}:{line}:{column}: {_MALFORMED}: a character that YAML does not allow; take it out"
        ) from None
    except RecursionError:
        raise CepickError(f"{file}: {_MALFORMED}: nested too deeply; write fewer levels") from None


def _where(file: str, mark: Any) -> Where:
    return Where(file=file, line=mark.line + 1, column=mark.column + 1)


class _Reader:
    """What turns the nodes of one document into marked data."""

    def __init__(self, loader: Any, file: str) -> None:
        self.loader = loader
        self.file = file
        self.count = 0
        self.own: dict[int, set[int]] = {}
        """For each mapping the keys that stand in it, and are not merged into it."""

    def check_keys(self, node: Any) -> None:
        """Refuse a key that stands twice in a mapping, before others are merged into it."""
        import yaml

        if id(node) in self.own or isinstance(node, yaml.ScalarNode):
            return
        self.own[id(node)] = set()
        if isinstance(node, yaml.SequenceNode):
            for each in node.value:
                self.check_keys(each)
            return
        seen: dict[str, Where] = {}
        for key, each in node.value:
            place = _where(self.file, key.start_mark)
            if not isinstance(key, yaml.ScalarNode):
                _fail(place, "a key that is no word; write one")
            if key.value in seen:
                _fail(place, f"{key.value}: stands twice, first in line {seen[key.value].line}; leave one")
            seen[key.value] = place
            self.own[id(node)].add(id(key))
            self.check_keys(each)

    def marked(self, node: Any, above: tuple[int, ...]) -> Marked:
        """Return the data of a node, those of its parts too."""
        import yaml

        where = _where(self.file, node.start_mark)
        self.count += 1
        if self.count > _VALUES_AT_MOST:
            _fail(where, f"over {_VALUES_AT_MOST:,} values; repeat fewer with aliases")
        if id(node) in above:
            _fail(where, "an alias holds itself; write it out")
        kind = node.tag.removeprefix(_TAG)
        above = (*above, id(node))
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, where, above)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            items = [self.marked(each, above) for each in node.value]
            return Marked(value=items, where=where, at=str(where))
        if not isinstance(node, yaml.ScalarNode) or kind not in _SCALARS:
            _fail(where, f"the tag {node.tag.replace(_TAG, '!!')!r} is not read; take it out")
        return Marked(value=self._scalar(node, kind, where), text=node.value, where=where, at=str(where))

    def _mapping(self, node: Any, where: Where, above: tuple[int, ...]) -> Marked:
        self.loader.flatten_mapping(node)
        value: dict[str, Marked] = {}
        keys: dict[str, str] = {}
        for key, each in node.value:
            name = str(key.value)
            if name in value and id(key) in self.own[id(node)]:
                del value[name]  # what is said here stands in its own place, not in that of what it replaces
            value[name] = self.marked(each, above)
            keys[name] = str(_where(self.file, key.start_mark))
        return Marked(value=value, where=where, at=str(where), keys=keys)

    def _scalar(self, node: Any, kind: str, where: Where) -> Any:
        """Return what a scalar says; a plain ``1e-4`` is a number, as in YAML 1.2."""
        if kind in {"str", "timestamp", "value"}:
            return (
                scalar_of(node.value)
                if node.style is None and _EXPONENT.fullmatch(node.value)
                else node.value
            )
        try:
            return self.loader.construct_object(node)
        except (ValueError, KeyError, OverflowError):
            _fail(where, f"{node.value!r} does not fit the tag '!!{kind}'; take the tag out")


_SCALARS = frozenset({"str", "int", "float", "bool", "null", "timestamp", "value"})
_EXPONENT = re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+")


def _fail(where: Where, message: str) -> NoReturn:
    raise CepickError(f"{where}: {one_line(message)}")
