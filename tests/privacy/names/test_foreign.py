"""Lines in languages that the network was not trained on: nobody is seen in verbs and nouns, names are still found."""

import pytest

from ni.privacy.names.tagger import Tagger

NOBODY = (
    "Escribe una función en Python que ordene una lista",
    "Schreib eine Funktion, die eine Liste sortiert",
    "Schreibe eine E-Mail an den Kunden, dass die Lieferung sich verspätet.",
    "Dame un ejemplo de Dockerfile para una app",
    "Erkläre mir den Unterschied zwischen Mutex und Semaphor.",
    "Kannst du mir helfen, diesen Fehler zu beheben?",
    "Spiegami come funziona il garbage collector in Java",
    "Correggi questo testo: la casa è bello",
    "Podsumuj ten tekst w trzech zdaniach.",
    "Der Server antwortet nicht mehr. Was soll ich tun?",
    "Wie kann ich den Server neu starten?",
    "Explica la diferencia entre una lista y una tupla en Python",
    "Traduce este párrafo al inglés: el perro come en la cocina",
    "Escreva uma função que calcule a média de uma lista",
    "Explique a diferença entre TCP e UDP",
    "Resuma o texto abaixo em três frases",
    "Como faço para instalar o Docker no Ubuntu?",
    "Napisz funkcję w Pythonie, która sortuje listę",
    "Wyjaśnij różnicę między listą a krotką",
    "Jak zainstalować Dockera na Ubuntu?",
    "Schrijf een functie die een lijst sorteert",
    "Leg uit hoe een hashtabel werkt",
    "Wat is het verschil tussen een lijst en een tuple?",
    "Vat de volgende tekst samen in drie zinnen",
    "Scrivi una funzione che ordina una lista di numeri",
    "Qual è la differenza tra una lista e una tupla?",
    "Riassumi il testo seguente in tre frasi",
    "Dame una receta de tortilla con patatas",
    "Genera una consulta SQL para obtener los usuarios activos",
    "Erstelle eine Tabelle mit allen Hauptstädten Europas",
    "Fasse den folgenden Text zusammen",
    "Übersetze diesen Satz ins Englische: Das Wetter ist schön",
    "Wo liegt der Fehler in diesem Code?",
    "Quiero que me ayudes a escribir una carta de renuncia",
    "Necesito una lista de verbos irregulares en inglés",
    "Crea un componente de React que muestre una tabla",
    "Optimiza esta consulta, por favor",
    "Pode me ajudar a escrever um e-mail para o cliente?",
    "Crie uma tabela com os nomes dos produtos",
    "Gere um resumo do artigo",
    "Dimmi come si fa la carbonara",
    "Crea una pagina HTML con un modulo di contatto",
    "Potresti aiutarmi a correggere questo codice?",
    "Kun je deze code verbeteren?",
    "Maak een tabel met de hoofdsteden van Europa",
    "Stwórz tabelę z listą miast",
    "Popraw ten kod, proszę",
    "Czy możesz mi pomóc z tym błędem?",
    "Skriv en funktion som sorterar en lista",
    "Bu listeyi sıralayan bir fonksiyon yaz",
    "Napiš funkci, která seřadí seznam",
    "Írj egy függvényt, amely rendezi a listát",
    "Scrie o funcție care sortează o listă",
    "Kirjoita funktio, joka lajittelee listan",
    "Die Datenbank ist langsam. Wie kann ich den Index optimieren?",
    "Guten Tag, ich möchte wissen wie man einen Kuchen backt. Vielen Dank",
    "Hola, ¿puedes ayudarme con este error? Gracias",
    "Buenos días, necesito ayuda con Kubernetes",
    "Ciao, mi serve una mano con Docker. Grazie mille",
    "Olá, preciso de ajuda com o Kubernetes. Obrigado",
    "Dzień dobry, potrzebuję pomocy z Kubernetesem. Dziękuję",
    "Hallo, ik heb hulp nodig met Docker. Bedankt",
    "Escribe un poema sobre el mar",
    "Schreibe ein Gedicht über den Herbst",
    "Xin chào, tôi cần một bản sao của hợp đồng này. Xin cảm ơn.",
    "Viết cho tôi một hàm sắp xếp danh sách trong Python",
    "Magandang umaga po! Kailangan ko ng kopya ng kontrata, salamat.",
    "Gumawa ng isang listahan para sa mga bisita namin",
    "Merhaba, bu dosya için bir özet yazar mısın? Çok teşekkürler.",
    "Habari, nataka nakala ya mkataba wangu. Asante!",
)
CARRIERS = {
    "Escribe un correo a {} para confirmar la reunión": (
        "María González",
        "Ximena Ocaranza",
        "Alejandro Ruiz",
    ),
    "Me llamo {} y vivo en Madrid.": ("Alejandro Ruiz", "Ximena Ocaranza"),
    "Estimado Sr. {}, le escribo para confirmar": ("Rodríguez", "Ocaranza"),
    "La señora {} llamó ayer por la factura": ("Etxeberria",),
    "Schreib an {}, dass die Lieferung kommt": ("Thomas Müller", "Ingeborg Drosselmeyer"),
    "Schreibe eine E-Mail an Frau {} wegen der Rechnung": ("Schneider", "Krzywinski"),
    "Sehr geehrter Herr {}, vielen Dank für Ihre Nachricht": ("Weber", "Drosselmeyer"),
    "Mein Name ist {} und ich wohne in Berlin.": ("Katharina Hoffmann",),
    "Scrivi una mail a {} per confermare": ("Giulia Bianchi",),
    "Mi chiamo {} e ho una domanda.": ("Francesca", "Giulia Bianchi"),
    "Escreva um e-mail para o {} sobre uma fatura": ("João Silva",),
    "Nazywam się {}": ("Katarzyna Wiśniewska",),
    "Napisz do {}, że spotkanie jest odwołane": ("Piotr Nowak",),
    "Schrijf een brief aan {} over de factuur": ("Jan de Vries", "mevrouw Bakker"),
    "Ik ben {} en ik woon in Utrecht": ("Femke",),
    "Xin chào, tôi tên là {}, số điện thoại của tôi": ("Nguyễn Thị Hồng Nhung", "Trần Văn Minh"),
    "Kính gửi ông {}, cảm ơn ông đã liên hệ.": ("Phạm Quốc Huy",),
    "Chị {} ơi, gửi cho em hồ sơ nhé.": ("Lan",),
    "Magandang umaga po! Ako si {}, nakatira po ako sa Winnipeg.": ("Marites Dela Peña", "Jomar Villanueva"),
    "Ang pangalan ko ay {} at asawa ko ang kausap mo.": ("Jomar Villanueva",),
    "anak, tawagan mo si {} para sa kontrata, salamat": ("Jun-Jun", "Rogelio"),
    "Merhaba, benim adım {} ve lütfen beni arayın.": ("Ayşe Yılmaz",),
    "Non mwen se {}, mwen abite nan Laval.": ("Guerline Saintilus",),
}


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


