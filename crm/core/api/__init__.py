"""What every endpoint of the REST API shares; it knows no model. A slice registers its own in `api.py`.

A request comes in by a token or by a browser's session (`crm.access.api_tokens`), reads through `visible_to`, writes
through the slice's services, and is answered in JSON; what is refused is a problem (RFC 9457) with a code.
"""
