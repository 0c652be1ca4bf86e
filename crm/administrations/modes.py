"""What changing the mode of the installation does, told before it is done. Higher slices tell their part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crm.administrations.models import Administration


@dataclass(frozen=True)
class Told:
    """A sentence about a change of mode; one that is `refused` keeps it from being made."""

    text: str
    refused: bool = False


Teller = Callable[[str, Administration | None], Iterable[Told]]
_tellers: list[Teller] = []


def tells_of_mode(teller: Teller) -> Teller:
    """Register who tells what the mode `mode` with this umbrella would do. It only reads."""
    _tellers.append(teller)
    return teller


def told_of(mode: str, umbrella: Administration | None) -> list[Told]:
    return [told for teller in _tellers for told in teller(mode, umbrella)]
