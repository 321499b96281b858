"""People in Indian, Thai, Armenian, Georgian, Ethiopic and Inuktitut letters: found by cues and lists; words stay."""

from collections.abc import Sequence
from itertools import product

import pytest

from ni.privacy.masking import Substitution, derived
from ni.privacy.names.foreign import find_other_scripts
from ni.privacy.spans import Label, Span
from tests.privacy.cast import answered, call, caller, says, sent

CASES = (
    (
        ("ਹਰਪ੍ਰੀਤ ਕੌਰ ਢਿੱਲੋਂ", "ਗੁਰਵਿੰਦਰ ਸਿੰਘ", "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "ਅਮਨਦੀਪ ਗਿੱਲ", "ਸੁਖਵਿੰਦਰ ਕੌਰ", "ਬਲਜੀਤ ਸੰਧੂ"),
        (
            "ਮੇਰਾ ਨਾਮ {} ਹੈ।",
            "ਮੇਰੇ ਪਤੀ ਦਾ ਨਾਮ {} ਹੈ, ਜਨਮ ਮਿਤੀ 1979",
            "ਨਾਮ: {}",
            "ਸ਼੍ਰੀ {} ਨੂੰ ਫ਼ੋਨ ਕਰੋ",
            "ਕੱਲ੍ਹ {} ਆਏ ਸਨ",
            "ਡਾ. {}",
            "Please call {} at 604-597-1183",
        ),
    ),
    (
        ("கார்த்திகா சிவராஜா", "தமிழ்ச்செல்வன் ராமநாதன்", "யாழினி பாலசுந்தரம்"),
        ("என் பெயர் {}.", "பெயர்: {}", "திரு. {}, 1992", "வணக்கம், என் பெயர் {}, தொலைபேசி"),
    ),
    (
        ("শর্মিষ্ঠা চৌধুরী", "রফিকুল ইসলাম", "নুসরাত ফেরদৌস"),
        ("আমার নাম {}, ফোন", "নাম: {}", "জনাব {}", "শ্রীমতী {} আমার"),
    ),
    (("જિગ્નેશ પટેલ", "હેતલ દેસાઈ"), ("મારું નામ {} છે", "નામ: {}")),
    (("శ్రీనివాస రావు", "మాధవి రెడ్డి"), ("నా పేరు {}", "పేరు: {}")),
    (("ರಮೇಶ್ ಗೌಡ",), ("ನನ್ನ ಹೆಸರು {}", "ಹೆಸರು: {}")),
    (("അനിൽ കുമാർ", "രമ്യ നായർ"), ("എന്റെ പേര് {}", "പേര്: {}")),
    (("สมชาย ใจดี", "วราภรณ์ ทองสุข"), ("ชื่อ: {} โทร", "ผมชื่อ {} ครับ", "นางสาว {}", "นาย{}", "ชื่อ{}")),
    (("Նարեկ Պետրոսյան",), ("Իմ անունը {} է", "Պարոն {}")),
    (("ნინო ბერიძე", "ლევან მაისურაძე"), ("ჩემი სახელია {}", "ბატონი {}")),
    (("አልማዝ በቀለ", "ተስፋዬ ኃይሌ"), ("ስሜ {} ነው", "አቶ {}")),
    (("ᐊᓗᑭ ᑰᑦᑎᖅ",), ("ᐊᑎᕋ {}", "ᐊᑎᖅ: {}")),
    (("ليلى الحسيني", "كريم البغدادي"), ("اسمي {}", "قالت {} ذلك")),
)
NOBODY = (
    "ਸਤ ਸ੍ਰੀ ਅਕਾਲ ਜੀ", "ਪੰਜਾਬ ਇੱਕ ਸੂਬਾ ਹੈ", "ਮੇਰਾ ਫ਼ੋਨ ਨੰਬਰ", "ਸੇਵ ਕਰੋ ਅਤੇ ਦੁਬਾਰਾ ਸ਼ੁਰੂ ਕਰੋ", "ਇਸ ਫਾਈਲ ਦਾ ਨਾਮ",
    "பெயர் தேவை", "பெயர் மற்றும் முகவரி", "வணக்கம் நண்பர்களே", "நாம் நாளை சந்திப்போம்",
    "নাম ও ঠিকানা লিখুন", "আপনার নাম কি?", "বাংলাদেশ একটি দেশ", "ফাইল সংরক্ষণ করুন",
    "નામ અને સરનામું લખો", "పేరు మరియు చిరునామా", "ಹೆಸರು ಮತ್ತು ವಿಳಾಸ", "പേര് എഴുതുക",
    "ชื่อไฟล์", "ขอบคุณครับ", "นายกรัฐมนตรี", "กรุณากรอก ชื่อ และ ที่อยู่", "შეიყვანეთ სახელი და გვარი",
    "ስም ይጻፉ", "ᐊᑎᖅ", "قالت ليلى اليوم", "هدى التي",
)  # fmt: skip


class Letters:
    """The names in other letters, without the network."""

    version = "letters"

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        return [[Span(*place, Label.PERSON) for place in find_other_scripts(text)] for text in texts]


@pytest.mark.parametrize(
    ("person", "place"), [case for people, places in CASES for case in product(people, places)]
)
def test_a_person_is_found_in_these_letters_and_comes_back(person: str, place: str) -> None:
    text = place.format(person)
    assert person in [text[start:end] for start, end in find_other_scripts(text)]
    result = Substitution(Letters(), derived(b"an instance's secret of 32 bytes")).substitute(
        caller(), call(says(text))
    )
    assert not set(person.split()) & set(sent(result).split())
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("text", NOBODY)
def test_labels_and_words_in_these_letters_are_nobody(text: str) -> None:
    found = [text[start:end] for start, end in find_other_scripts(text)]
    assert [name for name in found if " " in name or not name.startswith(("ليلى", "هدى"))] == []
