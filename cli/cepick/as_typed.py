"""Commands whose options are taken as they are typed, without a validator for each."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup


class _AsTyped:
    """What typer calls to turn text into a value."""

    def coerce(self, value: Any, **_: Any) -> Any:
        """Return the value: text is read by `cepick.values`, whose errors name what to write instead."""
        return value


def _take_as_typed(parameters: list[Any]) -> list[Any]:
    """Spare typer a pydantic validator for each option, only to learn that text is text.

    They are as slow as the rest of a small evaluation. A version of typer that has another way to read a
    parameter builds its validators all the same.
    """
    for each in parameters:
        each.get_runtime_param = _AsTyped
    return parameters


class AsTypedCommand(TyperCommand):
    """A command whose parameters are flags and text only."""

    def get_params(self, ctx: Any) -> Any:
        """Return every parameter, that of the help among them."""
        parameters = _take_as_typed(super().get_params(ctx))
        if ctx.resilient_parsing:
            # A shell asks how the line may go on; nothing is run.
            from .completion import with_words

            with_words(parameters)
        return parameters


#: The options that take several words and may be given again, for which typer has no type.
_WORDS = {"also": 3, "init": 2, "part": 2, "slice_mask": 2}


class WithWords(AsTypedCommand):
    """A command with options of several words each: ``--also`` takes three, ``--part`` and others two."""

    def get_params(self, ctx: Any) -> Any:
        """Return every parameter, those of several words among them."""
        parameters = super().get_params(ctx)
        for each in parameters:
            each.nargs = _WORDS.get(each.name, each.nargs)
        return parameters


class AsTypedGroup(TyperGroup):
    """A group of commands whose own parameters are flags only."""

    def get_params(self, ctx: Any) -> Any:
        """Return every parameter, that of the help among them."""
        return _take_as_typed(super().get_params(ctx))
