"""What each framework does with the arrays of each finding: the sentence, what is run, and what it must show."""

from __future__ import annotations

import claims_1
import claims_2
import claims_3
import claims_4
from claim_rows import TABLE, Row

__all__ = ["TABLE", "Row", "claims_1", "claims_2", "claims_3", "claims_4"]
