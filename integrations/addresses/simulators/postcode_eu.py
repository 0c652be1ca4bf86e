"""postcode.eu as we know it, over real HTTP: Dutch addresses by postcode and number."""

from base64 import b64encode

from integrations.addresses.simulators.keyed import KeyedSimulator

_EXCEPTIONS = {
    400: "PostcodeNl_Service_PostcodeAddress_InvalidPostcodeException",
    401: "PostcodeNl_Controller_Plugin_HttpBasicAuthentication_NotAuthorizedException",
    403: "PostcodeNl_Api_RestAccountNotAllowedException",
    404: "PostcodeNl_Service_PostcodeAddress_AddressNotFoundException",
    429: "PostcodeNl_Api_TooManyRequestsException",
    503: "PostcodeNl_Api_UnavailableException",
}


class Simulator(KeyedSimulator):
    name = "postcode.eu"
    base_path = ""
    secret = "geheim-van-de-proef"
    faults = {
        "no_right": "403, the account has no right to this service",
        "other_404": "404 in JSON, but not about the address",
    }

    def is_known(self, headers):
        return headers.get("Authorization") == "Basic " + b64encode(f"{self.key}:{self.secret}".encode()).decode()

    def refused(self, status):
        return {}, {"exception": "It is refused.", "exceptionId": _EXCEPTIONS[status]}

    def answer(self, path, parameters):
        if self.fault == "no_right":
            return 403, *self.refused(403)
        if self.fault == "other_404":
            return 404, {}, {"exception": "No such route."}
        parts = path.removeprefix("/nl/v1/addresses/postcode/").split("/")
        if len(parts) not in (2, 3) or not parts[1].isdecimal():
            return 400, *self.refused(400)
        rows = self.at(parts[0], int(parts[1]))
        if not rows:
            return 404, *self.refused(404)
        asked = parts[2] if len(parts) == 3 else ""
        written = [row["letter"] + row["addition"] for row in rows]
        row = next((row for row, text in zip(rows, written, strict=True) if text.lower() == asked.lower()), None)
        shown = row or rows[0]
        return (
            200,
            {},
            {
                "street": shown["street"],
                "streetNen": shown["street_short"] or shown["street"],
                "houseNumber": shown["number"],
                "houseNumberAddition": asked if row else None,
                "postcode": shown["postcode"],
                "city": shown["city"],
                "cityShort": shown["city"],
                "municipality": shown["municipality"],
                "province": shown["province"],
                "latitude": float(shown["lat"]),
                "longitude": float(shown["lon"]),
                "bagNumberDesignationId": shown["bag_number_id"],
                "bagAddressableObjectId": shown["bag_object_id"],
                "addressType": "building",
                "purposes": ["office"],
                "surfaceArea": 80,
                "houseNumberAdditions": written,
            },
        )
