"""Which words of a pasted signature are a person's name, a function or an organisation. Plain Python.

Nothing here is certain: what comes out is offered to a person, who approves or corrects it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from crm.relations.folding import PARTICLES, fold

_SALUTATIONS_TEXT = """
    mw mevr mevrouw dhr heer meneer hr frau herr mrs ms madame monsieur fam familie i.a i.v
"""
SALUTATIONS = frozenset(_SALUTATIONS_TEXT.split())
# before the name, as Dutch, Belgian and German signatures have them; "mr." is meester in Dutch
_TITLES_BEFORE_TEXT = """
    drs dr mr ir ing prof em bc ds jkvr jhr mgr dipl-ing dipl.-ing mag univ h.c hc r.a baron barones
"""
TITLES_BEFORE = frozenset(_TITLES_BEFORE_TEXT.split())
_TITLES_AFTER_TEXT = """
    msc bsc ma ba llm ll.m llb ll.b mba emba phd ph.d ra aa rc re rv rt ma. med bed beng meng bba mpa mfa bfa
    mphil md cpa cfa cfp cma cia cisa cissp pmp rb mscba msm mim ret rov rth ccp ac ad mre mcd mcm mccm eur.ing
"""
TITLES_AFTER = frozenset(_TITLES_AFTER_TEXT.split())
_ORGANISATION_WORDS_TEXT = """
    bv nv vof vofs cv ua ba gmbh ag kg ohg ug ev mbh bvba bvbas sprl vzw asbl sa sarl ltd limited inc llc plc
    holding stichting vereniging cooperatie maatschap genootschap fonds fondation stiftung verein gemeente
    provincie ministerie waterschap rijksdienst kerk parochie theater theaters schouwburg museum bibliotheek
    orkest filharmonie toneelgroep gezelschap festival concertzaal podium bioscoop filmhuis muziekschool
    conservatorium academie hogeschool universiteit college school scholengroep ziekenhuis zorggroep advocaten
    advocatenkantoor accountants notarissen notariaat makelaars architecten architectenbureau adviesgroep
    adviesbureau consultancy bureau kantoor bank verzekeringen drukkerij uitgeverij groep group producties
    productions productie studio studios atelier galerie hotel restaurant cafe brouwerij bakkerij slagerij bouw
    bouwbedrijf aannemersbedrijf installatiebedrijf techniek transport logistiek logistics software solutions
    systems media reclame communicatie events evenementen verhuur licht geluid decorbouw impresariaat agentur
    verlag theatre opera ballet werke rederij vakbond federatie koepel omroep podia salon reisbureau fietsen
    hoveniers catering
