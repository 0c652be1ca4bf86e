"""A pasted signature or address block, split into the fields of a relation. Plain Python; nothing is saved.

    pasted = split("Met vriendelijke groet,\\nJan de Vries\\nZakelijk leider\\nT 030 123 45 67")
    pasted.pieces    # Piece("given_name", "Jan", …), Piece("prefix", "de", …) …
    pasted.untaken   # what nobody recognised, as it was written

What has a fixed form (e-mail, phone, postcode, IBAN …) is taken out first; what is left are lines of words, of which
the name, the function and the organisation are chosen by their words and by the mail domain. Fields are named as the
columns of the models; `function`, `department` and `organisation` are of the work.
"""

import re

import phonenumbers
from django.core.exceptions import ValidationError
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError as NumberError

from crm.relations import pasted_names, pasted_places
from crm.relations.folding import fold
from crm.relations.pasted_parts import ADDRESS, FIELDS, Found, Pasted, Segment
from crm.relations.validators import normalise_phone, shown_phone, validate_identifier

LONGEST_TEXT = 4_000
MOST_LINES = 60
LONGEST_LINE = 300  # longer is a sentence or a disclaimer


_EMAIL = re.compile(r"(?:mailto:)?([\w.+'-]+@(?:[\w-]+\.)+[A-Za-z]{2,24})", re.I)
_URL = re.compile(
    r"(?<![@\w.-])(?:https?://|www\.)[^\s|<>,;()\[\]]+|(?<![@\w.-])(?:[a-z0-9-]+\.)+"
    r"(?:nl|be|de|eu|com|org|net|amsterdam|frl|online|theater|example)(?:/[^\s|<>,;()]*)?(?![\w@.-]*@)(?![\w-])",
    re.I,
)
_SOCIAL = re.compile(r"(linkedin|facebook|instagram|twitter|youtube|tiktok|mastodon|bsky|x)\.(com|social|app)", re.I)
_KVK = re.compile(
    r"\b(?:kvk|k\.v\.k\.?|kamer van koophandel|handelsregister|chamber of commerce|coc)\b[^\d\n]{0,30}"
    r"(\d(?:[ .]?\d){7})(?!\d)",
    re.I,
)
_VAT = re.compile(
    r"(?:\b(?:btw|vat|tva|ust|ust-id|ustid|ust-idnr|btw-id|btw-nr)\b[^\w\n]{0,3}(?:nr|nummer|id|identificatienummer|"
    r"identificatie|idnr|no|number)?[^\w\n]{0,5})?(?<![\w])"
    r"(NL[ .]?(?:\d[ .]?){9}[ .]?B[ .]?\d[ .]?\d|BE[ .]?[01](?:[ .]?\d){9}|DE[ ]?(?:\d[ ]?){8}\d)(?![\w])",
    re.I,
)
_IBAN = re.compile(r"(?:\b(?:iban|rekening|bank|rek)\b[^\w\n]{0,3}(?:nr|nummer)?[^\w\n]{0,4})?"
                   r"(?<!\w)([A-Z]{2}\d{2}(?:[ .]?[A-Z0-9]{2,4}){2,8})(?!\w)")  # fmt: skip
_GREETING = re.compile(
    r"^\W*(?:(?:met|mit|with|avec)\s+(?:\w+\s+){0,2}(?:groet|groeten|grüßen|gruessen|regards)|hoogachtend|mvg|"
    r"(?:vriendelijke|hartelijke|beste|warme) groet(?:en)?|groet(?:en|jes)?|m\.v\.g\.|(?:kind |best |warm )?regards|"
    r"cheers|(?:viele|freundliche|beste) grüße|namens)(?!\w)\W*(?P<rest>.*)$",
    re.I,
)
_ATTENTION = re.compile(r"^(?:t\.?a\.?v\.?|ter attentie van|z\.?hd\.?|attn)\b", re.I)
_PHONE_LABEL = re.compile(
    r"(?<![\w])(?P<label>telefoonnummer|telefoon|telefon|telephone|tel|phone|doorkiesnummer|direct|algemeen|mobiel|mobile"
    r"|mobil|mob|gsm|cell|handy|fax|whatsapp|t|m|f|p)\.?(?:nr|nummer)?\.?\s*[:.)]?\s*$",
    re.I,
)
_LABEL_ONLY = re.compile(
    r"^\W*(?:e-?mail(?:adres)?|mail|e|w|web|website|site|internet|i|t|m|f|tel|telefoon|mob|mobiel|gsm|fax|phone|adres|"
    r"a|bezoekadres|postadres|kvk|kvk-?nummer|btw|btw-?(?:nummer|nr|id)|iban|en|of|of via|bank|nr|nummer|linkedin|"
    r"direct|telefon|mobil|ust-?id(?:nr)?|twitter|facebook|instagram|bic|sms|whatsapp|algemeen)?\W*$",
    re.I,
)
_SPLIT = re.compile(r"\s*(?:[|•·●▪■►]|\u2022|\s{3,}|\t)+\s*|\s+[/–—]\s+|\s+-\s+(?!\d)|(?<=[^\d\s])\s+-\s+")


