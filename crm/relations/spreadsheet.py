"""Relations as lines of a CSV file: which columns there are, how people name and write them, in and out.

Reading: UTF-8 (with or without byte order mark), UTF-16 with one, else cp1252; comma, semicolon or tab.
Writing: UTF-8 with a byte order mark and semicolons, which a Dutch spreadsheet opens as columns. A cell that a
spreadsheet would take for a formula gets an apostrophe before it, which reading takes off again
(design/reliability.md 26).
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.field_classes import FINANCIAL, INTERNAL, PUBLIC, SPECIAL
from crm.relations.house_numbers import NotAHouseNumber, parse_house_number
from crm.relations.models import Kind

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 5_000
MOST_CELL = 64 * 1024
_FORMULA = re.compile(r"^[\s\"']*[=+\-@＝＋－＠\t\r\n]")
_NUMBER_LIKE = re.compile(r"^[+\-]?[0-9][0-9 .,()/\-]*$")


class UnreadableFile(ValidationError):
    """The file is not one we can read; the message says what to do."""


@dataclass(frozen=True)
class Column:
    """`name` is the column of the model where it has one. `also`: other headings under which it comes, folded."""

    name: str
    title: str
    dutch: str
    also: tuple[str, ...] = ()
    field_class: str = PUBLIC
    part: bool = False  # of an address, bank account or role, not of the relation itself


COLUMNS = (
    Column("number", gettext_lazy("number"), "nummer", ("relatienummer", "relation number")),
    Column(
        "external_key",
        gettext_lazy("external key"),
        "externe sleutel",
        ("lidnummer", "klantnummer", "member number", "sleutel", "id"),
        INTERNAL,
    ),
    Column("kind", gettext_lazy("kind"), "soort", ("type",)),
    Column("initials", gettext_lazy("initials"), "voorletters"),
    Column("given_name", gettext_lazy("given name"), "voornaam", ("roepnaam", "first name")),
    Column("prefix", gettext_lazy("prefix"), "tussenvoegsel", ("voorvoegsel", "tussenvoegsels")),
    Column("family_name", gettext_lazy("family name"), "achternaam", ("familienaam", "last name", "surname")),
    Column("title_before", gettext_lazy("title before the name"), "titel", ("titel voor", "title")),
    Column("title_after", gettext_lazy("title after the name"), "titel achter"),
    Column("gender", gettext_lazy("gender"), "geslacht", (), INTERNAL),
    Column("birth_date", gettext_lazy("date of birth"), "geboortedatum", ("geboren", "birthday"), SPECIAL),
    Column(
        "legal_name",
        gettext_lazy("legal name"),
        "statutaire naam",
        ("bedrijfsnaam", "organisatie", "naam organisatie", "company", "organisation"),
    ),
    Column("trade_name", gettext_lazy("trade name"), "handelsnaam"),
    Column("email", gettext_lazy("e-mail"), "e-mail", ("email", "e-mailadres", "emailadres", "mail")),
    Column("phone", gettext_lazy("phone"), "telefoon", ("telefoonnummer", "tel")),
    Column("mobile", gettext_lazy("mobile"), "mobiel", ("mobiele telefoon", "gsm", "06")),
    Column("website", gettext_lazy("website"), "website", ("webadres", "www")),
    Column("street", gettext_lazy("street"), "straat", ("straatnaam", "adres"), part=True),
    Column("house_number", gettext_lazy("house number"), "huisnummer", ("nr", "huisnr"), part=True),
    Column("house_addition", gettext_lazy("addition"), "toevoeging", ("huisnummertoevoeging",), part=True),
    Column("postcode", gettext_lazy("postcode"), "postcode", ("pc", "zip"), part=True),
    Column("city", gettext_lazy("city"), "plaats", ("woonplaats", "vestigingsplaats", "town"), part=True),
    Column("country", gettext_lazy("country"), "land", ("landcode",), part=True),
    Column("iban", gettext_lazy("IBAN"), "iban", ("rekeningnummer", "bankrekening"), FINANCIAL, part=True),
    Column("member_since", gettext_lazy("member since"), "lid sinds", ("lid vanaf", "lid per"), INTERNAL, part=True),
    Column(
        "client_since", gettext_lazy("client since"), "klant sinds", ("klant vanaf", "klant per"), INTERNAL, part=True
    ),
    Column("debtor", gettext_lazy("debtor"), "debiteur", ("is debiteur",), FINANCIAL, part=True),
)
BY_NAME = {column.name: column for column in COLUMNS}
ADDRESS = ("street", "house_number", "house_letter", "house_addition", "postcode", "city", "country")
_YES = {"ja", "j", "yes", "y", "true", "waar", "1", "x"}
_NO = {"nee", "n", "no", "false", "onwaar", "0", ""}
_KINDS = {
    **dict.fromkeys(("person", "persoon", "p", "natuurlijk persoon", "particulier"), Kind.PERSON),
    **dict.fromkeys(("organisation", "organization", "organisatie", "o", "bedrijf", "instelling"), Kind.ORGANISATION),
}
_GENDERS = {
    **dict.fromkeys(("f", "v", "vrouw", "woman", "female", "mevrouw"), "f"),
    **dict.fromkeys(("m", "man", "male", "heer", "de heer"), "m"),
    **dict.fromkeys(("x", "anders", "other"), "x"),
}
_HEADINGS = {
    heading: column.name
    for column in COLUMNS
    for heading in (column.name, column.name.replace("_", " "), column.dutch, *column.also)
}


def column_of(heading: str) -> str | None:
    """The name of the column with this heading, Dutch or English, in any case; None: we do not know it."""
    folded = re.sub(r"[\s_]+", " ", heading).strip().casefold()
    return _HEADINGS.get(folded) or _HEADINGS.get(folded.replace(" ", "_"))


# ------------------------------------------------------------------------------------------------------ in


def read(data: bytes) -> tuple[list[str], list[list[str]]]:
    """The headings and the lines (each as long as the headings) of a CSV file. Raises UnreadableFile."""
    if len(data) > MOST_BYTES:
        raise UnreadableFile(_("The file is larger than 5 MB. Split it."))
    _refuse_other_formats(data)
    text = _decoded(data)
    if "\0" in text:
        raise UnreadableFile(_("This is no text file. Save the list as CSV first."))
    lines = text.strip("\r\n").splitlines()
    if not text.strip(' ;,\t\r\n"'):
        raise UnreadableFile(_("The file is empty."))
    separator = max(";,\t", key=lines[0].count)
    csv.field_size_limit(MOST_CELL)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(row)]
    except csv.Error as wrong:
        raise UnreadableFile(_("The file is no CSV file that we can read. Save the list as CSV again.")) from wrong
    headings = [heading.strip() for heading in rows[0]]
    if len(rows) - 1 > MOST_ROWS:
        raise UnreadableFile(
            _("The file has %(count)d lines; at most %(most)d go in at once. Split it.")
            % {"count": len(rows) - 1, "most": MOST_ROWS}
        )
    return headings, [[unescaped(cell.strip()) for cell in _fitted(row, len(headings))] for row in rows[1:]]


_OTHER_FORMATS = {
    b"PK\x03\x04": gettext_lazy("an Excel or other office file"),
    b"\xd0\xcf\x11\xe0": gettext_lazy("an Excel or other office file"),
    b"%PDF": gettext_lazy("a PDF file"),
    b"{": gettext_lazy("a JSON file"),
    b"<": gettext_lazy("a web page or XML file"),
}


def _refuse_other_formats(data: bytes) -> None:
    """What is no CSV at all says what it is, instead of what is wrong with its first line."""
    start = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:4]
    for signature, format_name in _OTHER_FORMATS.items():
        if start.startswith(signature):
            raise UnreadableFile(
                _("This is %(format)s. Open it in a spreadsheet, choose Save as, CSV UTF-8, and take that file.")
                % {"format": format_name}
            )


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _in(data, "utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _in(data, "cp1252")


def _in(data: bytes, encoding: str) -> str:
    """Raises UnreadableFile with the line where it stops being text in this encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as wrong:
        line = data[: wrong.start].decode(encoding, "replace").count("\n") + 1
        raise UnreadableFile(
            _("Line %(line)d has letters that cannot be read. Save the list again as CSV UTF-8.") % {"line": line}
        ) from wrong


