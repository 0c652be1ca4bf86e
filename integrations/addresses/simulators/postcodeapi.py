"""postcodeapi.nu v3 as we know it, over real HTTP."""

from integrations.addresses.simulators.keyed import KeyedSimulator

_TITLES = {
    400: "Validation error",
    401: "Invalid API key",
    404: "Resource not found",
    429: "Too many requests",
    503: "Unavailable",
}


class Simulator(KeyedSimulator):
    name = "postcodeapi.nu"
    base_path = "/v3"

    def is_known(self, headers):
        return headers.get("X-Api-Key") == self.key

    def refused(self, status):
        return {}, {"title": _TITLES[status]}

    def answer(self, path, parameters):
        parts = path.removeprefix(f"{self.base_path}/lookup/").split("/")
        if len(parts) != 2 or not parts[1].isdecimal():
            return 400, *self.refused(400)
        rows = self.at(parts[0], int(parts[1]))
        if not rows:
            return 404, *self.refused(404)
        row = rows[0]
        return (
            200,
            {},
            {
                "postcode": row["postcode"],
                "number": row["number"],
                "street": row["street"],
                "city": row["city"],
                "municipality": row["municipality"],
                "province": row["province"],
                "location": {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]},
            },
        )