def split(text: str) -> Pasted:
    """Take a text apart. Of 4,000 characters and 60 lines; the rest, and very long lines, come back untaken."""
    lines = [line.strip(" \t>*_") for line in text[:LONGEST_TEXT].replace("\xa0", " ").splitlines()]
    lines = [line for line in lines if line]
    found = Found()
    segments = _segments([line for line in lines[:MOST_LINES] if len(line) <= LONGEST_LINE])
    for take in (_take_emails, _take_sites, _take_numbers):
        for segment in segments:
            take(segment, found)
    country = _country_of(text, found)
    for segment in segments:
        _take_phones(segment, found, country or "NL")
    _take_address(segments, found, country)
    _take_words(segments, found)
    beyond = [line for line in lines[:MOST_LINES] if len(line) > LONGEST_LINE] + lines[MOST_LINES:]
    beyond += [text[LONGEST_TEXT:].strip()] if len(text) > LONGEST_TEXT else []
    left = [segment.rest.strip(" ,;|-–") for segment in segments if not _LABEL_ONLY.match(segment.rest)]
    order = {name: place for place, name in enumerate(FIELDS)}
    pieces = sorted(found.pieces.values(), key=lambda piece: order[piece.field])
    return Pasted(tuple(pieces), tuple(found.untaken + [one for one in left if one] + [one for one in beyond if one]))


def _segments(lines: list[str]) -> list[Segment]:
    found, greeted = [], False
    for line in lines:
        while line and (greeting := _GREETING.match(line)):
            greeted, line = True, greeting["rest"]
        for part in filter(None, _SPLIT.split(line)):
            found.append(Segment(line, part, greeted))
            greeted = False
    return found


def _take_emails(segment: Segment, found: Found) -> None:
    for match in _EMAIL.finditer(segment.rest):
        put = found.put("email", match[1], segment.source)
        if not put and fold(match[1]) != fold(found.pieces["email"].value):
            found.untaken.append(match[1])
    segment.rest = _EMAIL.sub(" ", segment.rest)
    segment.rest = re.sub(r"<\s*>|\(\s*\)|\[\s*\]", " ", segment.rest)


def _take_sites(segment: Segment, found: Found) -> None:
    for match in _URL.finditer(segment.rest):
        address = match[0].rstrip(".,;)")
        if _SOCIAL.search(address):
            found.untaken.append(address)
        elif not found.put("website", re.sub(r"^https?://", "", address).rstrip("/"), segment.source):
            known = found.pieces["website"].value
            if fold(address).removeprefix("https://").rstrip("/") != fold(known):
                found.untaken.append(address)
    segment.rest = _URL.sub(" ", segment.rest)


def _take_numbers(segment: Segment, found: Found) -> None:
    """VAT before IBAN: both begin with the letters of a country."""
    for name, form in (("vat", _VAT), ("kvk", _KVK)):
        if match := form.search(segment.rest):
            value = re.sub(r"[ .]", "", match[1]).upper()
            if found.put(name, value, segment.source, _problem_of(name, value)):
                segment.rest = segment.rest[: match.start()] + " " + segment.rest[match.end() :]
    match = _IBAN.search(segment.rest)
    value = _longest_iban(match[1]) if match else ""
    if value and found.put("iban", " ".join(value[i : i + 4] for i in range(0, len(value), 4)), segment.source):
        end = _end_of(segment.rest, match.start(1), len(value))
        segment.rest = segment.rest[: match.start()] + " " + segment.rest[end:]
    elif match and not value:  # or its digits would pass for a phone number
        found.untaken.append(match[0].strip())
        segment.rest = segment.rest[: match.start()] + " " + segment.rest[match.end() :]


def _problem_of(name: str, value: str) -> str:
    try:
        validate_identifier(name, value)
    except ValidationError as wrong:
        return " ".join(wrong.messages)
    return ""


def _longest_iban(text: str) -> str:
    """The IBAN at the beginning; words that follow it may look as if they belong to it."""
    compact = re.sub(r"[ .]", "", text)
    for length in range(min(len(compact), 34), 14, -1):
        try:
            stdnum_iban.validate(compact[:length], check_country=False)
        except NumberError:
            continue
        return compact[:length]
    return ""


def _end_of(text: str, start: int, characters: int) -> int:
    place = start
    while characters:
        characters -= text[place] not in " ."
        place += 1
    return place


