"""The port through which core's admin asks what a user may; `access`, a layer higher, answers.

Core knows nobody, yet the admin's base class has to leave out what its user may not read.
"""

from collections.abc import Callable, Iterable
from typing import Protocol


class ActorRights(Protocol):
    """What the admin asks of the rights of one user. `administration_ids`: None means in any of them."""

    def administrations(self, right: str | None = None) -> set[int]: ...

    def has(self, right: str, administration_ids: Iterable[int] | None = None) -> bool: ...

    def readable(self, model: type, administration_ids: Iterable[int]) -> set[str]: ...

    def changeable(self, model: type, administration_ids: Iterable[int]) -> set[str]: ...

    def readable_classes(self, administration_ids: Iterable[int] | None = None) -> frozenset[str]: ...


_provider: list[Callable[..., ActorRights]] = []


def provide(rights_of: Callable[..., ActorRights]) -> None:
    """Say who answers; called once, when the slices are loaded."""
    _provider[:] = [rights_of]


def rights_of(user) -> ActorRights:
    """The rights of this user. Raises IndexError when no slice answers, which lets nobody in."""
    return _provider[0](user)
