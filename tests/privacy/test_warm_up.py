"""Lists and numbering plans are loaded before the first text: a later text loads no more of them."""

import subprocess
import sys

LOADED = r"""
import sys
from ni.domain.call import Call
from ni.domain.caller import Caller
from ni.domain.route import Tier
from ni.privacy.masking import Substitution, warm_up
from ni.privacy.names import NoNames
from ni.privacy.structure.meanings import meaning

def loaded():
    modules = [(name, module) for name, module in sys.modules.items() if name.startswith("ni.privacy")]
    cached = {f"{name}.{key}": value for name, module in modules for key, value in vars(module).items()
              if hasattr(value, "cache_info") and not value.__wrapped__.__code__.co_argcount}
    return {name for name, table in cached.items() if table.cache_info().currsize}

warm_up()
before, kept = loaded(), meaning.cache_info().currsize
text = "Nom,Tél,Courriel\nLéa Côté,438-555-0111,lea.cote@example.ca\n\nNée le 1988-05-06, 9, rue du Parc, Laval H7A 1B2"
call = Call("chat", "", False, {"messages": [{"role": "user", "content": text + ", NAS 046 454 286, cafe\u0301"}]})
Substitution(NoNames(), lambda _: bytes(32)).substitute(Caller("", "", "", frozenset(Tier), pii=True), call)
print(len(before) >= 6, loaded() <= before, "phonenumbers" in sys.modules, kept)
"""


def test_lists_and_plans_are_read_ahead_and_nothing_of_the_text_stays() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True", "0"]