"""
ORGANISATION_WORDS = frozenset(_ORGANISATION_WORDS_TEXT.split())
_FUNCTION_WORDS_TEXT = """
    directeur directrice bestuurder bestuurslid voorzitter vicevoorzitter penningmeester secretaris secretaresse
    eigenaar eigenaresse oprichter medeoprichter vennoot partner associate ceo cfo coo cto cmo hr hrm manager
    medewerker medewerkster assistent assistente coordinator adviseur adviseuse consultant consulent
    projectleider teamleider leider hoofd chef programmeur programmamaker producent producer dramaturg regisseur
    dirigent curator conservator technicus inspicient planner administrateur boekhouder boekhoudster controller
    accountant advocaat notaris makelaar architect ingenieur engineer developer ontwikkelaar analist ontwerper
    designer redacteur journalist fotograaf docent leraar lerares lector rector decaan onderzoeker hoogleraar
    ambtenaar beleidsmedewerker griffier wethouder burgemeester raadslid verpleegkundige arts huisarts tandarts
    apotheker fysiotherapeut psycholoog monteur chauffeur kok verkoper verkoopster inkoper receptionist
    receptioniste stagiair stagiaire vrijwilliger beheerder conciërge officemanager accountmanager
    marketeer woordvoerder jurist recruiter dominee predikant pastoor kantoorbeheerder secretariaat zakelijk
    artistiek algemeen geschaftsfuhrer geschaftsfuhrerin leiter leiterin zaakvoerder zaakvoerster bedrijfsleider
    afdelingshoofd director head officer specialist expert trainer coach intendant concertmeester zakenpartner
    bestuurssecretaris griffiemedewerker gerant gerante
    founder cofounder verkoop inkoop binnendienst buitendienst administratie marketing planning kaartverkoop
    kandidaat-notaris vertegenwoordiger
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS_TEXT.split())
_FUNCTION_TAILS_TEXT = """
    manager medewerker medewerkster adviseur leider leidster directeur hoofd coordinator secretaris beheerder
    assistent assistente planner technicus ontwikkelaar maker redacteur deskundige voorzitter meester consultant
"""
_FUNCTION_TAILS = tuple(_FUNCTION_TAILS_TEXT.split())
_ORGANISATION_TAILS_TEXT = """
    theater theaters schouwburg museum bouw groep bibliotheek festival advocaten accountants producties verhuur
    techniek orkest stichting school kerk fonds bank drukkerij makelaardij advies verlag haus verein cultuur
    bureau kantoor
"""
_ORGANISATION_TAILS = tuple(_ORGANISATION_TAILS_TEXT.split())
DEPARTMENT = re.compile(r"^(afdeling|afd\.?|team|sector|dienst|directie|abteilung|dept\.?|department)[:\s]", re.I)
_INITIALS = re.compile(r"^(?:[A-Z](?:h|ij|hr|th)?\.){1,8}[A-Z]?\.?$")
_BARE_INITIALS = re.compile(r"^[A-Z]{1,3}$")
_BRACKETED = re.compile(r"[(“\"‘]([^)”\"’]{2,30})[)”\"’]")
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Name:
    """A person's name taken apart; "" where there is nothing. `certain`: how much speaks for it, 0 is nothing."""

    initials: str = ""
    given_name: str = ""
    prefix: str = ""
    family_name: str = ""
    title_before: str = ""
    title_after: str = ""
    certain: int = 0


def _bare(word: str) -> str:
    return fold(word).strip(".,;:")


def words_of(text: str) -> list[str]:
    return [word for word in re.split(r"[^\w'’.&-]+", fold(text)) if word]


def looks_like_function(text: str) -> bool:
    found = {word.strip(".,&'") for word in words_of(text)}
    found |= {part for word in found for part in word.split("-")}
    return bool(found & FUNCTION_WORDS) or any(
        word.endswith(tail) and len(word) > len(tail) for word in found for tail in _FUNCTION_TAILS
    )


def looks_like_organisation(text: str, domains: Iterable[str] = ()) -> bool:
    """By a legal form, a word that names what it is, or the name of its own site or mail domain."""
    found = {re.sub(r"[^a-z0-9-]", "", word) for word in words_of(text)}
    if found & ORGANISATION_WORDS or ("&" in text and not looks_like_function(text)):
        return True
    if any(word.endswith(tail) and len(word) > len(tail) + 1 for word in found for tail in _ORGANISATION_TAILS):
        return True
    joined = re.sub(r"[^a-z0-9]", "", fold(text))
    return len(joined) > 3 and any(domain and (domain in joined or joined in domain) for domain in domains)


