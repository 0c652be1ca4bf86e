"""BAG API v2 of Kadaster as we know it, over real HTTP."""

from integrations.addresses.simulators.keyed import KeyedSimulator

ROWS_OF_A_SHORT_PAGE = 20
DAY_LIMIT_RESET_SECONDS = 3600
_PARAMETERS = {"postcode", "huisnummer", "huisletter", "huisnummertoevoeging", "exacteMatch", "page", "pageSize"}
_TITLES = {
    400: ("One or more parameters are wrong.", "paramsValidation"),
    401: ("Not authenticated.", "authentication"),
    404: ("There is no such resource.", "notFound"),
    429: ("Too many requests.", "tooManyRequests"),
    503: ("A source is not available.", "sourceUnavailable"),
}


class Simulator(KeyedSimulator):
    name = "BAG API"
    base_path = "/lvbag/individuelebevragingen/v2"
    media_type = "application/hal+json"
    faults = {
        "short_pages": f"gives at most {ROWS_OF_A_SHORT_PAGE} addresses at a time, whatever pageSize asks",
        "doubled": "gives every address twice, first as a side address",
        "day_limit": "429 with the header that tells when the day is over",
        "endless": "every page says that there is a next one",
    }

    def is_known(self, headers):
        return headers.get("X-Api-Key") == self.key

    def refused(self, status):
        title, code = _TITLES[status]
        problem = {"type": "about:blank", "title": title, "status": status, "detail": title, "code": code}
        return {"Content-Type": "application/problem+json"}, problem

    def answer(self, path, parameters):
        if path != f"{self.base_path}/adressen":
            return 404, *self.refused(404)
        if self.fault == "day_limit":
            headers, problem = self.refused(429)
            return 429, headers | {"Kadaster-RateLimit-DayLimit-Reset": str(DAY_LIMIT_RESET_SECONDS)}, problem
        asked = {name: values[0] for name, values in parameters.items()}
        whole = all(asked.get(name, "1").isdecimal() for name in ("huisnummer", "page", "pageSize"))
        if set(asked) - _PARAMETERS or not asked.get("postcode") or not asked.get("huisnummer") or not whole:
            return 400, *self.refused(400)
        found = [_document(row) for row in self.at(asked["postcode"], int(asked["huisnummer"]))]
        if self.fault == "doubled":
            found = [twin for document in found for twin in (document | {"indicatieNevenadres": True}, document)]
        size, page = min(int(asked.get("pageSize", 20)), 100), int(asked.get("page", 1))
        if self.fault == "short_pages":
            size = min(size, ROWS_OF_A_SHORT_PAGE)
        shown = found[(page - 1) * size : page * size]
        links = {"self": {"href": f"{self.url}/adressen?page={page}"}}
        if page * size < len(found) or self.fault == "endless":
            links["next"] = {"href": f"{self.url}/adressen?page={page + 1}"}
        return 200, {}, {"_links": links} | ({"_embedded": {"adressen": shown}} if shown else {})


def _document(row):
    document = {
        "openbareRuimteNaam": row["street"],
        "korteNaam": row["street_short"] or row["street"],
        "huisnummer": row["number"],
        "huisletter": row["letter"],
        "huisnummertoevoeging": row["addition"],
        "postcode": row["postcode"],
        "woonplaatsNaam": row["city"],
        "nummeraanduidingIdentificatie": row["bag_number_id"],
        "adresseerbaarObjectIdentificatie": row["bag_object_id"],
    }
    return {name: value for name, value in document.items() if value != ""}
