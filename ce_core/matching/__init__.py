"""Tracing a logged number: which definition of the loss, or which mistake, gives it on these arrays."""
