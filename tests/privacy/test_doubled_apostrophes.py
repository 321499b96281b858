"""Apostrophes that a literal doubles are read as one: names and streets are found whole and come back as they were."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.reading import read
from tests.privacy.cast import answered, masked, sent

NAMES = ("L''Écuyer", "O''Bonsawin", "N''Deye", "D''Amours", "O''Keefe-Haddad")
STREETS = ("77 rue de l''Église", "1204 chemin de l''Anse-aux-Coques", "12 O''Connor Street")
PLACES_OF_NAMES = (
    "INSERT INTO t (prenom, nom) VALUES ('Maïka', '{}'), ('Anouk', 'Roy');",
    "EXEC dbo.AddTenant @First=N'Maïka', @LastName=N'{}';",
    "UPDATE t SET last_name = '{}' WHERE id = 7;",
    "  last_name: '{}'\n  id: 7",
)
PLACES_OF_STREETS = (
    "INSERT INTO t (id, adr) VALUES (7, '{}');",
    "UPDATE t SET home = '{}' WHERE id = 7;",
    "  home: '{}'",
)


@pytest.mark.parametrize(
    ("value", "place"), [*product(NAMES, PLACES_OF_NAMES), *product(STREETS, PLACES_OF_STREETS)]
)
def test_a_value_with_a_doubled_apostrophe_is_hidden_whole(value: str, place: str) -> None:
    text = place.format(value)
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    assert value in {text[span.start : span.end] for span in spans}
    result = masked(text)
    assert value not in sent(result)
    assert sent(result).count("'") % 2 == 0
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    "text",
    [
        "f''x and y''z",
        "the ''quoted'' word",
        "x = 'a' 'b'; y = ''",
        "il dit ''bonjour'' à l''heure",
        "SELECT ''",
    ],
)
def test_apostrophes_outside_of_a_literal_are_read_as_they_are(text: str) -> None:
    assert read(text).text == text
