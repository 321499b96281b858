"""The OpenID Connect client: sends people to the organisation's provider and reads what it says of them.

OpenID Connect Core 1.0 with the authorization code flow, PKCE (RFC 7636) and a nonce; the provider's addresses and
keys come from discovery (OpenID Connect Discovery 1.0). Signatures are checked with the provider's published keys,
which are read again when one is unknown, since providers rotate them. Symmetric algorithms and `none` are refused.

This module speaks through a `Send` that is passed in; what an identity means here is `single_sign_on.py`. It is loaded
only where a provider is set up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from ni.access.identity import (
    AuthorizationRequest,
    Identity,
    ProviderAway,
    ProviderLogout,
    Registration,
    SignOnRefused,
)
from ni.domain.clock import Clock
from ni.domain.ids import Random, base64url
from ni.domain.secret import Secret

DISCOVERY = "/.well-known/openid-configuration"
DESCRIBED_S = 3600.0
"""For how long the provider's description and keys are believed."""
KEYS_AGAIN_S = 30.0
"""How often, at most, keys are read again because a token names an unknown one."""
LEEWAY_S = 60
"""How far the provider's clock may be from ours."""
LOGOUT_OLDEST_S = 5 * 60
"""The age at which a logout token is refused, whatever its `exp`: providers send one at once."""
LOGOUT_TYPES = ("logout+jwt", "jwt")
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"

Send = Callable[[str, str, Mapping[str, str], bytes], tuple[int, bytes]]
"""Sends method, URL, headers and body; status and body of the answer. Raises `OSError` if there is none."""


class _Answer:
    """A response in the form in which Authlib reads it."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code = status
        self.body = body

    def json(self) -> Any:
        return orjson.loads(self.body)

    def raise_for_status(self) -> None:
        raise ProviderAway(f"the token endpoint answered {self.status_code}")


class _Session:
    """What Authlib's client posts through."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Answer:
        url, ready, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Answer(*self._send("POST", url, ready, body.encode()))


@dataclass(frozen=True, slots=True)
class _Description:
    endpoints: Mapping[str, Any]
    keys: KeySet
    read_at: float


