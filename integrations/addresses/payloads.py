"""What any address register tells us. Pure Python, the border between a connector and us."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RegisteredAddress:
    """One address of a register; "" or None where it says nothing.

    `postcode` without a space; `street_short` by NEN 5825 (at most 24 characters); the bag ids have 16 digits (object:
    what is addressed, number: its designation); `lat` and `lon` in WGS 84 degrees; `knows_additions` False where a
    register knows numbers without letters and additions.
    """

    street: str
    number: int
    postcode: str
    city: str
    letter: str = ""
    addition: str = ""
    street_short: str = ""
    municipality: str = ""
    province: str = ""
    bag_number_id: str = ""
    bag_object_id: str = ""
    lat: float | None = None
    lon: float | None = None
    knows_additions: bool = True
