"""From two arrays and a loss to numbers: the plan, one pass of sums that add, and what they mean."""
