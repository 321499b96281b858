"""Short codes: what is in brackets is found, other numbers beside the same words stay."""

import re

import pytest

from ni.privacy.recognisers.secret import find

TEXTS = (
    "The buzzer code is [2214]#, ask for Ana.",
    "voicemail PIN [5531]; safe combination [10-22-31]",
    "PIN for the gift card: [8812]",
    "Use [550182] to log in",
    "Enter [5501] as your login code",
    "G-[550182] is your Example verification code.",
    "[5501] est votre code de connexion Exemple",
    "Votre code de vérification Exemple est [550182].",
    "code de sécurité à usage unique : [550182]",
    "le code de la porte est [9914]#",
    "Amex exp 11/29 cvc [4417]",
    '{"exp": "11/29", "cvv": "[441]"}',
    "CVV2=[441]&exp=1129",
    "Recovery codes: [5510-8841], [a9k2-77zq]",
    "backup codes:\n[5510 8841]\n[1120 7714]",
    "Dial +1 416 555 0187,,[771204]#",
    "keytool -importkeystore -srcstorepass [q9Vw72kL] -deststorepass [z8Xp31mN]",
    "mosquitto_sub -u s -P [mq77pass] -t a",
    "net user jroy [Hiver2031!] /add",
    "xfreerdp /u:ana /p:[Xk92mQp7] /v:host",
    "ConvertTo-SecureString '[Boreal#77pin]' -AsPlainText -Force",
    "aws configure set aws_access_key_id [AKIAZZQWERTYUIOPASDF]",
    "mdp courriel : [Erable#22]",
    "son mdp c'est [Erable2291]",
    "a verification code of 6 digits; the PIN is 4 digits; error code: 4040; postal code: 12345",
    "verification code: 300 seconds; status code is 404; the code 1234 lines long; cvv required",
    "net user /domain; net user jroy /delete; storepass is an option; use 5000 to test it",
    "PASS: gdb.base/settings2.exp: show 1\nPASS: gdb.base/a-1x\nXPASS: gas/x86-64 size",
)


@pytest.mark.parametrize("marked", TEXTS)
def test_what_is_in_brackets_is_a_secret_and_nothing_else(marked: str) -> None:
    text = re.sub(r"[\[\]]", "", marked)
    wanted = re.findall(r"\[([^\]]*)\]", marked)
    spans = sorted({(span.start, span.end) for span in find(text)})
    assert [text[start:end] for start, end in spans] == wanted