def as_name(text: str, local_parts: Iterable[str] = ()) -> Name | None:
    """The text read as a person's name; None when it cannot be one.

    `local_parts`: what stands before the @ of addresses in the same signature; a surname in it makes it certain.
    """
    if re.search(r"[@/\\0-9]", text) or len(text) > 90 or text.rstrip().endswith(("?", "!")):
        return None
    called = _BRACKETED.search(text)
    rest = _BRACKETED.sub(" ", text)
    words, titles, score = rest.replace(",", " , ").split(), [], 0
    while words and (_bare(words[0]) in TITLES_BEFORE or _bare(words[0]) in SALUTATIONS or _bare(words[0]) == "de"):
        if _bare(words[0]) == "de" and (len(words) < 2 or _bare(words[1]) not in SALUTATIONS):
            break
        if _bare(words[0]) in TITLES_BEFORE:
            titles.append(words[0] if "." in words[0] else f"{words[0]}.")
        score += 3
        words = words[1:]
    addressed = score > 0
    words, after = _without_titles_after(words)
    score += 3 if after else 0
    if not words or "," in words:
        return None
    initials = []
    while words and _INITIALS.match(words[0]):
        initials.append(words[0] if words[0].endswith(".") else f"{words[0]}.")
        words = words[1:]
    if not initials and len(words) > 1 and _BARE_INITIALS.match(words[0]) and not words[1].isupper():
        initials, words = ["".join(f"{letter}." for letter in words[0])], words[1:]
    score += 4 if initials else 0
    given, prefix, family = _split(words, has_first=bool(initials or called) or addressed)
    if not (given or family) or not all(_may_be_part(word) for word in given + family[:1] + family[-1:]):
        return None
    if len(given) + len(family) > 5 or not all(_may_be_part(word) or _is_particle(word) for word in family):
        return None
    given_name = called[1].strip() if called else " ".join(given)
    if called and given:
        return None
    score += (2 if prefix else 0) + (2 if called else 0)
    score += _speaks_in(local_parts, given_name, family)
    if len(given) + len(family) + len(initials) >= 2:
        score += 2
    return Name(
        "".join(initials),
        _proper(given_name),
        " ".join(prefix).lower(),
        _proper(" ".join(family)),
        " ".join(titles),
        " ".join(after),
        score,
    )


def _without_titles_after(words: list[str]) -> tuple[list[str], list[str]]:
    after: list[str] = []
    while len(words) > 1 and (_bare(words[-1]) in TITLES_AFTER or words[-1] == ","):
        if words[-1] != ",":
            after.insert(0, words[-1])
        elif not after:
            break
        words = words[:-1]
    return words, after


def _split(words: list[str], *, has_first: bool) -> tuple[list[str], list[str], list[str]]:
    """(given names, prefix, family name): a particle begins the surname; else the last word is it."""
    for place, word in enumerate(words):
        if "-" in word and place + 1 < len(words) and _is_particle(word.rpartition("-")[2]):  # "Jansen-de Boer"
            return words[:place], [], words[place:]
        if (place or has_first) and _is_particle(word) and place + 1 < len(words):
            end = place
            while end + 1 < len(words) and _is_particle(words[end]):
                end += 1
            return words[:place], words[place:end], words[end:]
    if has_first and len(words) == 1:
        return [], [], words
    if len(words) == 1:
        return words, [], []
    if has_first and not any(_is_particle(word) for word in words) and len(words) <= 2 and "-" in words[-1]:
        return words[:-1], [], words[-1:]
    return words[:-1], [], words[-1:]


def _is_particle(word: str) -> bool:
    bare = fold(word).replace("’", "'").strip(",")
    return bare in PARTICLES or bare.rstrip(".") in ("v.d", "vd", "v", "d")


def _may_be_part(word: str) -> bool:
    """A part of a name begins with a capital: "Jan", "O'Brien", "Jansen-de", "'t" never stands here."""
    if not _LETTERS.search(word) or not re.match(r"^[\w'’.-]+$", word):
        return False
    return word[0].isupper() or "-" in word


def _proper(name: str) -> str:
    """ "JANSEN" as "Jansen"; anything that is not all capitals stays as it is."""
    return name.title() if name.isupper() and len(name) > 2 else name


def _speaks_in(local_parts: Iterable[str], given_name: str, family: list[str]) -> int:
    best = 0
    names = [re.sub(r"[^a-z]", "", fold(name)) for name in (given_name, "".join(family), *family)]
    for local in local_parts:
        letters = re.sub(r"[^a-z]", "", fold(local))
        hits = [name for name in names if len(name) > 2 and name in letters]
        best = max(best, 4 * min(len(hits), 2))
    return best