def _fitted(row: list[str], width: int) -> list[str]:
    return (row + [""] * width)[:width]


def kind_of(value: str) -> str:
    if value and value.casefold() not in _KINDS:
        raise ValidationError(_("Expected: person or organisation."))
    return _KINDS.get(value.casefold(), "")


def gender_of(value: str) -> str:
    if value and value.casefold() not in _GENDERS:
        raise ValidationError(_("Expected: f, m or x."))
    return _GENDERS.get(value.casefold(), "")


def yes_or_no(value: str) -> bool:
    if value.casefold() not in _YES | _NO:
        raise ValidationError(_("Expected: yes or no."))
    return value.casefold() in _YES


def day_of(value: str) -> date | None:
    """Dutch (31-12-1980, 31/12/1980) or ISO (1980-12-31)."""
    if not value:
        return None
    for form in ("%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(value, form).date()  # noqa: DTZ007  a day, not a moment
        except ValueError:
            continue
    raise ValidationError(_("Expected a date: 31-12-1980."))


def whole_number(value: str) -> int | None:
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise ValidationError(_("Expected a whole number."))
    return int(value)


def house_number_of(value: str) -> dict:
    """ "14a-2" → the three columns of an address."""
    if not value:
        return {}
    try:
        read_number = parse_house_number(value)
    except NotAHouseNumber as wrong:
        raise ValidationError(_("Expected a house number: 14, 14a or 14-2.")) from wrong
    return {
        "house_number": read_number.number,
        "house_letter": read_number.letter,
        "house_addition": read_number.addition,
    }


# ----------------------------------------------------------------------------------------------------- out


def escaped(value: str) -> str:
    """Harmless in a spreadsheet: what would run as a formula is text. Phone numbers and IBANs stay as they are."""
    if value and (value.startswith("'") or _FORMULA.match(value)) and not _NUMBER_LIKE.match(value):
        return f"'{value}"
    return value


def unescaped(value: str) -> str:
    """Takes off exactly the apostrophe that `escaped` put on."""
    rest = value[1:]
    return rest if value.startswith("'") and escaped(rest) == value else value


class _Echo:
    def write(self, value):
        return value


def lines(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The lines of a CSV file, to be streamed."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow(list(headings))
    for row in rows:
        yield writer.writerow([escaped("" if cell is None else str(cell)) for cell in row])
