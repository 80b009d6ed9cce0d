"""Code lists with a label per language: data in `data/lists/`, read when first asked for.

A code is never reused: one that is no longer to be chosen is `retired` and keeps its label for old records.
"""

from shared.vocabulary.lists import Entry, Vocabulary, kilogram_factor, names, vocabulary

__all__ = ["Entry", "Vocabulary", "kilogram_factor", "names", "vocabulary"]
