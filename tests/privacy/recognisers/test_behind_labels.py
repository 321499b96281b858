"""Values behind labels, keys, issuers' prefixes and signs of a format, and what stands beside them and stays."""

import json
import random
import string

import pytest

from tests.privacy.cast import answered, call, caller, says, sent, shield

_HEX = "0123456789abcdef"
_MIXED = string.ascii_letters + string.digits


def _drawn(seed: str, alphabet: str, size: int) -> str:
    rng = random.Random(seed)  # noqa: S311 - keys that open nothing
    return "7" + "".join(rng.choices(alphabet, k=size - 1))


_KEYS = {
    "mapbox": f"pk.eyJ1Ijoi{_drawn('a', _MIXED, 24)}.{_drawn('b', _MIXED, 22)}",
    "airtable": f"pat{_drawn('c', _MIXED, 14)}.{_drawn('d', _HEX, 64)}",
    "doppler": f"dp.pt.{_drawn('e', _MIXED, 43)}",
    "fly": f"fm2_{_drawn('f', _MIXED, 60)}",
    "render": f"rnd_{_drawn('g', _MIXED, 28)}",
    "circle": f"CCIPRJ_{_drawn('h', _MIXED, 22)}_{_drawn('i', _HEX, 40)}",
    "sonar": f"sqp_{_drawn('j', _HEX, 40)}",
    "buildkite": f"bkua_{_drawn('k', _HEX, 40)}",
    "planetscale": f"pscale_pw_{_drawn('l', _MIXED, 43)}",
    "netlify": f"nfp_{_drawn('m', _MIXED, 36)}",
    "resend": f"re_{_drawn('n', _MIXED, 8)}_{_drawn('o', _MIXED, 24)}",
    "rubygems": f"rubygems_{_drawn('p', _HEX, 48)}",
    "pulumi": f"pul-{_drawn('q', _HEX, 40)}",
    "terraform": f"{_drawn('r', _MIXED, 14)}.atlasv1.{_drawn('s', _MIXED, 67)}",
    "discord": f"MT{_drawn('t', _MIXED, 24)}.G{_drawn('u', _MIXED, 5)}.{_drawn('v', _MIXED, 38)}",
}
HIDDEN = (
    ("['naiss' => '23/09/1947', 'ville' => 'Sorel']", "23/09/1947"),
    ('{"dt_naiss": "23/09/1947"}', "23/09/1947"),
    ("date_naiss,prenom\n23/09/1947,Rita\n", "23/09/1947"),
    ("Pasaporte n.º BCF512208, vence en 2031", "BCF512208"),
    ("Reisepass: CFK2P07N4", "CFK2P07N4"),
    ("паспорт KM550912 у клиента", "KM550912"),
    ("她的护照号 G51220831 已过期", "G51220831"),
    ("travel doc QD551207", "QD551207"),
    ("AHC# 61208-4471", "61208-4471"),
    ("PHN 61208 4471", "61208 4471"),
    ("study permit F551 208 447", "F551 208 447"),
    ("OEN: 551-208-447", "551-208-447"),
    ("code permanent LAVR23094708", "LAVR23094708"),
    (":50K:/551208447103\nRITA LAVERDURE\n", "551208447103"),
    (":59:/5512084471\nRITA LAVERDURE\n", "5512084471"),
    ("compte 55120-8447103 chez nous", "55120-8447103"),
    ("beneficiary account 5512-208-4", "5512-208-4"),
    ("userPassword: {SSHA}q7Zp3kVd9xTb2mRc5nWf8sLh1jYg4aKe", "q7Zp3kVd9xTb2mRc5nWf8sLh1jYg4aKe"),
    ("The Interac answer is tourtiere61.", "tourtiere61"),
    ("virement reçu, réponse : gadelle77", "gadelle77"),
    ("5 4 * * * /srv/sync --pw 'q7!Zp3kVd'", "q7!Zp3kVd"),
    ("14 bis rue des Gadelles, Sorel", "Gadelles"),
    ("N3*509 CEDAR GROVE AVE~N4*SOREL*QC*J3P4K1~", "CEDAR"),
    ("她住在509 Harrow Road East", "Harrow"),
    *((f"{name}: {value}", value) for name, value in _KEYS.items()),
    *((json.dumps({"note": f"use {value} here"}), value) for value in _KEYS.values()),
)
STAYS = (
    "Le passage 12 bis du règlement reste en vigueur.",
    "The travel document format has 44 characters in each of 2 lines.",
    "Your answer is question12 of the quiz.",
    "Run the tests with --pass all and --pw none.",
    "compte 12345 fois",
    "dp.st.prd is a prefix, rnd_seed a variable and re_compile_all a function of release 12.",
    "pattern.match and patience2024 are words; sqa_team and bkua_ too.",
    "MAPLE GROVE is a neighbourhood of 509 homes.",
    ":59: is a field of an MT103 message of 1994.",
)


@pytest.mark.parametrize(("text", "value"), HIDDEN, ids=[text[:24] for text, _ in HIDDEN])
def test_it_is_hidden_and_comes_back(text: str, value: str) -> None:
    result = shield([]).substitute(caller(), call(says(text)))
    assert value not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("text", STAYS)
def test_what_only_looks_so_stays(text: str) -> None:
    assert sent(shield([]).substitute(caller(), call(says(text)))) == text
