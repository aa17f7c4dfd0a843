"""What is known of a problem: its properties, their words, and which of them cannot be together."""

from __future__ import annotations

from .task import Evidence, Source, Task

__all__ = ["Evidence", "Source", "Task"]
