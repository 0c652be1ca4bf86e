"""Folding: the form in which names are compared, sorted and searched. Plain Python, never shown, never stored over
what was entered. Rules: design/dedupe.md 2, design/performance.md 7.
"""

import re
import unicodedata
from functools import lru_cache

# letters that NFKD leaves whole
_WHOLE_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "ħ": "h",
        "ŋ": "n",
        "’": "'",
        "‘": "'",
        "`": "'",
        "´": "'",
        "ʼ": "'",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
    }
)
_COMBINING = re.compile("[\u0300-\u036f]")
_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Lower case without accents, ł ø ß æ written out, spaces collapsed: " ÉVA  Łoś" becomes "eva los".

    Punctuation stays; ij stays two letters, so that sorting is as in a dictionary.
    """
    if text.isascii():
        return _SPACES.sub(" ", text.lower()).strip()
    # quotes and letters first: NFKD makes of a lone ´ a space with an accent
    text = _COMBINING.sub("", unicodedata.normalize("NFKD", text.lower().translate(_WHOLE_LETTERS)))
    return _SPACES.sub(" ", text.translate(_WHOLE_LETTERS)).strip()


def sound_y(word: str) -> str:
    """ij, ÿ and y as one letter: "dijkstra" and "dykstra" are one name."""
    return word.replace("ij", "y")


# Articles, prepositions and conjunctions inside names, in the form of `chunks` (bij is "by").
_PARTICLES = """
    't 's 'n van von de den der des het een te ten ter in op aan by uit uyt onder over voor tot en und and et of
    la le les lo du da di dos das del della degli el al ibn af zu zum zur am im vom vd vdn
"""
PARTICLES = frozenset(_PARTICLES.split())
# What a legal form adds to a name; it weighs nothing, because half the world leaves it out.
_LEGAL_FORMS = """
    bv nv vof cv stichting stg st sticht vereniging ver verg maatschap eenmanszaak cooperatie coop
    ltd llc inc gmbh ag sa sarl sprl bvba vzw plc ua ba wa
"""
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())
NOISE = PARTICLES | LEGAL_FORMS

# "J.P.", "B.V.", "v.d.": letters with a full stop behind each; the last stop may be forgotten
_DOTTED = re.compile(r"(?<![^\W\d_])(?:[^\W\d_]\.\s?){1,}(?:[^\W\d_](?![^\W_]|['-]))?")
# 's-Gravenhage, 't Hart: an article that hangs on an apostrophe
_ARTICLE_BEFORE = re.compile(r"(?<![^\W_])'([tsn])\b")
_CHUNK = re.compile(r"'[tsn](?![^\W_])|[^\W_]+(?:['\-/][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
LONGEST_WORD = 60
_JOINED_PARTICLES = re.compile(
    r"(?:(?:van|von|op|in|aan|uit|vd)(?:den|der|de|het|t)?|den|der|de|ten|ter|te|vd)(?P<rest>[^\W\d_]{3,})"
)


def chunks(text: str) -> list[list[str]]:
    """The words of a text, folded, ij as y; what a hyphen or apostrophe holds together is one inner list.

    "Anne-Marie J.P. d'Hondt" becomes [["anne", "marie"], ["jp"], ["d", "hondt"]]. An article on an apostrophe in
    front keeps it: "'t".
    """
    folded = fold(text)
    if "." in folded:
        folded = _DOTTED.sub(_without_stops, folded)
    if "'" in folded:
        folded = _ARTICLE_BEFORE.sub(r" '\1 ", folded)
    return [
        [chunk] if chunk.startswith("'") else [sound_y(part)[:LONGEST_WORD] for part in _PART.findall(chunk)]
        for chunk in _CHUNK.findall(folded)
    ]


def _without_stops(dotted: re.Match) -> str:
    """ "j. p." is "jp"; "j.p. v.d." is "jp vd"."""
    joined = ""
    for letters in dotted.group().replace(".", "").split():
        joined += f" {letters} " if letters in NOISE else letters
    return f" {joined} "


def meaningful(parts: list[str]) -> list[str]:
    """Without particles and legal forms; all of them when nothing would be left ("De Vereniging")."""
    return [part for part in parts if part not in NOISE] or parts


@lru_cache(maxsize=50_000)
def index_words(text: str) -> tuple[str, ...]:
    """The words under which a name is found, each once.

    What a hyphen or apostrophe holds together counts split and joined: "Anne-Marie" gives anne, marie, annemarie.
    Of the particles only 't and 's are kept, as a letter: few have them, and they are typed without the apostrophe.
    """
    found: dict[str, None] = {}
    pieces = chunks(text)
    every = [part for parts in pieces for part in parts]
    for part in (*meaningful(every), *(part for part in every if part.startswith("'"))):
        found[part.lstrip("'")] = None
    for parts in pieces:
        if len(parts) > 1 and not NOISE.intersection(parts):
            found["".join(parts)[:LONGEST_WORD]] = None
    return tuple(found)


def initials_word(initials: str) -> str:
    """Initials as the one word under which they are found: "J.P.", "J P" and "JP" are "jp"."""
    return "".join(part for parts in chunks(initials) for part in parts)[:LONGEST_WORD]


def without_particles_in_front(word: str) -> str | None:
    """What is left of a name that was typed as one word with its particles: "vandenberg" gives "berg".

    None when it does not begin with a particle, or when fewer than three letters are left.
    """
    found = _JOINED_PARTICLES.match(word)
    return found.group("rest") if found else None
