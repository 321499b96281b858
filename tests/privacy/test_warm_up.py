"""What the first text would wait for is read before it."""

import subprocess
import sys

LOADED = """
import sys
from ni.privacy.warm_up import warm_up
warm_up()
from ni.privacy import reading, words
from ni.privacy.people import lists
from ni.privacy.structure import shapes
from ni.privacy.structure.meanings import meaning
read = (shapes._names, shapes._given, shapes._known_words, reading._folds, reading._typography, words._table)
print(all(table.cache_info().currsize for table in read), "phonenumbers" in sys.modules, meaning.cache_info().currsize)
"""


def test_lists_and_plans_are_read_ahead_and_nothing_of_the_text_stays() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "0"]
