"""What must be done to a restored installation before it works again.

A back-up is an earlier moment. What waited then to be sent has been sent since, and a copy that was put back to have
a look must not start talking to the world. A slice registers in its `hooks.py`:

    @after_restore
    def pause_connections() -> str:
        …
        return "3 connections paused"        # for who restores; "" when there was nothing to do
"""

from collections.abc import Callable

Step = Callable[[], str]
_steps: list[Step] = []


def after_restore(step: Step) -> Step:
    _steps.append(step)
    return step


def steps() -> list[Step]:
    return sorted(_steps, key=lambda step: f"{step.__module__}.{step.__qualname__}")
