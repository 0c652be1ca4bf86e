"""The provider of an office over real HTTP, as OpenID Connect Core 1.0 and Discovery 1.0 describe one: for tests.

It signs with a key of its own, made anew per provider. `says` is what it tells about whoever signs in; `faults` names
what goes wrong: "signature", "nonce", "issuer", "audience", "expired", "unsigned", "userinfo", "denied", "down".
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "schakel", "geheim-van-de-aanbieder"


def private_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    server: ThreadingHTTPServer
    says: dict = field(default_factory=dict)
    faults: set = field(default_factory=set)
    # code -> what was asked for; what was asked of it, in order
    codes: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    key: rsa.RSAPrivateKey = field(default_factory=private_key)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def issuer(self) -> str:
        return f"http://{self.host}"

    def configuration(self) -> dict:
        return {
            "issuer": self.issuer if "issuer" not in self.faults else "https://somebody-else.example",
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> dict:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def token(self, asked: dict) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT if "audience" not in self.faults else "another-client",
            "iat": now - 7200 if "expired" in self.faults else now,
            "exp": now - 3600 if "expired" in self.faults else now + 300,
            "nonce": "another" if "nonce" in self.faults else asked.get("nonce"),
            **({"sub": self.says["sub"]} if "userinfo" in self.faults else self.says),
        }
        if "unsigned" in self.faults:
            return jwt.encode(claims, key=None, algorithm="none")
        key = private_key() if "signature" in self.faults else self.key
        return jwt.encode(claims, key=key, algorithm="RS256", headers={"kid": "one"})


class Answers(BaseHTTPRequestHandler):
    provider: Provider

    def log_message(self, *args):
        pass

    def do_GET(self):
        provider, where = self.provider, urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        provider.asked.append((where.path, asked))
        if "down" in provider.faults:
            return self.answer({"error": "temporarily_unavailable"}, 503)
        if where.path == "/.well-known/openid-configuration":
            return self.answer(provider.configuration())
        if where.path == "/keys":
            return self.answer(provider.keys())
        if where.path == "/userinfo":
            return self.answer(provider.says)
        if where.path == "/authorize":
            return self.authorize(asked)
        return self.answer({"error": "not_found"}, 404)

    def authorize(self, asked):
        """Whoever comes here has signed in here: straight back, with a code that works once."""
        if "denied" in self.provider.faults:
            back = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(12)
            self.provider.codes[code] = asked
            back = {"code": code, "state": asked["state"]}
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def do_POST(self):
        posted = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        posted = {name: values[0] for name, values in posted.items()}
        self.provider.asked.append((self.path, posted))
        asked = self.provider.codes.pop(posted.get("code"), None)
        if asked is None or (posted.get("client_id"), posted.get("client_secret")) != (CLIENT, SECRET):
            return self.answer({"error": "invalid_grant"}, 400)
        proof = hashlib.sha256(posted.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != asked.get("code_challenge"):
            return self.answer({"error": "invalid_grant"}, 400)
        return self.answer(
            {"access_token": secrets.token_urlsafe(12), "token_type": "Bearer", "id_token": self.provider.token(asked)}
        )

    def answer(self, body, status=200):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running_provider():
    """A provider that answers on a free port of this machine."""
    answers = type("AnswersOfOne", (Answers,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), answers)
    answers.provider = Provider(server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield answers.provider
    finally:
        server.shutdown()
        server.server_close()
