"""What the OpenID Connect client believes: a provider in memory says one thing wrong at a time."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from ni.access.identity import AuthorizationRequest, ProviderAway, Registration, SignOnRefused
from ni.access.openid import BACKCHANNEL_EVENT, KEYS_AGAIN_S, OpenIDProvider
from ni.domain.ids import base64url
from ni.domain.secret import Secret
from tests.cast import StandingClock

ISSUER = "https://login.example.ca/north"
OURS = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
NEWER = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
START = int(StandingClock().now().timestamp())
STRANGERS = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@dataclass
class Provider:
    """A provider in memory: its description, keys, and what its token and UserInfo endpoints say."""

    clock: StandingClock = field(default_factory=StandingClock)
    keys: list[Any] = field(default_factory=lambda: [OURS])
    description: dict[str, Any] = field(default_factory=dict)
    token: tuple[int, bytes] = (200, b"{}")
    user_info: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """The answer at one of the provider's addresses."""
        self.asked.append(url)
        place = url.removeprefix(ISSUER)
        if place == "/token":
            return self.token
        found: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "userinfo_endpoint": f"{ISSUER}/me",
                "jwks_uri": f"{ISSUER}/keys",
                **self.description,
            },
            "/keys": {"keys": [key.as_dict(private=False) for key in self.keys]},
            "/me": self.user_info,
        }
        return 200, orjson.dumps(found[place])

    @property
    def client(self) -> OpenIDProvider:
        """Our client of it."""
        registration = Registration(
            ISSUER, "north", Secret("s" * 32), "https://ni.example.ca/back", "openid email", "groups"
        )
        return OpenIDProvider(registration, self.send, self.clock, lambda count: bytes(range(count)))

    def claims(self, **changes: object) -> dict[str, Any]:
        """The claims of a right ID token, with changes; None leaves one out."""
        now = int(self.clock.now().timestamp())
        right = {
            "iss": ISSUER,
            "sub": "person-1",
            "aud": "north",
            "iat": now,
            "exp": now + 300,
            "nonce": "the-nonce",
            "email": "a@example.ca",
            "email_verified": True,
            "groups": ["g"],
        }
        return {name: value for name, value in {**right, **changes}.items() if value is not None}

    def give(self, token: str, **more: object) -> None:
        """Let the token endpoint give an ID token."""
        self.token = (
            200,
            orjson.dumps({"access_token": "at", "token_type": "Bearer", "id_token": token, **more}),
        )


ASKED = AuthorizationRequest("", "the-state", "the-nonce", "v" * 43)
ANSWER = {"state": "the-state", "code": "c"}


def signed(claims: dict[str, Any], key: Any = OURS, alg: str = "RS256", kid: str = "one") -> str:
    return jwt.encode({"alg": alg, "kid": kid}, claims, key, [alg])


@pytest.fixture
def provider() -> Provider:
    return Provider()


def test_a_right_token_tells_who_came(provider: Provider) -> None:
    provider.give(signed(provider.claims()), refresh_token="r")
    found = provider.client.finish(ASKED, ANSWER)
    assert (found.subject, found.email, found.email_verified, found.groups) == (
        "person-1",
        "a@example.ca",
        True,
        ("g",),
    )
    assert found.refresh_token.reveal() == "r"


@pytest.mark.parametrize(
    ("said", "verified"),
    [
        (True, True),
        ("true", True),
        (False, False),
        ("false", False),
        (1, False),
        ("1", False),
        ("yes", False),
        ([True], False),
    ],
    ids=repr,
)
def test_an_address_is_verified_on_the_word_true_alone(
    provider: Provider, said: object, verified: bool
) -> None:
    provider.give(signed(provider.claims(email_verified=said)))
    assert provider.client.finish(ASKED, ANSWER).email_verified is verified


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://login.example.ca/other"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": ["north", "another"]},
        {"aud": ["north"], "azp": "another"},
        {"sub": None},
        {"exp": None},
        {"exp": 1},
        {"iat": None},
        {"nonce": None},
        {"nonce": "of another trip"},
        {"nbf": 9_999_999_999},
        {"_claim_names": {"groups": "src1"}, "groups": None},
    ],
    ids=str,
)
def test_a_token_with_one_wrong_claim_is_refused(provider: Provider, changes: dict[str, object]) -> None:
    provider.give(signed(provider.claims(**changes)))
    with pytest.raises(SignOnRefused):
        provider.client.finish(ASKED, ANSWER)


def _unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "none"}, claims, OctKey.import_key("x" * 32), ["none"])


