"""Passwords, phrases and codes as people write them in mails, chats and commands; sentences about them stay."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.spans import Label

SIGNED = ("Orignal!Boiteux", "Kettle#Drum78", "Loutre&Castor9", "Epinette-Noire-31", "bleuetsauvage22")
MIXED = ("Orignal!Boiteux", "Kettle#Drum78", "Loutre&Castor9", "W0lf!3143")
PHRASES = ("Loup-Garou et sirop", "gelinotte huppée", "blue heron lagoon")
CODES = ("4471", "90412")
WORDS = ("Barsik", "Rimouski", "poutine")
SEEDS = ("JBSWY3DPEHPK3PXPGEZDGNBV", "JBSW Y3DP EHPK 3PXP")
LAST = "Xk92mQp7Lw"
SAID = (
    "my password is {}", "le mot de passe du wifi c'est {}", "password for console = {}",
    "mot de passe pour la console : {}",
)  # fmt: skip
SECOND = (
    f"my old password {LAST} no longer works; the new one is {{}}.", f"password {LAST}, the other one: {{}}",
    f"le mot de passe du chalet est {LAST} et celui du NAS du bureau {{}}",
    f"mot de passe {LAST}, le nouveau est « {{}} »",
)  # fmt: skip
ASKED = (
    "Agent: And your account password?\nCustomer: {}", "Quel est votre mot de passe?\n- {}", "Password?\n{}",
    "What was the wifi password again?\nLucie (front desk): {}\nThanks",
)  # fmt: skip
OF_PHRASES = (
    "DB_PASSWORD='{}'", 'export SMTP_PASS="{}"', 'dict(host="mail", user="mailer", password="{}")',
    "BACKUP_PASSPHRASE={}",
    "connect(login='app', pwd='{}')",
)  # fmt: skip
OF_CODES = (
    "for the lockbox at the cottage use code {}", "Pour la porte arrière, entrez le code {}.",
    "the side gate is code {}", "Hi Ana, your code is {}", "Votre code est {}. Ne le partagez pas.",
)  # fmt: skip
OF_WORDS = (
    'Interac to a@b.ca, question "first dog", answer {}.', "Virement Interac, ville natale, réponse : {}",
    "e-transfer sent. Question: pet? Answer: {}",
)  # fmt: skip
WRITTEN = (
    "vault_password: !vault-plain {}", "GET /x?user=a&password={}&n=1", "echo 'kabdi:{} ' | chpasswd",
    "printf 'root:{}\\n' | sudo chpasswd",
)  # fmt: skip
CASES = (
    *product(SIGNED, SAID), *product(MIXED, SECOND), *product(("moosehide4ever", "Castor_78", LAST), ASKED),
    *product(PHRASES, OF_PHRASES), *product(CODES, OF_CODES), *product(WORDS, OF_WORDS),
    *product((LAST, "Sambusa2026"), WRITTEN),
    *product(SEEDS, ("totp_seed: {}", '"mfa_secret": "{}"', "OTP key={}")),
    ("seven loons over the frozen narrows", "BACKUP_PASSPHRASE={}"),
    ("Rideau Canal 1832", "POST /token?username=b&password={} HTTP/1.1"),
    ("citrouille", "/login?mdp={}&next=/"),
)  # fmt: skip


def found(text: str) -> set[str]:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return {text[span.start : span.end] for span in spans if span.label is Label.SECRET}


@pytest.mark.parametrize(("value", "place"), CASES)
def test_a_password_is_found_as_people_write_it(value: str, place: str) -> None:
    assert value in found(place.format(value))


@pytest.mark.parametrize(
    "text",
    [
        "Your password is required; the new one is longer than the other one is. The other one is 404.",
        "Le mot de passe expire. Le nouveau projet Rideau-Vert et celui du service-api-2 sont prêts.",
        "My password is not accepted. The new one is v2.3.4; the next one is build-2204.",
        "Forgot your password?\nClick here", "Password?\nOptional", "Mot de passe oublié ?\nCliquez ici.",
        "password = form-field-2", "password: step-one", "the password is case-sensitive",
        "The door returned code 4471. The gate opened with error code 1044; code 200 is fine.",
        "your code is 4040 lines long", "Your code is broken", "your exit code is 1044", "votre code est 1044 lignes",
        'PASSWORD="enter your password"', 'DB_PASSWORD="mot de passe invalide"', "PGPASSWORD=secret psql -h db -U app",
        'PASSWORD="must be longer than that"', 'form(user="x", password="Enter a new password")',
        "otp_secret = generate_secret()", "totp_key: required",
        "?password=changeme&x=1 ?password=$PASS&b=1 ?password=%s ?password=<password>",
        "Interac e-transfers need a question and an answer. The answer is wrong.", "the interac answer is required",
        'echo "$u:$p" | chpasswd', "password: !Ref DBPassword", "vault_password: !vault |",
        "password: !secret mqtt_pass",
        "=== RUN   TestParse/empty\n--- PASS: TestParse/empty (0.00s)\n    --- PASS: TestDial/ipv4_2 (0.00s)\nPASS",
    ],
)  # fmt: skip
def test_sentences_forms_and_tags_are_no_passwords(text: str) -> None:
    assert found(text) == set()