def _country_of(text: str, found: Found) -> str:
    """The country that the whole signature points to; "" for none."""
    if named := pasted_places.country_in(text):
        return named
    for name in ("vat", "iban"):
        if name in found.pieces and found.pieces[name].value[:2] in ("BE", "DE"):
            return found.pieces[name].value[:2]
    numbers = re.search(r"(?:\+|\b00)(32|49)\b|(?:\+|\b00)(32|49)", text)
    if numbers:
        return {"32": "BE", "49": "DE"}[numbers[1] or numbers[2]]
    for name in ("email", "website"):
        top = found.pieces[name].value.rpartition(".")[2].lower() if name in found.pieces else ""
        if top in ("be", "de"):
            return top.upper()
    return ""


def _take_phones(segment: Segment, found: Found, country: str) -> None:
    taken = []
    for match in phonenumbers.PhoneNumberMatcher(segment.rest, country):
        before = segment.rest[: match.start]
        label = _PHONE_LABEL.search(before)
        word = fold(label["label"]) if label else ""
        taken.append((label.start() if label else match.start, match.end))
        value = shown_phone(normalise_phone(phonenumbers.format_number(match.number, _E164)))
        if word in ("f", "fax"):
            found.untaken.append(f"fax {value}")
            continue
        mobile = phonenumbers.number_type(match.number) == phonenumbers.PhoneNumberType.MOBILE
        if not found.put("mobile" if mobile else "phone", value, segment.source):
            found.untaken.append(f"{label['label'] if label else ''} {value}".strip())
    for start, end in reversed(taken):
        segment.rest = segment.rest[:start] + " " + segment.rest[end:]


_E164 = phonenumbers.PhoneNumberFormat.E164


def _take_address(segments: list[Segment], found: Found, country: str) -> None:
    """The first visiting address, else the first post office box; another address stays among the untaken."""
    places = []
    for index, segment in enumerate(segments):
        if not (locality := pasted_places.locality_in(segment.rest, country)):
            continue
        place, left = locality
        street = _street_before(segments, index, left)
        if street is None and not re.search(r"[^\W\d_]{2}", pasted_places.LABEL.sub("", left)):
            street = ({}, None)
        places.append((index, place, street))
    if not places:
        _street_alone(segments, found)
        return
    index, place, street = next((one for one in places if one[2] and not one[2][0].get("box")), places[0])
    values, holder = street or ({}, None)
    segment = segments[index]
    _place, left = pasted_places.locality_in(segment.rest, country)
    source = segment.source if holder in (None, segment) else f"{holder.source}, {segment.source}"
    for name in ADDRESS:
        found.put(name, {**values, **place}.get(name, ""), source)
    if holder is segment:
        segment.rest = values["left"]
    else:
        segment.rest = pasted_places.without_country(pasted_places.LABEL.sub("", left))
        if holder is not None:
            holder.rest = values["left"]
    for other in segments:
        if pasted_places.country_in(other.rest) and not pasted_places.without_country(other.rest).strip(" ,."):
            other.rest = ""


def _street_before(segments: list[Segment], index: int, left: str):
    """(street, the segment that holds it): on the same line, else on one of the two before it."""
    own = pasted_places.without_country(left).strip(" ,")
    if street := pasted_places.street_in(own, near_postcode=True):
        return street, segments[index]
    for back in (1, 2):
        if index - back >= 0 and (street := pasted_places.street_in(segments[index - back].rest, near_postcode=True)):
            return street, segments[index - back]
    # "Theater Zaallicht, Brinkhof 14, 7551 EC Hengelo": what is before the last comma stands for itself
    if "," in own:
        before, _comma, last = own.rpartition(",")
        if street := pasted_places.street_in(last, near_postcode=True):
            return street | {"left": before}, segments[index]
    return None


def _street_alone(segments: list[Segment], found: Found) -> None:
    for segment in segments:
        if street := pasted_places.street_in(segment.rest, near_postcode=False):
            for name in ADDRESS:
                found.put(name, street.get(name, ""), segment.source)
            segment.rest = street["left"]
            return


# ----------------------------------------------------------------------------- name, function, organisation


def _take_words(segments: list[Segment], found: Found) -> None:
    texts = [segment for segment in segments if re.search(r"[^\W\d_]{2}", segment.rest)]
    texts = [segment for segment in texts if not _LABEL_ONLY.match(segment.rest)]
    texts = _split_at_commas(texts, segments)
    locals_, domains = _mail_words(found)
    named = _take_name(texts, found, locals_, domains)
    for segment in texts:
        if segment is not named and pasted_names.DEPARTMENT.match(segment.rest.strip()):
            _take_whole(segment, found, "department")
    for segment in texts:
        text = segment.rest.strip(" ,;")
        if segment is named or not text or _is_sentence(text) or _ATTENTION.match(text):
            continue
        if pasted_names.looks_like_organisation(text, domains) and not _is_function_first(text, domains):
            _take_whole(segment, found, "organisation")
        elif pasted_names.looks_like_function(text):
            _take_whole(segment, found, "function")
    _take_unnamed_organisation(texts, found, named)


