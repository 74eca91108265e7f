"""Pillarbox: the whole post office in one package."""

__version__ = "0.4.0"
