"""What headers and keys mean (`meaning`): `firstName`, `FIRST_NAME`, `Patient first name *`, `Prénom de l'élève`.

The tables have English and French words and the usual ones of other languages, written as `normal` gives them: small
letters, no accents, camelCase and snake_case as separate words, without fillers such as *of*, *the*, *number*, *no*.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from ni.privacy.spans import Label
from ni.privacy.words import listed


class MeaningKind(StrEnum):
    """What the value under a key is."""

    NAME = "name"  # a person's whole name
    GIVEN = "given"
    FAMILY = "family"
    ROLE = "role"  # a person, a team or a firm: author, owner, client
    BARE = "bare"  # `name`, `nom`: of a person or of a thing
    ORDINAL = "ordinal"  # `first`, `last`: of a name or of anything
    LABEL = "label"  # a patterned value
    PERSONAL = "personal"  # said of people alone, and no name: gender, religion, job title
    THING = "thing"  # said of things, and no name: version, price, city, company


PEOPLE = frozenset(
    {
        MeaningKind.NAME,
        MeaningKind.GIVEN,
        MeaningKind.FAMILY,
        MeaningKind.ROLE,
        MeaningKind.BARE,
        MeaningKind.ORDINAL,
    }
)


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for line in text.split("\n") for phrase in line.split(",") if phrase.strip())


_NAMES: Mapping[MeaningKind, str] = {
    MeaningKind.NAME: """
        full name, fullname, complete name, display name, legal name, real name, person name,
        name surname, first last name, first last, last first name, last name first name,
        maiden full name, given family name, first name last name, given name surname, birth name,
        preferred name, nom complet, nom prenom, prenom nom, prenoms noms, nom prenoms, nom legal,
        nom affiche, nom usuel, mother, father, spouse, husband, wife, next kin, sibling, brother,
        sister, daughter, son, grandmother, grandfather, guardian, parent guardian, mere, pere, conjoint,
        conjointe, epoux, epouse, tuteur, tutrice, frere, soeur, fils, fille, grand mere, grand pere,
        plus proche parent, titulaire, detenteur, cardholder, card holder, account holder, policy holder,
        policyholder, passenger, whom, prepared by, prepared, prepare pour, prepare a, signed by,
        written by, reported by, created by,
        approved by, reviewed by, requested by, submitted by, examined by, signe par, redige par,
        approuve par, prepare par, demande par, examine par, co authored by, signed off by, acked by,
        tested by, suggested by, helped by, mentored by, cc stable, 姓名, 名字, 名前, 氏名, 全名,
        pangalan, buong pangalan, non konple, ho ten, ho va ten, imie nazwisko, ad soyad, magaca, jina,
        aunt, uncle, cousin, niece, nephew, godmother, godfather, stepmother, stepfather, fiance, fiancee,
        boyfriend, girlfriend, tante, oncle, cousine, neveu, marraine, parrain,
        ਨਾਮ, ਪੂਰਾ ਨਾਮ, ਨਾਂ, 联系人姓名, 이름, 성명, 성함, नाम, पूरा नाम, الاسم, اسم, الاسم الكامل, фио, имя фамилия, ф и о,
        муж, жена, сын, дочь, мать, отец, чоловік, дружина, син, донька, дочка, мати, батько,
        полное имя, ονοματεπωνυμο, שם, שם מלא, nombre completo, nome completo, vollstandiger name
        """,
    MeaningKind.GIVEN: """
        first name, firstname, name first, name given, fname, given name, given names, givenname, forename, forenames,
        first names, middle name, middle names, middlename, mname, nickname, maiden first name,
        christian name, f name, firstn, prenom, prenoms, deuxieme prenom, petit nom, surnom, 名, имя,
        отчество, ονομα, שם פרטי, vorname, nombre, primer nombre, الاسم الأول, प्रथम नाम, पहला नाम
        """,
    MeaningKind.FAMILY: """
        last name, lastname, name last, name family, lname, surname, surnames, family name, familyname, maiden name,
        second surname, l name, nom famille, nomfamille, nom naissance, nom jeune fille, nom fille,
        patronyme, 姓, фамилия, επωνυμο, επιθετο, שם משפחה, nachname, familienname, apellido, apellidos,
        cognome, sobrenome, apelyido, siyati, soyadi, ਗੋਤ, اسم العائلة, उपनाम, कुलनाम, sn
        """,
    MeaningKind.ROLE: """
        patient, patients, contact, contacts, contact person, author, authors, coauthor, co author,
        assignee, assignees, owner, owners, manager, supervisor, employee, employees, member, members,
        client, clients, customer, customers, signatory, signer, signee, applicant, applicants,
        candidate, candidates, student, students, pupil, teacher, professor, instructor, doctor,
        physician, nurse, therapist, practitioner, provider name, surgeon, dentist, witness, witnesses,
        lawyer, attorney, judge, plaintiff, defendant, tenant, tenants, landlord, lessee, lessor, buyer,
        seller, vendor contact, recipient, recipients, sender, addressee, attendee, attendees,
        participant, participants, guest, guests, organizer, organiser, speaker, speakers, presenter,
        host name person, interviewer, interviewee, reviewer, reviewers, approver, requester, requestor,
        reporter, creator, editor, maintainer, maintainers, contributor, contributors, committer,
        submitter, operator, agent, representative, rep, sales rep, salesperson, driver, insured,
        beneficiary, guarantor, subscriber, holder, payee, payer, payor, emergency contact, attention,
        attn, care, person, people, user, users, caller, child, children, parent, parents, partner,
        worker, staff, resident, victim, claimant, executor, trustee, director, lead, team lead, leader,
        coordinator, chair, president, secretary, treasurer, principal, investigator, from, to, cc, bcc,
        reply to, by, who, attending, referring, referred by, co applicant, occupant, donor, volunteer,
        coach, mentor, player, artist, assigned to, assigned, shipped to, ship to, bill to, sold to,
        deliver to, organizer cn, commonname, common name, gecos, responsible, signature, signed,
        coordonnateur, coordonnatrice, personne contact, personne ressource, personne, personnes, auteur,
        autrice, auteure, auteurs, assigne, assignee a, assigne a, proprietaire, gestionnaire,
        superviseur, superviseure, employe, employes, membre, membres, cliente, signataire, signataires,
        demandeur, demanderesse, demandeuse, candidat, candidats, etudiant, etudiante, eleve, eleves,
        enseignant, enseignante, professeur, professeure, medecin, medecin traitant, infirmier,
        infirmiere, docteur, temoin, temoins, avocat, avocate, juge, locataire, locataires, locateur,
        bailleur, acheteur, vendeur, vendeuse, destinataire, destinataires, expediteur, expeditrice,
        participante, participantes, invite, invites, organisateur, organisatrice, conferencier,
        conferenciere, relecteur, approbateur, requerant, requerante, redacteur, redactrice, mainteneur,
        contributeur, representant, representante, conducteur, conductrice, assure, assuree,
        beneficiaire, beneficiaires, abonne, abonnee, contact urgence, personne joindre urgence, enfant,
        enfants, utilisateur, utilisatrice, usager, usagere, appelant, parent tuteur, collegue,
        collaborateur, collaboratrice, responsable, directeur, directrice, chef, presents, presences,
        presente, de, par, attention de, a attention, salarie, salariee, residente, defunt, defunte,
        rapporteur, rapporteuse,
        caregiver, caregivers, carer, nanny, babysitter, roommate, roommates, housemate, neighbour, neighbor,
        dispatcher, landlady, proprio, coloc, colocs, colocataire, colocataires, aidant, aidante, proche aidant,
        nourrice, gardienne, voisin, voisine,
        联系人, 聯絡人, 患者, 病人, 作者, 客户, 担当者, 担当, 患者名, 담당자, 환자, 고객, 작성자,
        연락처 이름, रोगी, मरीज, संपर्क, लेखक, ग्राहक, المريض, العميل, المؤلف, جهة الاتصال, пациент,
        контакт, контактное лицо, автор, клиент, владелец, ασθενης, συγγραφεας, πελατης, מטופל, לקוח,
        איש קשר, paciente, contacto, autor, ansprechpartner, kunde, verfasser
        """,
    MeaningKind.BARE: "name, names, nom, noms, nome, 名称",
    MeaningKind.ORDINAL: "first, last, middle, given, family, premier, dernier",
}

_LABELS: Mapping[Label, str] = {
    Label.PHONE: """
        phone, phones, telephone, tel, mobile, mobile phone, cell, cellphone, cell phone, cellular, fax,
        phone mobile, ph, telephone number, phone num, phonenumber, msisdn, whatsapp, sms, landline,
        home phone, work phone, callback, pager, telephones, cellulaire, portable, tel cell, tel mobile,
        tel bureau, tel domicile, telecopieur, telec, tel maison, telephone cellulaire, telephone mobile,
        tel port, mob, telno, phoneno, phone home, phone work, 电话, 手机, 電話, 전화, 전화번호, 휴대폰,
        telepono, đien thoai, so đien thoai, sđt, ਫ਼ੋਨ, ਫੋਨ, ਫ਼ੋਨ ਨੰਬਰ, 电话号码, 手机号, 联系电话, 聯絡電話,
        رقم الهاتف, फोन, الهاتف, هاتف, телефон, τηλεφωνο, טלפון, telefono, telefone, telefon, handy
        """,
    Label.EMAIL: """
        email, e mail, mail, mails, emails, email address, courriel, courriels, adresse courriel,
        courrier electronique, adresse electronique, mel, adresse email, adresse mail, correo, 邮箱,
        이메일, почта, пошта, електронна пошта, imel, ਈਮੇਲ, البريد, البريد الإلكتروني
        """,
    Label.ADDRESS: """
        address, addr, street, street address, home address, mailing address, postal address,
        shipping address, billing address, street line, address line, addressline, address1, address2,
        addr1, addr2, line1, line 1, residence, domicile, place residence, adresse, adresse postale,
        adresse civique, rue, adresse domicile, adresse livraison, adresse facturation, lieu residence,
        livrer a, numero civique rue, tirahan, đia chi, adres, ਪਤਾ, 地址, 住址, 家庭住址,
        住所, 주소, पता, العنوان, адрес, адреса, διευθυνση, כתובת, direccion,
        endereco, anschrift, strasse
        """,
    Label.POSTAL_CODE: """
        postal code, postcode, post code, zip, zip code, zipcode, postalcode, pcode, code postal,
        codepostal, cp, plz, codigo postal, postal
        """,
    Label.DOB: """
        dob, date birth, birth date, birthdate, birthday, bday, born, born on, dateofbirth, birth, d o b,
        naissance, naiss, date naissance, datenaissance, date naiss, datenaiss, dt naissance, dt naiss,
        dt nais, date nais, dt birth, birth dt, ddn, ne le, nee le, ne, nee, anniversaire,
        fecha nacimiento, geburtsdatum, kapanganakan, petsa kapanganakan, kaarawan, ngay sinh, dat nesans,
        data urodzenia, ਜਨਮ ਮਿਤੀ, تاريخ الميلاد, дата рождения, дата народження, 出生日期, 생년월일
        """,
    Label.SIN: """
        sin, nas, ssn, social insurance, social insurance number, social security,
        social security number, sin ssn, nas sin, sin nas, assurance sociale, numero assurance sociale,
        socialinsurancenumber, ss, itin, securite sociale, tax, fiche, oen, matricule
        """,
    Label.CREDIT_CARD: """
        card, credit card, debit card, creditcard, card num, cardnumber, cc, ccnum, cc num, pan,
        payment card, visa, mastercard, amex, carte, carte credit, carte debit, carte bancaire, cb,
        carte paiement, numero carte, visa card, carte visa
        """,
    Label.IBAN: "iban, iban code, code iban, compte iban, bank iban",
    Label.BANK_ACCOUNT: """
        bank account, account, account num, accountnumber, acct, bank acct, acct num, bankaccount,
        transit, routing, routing num, folio, compte, compte bancaire, numero compte, no compte,
        transit compte, compte cheque, chequing account, savings account, checking account,
        direct deposit, depot direct, bsb, sort code, transit account, institution transit account
        """,
    Label.DRIVER_LICENCE: """
        licence, license, driver licence, driver license, drivers licence, drivers license,
        driving licence, driving license, dl, driverlicence, driverlicense, permis, permis conduire,
        permisconduire, licence plate holder, licence driver, license driver
        """,
    Label.PASSPORT: """
        passport, passport num, passportnumber, passeport, travel document, travel doc, pasaporte, passaporto,
        passaporte, reisepass, رقم جواز السفر, جواز السفر, паспорт, 护照, 护照号, 护照号码, 護照, 여권, パスポート
        """,
    Label.HEALTH_CARD: """
        health card, healthcard, hcn, phn, ohip, ramq, nam, carte sante, carte soleil,
        carte assurance maladie, assurance maladie, mcp, health num, healthnumber, personal health,
        health insurance, ahcip, msp, carte maladie, numero assurance maladie, carte ramq,
        health card num
        """,
    Label.SECRET: """
        password, passwd, pwd, pass, passphrase, passcode, pin, secret, secret key, api key, apikey,
        access token, auth token, token, access key, private key, client secret, bearer, credential,
        credentials, mot passe, motdepasse, mdp, mot de passe, nip, jeton, cle secrete, cle api,
        cle acces, user password, db password, otp, cvv, cvc, security code, secret access key,
        refresh token, pw, psk, passwort, kennwort, contrasena, senha, palavra passe, wachtwoord, hasło,
        losenord, adgangskode, пароль, 密码, 密碼, 口令, パスワード, 비밀번호
        """,
}

_PERSONAL = """
        age, gender, sex, pronouns, pronoun, religion, faith, nationality, citizenship, ethnicity, race,
        marital status, civil status, job title, job, role, position, occupation, profession, title,
        grade, degree, salary, hire date, hired, relationship, relation, blood type, diagnosis,
        allergies, allergy, condition, symptoms, medication, medications, treatment, language,
        mother tongue, place birth, birthplace, department, dept, seniority, spoken language, insurance,
        insurer, skills, hobbies, favourite film, favorite film, favourite movie, favorite movie,
        political party, orientation, weight, height, bio, username, login, handle, user name, initials,
        sexe, genre, pronoms, nationalite, citoyennete, ethnie, etat civil, statut matrimonial, titre,
        titre poste, poste, fonction, metier, emploi, salaire, date embauche, lien, lien parente,
        groupe sanguin, diagnostic, diagnostics, medicament, medicaments, traitement, langue,
        langue maternelle, lieu naissance, service, departement, poids, taille, civilite, salutation,
        prefix, suffix, honorific, identifiant, nom utilisateur, confession, croyance
        """
_THING = """
        version, price, path, type, image, url, uri, href, src, file, files, filename, file name, dir,
        directory, folder, sku, quantity, qty, stock, product, products, package, packages, module,
        service, services, function, method, class, host, hostname, server, port, kind, namespace, color,
        colour, size, unit, units, license name, dependencies, scripts, description, status, state, id,
        uuid, guid, hash, branch, tag, tags, repo, repository, project, company, employer, organization,
        organisation, org, firm, business, agency, institution, bank, school, university, college,
        hospital, clinic, team, group, channel, country, countries, city, town, province, region, county,
        place, location, venue, site, timezone, time zone, locale, film, movie, book, song, album, band,
        genre film, brand, make, model, vehicle, plate, film title, subject, topic, category, label,
        community, communities, communaute, hamlet, hameau, village, reserve, settlement, district,
        default, required, enabled, visibility, engine, database, schema, table, column, index, key,
        value, run, uses, with, steps, action, event, error, message, level, logger, thread, pid, cpu,
        memory, env, environment, cluster, node, pod, container, format, encoding, mime, width, height,
        checksum, extension, command, args, kernel, os, platform, driver name, currency, cost, total,
        amount, rating, medal, prize, fruit, food, dish, drink, plant, animal, pet, species, breed,
        operation, operationid, property, properties, field, fields, api version, apiversion, spec,
        replicas, icon, theme, font, shape, texture, layer, script, workflow, job name, stage, plan,
        tier, variable, license type, licence type, software, app, application, library, framework, tool,
        algorithm, method name, dataset, test, suite, fixture, parameter, parametre, fichier, dossier,
        chemin, produit, produits, prix, quantite, pays, ville, villes, municipalite, compagnie,
        entreprise, societe, employeur, organisme, ecole, universite, cegep, hopital, clinique, banque,
        equipe, groupe, quartier, lieu, endroit, emplacement, succursale, film prefere, livre, chanson,
        marque, modele, vehicule, sujet, objet, categorie, statut, etat, niveau, erreur, logiciel,
        bibliotheque, outil, algorithme, devise, montant, cout, couleur, aliment, race animal, espece,
        projet, evenement, commande, nom fichier, nom produit, nom compagnie, nom entreprise,
        nom organisme, nom ville, capital, capitale, state province, city province, ville province,
        font family, fontfamily, typeface, religion etat, street type, street number, unit number
        """
PHRASES: Mapping[str, tuple[MeaningKind, Label | None]] = MappingProxyType(
    dict.fromkeys(_phrases(_THING), (MeaningKind.THING, None))
    | dict.fromkeys(_phrases(_PERSONAL), (MeaningKind.PERSONAL, None))
    | {phrase: (MeaningKind.LABEL, label) for label, text in _LABELS.items() for phrase in _phrases(text)}
    | {phrase: (kind, Label.PERSON) for kind, text in _NAMES.items() for phrase in _phrases(text)}
)
"""Each phrase, what it means, and the label of the values under it."""

NEUTRAL = frozenset(
    _phrases("""
        id, uuid, guid, city, town, province, region, county, country, countries, place, location,
        company, employer, organization, organisation, org, firm, business, school, university, college,
        hospital, clinic, status, state, team, group, channel, project, url, uri, href, image, icon,
        type, kind, label, amount, total, currency, description, event, action, message, value, timezone,
        time zone, locale, topic, subject, site, title, language, service, treatment, condition, height,
        weight, grade, position, role, genre, department, dept, prefix, suffix, username, login, handle,
        user name, titre, langue, departement, poids, taille, pays, ville, villes, municipalite,
        compagnie, entreprise, societe, employeur, organisme, ecole, universite, hopital, clinique,
        equipe, groupe, quartier, lieu, statut, etat, sujet, objet, montant, identifiant, initials, bio,
        skills, level, niveau, key, plan, tier, traitement, degree, score, community, communities,
        communaute, hamlet, hameau, village, reserve, settlement, district
        """)
)
"""Keys that stand in records of people and of things alike."""

FREE = frozenset(
    _phrases("""
        description, error, message, subject, topic, title, label, default, value, field, fields, index, key, action,
        event, command, args, parameter, property, properties, run, uses, with, steps, test, bio, hobbies, skills,
        treatment, condition, sujet, objet, titre, erreur, evenement, commande, parametre, traitement, salutation
        """)
)
"""Keys under which people write what they like: a name may stand in it."""

FILLERS = frozenset(
    listed("""
    no num nbr number numbers numero numeros nr n of the a an on and or to for de du des d la le les l et ou
    your votre vos his her their my mon ma please enter svp s primary secondary main principal principale
    current legal new old value text field str alt alternate optional required facultatif obligatoire valid
    if any applicable
    """)
)
"""Words that change nothing in what a key means; a key made of them alone keeps them."""

THINGS_NAMED = frozenset(
    listed("""
    file host product package project class table column db database event bucket tag branch route group
    company org organization organisation brand domain path city country function method service server
    variable model field image key user module library cluster node pod container queue topic repo
    repository app application tool team channel school university hospital street road place region
    province state job task step stage workflow pipeline rule policy plan test suite font style theme layer
    role schema index view trigger procedure param parameter attribute property element script command
    action plugin menu page form button icon color display screen device machine instance vm volume disk
    network interface zone drug medication disease course program programme book movie film song album game
    dish recipe pet dog cat business firm bank building venue room ship vehicle car account metric log
    logger thread process env setting config option feature flag fichier produit paquet projet classe
    colonne base donnees evenement domaine chemin ville pays fonction methode serveur modele champ cle
    compagnie entreprise societe organisme equipe ecole universite hopital rue lieu tache etape regle livre
    chanson jeu animal chien chat batiment salle navire vehicule compte utilisateur
    """)
)
"""What stands before *name*, or after *nom*, where the name is that of a thing."""


LONGEST = 48
_SHORTEST = 2
_HUMPS = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ASIDE = re.compile(r"\([^)]*\)")
_WORDS = re.compile(
    r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0963\u0a01-\u0a75\u0591-\u05c7\u064b-\u0652])*"
)
_EXACT = ("À", "cn", "CN")
"""Keys of mail in French and of LDAP that would be something else in another case or without their accent."""
_ASCII = re.compile(r"[a-z]+")
_FRENCH_HEADS = frozenset(
    [
        "nom",
        "prenom",
        "prenoms",
        "adresse",
        "telephone",
        "tel",
        "courriel",
        "numero",
        "date",
        "code",
        "carte",
        "compte",
        "permis",
        "passeport",
        "mot",
        "titre",
        "lieu",
        "etat",
    ]
)
_SETTERS = frozenset({"set", "with", "get", "put", "add"})


class Meaning(NamedTuple):
    """The kind of a key, and the label of the values under it; `strong` where the whole key is in the tables."""

    kind: MeaningKind
    label: Label | None
    strong: bool


@lru_cache(maxsize=8192)
def normal(key: str) -> tuple[str, ...]:
    """The words of a key in small letters and without accents; fillers are left out unless there is nothing else."""
    if key.islower() and key.isascii():
        words = _ASCII.findall(key)
    else:
        plain = unicodedata.normalize("NFD", _HUMPS.sub(" ", key).lower())
        plain = "".join(char for char in plain if not "\u0300" <= char <= "\u036f")
        words = _WORDS.findall(unicodedata.normalize("NFC", plain).replace("_", " "))
    significant = tuple(word for word in words if word not in FILLERS)
    return significant or tuple(words)


@lru_cache(maxsize=8192)
def meaning(key: str) -> Meaning | None:
    """What a key means; None if the tables have neither the whole key nor its head."""
    if not key or len(key) > LONGEST:
        return None
    if key in _EXACT:
        return Meaning(MeaningKind.ROLE, Label.PERSON, strong=True)
    words = normal(_ASIDE.sub(" ", key) if "(" in key else key)
    if len(words) > 1 and words[0] in _SETTERS:
        words = words[1:]
    if not words or len(words) > 6:
        return None
    return _whole(words) or _from_end(words) or _from_start(words)


def _whole(words: tuple[str, ...]) -> Meaning | None:
    """The meaning of the whole phrase, or of its singular; the plural of a secret is none."""
    phrase = " ".join(words)
    entry = PHRASES.get(phrase)
    if entry is None and len(phrase) > 4 and phrase.endswith("s"):
        entry = PHRASES.get(phrase[:-3] + "y" if phrase.endswith("ies") else phrase[:-1])
        entry = None if entry and entry[1] is Label.SECRET else entry
    return Meaning(*entry, strong=True) if entry else None


def _from_end(words: tuple[str, ...]) -> Meaning | None:
    """`billing phone`, `patient first name`, `product name`: English puts the head last."""
    if words[0] in _FRENCH_HEADS and (head := _from_start(words)):
        return head
    for at in range(1, len(words)):
        if len(words[at]) <= _SHORTEST and at == len(words) - 1:
            return None
        head = _whole(words[at:])
        if head and head.kind is MeaningKind.BARE:
            return _named(words[:at])
        if head and head.kind is MeaningKind.ORDINAL:
            return None
        if head:
            return head._replace(strong=False)
    return None


def _from_start(words: tuple[str, ...]) -> Meaning | None:
    """`nom du patient`, `téléphone de la mère`: French puts the head first."""
    for at in range(len(words) - 1, 0, -1):
        head = _whole(words[:at])
        if head and head.kind is MeaningKind.BARE:
            return _named(words[at:])
        if head and words[0] in _FRENCH_HEADS:
            return head._replace(strong=False)
    return None


def _named(others: tuple[str, ...]) -> Meaning:
    """The meaning of *name* beside other words: a person's if they mean people, a thing's if they mean things."""
    if not THINGS_NAMED.isdisjoint(others):
        return Meaning(MeaningKind.THING, None, strong=False)
    about = PHRASES.get(" ".join(others)) or PHRASES.get(others[-1]) or PHRASES.get(others[0])
    if about and about[0] in (MeaningKind.NAME, MeaningKind.ROLE, MeaningKind.GIVEN, MeaningKind.FAMILY):
        return Meaning(MeaningKind.NAME, Label.PERSON, strong=True)
    if about and about[0] in (MeaningKind.THING, MeaningKind.PERSONAL):
        return Meaning(MeaningKind.THING, None, strong=False)
    return Meaning(MeaningKind.BARE, Label.PERSON, strong=False)
