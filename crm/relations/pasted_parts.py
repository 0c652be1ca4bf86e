"""What a pasted text is taken apart into: fields, the pieces found for them, and what nobody took. Plain Python."""

from dataclasses import dataclass, field

PERSON = ("initials", "given_name", "prefix", "family_name", "title_before", "title_after")
WORK = ("organisation", "function", "department")
REACH = ("email", "phone", "mobile", "website")
ADDRESS = ("street", "house_number", "house_letter", "house_addition", "postcode", "city", "country")
NUMBERS = ("kvk", "vat", "iban")
FIELDS = (*PERSON, *WORK, *REACH, *ADDRESS, *NUMBERS)


@dataclass(frozen=True)
class Piece:
    """`value` belongs in `field` (one of FIELDS), found in `source`, the line as it was written. `problem`: what a
    check said of the value, "" for nothing."""

    field: str
    value: str
    source: str
    problem: str = ""


@dataclass(frozen=True)
class Pasted:
    pieces: tuple[Piece, ...]
    untaken: tuple[str, ...]

    def values(self) -> dict[str, str]:
        return {piece.field: piece.value for piece in self.pieces}


@dataclass
class Segment:
    """A part of a line. `rest` is what nobody took yet; `after_greeting`: the words right after "Met groet"."""

    source: str
    rest: str
    after_greeting: bool = False


@dataclass
class Found:
    pieces: dict[str, Piece] = field(default_factory=dict)
    untaken: list[str] = field(default_factory=list)

    def put(self, name: str, value: str, source: str, problem: str = "") -> bool:
        """The first one counts; False when the field was taken or there is no value."""
        value = value.strip()
        if not value or name in self.pieces:
            return False
        self.pieces[name] = Piece(name, value, source.strip(), problem)
        return True
