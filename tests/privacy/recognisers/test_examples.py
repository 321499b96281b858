"""Each kind by examples and near misses: what is found is written in brackets; everything else must stay."""

import re

import pytest

from ni.privacy.detect import trimmed_to_words
from ni.privacy.recognisers.registry import find
from ni.privacy.spans import Label

EXAMPLES: dict[Label, tuple[str, ...]] = {
    Label.EMAIL: (
        "write to [jean.tremblay@acme.ca].",
        "From: Jean <[j_t+news@mail.acme.co.uk]>, mailto:[a.b@acme.ca]",
        "email=[x@acme.io], also [éloïse@acme.fr]",
        "git@github.com:org/repo.git, user@host, @decorator, a@b, pkg@1.2.3, ssh://ana@acme.ca/",
    ),
    Label.PHONE: (
        "call [(416) 967-1111] or [514.987.6543], [+1 604-555-0134], [1-800-267-2001]",
        "tél. [514 987-6543 poste 12], ext [(613) 992-4793 x204]",
        "cell: [5149876543]; Paris [+33 6 12 34 56 78] ou tél [06 12 34 56 78]; call [967-1111]",
        "ids 5149876543, 1234567890123, 555-1234-5, v1.234.567.8901, 2024-01-02, 12:30:45, $1,234-5678, #416-967-1111x",
    ),
    Label.CREDIT_CARD: (
        "Visa [4111 1111 1111 1111], Amex [3782 822463 10005], [5555-5555-5555-4444], [6011111111111117]",
        "4111 1111 1111 1112, 1234567812345678, 0000000000000000, order 4111111111111111a",
    ),
    Label.SIN: (
        "SIN [046 454 286], [046-454-286]; NAS : [046454286]; numéro d'assurance sociale [123 456 789]",
        "my social insurance number is [932-456-712].",
        "046 454 287, 046454286, 100 200 300 400, 3.046.454.286",
    ),
    Label.HEALTH_CARD: (
        "OHIP [1234-567-897 AB], RAMQ [TREM 7855 1234], [TREM78551234], health card [12345-6789]",
        "PHN: [9123 456 782]; carte d'assurance maladie [ROYA 5501 0115]; no de carte santé : [123456789]",
        "the health of 12345 hosts, CODE 1234 5678, 1234-567-890",
    ),
    Label.IBAN: (
        "to [GB82 WEST 1234 5698 7654 32] or [DE89370400440532013000] or [FR14 2004 1010 0505 0001 3M02 606] today",
        "GB82 WEST 1234 5698 7654 33, AB12 CDEF 1234 5678",
    ),
    Label.BANK_ACCOUNT: (
        "deposit to [00412-003-1234567]; transit: [12345], institution: [003], account number: [1234567]",
        "compte bancaire : [815-30104-1234567]",
        "mon numéro de compte [123-456-7] à la succursale [00815]",
        "account 4 of 12345 lines, 12345 accounts, transit in 2024",
    ),
    Label.PASSPORT: (
        "passport [AB123456], passeport no [P123456AA], Passport Number: [GA302922]",
        "ticket AB123456, passing AB123456",
    ),
    Label.DRIVER_LICENCE: (
        "[A1234-56789-01234], [T1234-567890-12]; driver's licence: [1234567]; permis de conduire [T1234 567890 12]",
        "BC DL [7654321]",
        "licence MIT 1234567 copies, model A1234-567",
    ),
    Label.DOB: (
        "DOB: [1990-05-14]; born on [May 14, 1990]; née le [1er mai 1985]; date de naissance : [14/05/1990]",
        "Date of birth [14 May 1990], birthday [1990/05/14], né le [3 août 1977]",
        "on 1990-05-14, released May 14, 1990, born free in 90 days, birth rate of 2.1",
    ),
    Label.IP: (
        "from [24.48.0.1]. Then [10.0.0.12]:80, [2607:f8b0::1], [fe80::1ff:fe23:4567:890a].",
        "127.0.0.1, 0.0.0.0, 255.255.255.0, v1.2.3.4, version 1.2.3.4, 1.2.3.4.5, 10.0.0.0/8, ::1, 12:30:45, a::b",
        "http://[10.1.2.3]/",
    ),
    Label.MAC: (
        "[00:1B:44:11:3A:B7], [00-1b-44-11-3a-b7], [001b.4411.3ab7]",
        "ff:ff:ff:ff:ff:ff, 00:1B:44:11:3A, 00:1B:44:11:3A:B7:00",
    ),
    Label.ADDRESS: (
        "I live at [123 Main Street, Unit 4, Toronto, ON M5V 2T6].",
        "au [4500, boul. des Laurentides, app. 12, Laval (Québec) H7K 2J5]",
        "[apt 5, 10020 100 Street NW, Edmonton, AB T5J 0N5]",
        "[302-1500 Bank Street, Ottawa]",
        "[1055 W 8th Ave, Vancouver, BC], [12, rue Sainte-Catherine Ouest, Montréal]",
        "[123 rue principale]; [45 elm street]",
        "[PO Box 123, Halifax NS B3J 2K9]",
        "[C.P. 123, succ. Centre-ville, Montréal H3C 3J7] ou [RR 2, Site 5 Box 12, Red Deer AB T4N 5E2]",
        "[1200, chemin de la Côte-des-Neiges, bureau 300, Montréal (QC)  H3T 1C7]",
        "3 days on the road, 2 Way",
        "10 Park, 15 minutes drive, 404 errors in place, Main Street, 5 New Line",
    ),
    Label.POSTAL_CODE: (
        "[M5V 2T6]; code postal [h2x1y4]; Toronto, ON [M5V2T6]",
        "a1b2c3, D5V 2T6, id-M5V2T6, M5V2T6X, 0x1A2B3C",
    ),
    Label.SECRET: (
        "key [sk-proj-abcdefghijklmnopqrstuvwx1234] and [ghp_abcdefghijklmnopqrstuvwxyz0123456789]",
        "aws [AKIAIOSFODNN7EXAMPLE], postgres://app:[s3cr3t]@db.acme.ca/x, password: [hunter2!]",
        "mot de passe : [Soleil2024]; api_key = '[a8f5f167f44f4964e6c998dee827110c]'",
        "Bearer [eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4fwpM]",
        "-----BEGIN PRIVATE KEY-----\n[MIIEvQIBADANBgkqhkiG9w0B]\n[AQEFAASCBKcwggSj]\n-----END PRIVATE KEY-----",
        "password = os.getenv('X'), token = get_token(), ",
        "secret: your-secret-here, key: value, token count, passwords are hard",
    ),
}


