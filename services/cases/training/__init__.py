"""Made-up records for training installations."""

from services.cases.training.seeding import seed, seed_live

__all__ = ["seed", "seed_live"]