def _by_public_key(claims: dict[str, Any]) -> str:
    """The old trick: the public key as the secret of a symmetric signature."""
    head = base64url(orjson.dumps({"alg": "HS256", "kid": "one"}))
    text = f"{head}.{base64url(orjson.dumps(claims))}"
    return f"{text}.{base64url(hmac.digest(OURS.as_pem(private=False), text.encode(), 'sha256'))}"


@pytest.mark.parametrize(
    "forge",
    [
        _unsigned,
        _by_public_key,
        lambda claims: signed(claims, OctKey.import_key("s" * 32), "HS256"),
        lambda claims: signed(claims, STRANGERS),
        lambda claims: signed(claims, STRANGERS, kid="three"),
        lambda claims: signed(claims)[:-8] + "AAAAAAAA",
        lambda claims: "e30.e30.e30",
        lambda claims: "",
        lambda claims: "." * 5,
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_token_that_the_provider_did_not_sign_is_refused(
    provider: Provider, forge: Callable[[dict[str, Any]], str]
) -> None:
    provider.give(forge(provider.claims()))
    with pytest.raises(SignOnRefused):
        provider.client.finish(ASKED, ANSWER)


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "c"},
        {"code": "c", "state": ""},
        {"code": "c", "state": "of another trip"},
        {"state": "the-state"},
        {"state": "the-state", "error": "access_denied"},
        {**ANSWER, "iss": "https://elsewhere.example"},
    ],
    ids=str,
)
def test_an_answer_to_another_question_is_refused_before_anything_is_asked(
    provider: Provider, answer: dict[str, str]
) -> None:
    with pytest.raises(SignOnRefused):
        provider.client.finish(ASKED, answer)
    assert f"{ISSUER}/token" not in provider.asked
    with pytest.raises(SignOnRefused):
        provider.client.finish(AuthorizationRequest("", "", "", ""), {"code": "c", "state": ""})


def test_a_provider_that_announces_its_name_in_answers_has_to_say_it(provider: Provider) -> None:
    provider.give(signed(provider.claims()))
    for announced in (None, False, "true"):
        provider.description = {"authorization_response_iss_parameter_supported": announced}
        assert provider.client.finish(ASKED, ANSWER).subject == "person-1"
    provider.description = {"authorization_response_iss_parameter_supported": True}
    assert provider.client.finish(ASKED, {**ANSWER, "iss": ISSUER}).subject == "person-1"
    for answer in (ANSWER, {**ANSWER, "iss": ""}, {"state": "the-state", "error": "access_denied"}):
        with pytest.raises(SignOnRefused, match="issuer"):
            provider.client.finish(ASKED, answer)


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (400, b'{"error":"invalid_grant"}', SignOnRefused),
        (401, b'{"error":"invalid_client"}', ProviderAway),
        (400, b'{"error":"invalid_scope"}', ProviderAway),
        (500, b"oops", ProviderAway),
        (503, b"{}", ProviderAway),
        (200, b"<html>", ProviderAway),
        (200, b"[]", ProviderAway),
        (200, b"{}", SignOnRefused),
    ],
)
def test_what_the_token_endpoint_refuses_is_told_from_its_being_away(
    provider: Provider, status: int, body: bytes, fault: type[Exception]
) -> None:
    provider.token = (status, body)
    with pytest.raises(fault):
        provider.client.finish(ASKED, ANSWER)


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://elsewhere.example"},
        {"authorization_endpoint": None},
        {"jwks_uri": "https://login.example.ca/north/me"},
    ],
    ids=str,
)
def test_a_description_that_does_not_fit_is_no_provider(
    provider: Provider, description: dict[str, object]
) -> None:
    provider.description = description
    client = provider.client
    if "jwks_uri" in description:
        provider.give(signed(provider.claims()))
        with pytest.raises((ProviderAway, SignOnRefused)):
            client.finish(ASKED, ANSWER)
    else:
        with pytest.raises(ProviderAway):
            client.begin()


def test_a_key_that_is_new_is_read_once_and_an_unknown_one_not_at_each_try(provider: Provider) -> None:
    client = provider.client
    provider.give(signed(provider.claims()))
    client.finish(ASKED, ANSWER)
    provider.keys = [NEWER]
    provider.clock.move(seconds=KEYS_AGAIN_S + 1)
    provider.give(signed(provider.claims(), NEWER, "ES256", "two"))
    assert client.finish(ASKED, ANSWER).subject == "person-1"
    before = provider.asked.count(f"{ISSUER}/keys")
    provider.give(signed(provider.claims(), STRANGERS))
    for _ in range(5):
        with pytest.raises(SignOnRefused):
            client.finish(ASKED, ANSWER)
    assert provider.asked.count(f"{ISSUER}/keys") == before


