"""Organisations: companies and holdings, clubs, foundations, one-man businesses."""

from crm.desk.imaginary import words
from crm.desk.imaginary.people import Draw, Made, Together, plain


def companies(draw: Draw, most: int) -> Together:
    """One organisation, or a holding with its daughters and the percentages it holds; at most `most`."""
    if most < 3 or not draw.one_in(14):
        return Together([_organisation(draw)])
    prefix, family = draw.family()
    name = f"{prefix} {family}".strip().capitalize() if prefix else family
    holding = _made(draw, f"{name} {draw.any(('Holding', 'Beheer', 'Groep'))}", "bv", ("B.V.", "BV", "B.V"))
    members, ties = [holding], []
    for _daughter in range(min(most - 1, draw.chance.choices((1, 2, 3, 5, 8), weights=(30, 30, 20, 14, 6))[0])):
        trade = draw.any(words.TRADES)
        daughter = _made(draw, f"{name} {trade}", "bv", ("B.V.", "BV", "B.V", "bv"))
        if draw.one_in(2):
            daughter.addresses = [dict(row) for row in holding.addresses]
        members.append(daughter)
        ties.append(("parent", 0, len(members) - 1, draw.any((100, 100, 100, 75, 60, 51, 50, 40, 25))))
    return Together(members, ties)


def _organisation(draw: Draw) -> Made:
    kind, form, ways = draw.chance.choices(words.COMPANY_FORMS, weights=words.FORM_WEIGHTS)[0]
    prefix, family = draw.family()
    surname = f"{prefix} {family}".strip()
    city = draw.common(words.CITIES)[0]
    if kind == "company":
        trade = draw.any(words.TRADES)
        names = (f"{family} {trade}", f"{trade} {surname}", f"{family} & Zonen {trade}", f"{trade} {city}")
        return _made(draw, draw.any(names), form, ways)
    if kind == "trader":
        made = _made(draw, f"{draw.any(words.MEN + words.WOMEN)[0]}. {surname}", form, ways)
        made.values["trade_name"] = f"{draw.any(words.TRADES)} {family}"
        return made
    if kind == "club":
        return _made(draw, f"{draw.any(words.CLUBS)} {draw.any(words.CLUB_NAMES)} {city}", form, ways)
    cause = draw.any(words.CAUSES)
    name = f"{draw.any(ways)} {cause} {draw.any((city, family, draw.any(words.CLUB_NAMES)))}"
    made = _made(draw, name, form, ("",))
    if draw.one_in(3):
        made.values["trade_name"] = name.partition(" ")[2]
    return made


def _made(draw: Draw, name: str, form: str, ways: tuple[str, ...]) -> Made:
    written = draw.common(list(ways))
    legal_name = f"{name} {written}".strip()
    host = plain(name.replace("&", "en").replace(".", ""))[:40] or "kantoor"
    address = draw.address()
    since = draw.day(1975, draw.today.year - 1)
    values = {
        "kind": "organisation",
        "public_id": draw.public_id(),
        "legal_name": legal_name.upper() if draw.one_in(70) else legal_name,
        "legal_form": form,
        "sector": "" if draw.one_in(3) else draw.any(words.SECTORS),
    }
    if draw.chance.random() < 0.8:
        values["email"] = f"{draw.any(('info', 'post', 'kantoor', 'administratie'))}@{host}.example"
    if draw.chance.random() < 0.75:
        values["phone"] = draw.landline(address["postcode"] or "1")
    if draw.chance.random() < 0.4:
        values["website"] = f"https://{host}.example"
    if draw.one_in(40):
        values |= {"ended_on": draw.day(2015, draw.today.year - 1), "end_reason": "Opgeheven"}
    organisation = Made(values)
    organisation.addresses = [{**address, "kind": "visiting", "valid_from": since, "valid_until": None}]
    if draw.one_in(5):
        box = {**address, "street": "Postbus", "house_number": draw.chance.randint(1, 9999)}
        box |= {"house_letter": "", "house_addition": "", "kind": draw.any(("postal", "billing"))}
        organisation.addresses.append({**box, "valid_from": since, "valid_until": None})
    if draw.chance.random() < 0.6:
        organisation.ibans.append(draw.iban())
    if draw.chance.random() < 0.55:
        organisation.identifiers.append(("kvk", f"{draw.chance.randrange(10_000_000, 99_999_999)}"))
    return organisation
