"""Commands whose options are made when one of them is run: a list of commands needs their names only.

For each option typer reads a signature, a type and a help text. Made for every command at each start, they would take
as long as a small evaluation, and longer with every command that is added.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand
from typer.main import get_command

from .as_typed import AsTypedCommand

Function = TypeVar("Function", bound=Callable[..., int])


def command(
    app: typer.Typer,
    name: str,
    *,
    short_help: str,
    cls: type[AsTypedCommand] = AsTypedCommand,
    epilog: str | None = None,
    options: Callable[[Callable[..., int]], Callable[..., int]] | None = None,
) -> Callable[[Function], Function]:
    """Add a command to an application, as ``app.command`` does, but make it when it is asked for.

    ``options`` is a decorator that adds options, such as `cepick.task_options.takes_task`; it waits, too.
    """

    def register(function: Function) -> Function:
        def make() -> Any:
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            add = alone.command(name, cls=cls, short_help=short_help, epilog=epilog)
            add(options(function) if options else function)
            return get_command(alone)

        later: Any = partial(_Later, make)
        app.command(name, cls=later, short_help=short_help)(_nothing)
        return function

    return register


def _nothing() -> None:
    """Stand for a function in the list of commands, without its options."""


class _Later(TyperCommand):
    """A command that gives its place to the one it makes, once somebody runs it or asks for its options."""

    def __init__(self, make: Callable[[], Any], **given: Any) -> None:
        super().__init__(**given)
        self._make = make

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """Return the context of the command itself, which is run in the place of this one."""
        return self._make().make_context(info_name, args, parent=parent, **extra)
