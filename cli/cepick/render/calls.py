"""The calls of a recommendation as code that can be pasted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ce_core.records import dataclass

if TYPE_CHECKING:
    from ce_core.decide.recommendation import Recommendation


@dataclass(frozen=True, kw_only=True)
class Block:
    """One snippet: what it is for, the code with its imports, and what to know of it."""

    call: str
    imports: str
    code: str
    note: str = ""
    modifier: str | None = None
    verified: bool = True
    """Whether a test runs it in its framework."""

    @property
    def text(self) -> str:
        """Return the code as it is pasted."""
        return f"{self.imports}\n{self.code}" if self.imports else self.code


@dataclass(frozen=True, kw_only=True)
class Framework:
    """What a framework offers for a loss."""

    id: str
    title: str
    wanted: bool
    blocks: tuple[Block, ...]
    absent: str | None = None
    """Why it offers no function of its own, where it does not; the block then is what to write instead."""

    @property
    def call(self) -> str:
        """Return the name of its first function."""
        return self.blocks[0].call if self.blocks else ""

    @property
    def verified(self) -> bool:
        """Tell whether a test runs its first function."""
        return self.blocks[0].verified if self.blocks else True

    @property
    def shown(self) -> tuple[Block, ...]:
        """Return every snippet of a framework that was asked for, of another those that the task needs."""
        if self.wanted:
            return self.blocks
        first = [block for block in self.blocks if block.call == self.call]
        return tuple([block for block in first if block.modifier] or first[:1])


def frameworks(answer: Recommendation) -> list[Framework]:
    """Return what each framework offers, the wanted one first."""
    ids = dict.fromkeys((*answer.calls, *answer.absent))
    first = [each for each in ids if each == answer.task.framework]
    return [_framework(answer, each) for each in dict.fromkeys((*first, *ids))]


def _framework(answer: Recommendation, name: str) -> Framework:
    from ce_core.frameworks import instead, title

    blocks, absent = tuple(_blocks(answer, name)), answer.absent.get(name)
    if absent is not None:
        entry = instead(answer.loss, name) if answer.loss else None
        # What is told for this task may be another line than the loss's usual one.
        if entry is not None and absent.endswith(f": {entry.code}"):
            absent = absent.removesuffix(f": {entry.code}")
            blocks = (Block(call="", imports=entry.imports, code=f"loss = {entry.code}"), *blocks)
    wanted = name == answer.task.framework
    return Framework(id=name, title=title(name), wanted=wanted, blocks=blocks, absent=absent)


def _blocks(answer: Recommendation, framework: str) -> Iterator[Block]:
    seen: set[str] = set()
    for call in answer.calls.get(framework, ()):
        plain = Block(
            call=call.call,
            imports=call.imports,
            code=f"loss = {call.code}",
            note=call.note,
            verified=call.verified,
        )
        variants = [
            Block(
                call=call.call,
                imports=snippet.imports,
                code=f"loss = {snippet.code}",
                note=snippet.note,
                modifier=name,
                verified=call.verified,
            )
            for name, snippet in answer.snippets(call).items()
        ]
        for block in (plain, *variants):
            if block.code not in seen:
                seen.add(block.code)
                yield block
