"""The search language, engine-free: text analysis, query language, plan, document analysis and matcher. See `docs/search.md`."""
