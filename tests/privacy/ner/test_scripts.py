"""People in other scripts than the Latin one: with a cue, a listed name or a title; and words that are nobody."""

import pytest

from ni.privacy.ner.scripts import find_other_scripts

FOUND = {
    "Доктор Анна Иванова принимает в Торонто.": ["Анна Иванова"],
    "Позвоните Дмитрию Соколову завтра.": ["Дмитрию Соколову"],
    "Пацієнт: Тарас Шевчук": ["Тарас Шевчук"],
    "Ο Γιώργος Παπαδόπουλος τηλεφώνησε.": ["Γιώργος Παπαδόπουλος"],
    "Κυρία Μαρία Νικολάου": ["Μαρία Νικολάου"],
    "اتصل بالسيد يوسف حداد غدا": ["يوسف حداد"],
    "مرحبا، اسمي فاطمة الزهراني": ["فاطمة الزهراني"],
    'ד"ר דוד כהן קיבל אותי': ["דוד כהן"],
    "शिकायत: श्री राजेश कुमार आए": ["राजेश कुमार"],
    "नाम: अनीता शर्मा": ["अनीता शर्मा"],
    "联系人：王小明": ["王小明"],
    "我叫陈美玲，住在多伦多。": ["陈美玲"],
    "请联系李伟先生。": ["李伟"],
    "担当者：田中太郎": ["田中太郎"],
    "담당자: 김민준": ["김민준"],
    "고객 박서연 님이 전화했습니다": ["박서연"],
    "이지은은 오늘 쉽니다": ["이지은"],
}
NOBODY = (
    "Москва и Санкт-Петербург", "Нажмите кнопку Сохранить", "Красная площадь в Москве", "Η Αθήνα είναι πρωτεύουσα",
    "القاهرة مدينة كبيرة", "متن خطا: اتصال برقرار نشد", "ירושלים היא עיר", "भारत एक देश है", "北京大学的学生",
    "数据库连接失败", "用户名或密码错误", "서울에서 부산까지 기차로 갑니다",
    "데이터베이스 오류가 발생했습니다",
)  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_a_name_is_found_whole_and_without_what_announces_it(text: str) -> None:
    assert [text[start:end] for start, end in find_other_scripts(text)] == FOUND[text]


@pytest.mark.parametrize("text", NOBODY)
def test_words_and_places_are_nobody(text: str) -> None:
    assert list(find_other_scripts(text)) == []
