"""People in other scripts than the Latin one: with a cue, a listed name or a title; and words that are nobody."""

import pytest

from ni.privacy.detect import trimmed_to_words
from ni.privacy.names.foreign import find_other_scripts
from ni.privacy.spans import Label, Span

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


HONORIFICS = {
    "请联系{}先生确认合同": ("王小明", "李娜", "欧阳修"),
    "{}女士的订单已发货": ("李娜", "欧阳", "张晓红"),
    "{}您好，请问明天上课吗": ("王老师", "陈先生"),
    "请给{}写一封邮件": ("王小明", "李娜"),
    "{}经理昨天来了": ("张伟",),
    "明天给{}打电话": ("李老师",),
    "请给{}老师打电话": ("李小龙", "陈美玲"),
    "{}さんに明日の会議の資料を送ってください": ("田中", "佐藤"),
    "{}様、いつもお世話になっております": ("山田太郎",),
    "{}님 회의 자료를 작성해 주세요": ("김민수",),
    "{} 선생님께 이메일을 작성해 주세요": ("박지영",),
}
WITHOUT_A_NAME = (
    "请问老师，这道题怎么做", "请经理审批这份文件", "部長に報告してください", "お客様にメールを書いてください",
    "이메일을 작성해 주세요", "이 함수를 설명해 주세요", "이미지를 정수형 배열로 바꿔줘", "문자열을 뒤집는 함수명 추천",
    "조건문과 반복문의 차이", "السيد المدير يطلب التقرير", "اكتب رسالة إلى السيد المدير العام",
)  # fmt: skip


@pytest.mark.parametrize(
    ("carrier", "name"), [(text, name) for text, names in HONORIFICS.items() for name in names]
)
def test_beside_an_honorific_the_name_alone_is_hidden(carrier: str, name: str) -> None:
    text = carrier.format(name)
    spans = [Span(start, end, Label.PERSON, certain=False) for start, end in find_other_scripts(text)]
    assert [text[span.start : span.end] for span in trimmed_to_words(text, spans)] == [name]


@pytest.mark.parametrize("text", WITHOUT_A_NAME)
def test_an_honorific_or_a_polite_verb_is_no_name(text: str) -> None:
    assert list(find_other_scripts(text)) == []
