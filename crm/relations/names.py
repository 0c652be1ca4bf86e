"""Dutch names whole: how a person is shown, sorted and addressed. Plain Python; the columns are on `Relation`."""

from collections.abc import Mapping

from crm.relations.folding import fold

OWN, PARTNER, PARTNER_OWN, OWN_PARTNER = "own", "partner", "partner_own", "own_partner"


def surname(values: Mapping[str, str]) -> str:
    """The surname in the chosen order, with prefixes: "van den Brink-Oosterhuis". As the database computes it."""
    own = _with_prefix(values["prefix"], values["family_name"])
    partner = _with_prefix(values["partner_prefix"], values["partner_family_name"])
    if not values["partner_family_name"]:
        return own
    if not values["family_name"]:
        return partner
    orders = {OWN: own, PARTNER: partner, PARTNER_OWN: f"{partner}-{own}", OWN_PARTNER: f"{own}-{partner}"}
    return orders[values["name_order"]]


def display_name_of(values: Mapping[str, str]) -> str:
    """What the database computes into `display_name`, for values that are not in it (history, a file)."""
    if values["kind"] == "organisation":
        return values["trade_name"] or values["legal_name"]
    first = values["given_name"] or values["initials"]
    return f"{first} {surname(values)}".strip(" ")


def sort_key_of(values: Mapping[str, str]) -> str:
    """Folded, without the prefix of the surname that comes first: "brink-oosterhuis aafje". At most 200 long."""
    if values["kind"] == "organisation":
        return fold(values["trade_name"] or values["legal_name"])[:200]
    full = surname(values)
    leading = values["partner_prefix"] if _partner_first(values) else values["prefix"]
    bare = full.removeprefix(leading).strip() if leading else full
    return " ".join(filter(None, (fold(bare), fold(values["given_name"] or values["initials"]))))[:200]


def _partner_first(values: Mapping[str, str]) -> bool:
    partners = values["name_order"] in (PARTNER, PARTNER_OWN) or not values["family_name"]
    return bool(values["partner_family_name"]) and partners


def _with_prefix(prefix: str, name: str) -> str:
    return f"{prefix} {name}".strip(" ")


def capitalised(name: str) -> str:
    """A surname without a first name before it begins with a capital: "Van den Brink". Taalunie, Leidraad 6.E."""
    return name[:1].upper() + name[1:]


def salutation(values: Mapping[str, str], *, formal: bool, language: str = "nl") -> str:
    """The form of address of a letter, without the comma; the stored one wins over the computed one."""
    stored = values["salutation_formal" if formal else "salutation_informal"]
    if stored:
        return stored
    name = capitalised(surname(values))
    if language == "en":
        title = {"f": "Ms", "m": "Mr"}.get(values["gender"], "")
        return f"Dear {title} {name}".replace("  ", " ") if formal else f"Dear {values['given_name'] or name}"
    title = {"f": "mevrouw", "m": "heer"}.get(values["gender"], "heer/mevrouw")
    return f"Geachte {title} {name}" if formal else f"Beste {values['given_name'] or name}"
