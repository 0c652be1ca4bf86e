"""What can go wrong, to be switched on for the next calls.

A scenario: {"kind": …, "count": 3, "path": "crm/Accounts", "method": "POST", "after_write": false, …}. `count` null
goes on until cleared; `path` is a part of the path ("" for every call of the API); `after_write` lets the call do its
work first and then spoils the answer.
"""

import threading
from dataclasses import asdict, dataclass, fields

KINDS = {
    "slow": "Traag antwoord (seconden)",
    "drip": "Antwoord druppelt (seconden)",
    "too_many": "429: te veel aanroepen",
    "error500": "500 zonder uitleg",
    "html503": "503 met een HTML-pagina",
    "expired_token": "401: token verlopen",
    "refuse_field": "Weigert een veld (500 met uitleg)",
    "lost_after_write": "Antwoord kwijt na het wegschrijven",
    "reset_before_write": "Verbinding weg vóór het wegschrijven",
    "duplicate": "Reeds aanwezig: iemand was net eerder",
    "garbage": "Kapotte JSON",
    "truncated": "Afgekapt antwoord",
    "html200": "200 met een HTML-pagina",
    "empty200": "200 zonder inhoud",
    "redirect": "Doorverwijzing naar elders",
    "huge": "Veel te groot antwoord",
    "forbidden": "403: geen rechten",
    "bad_request": "400: verkeerde aanroep",
}


@dataclass
class Scenario:
    """`seconds`: for slow and drip. `retry_after`: header of too_many and html503. `window`: "minute" or "day", whose
    headers say 0 left; "" for none. `field`, `words`: of refuse_field. `location`: of redirect."""

    kind: str
    count: int | None = 1
    path: str = ""
    method: str = ""
    after_write: bool = False
    seconds: float = 5.0
    retry_after: str = ""
    window: str = ""
    field: str = ""
    words: str = ""
    location: str = "http://elders.example/"

    def fits(self, method, path):
        return self.path in path and self.method in ("", method)


class Scenarios:
    def __init__(self):
        self._lock = threading.Lock()
        self._active = []

    def add(self, values):
        """ValueError when it is no scenario."""
        names = {field.name for field in fields(Scenario)}
        unknown = set(values) - names
        if unknown or values.get("kind") not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}; unknown: {', '.join(sorted(unknown)) or '-'}")
        scenario = Scenario(**values)
        if scenario.count is not None and not (isinstance(scenario.count, int) and 0 < scenario.count <= 1_000_000):
            raise ValueError("count is a whole number from 1, or null")
        scenario.seconds = min(max(float(scenario.seconds), 0.0), 600.0)
        with self._lock:
            self._active.append(scenario)

    def clear(self):
        with self._lock:
            self._active.clear()

    def take(self, method, path):
        """The first that fits, one time fewer; None when all goes well."""
        with self._lock:
            for scenario in self._active:
                if scenario.fits(method, path):
                    if scenario.count is not None:
                        scenario.count -= 1
                        if scenario.count <= 0:
                            self._active.remove(scenario)
                    return scenario
        return None

    def listed(self):
        with self._lock:
            return [asdict(scenario) for scenario in self._active]
