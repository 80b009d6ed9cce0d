"""What words mean, in terms and trigrams.

On a text index `f` (`all` for free words), a text holds

- where its words stand in a row: one term for most, several for `saint-denis` or a Lao run that the dictionary cuts;
- or, when it is Lao, Thai, Khmer or Burmese only and at least three characters, where its trigrams stand in a row on `f_grams`: then
  the text without blanks holds it. A shorter run is found by its terms alone. In quotes `ຢາ ບ້າ` is one run, `ຢາບ້າ`.

With slop `n`, each two neighbouring words stand at most `n` moves from being in a row, in either order (a swap is two moves).

Free words are also found by stem (`all_stems`), by sound (`all_sounds`), as an identifier when they have digits, as the code of the goods
that they name, and by the other names of a thing (`other_names.py`); all of these weigh less. `field:word` and quoted words never are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from services.search.domain.analyse import analyse, sound, trigrams
from services.search.domain.facts import compact
from services.search.domain.fuzzy import default_distance
from services.search.domain.normalise import fold
from services.search.domain.other_names import other_names
from services.search.domain.plan import Alike, AllOf, AnyOf, Begins, Has, Near, Plan
from services.search.domain.scripts import is_unspaced
from services.search.domain.stems import LANGUAGES, stem_of
from shared.vocabulary import vocabulary

FREE = "all"
GRAM = 3
_WEAKER = 0.3
_SHORTEST_IDENTIFIER = 4


def text_plan(text: str, index: str, slop: int = 0) -> Plan:
    """A word or phrase as it stands, on one index."""
    words = analyse(text).words
    found = [in_a_row(index, words) if slop == 0 or len(words) == 1 else _loosely(index, words, slop)]
    run = unspaced_run(words)
    if len(run) >= GRAM:
        found.append(in_a_row(f"{index}_grams", trigrams(run)))
    return any_of(found)


def free_plan(text: str) -> Plan:
    """A free word, with the weaker ways in which it may be found."""
    words = analyse(text).words
    found = [text_plan(text, FREE)]
    if len(words) == 1:
        found += [Has("all_stems", stem, _WEAKER) for stem in dict.fromkeys(stem_of(words[0], language) for language in LANGUAGES) if stem]
    heard = sound(unspaced_run(words))
    if len(heard) >= GRAM:
        # A text that sounds as it is written has its trigrams in `all_grams` alone.
        found += [in_a_row(index, trigrams(heard), _WEAKER) for index in ("all_grams", "all_sounds")]
    identifier = compact(text)
    if len(identifier) >= _SHORTEST_IDENTIFIER and any(character.isdigit() for character in identifier):
        found.append(Has("identifier", identifier))
    goods = vocabulary("subtypes").find(text)
    if goods:
        found.append(Has("drug", goods, _WEAKER))
    found += [weaker(text_plan(name, FREE)) for name in other_names(text)]
    return any_of(found)


def weaker(plan: Plan) -> Plan:
    """The plan of a text, weighing less."""
    if isinstance(plan, AnyOf):
        return AnyOf(tuple(weaker(part) for part in plan.parts))
    assert isinstance(plan, Has | Near)
    return replace(plan, boost=_WEAKER)


def prefix_plan(text: str, index: str) -> Plan:
    """Words that begin so; a run of an unspaced script may stand anywhere, since nothing shows where its words begin."""
    beginning = fold(text)
    found: list[Plan] = [Begins(index, beginning)]
    run = unspaced_run(analyse(text).words)
    if len(run) >= GRAM:
        found.append(in_a_row(f"{index}_grams", trigrams(run)))
    return any_of(found)


def fuzzy_plan(text: str, distance: int | None, index: str) -> Plan:
    word = fold(text)
    return Alike(index, word, distance or default_distance(word))


def unspaced_run(words: Sequence[str]) -> str:
    """The words joined where all are of unspaced scripts, else ''."""
    return "".join(words) if all(is_unspaced(word) for word in words) else ""


def in_a_row(index: str, terms: Sequence[str], boost: float = 1.0) -> Plan:
    return Has(index, terms[0], boost) if len(terms) == 1 else Near(index, tuple(terms), 0, boost)


def _loosely(index: str, words: Sequence[str], slop: int) -> Plan:
    """Pair by pair, since engines agree on the slop of two terms and on no more."""
    pairs = dict.fromkeys(pairwise(words))
    found: list[Plan] = [Near(index, pair, slop) for pair in pairs if pair[0] != pair[1]]
    return all_of(found) if found else Has(index, words[0])


def all_of(parts: Sequence[Plan]) -> Plan:
    distinct = tuple(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else AllOf(distinct)


def any_of(parts: Sequence[Plan]) -> Plan:
    distinct = tuple(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else AnyOf(distinct)
