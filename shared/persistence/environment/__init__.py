"""Where Alembic looks for `env.py`, for every service."""
