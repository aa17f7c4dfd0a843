"""The entry point: the only place where an error becomes one line, and an answer an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

FINE, FOUND, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 fine, 1 found something, 2 could not run, 130 interrupted."""
    # What is imported stays: looking through it for garbage again and again is a tenth of the start.
    gc.set_threshold(50_000, 20, 20)
    _open_streams()
    try:
        if "_CEPICK_COMPLETE" in os.environ:
            from .completion import answer

            return answer()
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return _interrupted()
    finally:
        if arguments is None:
            # The process ends, and everything goes with it: its last search for garbage is a twentieth of the start.
            gc.freeze()


def _open_streams() -> None:
    """Let output that the shell has closed (``>&-``) go nowhere: the exit code still says how it ended."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (open until the end)


def _run(arguments: Sequence[str]) -> int:
    import typer

    from ce_core.errors import CepickError

    from .app import app

    # Typer exports one of its usage errors only; the others share its base.
    usage_error: Any = typer.BadParameter.__base__
    try:
        code = app(args=list(arguments), prog_name="cepick", standalone_mode=False)
    except CepickError as error:
        return _refuse(str(error) + (f" [{error.code}]" if error.code else ""))
    except usage_error as error:
        return _refuse_usage(error, arguments)
    except typer.Abort:
        return _interrupted()
    except MemoryError:
        return _refuse("the arrays do not fit into memory; use a smaller file, or one of a smaller dtype")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{where}{error.strerror or error}; check the path and its permissions")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FINE
    # Typer answers Ctrl-C with 130 and says nothing.
    return _interrupted() if code == INTERRUPTED else int(code or FINE)


def _refuse_usage(error: Any, arguments: Sequence[str]) -> int:
    """Say a usage error of typer's in cepick's form."""
    # An option without its value comes without a context; then the command is the first word.
    command = error.ctx.command_path if error.ctx is not None else f"cepick {arguments[0]}"
    kind, message = type(error).__name__, error.format_message()
    if kind == "NoArgsIsHelpError":
        sys.stderr.write(message + "\n")
        return COULD_NOT_RUN
    advice = f"try '{command} --help'"
    if command == "cepick check" and message.startswith("Got unexpected extra argument"):
        advice = (
            "it takes one file, which says what to check; for two arrays it is cepick eval, "
            "or cepick check --init PREDICTIONS TARGETS to write such a file"
        )
    if kind == "NoSuchOption":
        message = f"{error.option_name}: no such option"
        advice = f"did you mean {error.possibilities[0]}?" if error.possibilities else advice
    elif ". Did you mean " in message:
        message, advice = message.split(". Did you mean ")
        advice = f"did you mean {advice}"
    return _refuse(f"{message[:1].lower()}{message[1:].rstrip('.')}; {advice}")


def _refuse(message: str) -> int:
    # One line, whatever a path or a value holds.
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in message)
    sys.stderr.write(f"cepick: error: {line}\n")
    return COULD_NOT_RUN


def _interrupted() -> int:
    sys.stderr.write("cepick: interrupted\n")
    return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