@pytest.mark.parametrize(
    ("label", "marked"), [(label, marked) for label, all_ in EXAMPLES.items() for marked in all_]
)
def test_what_is_in_brackets_is_found_and_nothing_else(label: Label, marked: str) -> None:
    text = re.sub(r"[\[\]]", "", marked)
    values = [(text[span.start : span.end], span.label) for span in trimmed_to_words(text, find(text))]
    assert values == [(value, label) for value in re.findall(r"\[(.*?)\]", marked)]


NO_VALUES = (
    "3f786850e387550fdab836ed7e6dc881de23001b 0f8fad5b-d9cd-469f-a165-70867728950e 2024-01-02T03:04:05.678Z",
    "https://acme.ca/a/4165551234?x=046-454-286 file:///home/jean/a.txt /usr/lib/python3.11/site-packages C:\\x\\y",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 v2.10.3 1.2.3-rc.4 numpy==2.4.6",
    "for (int i = 0; i < 1000000; i++) { a[i] = 0xDEADBEEF; } // 100 200 300",
    "width: 1200px; #a1b2c3; rgba(10, 20, 30, 0.5); 12px 24px 36px; 1,234,567.89 $12.50 50%",
    "SELECT id, name FROM users WHERE id = 123456789 AND created > '2024-01-02' LIMIT 100",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    'Traceback: File "x.py", line 123, in main  KeyError: 4165551234  0x7f89c4ffbc10',
)


@pytest.mark.parametrize("text", NO_VALUES)
def test_identifiers_hashes_versions_paths_and_code_are_no_values(text: str) -> None:
    assert [text[span.start : span.end] for span in find(text)] == []
