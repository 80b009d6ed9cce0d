"""What officers type, read into a syntax tree (`tree.py`); anything that cannot be read as typed is a QueryError.

    query   = or
    or      = and { "OR" and }
    and     = unary { ["AND"] unary }
    unary   = "NOT" unary | "-" unary | "(" or ")" | [field ":"] value
    value   = "(" or ")" | quoted [ "~" number ] | chunk

A chunk ends at a blank, a parenthesis or a quotation mark. What a field's value may be is in `values.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.search.domain.errors import QueryError
from services.search.domain.fields import Field, field_like, field_named
from services.search.domain.normalise import ZERO_WIDTH
from services.search.domain.scripts import is_word
from services.search.domain.tree import And, Everything, Node, Not, Or
from services.search.domain.values import Quoted, quoted_value, typed_value
from shared.i18n import N_

MAX_LENGTH = 2000
MAX_DEPTH = 20
MAX_CLAUSES = 100

QUOTES = '"“”„'


def parse(text: str) -> Node:
    """The tree of a query; an empty one is everything. Raises QueryError and nothing else."""
    if len(text) > MAX_LENGTH:
        raise QueryError("too_long", N_("Shorten the query to %(limit)s characters."), MAX_LENGTH, limit=MAX_LENGTH)
    for position, character in enumerate(text):
        if "\ud800" <= character <= "\udfff" or character == "\x00":
            raise QueryError("bad_character", N_("Remove the character that cannot be read."), position)
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.clauses = 0

    def query(self) -> Node:
        self.skip_blanks()
        if self.at == len(self.text):
            return Everything(start=0, end=len(self.text))
        node = self.any_of(None)
        if self.at < len(self.text):
            raise QueryError("unopened_group", N_("Remove this parenthesis, or open it before."), self.at)
        return node

    def any_of(self, field: Field | None) -> Node:
        parts = [self.all_of(field)]
        while self.take_operator("OR"):
            parts.append(self.all_of(field))
        return parts[0] if len(parts) == 1 else Or(tuple(parts), start=parts[0].start, end=parts[-1].end)

    def all_of(self, field: Field | None) -> Node:
        parts = [self.unary(field)]
        while self.take_operator("AND") or self.more():
            parts.append(self.unary(field))
        return parts[0] if len(parts) == 1 else And(tuple(parts), start=parts[0].start, end=parts[-1].end)

    def more(self) -> bool:
        self.skip_blanks()
        return self.at < len(self.text) and self.text[self.at] != ")" and not self.operator("OR")

    def unary(self, field: Field | None) -> Node:
        self.skip_blanks()
        start = self.at
        self.require_operand()
        if self.take_operator("NOT") or self.take_minus():
            node = self.deeper(start, field, self.unary)
            return Not(node, start=start, end=node.end)
        if self.text[self.at] == "(":
            return self.group(field, start)
        return self.value(field)

    def require_operand(self) -> None:
        """An operator has something on both sides, a group something inside."""
        if self.at == len(self.text):
            raise QueryError("missing_words", N_("Write the words that belong here, or remove the operator before."), self.at)
        if self.text[self.at] == ")":
            raise QueryError("missing_words", N_("Write the words that belong here, or remove this parenthesis."), self.at)
        if self.operator("OR") or self.operator("AND"):
            raise QueryError("missing_words", N_("Write words on both sides of OR and AND."), self.at)

    def take_minus(self) -> bool:
        if self.text[self.at] != "-":
            return False
        following = self.text[self.at + 1 : self.at + 2]
        if not following or not (is_word(following) or following in QUOTES or following == "("):
            raise QueryError("nothing_to_search", N_("Write letters or digits here: this mark alone finds nothing."), self.at)
        self.at += 1
        return True

    def group(self, field: Field | None, start: int) -> Node:
        """The node inside, placed with its parentheses and the field before them."""
        opened = self.at
        self.at += 1
        node = self.deeper(opened, field, self.any_of)
        self.skip_blanks()
        if self.at == len(self.text):
            raise QueryError("unclosed_group", N_("Close this parenthesis."), opened)
        self.at += 1
        return replace(node, start=start, end=self.at)

    def deeper(self, opened: int, field: Field | None, rule: Callable[[Field | None], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryError("too_deep", N_("Use at most %(limit)s parentheses inside each other."), opened, limit=MAX_DEPTH)
        node = rule(field)
        self.depth -= 1
        return node

    def value(self, inherited: Field | None) -> Node:
        start = self.at
        field = self.take_field() or inherited
        if field is not inherited and self.text[self.at : self.at + 1] == "(":
            return self.group(field, start)
        self.clauses += 1
        if self.clauses > MAX_CLAUSES:
            raise QueryError("too_many", N_("Use at most %(limit)s conditions."), start, limit=MAX_CLAUSES)
        if self.text[self.at : self.at + 1] in tuple(QUOTES):
            return self.quoted(field, start)
        begun = self.at
        chunk = self.take_chunk()
        if not chunk:
            raise QueryError("missing_value", N_("Write the value right after the colon."), self.at)
        return typed_value(chunk, begun, field, start)

    def take_field(self) -> Field | None:
        """The field before a colon; what is no word before a colon (22:15) is a value like any other."""
        end = self.at
        while end < len(self.text) and (is_word(self.text[end]) or self.text[end] in ZERO_WIDTH):
            end += 1
        name = self.text[self.at : end]
        if self.text[end : end + 1] != ":" or not name or name[0].isdigit():
            return None
        field = field_named(name)
        if field is None:
            nearest = field_like(name)
            if nearest:
                message = N_("There is no field %(name)s. Did you mean %(nearest)s?")
            else:
                message = N_("There is no field %(name)s. Choose one from the list of fields, or put the words in quotation marks.")
            raise QueryError("unknown_field", message, self.at, name=name, nearest=nearest)
        self.at = end + 1
        return field

    def quoted(self, field: Field | None, start: int) -> Node:
        opened = self.at
        end = opened + 1
        while end < len(self.text) and self.text[end] not in QUOTES:
            end += 1
        if end == len(self.text):
            raise QueryError("unclosed_quote", N_("Close this quotation mark."), opened)
        self.at = end + 1
        suffix_at = self.at
        suffix = self.take_chunk() if self.text[self.at : self.at + 1] == "~" else ""
        return quoted_value(Quoted(self.text[opened + 1 : end], opened, suffix, suffix_at), field, start)

    def take_chunk(self) -> str:
        start = self.at
        while self.at < len(self.text) and not self.text[self.at].isspace() and self.text[self.at] not in f"(){QUOTES}":
            self.at += 1
        return self.text[start : self.at]

    def operator(self, name: str) -> bool:
        after = self.text[self.at + len(name) : self.at + len(name) + 1]
        return self.text.startswith(name, self.at) and (not after or after.isspace() or after in f"(){QUOTES}")

    def take_operator(self, name: str) -> bool:
        self.skip_blanks()
        if not self.operator(name):
            return False
        self.at += len(name)
        return True

    def skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
