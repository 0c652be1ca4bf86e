"""Households: people at one address, with the names, ties and gaps that Dutch data has."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from crm.desk.imaginary import words

LETTERS = "ABCDEFGHJKLMNPRSTVWXZ"


@dataclass
class Made:
    """A relation that was made up, and what hangs under it: plain values by column."""

    values: dict
    addresses: list[dict] = field(default_factory=list)
    ibans: list[str] = field(default_factory=list)
    identifiers: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Together:
    """Relations that belong together. `ties`: (type, from, to, percentage), by their places in `members`."""

    members: list[Made]
    ties: list[tuple[str, int, int, int | None]] = field(default_factory=list)


class Draw:
    """Chance, the same for the same seed. `there`: how many relations there are already; no public id comes twice."""

    def __init__(self, seed: int, today: date, there: int = 0):
        self.chance = Random(seed)
        self.ids = Random(f"{seed} after {there}")
        self.today = today

    def one_in(self, n: int) -> bool:
        return self.chance.randrange(n) == 0

    def common(self, items: list):
        """One of these, the earlier ones far more often."""
        return items[int(len(items) * self.chance.random() ** 2)]

    def any(self, items):
        return items[self.chance.randrange(len(items))]

    def day(self, first_year: int, last_year: int) -> date:
        return date(self.chance.randint(first_year, last_year), 1, 1) + timedelta(days=self.chance.randrange(365))

    def public_id(self) -> UUID:
        return UUID(int=self.ids.getrandbits(128), version=4)

    def family(self) -> tuple[str, str]:
        """(prefix, name)."""
        if self.chance.random() < 0.35:
            return "", self.any(words.FAMILY_FIRST) + self.any(words.FAMILY_LAST)
        prefix, _bar, name = self.common(words.FAMILY).rpartition("|")
        return prefix, name

    def mobile(self) -> str:
        """As people write it; one in fifteen not as a phone number at all."""
        digits = f"{self.chance.randrange(10_000_000, 99_999_999)}"
        if self.one_in(15):
            return self.any((f"06 {digits[:4]}", "geheim", f"06-{digits}/werk", "onbekend"))
        forms = (f"06-{digits}", f"06 {digits}", f"+316{digits}", f"0031 6 {digits[:4]} {digits[4:]}", f"06{digits}")
        return self.any(forms)

    def landline(self, postcode: str) -> str:
        """In the numbering area that goes roughly with the postcode."""
        area = AREAS[int(postcode[0])]
        digits = f"{self.chance.randrange(10**8, 10**9)}"[: 10 - len(area)]
        return self.any((f"{area}-{digits}", f"{area} {digits}", f"({area}) {digits[:3]} {digits[3:]}"))

    def iban(self) -> str:
        """With right check digits, of a bank that does not exist."""
        return iban_of(f"TEST{self.chance.randrange(10**9, 10**10)}")

    def address(self) -> dict:
        city, lowest, highest = self.common(words.CITIES)
        street = self.any(words.STREETS)
        # one postcode for one street of one town, whoever lives there
        place = sum(map(ord, city + street))
        digits = lowest + place % (highest - lowest + 1)
        letters = LETTERS[place % len(LETTERS)] + LETTERS[place // 7 % len(LETTERS)]
        address = {
            "street": street,
            "house_number": self.chance.randint(1, 240),
            "house_letter": self.any("ABC") if self.one_in(14) else "",
            "house_addition": self.any(("bis", "1", "2", "hs", "II")) if self.one_in(25) else "",
            "postcode": f"{digits}{letters}",
            "city": city,
        }
        if self.one_in(60):
            address["postcode"] = ""
        elif self.one_in(60):
            address["city"] = city.upper()
        return address


AREAS = {1: "020", 2: "070", 3: "030", 4: "076", 5: "040", 6: "026", 7: "074", 8: "038", 9: "050"}


def iban_of(account: str) -> str:
    """NL, the check digits of ISO 13616, and the account with its bank code."""
    digits = "".join(str(int(character, 36)) for character in f"{account}NL00")
    return f"NL{98 - int(digits) % 97:02d}{account}"


def household(draw: Draw, most: int) -> Together:
    """One to five people at one address; at most `most`."""
    size = min(most, draw.chance.choices((1, 2, 3, 4, 5), weights=(46, 30, 9, 11, 4))[0])
    address, name = draw.address(), draw.family()
    addresses = _moves(draw, address)
    first = _person(draw, name, female=draw.one_in(2), born=(1935, 2000))
    members, ties = [first], []
    if size > 1:
        own = draw.family() if draw.chance.random() < 0.7 else name
        second = _person(draw, own, female=first.values["gender"] == "m", born=_about(first))
        if draw.chance.random() < 0.45:
            order = draw.any(("partner", "partner_own", "own_partner"))
            second.values |= {"partner_prefix": name[0], "partner_family_name": name[1], "name_order": order}
        members.append(second)
        ties.append(("partner", 0, 1, None))
    for _child in range(size - 2):
        year = min((first.values["birth_date"] or date(1975, 1, 1)).year + draw.chance.randint(22, 38), 2024)
        members.append(_person(draw, name, female=draw.one_in(2), born=(year, year), child=True))
        ties += [("child", 0, len(members) - 1, None), ("child", 1, len(members) - 1, None)]
    for member in members:
        member.addresses = [dict(row) for row in addresses]
    return Together(members, ties)


def _about(person: Made) -> tuple[int, int]:
    born = person.values["birth_date"]
    return (born.year - 6, born.year + 6) if born else (1940, 2000)


def _moves(draw: Draw, address: dict) -> list[dict]:
    """Where they live; one in eight lived elsewhere before, one in eighty moves soon."""
    since = draw.day(1990, draw.today.year - 2)
    rows = [{**address, "kind": "visiting", "valid_from": since, "valid_until": None}]
    if draw.one_in(8):
        rows.insert(0, {**rows[0], **draw.address(), "valid_from": date(1980, 1, 1), "valid_until": since})
    if draw.one_in(80):
        day = draw.today + timedelta(days=draw.chance.randint(1, 120))
        rows[-1]["valid_until"] = day
        rows.append({**rows[-1], **draw.address(), "valid_from": day, "valid_until": None})
    return rows


def _person(draw: Draw, name: tuple[str, str], *, female: bool, born: tuple[int, int], child: bool = False) -> Made:
    given = draw.common(words.WOMEN if female else words.MEN)
    prefix, family = name
    more = "".join(f"{draw.any(LETTERS)}." for _ in range(draw.chance.choices((0, 1, 2), weights=(5, 4, 2))[0]))
    born_on = draw.day(*born)
    values = {
        "kind": "person",
        "public_id": draw.public_id(),
        "initials": f"{given[0]}.{more}",
        "given_name": "" if draw.one_in(12) and not child else given,
        "prefix": prefix,
        "family_name": family.upper() if draw.one_in(120) else family,
        "gender": "" if draw.one_in(20) else ("f" if female else "m"),
        "birth_date": None if draw.one_in(4) else born_on,
        "title_before": draw.any(words.TITLES_BEFORE) if draw.one_in(18) and not child else "",
        "title_after": draw.any(words.TITLES_AFTER) if draw.one_in(40) and not child else "",
        "language": "en" if draw.one_in(60) else "nl",
    }
    if not child:
        values |= _reached(draw, given, family)
        if draw.one_in(35):
            blocks = draw.any(("no_post", "no_mail", "no_phone"))
            values |= {blocks: True, "block_reason": draw.any(words.BLOCK_REASONS)}
        if born_on.year < 1945 and draw.one_in(6):
            values["deceased_on"] = draw.today - timedelta(days=draw.chance.randint(10, 2500))
    person = Made(values)
    if not child and draw.one_in(4):
        person.ibans.append(draw.iban())
    return person


def _reached(draw: Draw, given: str, family: str) -> dict:
    reached = {}
    if draw.chance.random() < 0.72:
        number = draw.chance.randrange(1, 100) if draw.one_in(2) else ""
        local = plain(f"{given[0] if draw.one_in(3) else given}.{family}{number}")
        reached["email"] = f"{local}@{draw.any(('postvak', 'mail', 'thuis', 'web'))}.example"
    if draw.chance.random() < 0.6:
        reached["mobile"] = draw.mobile()
    return reached


FOLDED = str.maketrans("áàäâéèëêíìïîóòöôúùüûçşğıÖÇŞÉ", "aaaaeeeeiiiioooouuuucsgiOCSE", "’' ")


def plain(text: str) -> str:
    return text.translate(FOLDED).lower()
