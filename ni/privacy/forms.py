"""Names told by how they are built, for those that no list holds.

Lists of names are never complete, but *Al-* and *-ullah*, *-preet* and *-lingam*, *-enko* and *-owicz*, a Mohawk
*Karonhia-* or an Inuktitut *-suaq* tell a name nearly as surely, and so do the two syllables of which many Chinese and
Korean given names are made. Kept here is what, among the words of source code and documents, names people alone.
"""

import re

from ni.privacy.words import listed

_GIVEN_START = (
    "abdul|abdel|abder|abdou|oluwa|chukwu|sukh|thiru|venkat|siva|krishna|lakshm|kahn|kanen|kanie|karonh|karihw|kawenn"
    "|konwa|tekah|tekaron|tewen|teiohon|teharon|ioron|skahen|wahien|waab|zhaa|biida|giizh"
)
_GIVEN_END = "preet|jeet|[jpvw]inder|lakshmi|vathi|ullah|ollah|uddin|chukwu|sław|mariam|selassie"
_FAMILY_START = "(?:al|el|abu|abou|ibn|ben|bou|ould|aït|ait)-|gebre|wolde|habte|fitz"
_FAMILY_END = (
    "enko|chuk|czuk|ovich|evich|vić|owicz|ewicz|owski|ewski|owska|ewska|iński|ińska|shyn|czyk|czak|ciak|niak|iuk|ová"
    "|escu|poulos|akis|oğlu|oglu|nejad|zadeh|zada|shvili|dottir|dóttir|swamy|lingam|rajah|nathan|nayagam|sundaram"
    "|singham|ratnam|pillai|moorthy|murthy|appan|waran|wardena|singhe|ratne|nayake|sekera|kumar|wala|imana"
    "|suaq|juaq|juak|aaluk|alik|aliq|luaq|tuq|tuk|miq|iaq|iuq|ngaq|ngak|gijig"
)
_CHINESE = listed("""
    ai an bai bao bei bin bing bo cai chang chao chen cheng chun cong dan dong fang fei fen feng fu gang guang gui guo
    hai han hao heng hong hua huan hui jia jian jiang jie jin jing jun juan kai kang ke kun lan lei li lian liang lin
    ling long lu man mei meng miao min ming nan ning pei peng ping qi qian qiang qiao qin qing qiong qiu quan ran rong
    rui ruo shan shao sheng shi shu shuang shun song tao ting tian tong wan wei wen wu xi xia xian xiang xiao xin xing
    xiong xiu xu xuan xue xun ya yan yang yao yi yin ying yong yu yuan yue yun ze zhan zhang zhao zhe zhen zheng zhi
    zhong zhu zhuo zi zong
""")
_KOREAN = listed("""
    bok bum byeong byung chae chan chang cheol chul chun dae dong eun gil gun gyeong gyu hae han hee heon ho hong hun
    hwa hwan hye hyeon hyeong hyo hyuk hyun hyung in jae jeong ji jin jong joo joon ju jun jung ki kwang kyu kyung mi
    min myeong myung nam ok ran sang se seo seok seol seon seong seung shin si sol song soo su suk sun sung tae
    won woo woong wook ye yeol yeon yeong yong yoo yoon young yun bi na a hwi rim
""")
_NOBODY = frozenset(
    listed("""
    beijing nanjing tianjin shandong shanxi jiangxi guangxi guangdong hainan yunnan zhejiang fujian anhui ningxia
    xinjiang qinghai wuhan kunming guilin ningbo jinan nanning nanchang nantong zhuhai wuxi hanzi kangxi minnan sigil
    setae chula
    """)
)
"""Places and things that are built in the same way."""
_LETTERS = "[^\\W\\d_]{2,}"


def _pairs(syllables: tuple[str, ...]) -> str:
    longest = "|".join(sorted(syllables, key=len, reverse=True))
    return f"(?:{longest})-?(?:{longest})"


_GIVEN = re.compile(
    rf"(?:{_GIVEN_START}){_LETTERS}|{_LETTERS}(?:{_GIVEN_END})|(?=.{{5}})(?:{_pairs(_CHINESE)}|{_pairs(_KOREAN)})"
)
_FAMILY = re.compile(rf"(?:{_FAMILY_START}){_LETTERS}|{_LETTERS}(?:{_FAMILY_END})")


def is_given(word: str) -> bool:
    """Whether a word in small letters is built like a given name."""
    return _GIVEN.fullmatch(word) is not None and word not in _NOBODY


def is_family(word: str) -> bool:
    """Whether a word in small letters is built like a surname."""
    return _FAMILY.fullmatch(word) is not None
