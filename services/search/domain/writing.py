"""A syntax tree back into the text of a query: `parse(to_text(tree)) == tree`."""

from __future__ import annotations

from decimal import Decimal

from services.search.domain.tree import And, DateRange, Everything, FieldTerm, Fuzzy, Node, Not, Or, Phrase, Prefix, Range, Route, Words


def to_text(node: Node) -> str:
    match node:
        case Everything():
            return ""
        case And(parts):
            return " ".join(_inside(part, Or, And) for part in parts)
        case Or(parts):
            return " OR ".join(_inside(part, Or) for part in parts)
        case Not(part):
            return f"NOT {_inside(part, Or, And)}"
        case _:
            return _condition(node)


def _inside(node: Node, *grouped: type) -> str:
    return f"({to_text(node)})" if isinstance(node, grouped) else to_text(node)


def _condition(node: Node) -> str:  # noqa: PLR0911  one return for each kind of condition reads best
    match node:
        case Words(text, name):
            return _named(name, text)
        case Phrase(text, slop, name):
            return _named(name, f'"{text}"' + (f"~{slop}" if slop else ""))
        case Prefix(text, name):
            return _named(name, f"{text}*")
        case Fuzzy(text, distance, name):
            return _named(name, f"{text}~{distance or ''}")
        case FieldTerm(name, text):
            return _named(name, quoted(text))
        case Range(name, low, high, above, below):
            return _named(name, _range(number_text(low), number_text(high), above=above, below=below))
        case DateRange(name, first, last):
            return _named(name, _range(first.isoformat() if first else None, last.isoformat() if last else None))
        case Route(points, name):
            return _named(name, quoted(">".join(points)))
    raise TypeError(node)


def _named(name: str, value: str) -> str:
    return f"{name}:{value}" if name else value


def quoted(text: str) -> str:
    """A value in quotation marks where it needs them to stand in one piece."""
    plain = not any(character.isspace() or character in '()"“”„' for character in text)
    return text if plain else f'"{text}"'


def number_text(value: Decimal | None) -> str | None:
    if value is None:
        return None
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _range(low: str | None, high: str | None, *, above: bool = False, below: bool = False) -> str:
    if low == high:
        return low or ""
    if above:
        return f">{low}"
    if below:
        return f"<{high}"
    return f"{low or ''}..{high or ''}"
