"""Two models on the same targets: what differs, how surely, and where."""

from __future__ import annotations
