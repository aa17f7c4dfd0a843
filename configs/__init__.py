"""The data files that ship with cepick."""