def _split_at_commas(texts: list[Segment], segments: list[Segment]) -> list[Segment]:
    """ "Jan de Vries, directeur" is two texts; "Jansen, MSc" and "Bakker, De Wit en Zonen" stay one."""
    whole = []
    for segment in texts:
        parts = [part.strip() for part in segment.rest.split(",") if part.strip()]
        first_is_name = len(parts) > 1 and pasted_names.as_name(parts[0]) is not None
        speaking = [p for p in parts[1:] if pasted_names.looks_like_function(p) or
                    pasted_names.looks_like_organisation(p)]  # fmt: skip
        if first_is_name and len(parts) > 1 and speaking and len(speaking) == len(parts) - 1:
            segment.rest = parts[0]
            more = [Segment(segment.source, part) for part in parts[1:]]
            place = segments.index(segment)
            segments[place + 1 : place + 1] = more
            whole += [segment, *more]
        else:
            whole.append(segment)
    return whole


def _mail_words(found: Found) -> tuple[list[str], list[str]]:
    """What stands before the @, and the domains without their top: they name the person and the organisation."""
    local, _at, domain = found.pieces["email"].value.partition("@") if "email" in found.pieces else ("", "", "")
    site = found.pieces["website"].value.partition("/")[0] if "website" in found.pieces else ""
    names = [re.sub(r"^www\.", "", one.lower()).rpartition(".")[0].rpartition(".")[2] for one in (domain, site) if one]
    public = {"gmail", "hotmail", "outlook", "ziggo", "kpnmail", "planet", "xs4all", "live", "icloud", "yahoo", "home"}
    compact = [re.sub(r"[^a-z0-9]", "", name) for name in names if name not in public]
    return [local] if local else [], [name for name in compact if len(name) > 3]


def _take_name(texts, found: Found, local_parts, domains) -> Segment | None:
    best, score = None, 2
    for place, segment in enumerate(texts[:8]):
        text = segment.rest.strip(" ,;")
        name = pasted_names.as_name(text, local_parts)
        if name is None or _is_sentence(text):
            continue
        points = name.certain + (4 if segment.after_greeting else 0) + (2 if place == 0 else 1 if place == 1 else 0)
        if pasted_names.looks_like_organisation(text, domains):
            points -= 6
        if pasted_names.looks_like_function(text):
            points -= 5
        if pasted_names.DEPARTMENT.match(text):
            points -= 8
        if not name.family_name:
            points -= 4 if segment.after_greeting else 5
        if points > score:
            best, score = (segment, name), points
    if best is None:
        return None
    segment, name = best
    for one in pasted_names.Name.__dataclass_fields__:
        if one != "certain":
            found.put(one, getattr(name, one), segment.source)
    segment.rest = ""
    for other in texts:  # "Groeten, Jan", and his whole name below it
        if name.given_name and fold(other.rest.strip(" ,")) == fold(name.given_name):
            other.rest = ""
    return segment


def _take_whole(segment: Segment, found: Found, name: str) -> None:
    if found.put(name, segment.rest.strip(" ,;"), segment.source):
        segment.rest = ""


def _is_function_first(text: str, domains) -> bool:
    """ "Hoofd techniek" has a word of organisations in it, but begins as a function does."""
    first = text.split()[0] if text.split() else ""
    own = pasted_names.looks_like_organisation(text, domains) and not pasted_names.looks_like_organisation(text)
    return pasted_names.looks_like_function(first) and not own and not re.search(r"\b(b\.?v|n\.?v)\b", text, re.I)


def _is_sentence(text: str) -> bool:
    words = len(text.split())
    return (
        words > 9
        or bool(re.search(r"[a-z]{4}[.!?]\s+[A-Z]", text))
        or (words > 3 and bool(re.search(r"[?!]$|[a-z]{4}\.$", text)))
    )


def _take_unnamed_organisation(texts, found: Found, named) -> None:
    """One line of a few words that nothing else explains, beside a name: that is where somebody works."""
    if "organisation" in found.pieces or (named is None and "email" not in found.pieces):
        return
    left = [s for s in texts if s.rest.strip(" ,;") and s is not named and not _is_sentence(s.rest)]
    left = [s for s in left if s.rest.strip()[:1].isupper() and len(s.rest.split()) <= 6 and ":" not in s.rest]
    if len(left) == 1:
        _take_whole(left[0], found, "organisation")
