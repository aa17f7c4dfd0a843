"""Records are the standard library's frozen dataclasses in everything that a caller can see."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from ce_core import records


def define(decorator: Callable[..., Any], **options: Any) -> Any:
    """Return one and the same class, made by either decorator."""

    @decorator(frozen=True, kw_only=True, **options)
    class Thing:
        """A thing."""

        name: str
        size: float = 1.0
        parts: list[int] = dataclasses.field(default_factory=list, compare=False)
        hidden: int = dataclasses.field(default=0, repr=False, metadata={"key": "secret"})

    return Thing


KINDS: dict[str, dict[str, Any]] = {"equal by value": {}, "equal to itself only": {"eq": False}}
both = pytest.mark.parametrize("options", KINDS.values(), ids=KINDS.keys())


@records.dataclass(frozen=True, kw_only=True)
class Point:
    """Two numbers, of which the first is made positive."""

    x: float
    y: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", abs(self.x))


@both
def test_a_record_has_the_fields_signature_and_text_of_a_dataclass(options: dict[str, Any]) -> None:
    ours, theirs = define(records.dataclass, **options), define(dataclasses.dataclass, **options)
    assert [(each.name, each.metadata) for each in dataclasses.fields(ours)] == [
        (each.name, each.metadata) for each in dataclasses.fields(theirs)
    ]
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs)).replace(
        "<factory>", "<class 'list'>"
    )
    assert ours.__match_args__ == theirs.__match_args__ == ()
    made = [each(name="a", parts=[1]) for each in (ours, theirs)]
    assert repr(made[0]) == repr(made[1]) == "define.<locals>.Thing(name='a', size=1.0, parts=[1])"
    assert dataclasses.asdict(made[0]) == dataclasses.asdict(made[1])


@both
def test_records_are_equal_where_dataclasses_are(options: dict[str, Any]) -> None:
    for kind in (define(records.dataclass, **options), define(dataclasses.dataclass, **options)):
        one, same, other = kind(name="a", parts=[1]), kind(name="a", parts=[2]), kind(name="b")
        by_value = not options
        assert (one == same) is by_value
        assert (hash(one) == hash(same)) is by_value
        assert one == one
        assert one != other
        assert one != "a"
    assert define(records.dataclass)(name="a") != define(dataclasses.dataclass)(name="a")


@pytest.mark.parametrize("name", ["x", "y", "z"])
def test_a_record_cannot_be_changed(name: str) -> None:
    point = Point(x=1)
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(point, name, 2.0)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    assert point == Point(x=1)


def test_a_record_takes_names_only_and_all_that_have_no_default() -> None:
    thing = define(records.dataclass)
    with pytest.raises(TypeError, match="positional"):
        thing("a")
    with pytest.raises(TypeError, match="missing the keyword argument 'name'"):
        thing(size=1.0, parts=[], hidden=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        thing(name="a", colour=1)
    first, second = thing(name="a"), thing(name="a")
    assert first.parts == []
    assert first.parts is not second.parts
    assert list(vars(thing(hidden=1, name="a"))) == ["name", "size", "parts", "hidden"]


def test_a_record_is_replaced_copied_and_pickled() -> None:
    point = Point(x=-3, y=4)
    assert point == Point(x=3, y=4)
    assert dataclasses.replace(point, y=5.0) == Point(x=3, y=5)
    for again in (pickle.loads(pickle.dumps(point)), copy.copy(point), copy.deepcopy(point)):
        assert again == point
        assert hash(again) == hash(point)


def test_a_record_keeps_the_methods_that_it_defines() -> None:
    @records.dataclass(frozen=True, kw_only=True)
    class Named:
        """Equal by the first letter."""

        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Named) and other.name[0] == self.name[0]

        def __repr__(self) -> str:
            return self.name

        def __hash__(self) -> int:
            return hash(self.name[0])

    assert Named(name="ab") == Named(name="ac")
    assert hash(Named(name="ab")) == hash(Named(name="ac"))
    assert repr(Named(name="ab")) == "ab"


def test_what_is_not_frozen_is_no_record() -> None:
    with pytest.raises(TypeError, match="frozen and kw_only"):
        records.dataclass(frozen=False, kw_only=True)  # type: ignore[call-overload]
