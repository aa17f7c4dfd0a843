"""What each framework's own function prints for two arrays, to the last digit, and why.

`parse_call` reads a call as data, `emulate` computes its number and takes it apart, `rosetta` sets the numbers of all
frameworks side by side. The rows of ``configs/frameworks`` say what a function does; `peculiar` holds the little
that no general word says.
"""

from __future__ import annotations

from ce_core.emulate.parse import parse_call
from ce_core.emulate.results import Difference, Emulated, Group, Member, Rosetta, Setting, Spelled
from ce_core.emulate.rosetta import rosetta
from ce_core.emulate.run import emulate

__all__ = [
    "Difference",
    "Emulated",
    "Group",
    "Member",
    "Rosetta",
    "Setting",
    "Spelled",
    "emulate",
    "parse_call",
    "rosetta",
]