def test_the_browser_is_sent_with_pkce_state_and_nonce_and_never_with_the_secret(provider: Provider) -> None:
    asked = provider.client.begin()
    query = dict(parse_qsl(urlsplit(asked.url).query))
    assert query["code_challenge_method"] == "S256"
    assert query["code_challenge"] != asked.verifier
    assert (query["state"], query["nonce"], query["scope"]) == (asked.state, asked.nonce, "openid email")
    assert "s" * 32 not in asked.url


@pytest.mark.parametrize(
    ("claim", "claims", "groups"),
    [
        ("groups", {"groups": ["a", "b", 3]}, ("a", "b")),
        ("groups", {"groups": "a"}, ("a",)),
        ("hd", {"hd": "example.ca"}, ("example.ca",)),
        ("realm_access.roles", {"realm_access": {"roles": ["a"]}}, ("a",)),
        ("https://example.ca/groups", {"https://example.ca/groups": ["a"]}, ("a",)),
        ("realm_access.roles", {"realm_access": "?"}, None),
        ("groups", {"groups": {"a": 1}}, None),
        ("groups", {"groups": []}, ()),
    ],
)
def test_groups_are_read_by_name_or_path(
    provider: Provider, claim: str, claims: dict[str, object], groups: tuple[str, ...] | None
) -> None:
    client = provider.client
    object.__setattr__(client.registration, "groups_claim", claim)
    provider.user_info = {"sub": "person-1"}
    provider.give(signed(provider.claims(**{"groups": None, **claims})))
    assert client.finish(ASKED, ANSWER).groups == groups


def test_user_info_of_another_person_is_refused(provider: Provider) -> None:
    provider.user_info = {"sub": "person-2", "groups": ["admins"]}
    provider.give(signed(provider.claims(groups=None)))
    with pytest.raises(SignOnRefused):
        provider.client.finish(ASKED, ANSWER)


def test_a_renewal_that_names_another_person_is_refused(provider: Provider) -> None:
    provider.give(signed(provider.claims(sub="person-2", nonce=None)))
    with pytest.raises(SignOnRefused):
        provider.client.renew(Secret("r"), "person-1")


def _logout(provider: Provider, **changes: object) -> dict[str, Any]:
    right = provider.claims(
        nonce=None,
        email=None,
        groups=None,
        email_verified=None,
        jti="1",
        sid="s",
        events={BACKCHANNEL_EVENT: {}},
    )
    return {name: value for name, value in {**right, **changes}.items() if value is not None}


def test_a_logout_token_names_a_person_or_a_session(provider: Provider) -> None:
    named = provider.client.logout(signed(_logout(provider)))
    assert (named.subject, named.session) == ("person-1", "s")
    assert provider.client.logout(signed(_logout(provider, sub=None))).session == "s"
    assert provider.client.logout(signed(_logout(provider, iat=START - 359))).token_id == "1"


@pytest.mark.parametrize(
    ("kind", "right"),
    [(None, True), ("logout+jwt", True), ("JWT", True), ("Logout+JWT", True), ("at+jwt", False), ("", False)],
)
def test_a_logout_token_s_type_is_its_own_or_jwt(provider: Provider, kind: str | None, right: bool) -> None:
    header = {"alg": "RS256", "kid": "one"} | ({} if kind is None else {"typ": kind})
    token = jws.serialize_compact(header, orjson.dumps(_logout(provider)), OURS, ["RS256"])
    if right:
        assert provider.client.logout(token).subject == "person-1"
    else:
        with pytest.raises(SignOnRefused):
            provider.client.logout(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"events": None},
        {"events": {}},
        {"events": "x"},
        {"nonce": "n"},
        {"sub": None, "sid": None},
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"jti": None},
        {"iat": None},
        {"exp": 1},
        {"exp": None},
        {"iat": START - 361, "exp": START + 300},
        {"iat": START + 61},
        {"events": {BACKCHANNEL_EVENT: "x"}},
        {"events": {BACKCHANNEL_EVENT: []}},
    ],
    ids=str,
)
def test_a_logout_token_with_one_wrong_claim_is_refused(
    provider: Provider, changes: dict[str, object]
) -> None:
    with pytest.raises(SignOnRefused):
        provider.client.logout(signed(_logout(provider, **changes)))
