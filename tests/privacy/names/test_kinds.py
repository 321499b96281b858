"""Where names stand and how they are written: initials, titles, labels, answers, verbs and nouns, words that
are names, particles, elision; and methods, products and attributes that are nobody. Through a real worker."""

import pytest

from ni.privacy.names.worker.pool import NamesPool

WHOLE = {
    # initials
    "Please ask Jean A. Tremblay about the lease.": ["Jean A. Tremblay"],
    "The petition of Ruth K. Adeyemi was dismissed.": ["Ruth K. Adeyemi"],
    "Le rapport de Luc B. Gagnon est prêt.": ["Luc B. Gagnon"],
    # verbs before
    "Copy Jean-Luc Gagnon on it.": ["Jean-Luc Gagnon"],
    "Email Zainab Rahimi today.": ["Zainab Rahimi"],
    "Ping Oluwaseun Adeyemi about the outage.": ["Oluwaseun Adeyemi"],
    "Rappelez Jean-François demain.": ["Jean-François"],
    "Merci Élodie pour le gâteau !": ["Élodie"],
    # titles and degrees stay outside
    "Dr. Anita Sharma, PhD, will see you now.": ["Anita Sharma"],
    "Mme L'Heureux a rappelé.": ["L'Heureux"],
    "Nurse Gurpreet Sandhu took the call.": ["Gurpreet Sandhu"],
    # labels
    "Surname: Kowalczyk": ["Kowalczyk"],
    "Patient: Ahmed Haddad\nDiagnosis: asthma\nReligion: Muslim": ["Ahmed Haddad"],
    "Prénom : Mélanie\nNom : Bouchard": ["Mélanie", "Bouchard"],
    # answers and speakers
    "What's your last name?\nGagnon": ["Gagnon"],
    "Quel est votre prénom ?\nThérèse": ["Thérèse"],
    "Marc: the build is red again\nPriya: looking": ["Marc", "Priya"],
    # nouns after
    "Please find the Tremblay file.": ["Tremblay"],
    "Move Nguyen's appointment to Friday.": ["Nguyen"],
    # words and months
    "April Gill starts in May.": ["April Gill"],
    "Dawn West signed the lease.": ["Dawn West"],
    # particles and elision
    "Louis de la Durantaye called twice.": ["Louis de la Durantaye"],
    "Le dossier d'Océane Côté est prêt.": ["Océane Côté"],
    "Je crois qu'Émile Gagnon a raison.": ["Émile Gagnon"],
    # surname first, and lists
    "TREMBLAY, Odile": ["TREMBLAY, Odile"],
    "Booking: Okafor, Chinedu (2 nights)": ["Okafor, Chinedu"],
    "Reviewers: Maria Lopez, Kenji Tanaka": ["Maria Lopez", "Kenji Tanaka"],
    # beside words of places and methods, people stay people
    "Ask Sophie Gagnon about the algorithm.": ["Sophie Gagnon"],
    "Anna Park called about the bridge.": ["Anna Park"],
    "La méthode de Sophie Gagnon fonctionne.": ["Sophie Gagnon"],
    "Lun: Mireille / Mar: Sunil / Mer: Anneliese": ["Mireille", "Sunil", "Anneliese"],
    # French words, and given names of the world
    "Philémon Rivest a payé le loyer.": ["Philémon Rivest"],
    "Temitayo et Odilon partagent un bureau.": ["Temitayo", "Odilon"],
    # other scripts
    "Доктор Анна Иванова принимает в Торонто.": ["Анна Иванова"],
    "联系人：王小明": ["王小明"],
}
NOBODY = (
    "Compare Dijkstra, Bellman-Ford and Floyd-Warshall.",
    "Newton-Raphson, Xavier init, Monte Carlo, in Julia or Haskell",
    "Jackson deserialises; Travis runs the build.",
    "The Markov chain uses Gibbs sampling; Bayes gives the rest.",
    "L'algorithme de Dijkstra et la loi de Poisson",
    "Religion: Muslim",
    "Nationality: Lebanese",
    "Company: Jean Coutu",
    "Please copy the file and email the report in May.",
    "madison = jordan * 596\nreturn madison or chelsea",
    "kubectl get pods -n jenkins | grep travis",
    # called after somebody
    "The Gordie Howe bridge will link Windsor to Detroit.",
    "Le lac Louise était gelé, alors nous avons attendu.",
    "Drive to the Wilfrid Laurier Blvd and turn left.",
    "Draw it as a Sankey chart, then as a Voronoi diagram.",
    "Conway's Game of Life and Dijkstra's shortest path are exercises.",
    "Le noyau de Fejér sert en analyse.",
    # products beside products
    "Car: Chevrolet Malibu",
    # names of characters, and no language that is known
    "# 0x0621 -> ARABIC LETTER HAMZA ISOLATED FORM, as in Python",
    "ponovno potrjujoč svojo globoko vero v temeljne svoboščine, na katerih temeljita pravičnost in mir v svetu",
    "# Clear\nplaywright-cli sessionstorage-clear\n",
)


@pytest.mark.parametrize("text", WHOLE)
def test_a_person_is_found_whole_and_alone(names: NamesPool, text: str) -> None:
    [spans] = names.find([text])
    assert [text[span.start : span.end] for span in spans] == WHOLE[text]


@pytest.mark.parametrize("text", NOBODY)
def test_methods_products_and_attributes_are_nobody(names: NamesPool, text: str) -> None:
    [spans] = names.find([text])
    assert [text[span.start : span.end] for span in spans] == []
