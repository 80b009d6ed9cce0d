"""What keeps an installation from starting, said so that the operator knows what to do."""

from __future__ import annotations


class RunnerError(Exception):
    """`advice` is what to do about it."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(f"{problem}. {advice}")
        self.problem = problem
        self.advice = advice


class ServerMissing(RunnerError):
    """A program is not installed on this machine."""