class OpenIDProvider:
    """The one provider of this instance, by its `Registration`."""

    def __init__(self, registration: Registration, send: Send, clock: Clock, random: Random) -> None:
        self.registration = registration
        self._send = send
        self._clock = clock
        self._random = random
        self._known: _Description | None = None

    def begin(self) -> AuthorizationRequest:
        """Where to send a browser. Raises `ProviderAway`."""
        state, nonce, verifier = (base64url(self._random(32)) for _ in range(3))
        url, _ = self._client().create_authorization_url(
            self._endpoint("authorization_endpoint"),
            state,
            verifier,
            scope=self.registration.scopes,
            nonce=nonce,
        )
        return AuthorizationRequest(url, state, nonce, verifier)

    def finish(self, asked: AuthorizationRequest, answer: Mapping[str, str]) -> Identity:
        """Who came back with `answer`, the query of the redirect. Raises `SignOnRefused`, `ProviderAway`."""
        if not asked.state or answer.get("state") != asked.state:
            raise SignOnRefused("state")
        if not self._is_of_issuer(answer.get("iss")):
            raise SignOnRefused("issuer")
        if "error" in answer or "code" not in answer:
            raise SignOnRefused(answer.get("error", "no code"))
        tokens = self._tokens(
            "fetch_token", grant_type="authorization_code", code=answer["code"], code_verifier=asked.verifier
        )
        claims = self._id_token(tokens, {"nonce": asked.nonce})
        return self._identity(claims, tokens)

    def _is_of_issuer(self, said: str | None) -> bool:
        """Whether an answer is of this provider; one that announces its name in answers has to say it (RFC 9207)."""
        if said is None:
            return (
                self._description().endpoints.get("authorization_response_iss_parameter_supported")
                is not True
            )
        return said == self.registration.issuer

    def renew(self, refresh_token: Secret, subject: str) -> Identity:
        """What the provider says of a person now. Raises `SignOnRefused` if it ended the sign-in, `ProviderAway`."""
        tokens = self._tokens("refresh_token", refresh_token=refresh_token.reveal())
        claims: Mapping[str, Any] = {"sub": subject}
        if tokens.get("id_token"):
            claims = self._id_token(tokens, {})
        if claims["sub"] != subject:
            raise SignOnRefused("subject")
        return self._identity(claims, tokens)

    def logout(self, token: str) -> ProviderLogout:
        """Whom a logout token names (OpenID Connect Back-Channel Logout 1.0, 2.6). Raises `SignOnRefused`.

        Whether it came before is for the caller to know.
        """
        opened = self._verified(token, {}, essential=("iss", "aud", "iat", "exp", "jti", "events"))
        claims, kind, events = opened.claims, opened.header.get("typ"), opened.claims["events"]
        event = events.get(BACKCHANNEL_EVENT) if isinstance(events, dict) else None
        if not isinstance(event, dict) or "nonce" in claims or not _is_logout(kind):
            raise SignOnRefused("logout token")
        if claims["iat"] <= self._clock.now().timestamp() - LOGOUT_OLDEST_S - LEEWAY_S:
            raise SignOnRefused("logout token")
        subject, session = str(claims.get("sub") or ""), str(claims.get("sid") or "")
        if not subject and not session:
            raise SignOnRefused("logout token")
        return ProviderLogout(subject, session, claims["jti"])

    def check(self) -> Mapping[str, Any]:
        """The provider's description, read now. Raises `ProviderAway`."""
        self._known = None
        return self._description().endpoints

    # -------------------------------------------------------------------------------------------------------- discovery

    def _description(self) -> _Description:
        known, now = self._known, self._clock.monotonic()
        if known is None or now - known.read_at >= DESCRIBED_S:
            endpoints = self._read(self.registration.issuer.rstrip("/") + DISCOVERY)
            if endpoints.get("issuer") != self.registration.issuer:
                raise ProviderAway(
                    f"the description names another issuer, {str(endpoints.get('issuer'))[:200]}"
                )
            known = self._known = _Description(endpoints, self._keys(endpoints), now)
        return known

    def _keys(self, endpoints: Mapping[str, Any]) -> KeySet:
        published = self._read(str(endpoints.get("jwks_uri", "")))
        usable = [key for key in published.get("keys", ()) if _signs(key)]
        try:
            return KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, KeyError) as fault:
            raise ProviderAway("the provider's keys cannot be read") from fault

    def _newer_keys(self) -> KeySet | None:
        """The keys as they are published now; None if they were read a moment ago."""
        known, now = self._description(), self._clock.monotonic()
        if now - known.read_at < KEYS_AGAIN_S:
            return None
        self._known = _Description(known.endpoints, self._keys(known.endpoints), now)
        return self._known.keys

    def _endpoint(self, name: str) -> str:
        address = self._description().endpoints.get(name)
        if not isinstance(address, str):
            raise ProviderAway(f"the description names no {name}")
        return address

    def _read(self, url: str, **headers: str) -> Mapping[str, Any]:
        try:
            status, body = self._send("GET", url, {"Accept": "application/json", **headers}, b"")
            content = orjson.loads(body) if status == 200 else None
        except (OSError, ValueError) as fault:
            raise ProviderAway(f"{url} cannot be read: {fault}") from fault
        if not isinstance(content, dict):
            raise ProviderAway(f"{url} answered {status} without an object")
        return content

    # ----------------------------------------------------------------------------------------------------------- tokens

    def _client(self) -> OAuth2Client:
        known = self.registration
        methods = self._description().endpoints.get("token_endpoint_auth_methods_supported")
        basic = not isinstance(methods, list) or "client_secret_basic" in methods
        method = "client_secret_basic" if basic else "client_secret_post"
        return OAuth2Client(
            _Session(self._send),
            client_id=known.client_id,
            client_secret=known.client_secret.reveal() or None,
            token_endpoint_auth_method=method if known.client_secret else "none",
            redirect_uri=known.redirect_uri,
            code_challenge_method="S256",
        )

    def _tokens(self, grant: str, **values: str) -> Mapping[str, Any]:
        """What the token endpoint gives. `invalid_grant` alone means that the person is out: the rest is between us."""
        try:
            tokens: Mapping[str, Any] = getattr(self._client(), grant)(
                self._endpoint("token_endpoint"), **values
            )
        except OAuth2Error as refusal:
            if refusal.error == "invalid_grant":
                raise SignOnRefused("invalid_grant") from None
            raise ProviderAway(f"the token endpoint refused: {str(refusal.error)[:100]}") from None
        except (OSError, ValueError) as fault:
            raise ProviderAway("the token endpoint gave no answer") from fault
        return tokens

    def _id_token(self, tokens: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Any]:
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise SignOnRefused("no ID token")
        params = {**params, "access_token": str(tokens.get("access_token") or "")}
        return self._verified(token, params, essential=CodeIDToken.ESSENTIAL_CLAIMS).claims

    def _verified(self, token: str, params: Mapping[str, str], *, essential: Sequence[str]) -> jwt.Token:
        """A token that the provider signed for us and that is valid now. Raises `SignOnRefused`."""
        known = self.registration
        options: dict[str, Any] = {name: {"essential": True} for name in essential}
        options |= {
            "iss": {"essential": True, "value": known.issuer},
            "aud": {"essential": True, "value": known.client_id},
        }
        now = int(self._clock.now().timestamp())
        try:
            opened = self._opened(token)
            if "sub" in essential:
                claims = CodeIDToken(
                    opened.claims, opened.header, options, {**params, "client_id": known.client_id}
                )
                claims.validate(now, LEEWAY_S)
            else:
                jwt.JWTClaimsRegistry(now, LEEWAY_S, **options).validate(opened.claims)
        except JoseError as fault:
            raise SignOnRefused(fault.error) from None
        except ValueError:
            raise SignOnRefused("token") from None
        return opened

    def _opened(self, token: str) -> jwt.Token:
        keys = self._description().keys
        try:
            return jwt.decode(token, keys, ALGORITHMS)
        except (InvalidKeyIdError, ValueError, JoseError):
            newer = self._newer_keys()
            if newer is None:
                raise
            return jwt.decode(token, newer, ALGORITHMS)

    # --------------------------------------------------------------------------------------------------------- identity

    def _identity(self, claims: Mapping[str, Any], tokens: Mapping[str, Any]) -> Identity:
        groups = _groups(claims, self.registration.groups_claim)
        if groups is None or not claims.get("email"):
            claims = {**self._user_info(claims["sub"], tokens), **claims}
            groups = _groups(claims, self.registration.groups_claim)
        email = claims.get("email")
        return Identity(
            str(claims["sub"]),
            email if isinstance(email, str) else "",
            _is_verified(claims.get("email_verified")),
            _name(claims),
            groups,
            str(claims.get("sid") or ""),
            Secret(str(tokens.get("refresh_token") or "")),
        )

    def _user_info(self, subject: str, tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        """The claims of the UserInfo endpoint, where there is one (OpenID Connect Core, 5.3)."""
        address, token = self._description().endpoints.get("userinfo_endpoint"), tokens.get("access_token")
        if not isinstance(address, str) or not token:
            return {}
        told = self._read(address, Authorization=f"Bearer {token}")
        if told.get("sub") != subject:
            raise SignOnRefused("subject")
        return told


def _signs(key: object) -> bool:
    return isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in ("RSA", "EC", "OKP")


def _is_logout(kind: object) -> bool:
    """Whether a header's `typ` may be a logout token's, of which 2.4 recommends one and demands none."""
    return kind is None or (isinstance(kind, str) and kind.lower() in LOGOUT_TYPES)


def _is_verified(said: object) -> bool:
    """Whether a claim is the boolean of OpenID Connect Core 5.1, or the text that Cognito writes for it."""
    return said is True or said == "true"


def _name(claims: Mapping[str, Any]) -> str:
    named = (
        claims.get("name")
        or claims.get("preferred_username")
        or str(claims.get("email") or "").partition("@")[0]
    )
    return "".join(each for each in str(named) if each.isprintable()).strip()[:100]


def _groups(claims: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """The groups in the claim `name`, or at the path `a.b`; one text counts as one group.

    Entra ID leaves the claim out for people in very many groups, and says so in `_claim_names`: `SignOnRefused`.
    """
    if name in claims.get("_claim_names", ()):
        raise SignOnRefused("too many groups")
    value: Any = claims.get(name)
    if value is None and "." in name:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, str):
        return (value,)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else None