def people(tagger: Tagger, text: str) -> list[str]:
    return [text[span.start : span.end] for span in tagger.find([text])[0]]


@pytest.mark.parametrize("text", NOBODY)
def test_a_prompt_that_names_nobody_stays_as_it_is(tagger: Tagger, text: str) -> None:
    assert people(tagger, text) == []


@pytest.mark.parametrize(
    ("carrier", "name"), [(carrier, name) for carrier, names in CARRIERS.items() for name in names]
)
def test_a_name_in_another_language_is_hidden_whole_and_alone(
    tagger: Tagger, carrier: str, name: str
) -> None:
    assert people(tagger, carrier.format(name)) == [name.removeprefix("mevrouw ")]


@pytest.mark.parametrize("name", ["Una Murphy", "Allen Ochoa", "Yang Como", "Esta Delgado"])
def test_a_name_that_is_a_small_word_elsewhere_is_hidden_in_english(tagger: Tagger, name: str) -> None:
    assert people(tagger, f"Please call {name} about the invoice.") == [name]


@pytest.mark.parametrize("word", ["una", "eine", "uma", "che", "tre"])
def test_a_small_word_of_another_language_is_nobody_in_english(tagger: Tagger, word: str) -> None:
    assert people(tagger, f"Una Murphy said that {word} lista is wrong.") == ["Una Murphy"]


@pytest.mark.parametrize(
    "text",
    [
        "Languages: Python, Julia, Haskell, Ruby, Perl",
        "Compare Julia, Haskell and Ruby",
        "Ask Claude or Siri about it",
        "Pay by Interac or Mastercard",
        "WEBVTT",
        "Find the DOI of the paper",
        "Explain Pin<Box<dyn Error>> and Rc",
    ],
)
def test_languages_assistants_and_codes_are_nobody(tagger: Tagger, text: str) -> None:
    assert people(tagger, text) == []


@pytest.mark.parametrize("text", ["Julia and Ruby are coming", "Ask Claude and Luc about it"])
def test_two_people_in_a_list_are_still_found(tagger: Tagger, text: str) -> None:
    assert len(people(tagger, text)) == 2


def test_the_word_before_a_name_in_small_letters_stays(tagger: Tagger) -> None:
    assert people(tagger, "hi im sanjay, can you help me") == ["sanjay"]


@pytest.mark.parametrize("sign", ["✅", "🎂", "🎉", "👤", "→"])
@pytest.mark.parametrize(
    ("carrier", "name"), [("{} Marie - done", "Marie"), ("{} Léopoldine {} vient d'arriver", "Léopoldine")]
)
def test_a_name_beside_an_emoji_is_hidden(tagger: Tagger, sign: str, carrier: str, name: str) -> None:
    assert people(tagger, carrier.replace("{}", sign)) == [name]
