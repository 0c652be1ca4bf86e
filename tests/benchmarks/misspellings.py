"""Dutch names as people mistype them; fixed by the seed of the `random.Random` that is handed in.

Every slip is one edit (optimal string alignment) after folding: a letter left out, doubled, swapped with its
neighbour, hit beside the right key, or written as it sounds: d for t, z for s, f for v, k for c, ie for i.
"""

import random

from rapidfuzz.distance import OSA

from crm.relations.folding import chunks

TRIES = 10

# neighbours on a Dutch (qwerty) keyboard
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {key: [row[i] for i in (at - 1, at + 1) if 0 <= i < len(row)] for row in _KEYS for at, key in enumerate(row)}
_SOUNDS_LIKE = (
    ("d", "t"),
    ("t", "d"),
    ("dt", "t"),
    ("s", "z"),
    ("z", "s"),
    ("f", "v"),
    ("v", "f"),
    ("c", "k"),
    ("k", "c"),
    ("ck", "k"),
    ("ie", "i"),
    ("i", "ie"),
    ("th", "t"),
    ("g", "ch"),
    ("ei", "y"),
    ("ou", "au"),
    ("au", "ou"),
    ("aa", "a"),
    ("ee", "e"),
    ("oo", "o"),
    ("uu", "u"),
    ("s", "ss"),
    ("ss", "s"),
    ("n", "nn"),
    ("nn", "n"),
    ("l", "ll"),
    ("ll", "l"),
)


def slip(word: str, chance: random.Random) -> str:
    """The word with one slip in it; a word of fewer than three letters as it is."""
    if len(word) < 3:
        return word
    while True:
        slipped = chance.choice((_sound, _sound, _swap, _leave_out, _double, _hit_beside))(word, chance)
        if OSA.distance(_folded(word), _folded(slipped)) == 1:
            return slipped


def mistake(kind: str, words: list[str], chance: random.Random) -> list[str] | None:
    """The words with one slip of this kind (a key of `MISTAKES`) in one of them; None when none of them takes it."""
    able = [at for at, word in enumerate(words) if _room(word)]
    chance.shuffle(able)
    for at in able:
        for _ in range(TRIES):
            slipped = MISTAKES[kind](words[at], chance)
            if OSA.distance(_folded(words[at]), _folded(slipped)) == 1:
                return [*words[:at], slipped, *words[at + 1 :]]
    return None


def misspell(words: list[str], slips: int, chance: random.Random) -> list[str]:
    """So many slips spread over the words, longer words getting more; never more in one word than the search allows:
    one up to four letters, two up to eight, three in longer ones (design/performance.md 7)."""
    words = list(words)
    room = [_room(word) for word in words]
    for _ in range(min(slips, sum(room))):
        at = chance.choices(range(len(words)), [len(w) if left else 0 for w, left in zip(words, room, strict=True)])[0]
        words[at] = slip(words[at], chance)
        room[at] -= 1
    return words


def _room(word: str) -> int:
    """A slip may shorten the word, and what was typed decides how many edits are allowed; so one letter to spare."""
    length = len(_folded(word))
    return 0 if length < 4 else 1 if length < 6 else 2


def _folded(word: str) -> str:
    return "".join(part for parts in chunks(word) for part in parts)


def _sound(word: str, chance: random.Random) -> str:
    fitting = [pair for pair in _SOUNDS_LIKE if pair[0] in word.lower()]
    if not fitting:
        return word
    written, heard = chance.choice(fitting)
    at = chance.choice([i for i in range(len(word)) if word.lower().startswith(written, i)])
    return word[:at] + heard + word[at + len(written) :]


def _swap(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _leave_out(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _double(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + word[at] + word[at:]


def _hit_beside(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    beside = _BESIDE.get(word[at].lower())
    return word[:at] + chance.choice(beside) + word[at + 1 :] if beside else word


MISTAKES = {
    "as it sounds": _sound,
    "swapped": _swap,
    "left out": _leave_out,
    "doubled": _double,
    "wrong key": _hit_beside,
}
