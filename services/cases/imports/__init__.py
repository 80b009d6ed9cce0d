"""Imports: other people's seizure files become cases. What a file looks like is data (`mappings/`), never code."""
