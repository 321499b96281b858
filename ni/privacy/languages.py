"""The most frequent small words of English, French and other Latin languages, of which sentences are made."""

_ENGLISH = (
    "the of and to in is it you that was for on are with as his they be at have this from had not but what all were "
    "we when your can said there use an each which she do how their if will up other about out many then them these "
    "so some her would make like him into has my who its by i i'm don't please thanks dear hello hi regards"
)
_FRENCH = (
    "le la les des du un une et est en que qui dans pour pas sur ce cette il elle je tu nous vous ils avec au aux mais "
    "ou où son sa ses mon ma mes ne se par plus leur leurs été être avoir a à ont sont suis peut fait comme tout "
    "bonjour merci chez entre votre vos notre nos c'est j'ai d'un d'une qu'il qu'elle madame monsieur mme salut"
)
ENGLISH = frozenset(_ENGLISH.split())
FRENCH = frozenset(_FRENCH.split())

_GERMAN = (
    "das und ist nicht ein eine einen einem einer eines für mit auf ich wir mich mir dich dir uns euch bitte zum zur "
    "vom beim wie kann kannst können könntest könnte wenn oder aber dass sich auch nach bei aus durch über unter "
    "zwischen gegen ohne welche welcher welches diese dieser dieses diesen diesem wird werden wurde haben habe hast "
    "sind sein seine ihre ihren mein meine meinen meiner dein deine noch schon sehr hier jetzt warum gibt keine kein "
    "nichts allen vielen danke wegen möchte muss soll sollte geehrter geehrte erkläre schreibe schreib erstelle "
    "übersetze fasse nenne gib zeig zeige"
)
_SPANISH = (
    "una unos las los para por como pero más qué cómo cuál está están este esta esto estos estas ese esa eso muy "
    "también hay tengo tiene quiero quiere puedo puedes puede necesito hacer sobre desde hasta cuando donde porque "
    "yo él ella ellos nosotros usted ustedes gracias hola buenos buenas días tardes favor ejemplo llamo soy vivo "
    "escribe explica resume traduce dame hazme crea genera corrige optimiza mejora"
)
_PORTUGUESE = (
    "uma umas não são você vocês seu sua seus suas meu minha nosso isso isto essa também já onde pelo pela pelos pelas "
    "nas até muito obrigado obrigada olá preciso posso fazer faço escreva explique resuma traduza crie gere corrija"
)
_ITALIAN = (
    "uno gli della dello delle degli dei nel nella nelle nei sul sulla che chi non sono siamo questo questa questi "
    "queste quello quella perché anche più molto dal dalla alla alle agli tra fra quando dove qual quale quali cosa "
    "grazie ciao buongiorno puoi potresti voglio vorrei fare tre scrivi spiega spiegami riassumi traduci correggi dimmi"
)
_DUTCH = (
    "een het niet maar ook voor naar hoe wat waarom welke deze dit dat zijn hebben heeft kun jij ik mij mijn jouw ons "
    "onze zij wij uit bij tussen tegen geen graag bedankt worden wordt werd kunnen moet schrijf maak geef vertaal"
)
_POLISH = (
    "się nie jest są jak że który która które czy dla przez przed przy nad ale tylko też już bardzo mnie tego tej tym "
    "tych jego jej ich mój moja moje twój proszę dzięki dziękuję cześć dzień dobry "
    "między oraz albo lub gdy kiedy gdzie "
    "aby żeby mogę możesz może napisz wyjaśnij podsumuj stwórz popraw przetłumacz"
)
_FURTHER = (
    "och att det inte är som för på ett jag hur vad ikke og af til hvordan jeg skriv "
    "který která jsem prosím není napiš bir için nasıl bu și este pentru care scrie egy és hogy nem írj "
    "joka että miten "
    "kirjoita yang untuk dengan ini itu dari"
)
_SHARED = (
    "a in is an was so he we me no on of over de la le en un que es se tu por des du son ne mais par ma mi per il "
    "si al ou ses all will her sur te y do"
)
_SHARED_WITH_WORDS = (
    "sons resume explique vivo crea care sera dame fasse chi wat das fra ons hier dir dit muss nas nie non onze pela "
    "pelas sein seine corrige crie favor fare dove hast hay hoe jest jag genera gere gib ini itu ale det sul vad til af"
)
GERMAN = frozenset(_GERMAN.split())
"""Of the other languages the one that writes all nouns with capitals."""
OTHERS = (
    frozenset(f"{_GERMAN} {_SPANISH} {_PORTUGUESE} {_ITALIAN} {_DUTCH} {_POLISH} {_FURTHER}".split())
    - ENGLISH
    - FRENCH
) - frozenset(_SHARED_WITH_WORDS.split())
"""Small words of other Latin languages, and verbs that begin a request in them, that English and French have not."""
SHARED = frozenset(_SHARED.split())
"""Small words of English or French that other languages have too: they tell nothing."""
