"""Tokens as Exact gives them: a code and a refresh token work once, an access token lives 600 seconds, a new one may
be asked after 570 of them, and 200 times a day. Kept in the store, so that a killed simulator knows them still."""

import secrets

LIFE_SECONDS = 600
EARLIEST_SECONDS = 570
REFRESH_LIFE_SECONDS = 30 * 24 * 3600
CALLS_PER_DAY = 200


class TokenRefused(Exception):
    def __init__(self, error, description, status=400):
        super().__init__(description)
        self.answer = {"error": error, "error_description": description}
        self.status = status


class Authority:
    """`redirect_uris`: the registered ones; none given means any. `rules`: whether the 570 seconds and the 200 calls
    are kept to."""

    def __init__(self, store, *, client_id, client_secret, redirect_uris, rules, now):
        self._store = store
        self._client = (client_id, client_secret)
        self._redirect_uris = frozenset(redirect_uris)
        self.rules = rules
        self._now = now
        self.refreshes = 0

    def knows(self, client_id, redirect_uri):
        return client_id == self._client[0] and (not self._redirect_uris or redirect_uri in self._redirect_uris)

    def new_code(self, redirect_uri):
        with self._store.lock:
            code = secrets.token_urlsafe(24)
            self._change("codes", {**self._store.fact("codes", {}), code: redirect_uri})
            return code

    def answer(self, form):
        """The new pair for a form (a dict of texts). TokenRefused when it is not given."""
        with self._store.lock:
            if (form.get("client_id"), form.get("client_secret")) != self._client:
                raise TokenRefused("invalid_client", "Unknown client or wrong secret", 401)
            self._count()
            if form.get("grant_type") == "authorization_code":
                codes = self._store.fact("codes", {})
                redirect_uri = codes.pop(form.get("code"), None)
                self._change("codes", codes)
                if redirect_uri is None:
                    raise TokenRefused("invalid_grant", "The authorization code is invalid or was used before")
                if redirect_uri != form.get("redirect_uri"):
                    raise TokenRefused("invalid_request", "The redirect_uri is not the registered one")
                return self._pair(form["code"][:8])
            if form.get("grant_type") == "refresh_token":
                return self._refresh(form.get("refresh_token"))
            raise TokenRefused("unsupported_grant_type", "Unknown grant_type")

    def accepts(self, token):
        issued = self._store.fact("access", {}).get(token)
        return issued is not None and self._now() - issued < LIFE_SECONDS

    def expire_all(self):
        """No access token works any more, as if its time was over."""
        self._change("access", {})

    def _refresh(self, token):
        known = self._store.fact("refresh", {})
        there = known.get(token)
        if there is None or self._now() - there["issued"] > REFRESH_LIFE_SECONDS:
            raise TokenRefused("invalid_grant", "Token is invalid: chainId is empty or the token is old", 401)
        if self.rules and self.accepts(there["access"]) and self._now() - there["issued"] < EARLIEST_SECONDS:
            raise TokenRefused("invalid_request", "Access token not expired")
        del known[token]
        self._change("refresh", known)
        self.refreshes += 1
        return self._pair(there["chain"])

    def _pair(self, chain):
        pair = {"access": secrets.token_urlsafe(32), "refresh": secrets.token_urlsafe(32)}
        now = self._now()
        access = {token: at for token, at in self._store.fact("access", {}).items() if now - at < LIFE_SECONDS}
        self._change("access", access | {pair["access"]: now})
        known = self._store.fact("refresh", {})
        self._change("refresh", known | {pair["refresh"]: {"issued": now, "access": pair["access"], "chain": chain}})
        return {
            "access_token": pair["access"],
            "token_type": "bearer",
            "expires_in": str(LIFE_SECONDS),  # a text, as the vendor's answer has it
            "refresh_token": pair["refresh"],
        }

    def _count(self):
        day = int(self._now() // 86400)
        count = self._store.fact("token_calls", {}).get(str(day), 0) + 1
        self._change("token_calls", {str(day): count})
        if self.rules and count > CALLS_PER_DAY:
            raise TokenRefused("too_many_requests", "Too many token calls today", 429)

    def _change(self, name, value):
        self._store.set_fact(name, value)
