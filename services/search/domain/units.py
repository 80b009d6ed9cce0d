"""The tree of units as a query needs it: codes by name, and all units below one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from services.search.domain.normalise import fold


@dataclass(frozen=True)
class Units:
    """`names` are labels by language of every unit, `parents` the unit above (None at the root). Empty: any code is taken as it is."""

    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parents: Mapping[str, str | None] = field(default_factory=dict)

    def named(self, text: str) -> str | None:
        """The code that a typed code or name means."""
        if not self.names:
            return text.strip().upper()
        return self._by_name.get(fold(text).strip())

    def label(self, code: str, language: str) -> str:
        labels = self.names.get(code, {})
        return labels.get(language) or labels.get("en") or code

    def subtree(self, code: str) -> tuple[str, ...]:
        """The unit and all below it, in a stable order."""
        found = [code]
        for above in found:
            found += [below for below in self._children.get(above, ()) if below not in found]
        return tuple(found)

    def known_names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    @cached_property
    def _by_name(self) -> dict[str, str]:
        found = {fold(code): code for code in self.names}
        for code, labels in self.names.items():
            for label in labels.values():
                found.setdefault(fold(label).strip(), code)
        return found

    @cached_property
    def _children(self) -> dict[str | None, list[str]]:
        children: dict[str | None, list[str]] = {}
        for code, parent in sorted(self.parents.items()):
            children.setdefault(parent, []).append(code)
        return children
