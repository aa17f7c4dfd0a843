"""A sample of both arrays, to read them otherwise than they were handed over and to compare by a paired test."""

from .sample import Sample, take_sample

__all__ = ["Sample", "take_sample"]
