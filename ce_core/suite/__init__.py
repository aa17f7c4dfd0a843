"""A suite of checks on arrays, as a team keeps it in its repository: read, run, reported.

The way of the data: a file (`cepick.yaml`, or a table of `pyproject.toml`) -> `Suite` (`spec`) -> one `CheckResult` for
each check (`run`) -> `CheckReport` (`report`), which every form of output is made from.
"""

from __future__ import annotations
