"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: nothing here is a test of time.
settings.register_profile("cepick", deadline=None)
settings.load_profile("cepick")
