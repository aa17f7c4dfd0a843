"""The command line of cepick."""
