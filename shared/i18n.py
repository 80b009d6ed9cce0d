"""Marks texts for translation where they are only carried; the gateway is the one place that translates."""

from __future__ import annotations


def N_(message: str) -> str:  # noqa: N802  gettext's own name for a marked, untranslated message
    return message
