"""The one place that holds the version number."""

VERSION = "0.1.0"
