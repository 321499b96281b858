"""The words of Canadian addresses, as fragments of patterns: types of streets, units, provinces, codes (Canada Post's
addressing guidelines). Data for `address.py`, without behaviour.
"""

from ni.privacy.words import listed

CAPITAL = r"[A-ZÀ-ÖØ-ÞŒ]"
NUMBER = r"\d{1,5}(?: 1/2)?[A-Za-z]?(?: ?[-–] ?\d{1,5}[A-Za-z]?)?"
WORD = (
    rf"(?:{CAPITAL}|[dDlL]['’])[^\W_][\w.'’-]{{0,24}}|{CAPITAL}\.?|\d{{1,3}}(?:st|nd|rd|th|e|re|er|ère|ième)?"
)
LITTLE = r"de la|de l['’]|de|des|du|d['’]|la|le|les|l['’]|the|of|and|et|à|au|aux|sur|sainte?"
ENGLISH_TYPE = (
    r"Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Crescent|Cres|Cr|Court|"
    r"Crt|Ct|Place|Pl|Way|Circle|Cir|Terrace|Terr|"
    r"Parkway|Pkwy|Highway|Hwy|Trail|Square|Sq|Gate|Grove|Heights|Hts|Close|Mews|Gardens|Gdns|"
    r"Sideroad|Quay|Line|Hill|Row|Path|Walk|Landing|"
    r"Manor|Ridge|View|Common|Cove|Park|Green|Point|Rise|Bay|Drive"
)
# Words that also count things: an address only where more of it follows.
WEAK_TYPES = frozenset(
    listed("""
    line hill row path walk view common park green point rise bay place gate way close st dr
""")
)
LOWER_TYPE = r"street|avenue|ave|road|rd|boulevard|blvd|crescent"
FRENCH_TYPE = (
    r"rue|avenue|av\.?|ave\.?|boulevard|boul\.?|blvd\.?|bd|chemin|ch\.|chem\.|rang|route|rte|"
    r"place|pl\.|allée|montée|côte|croissant|crois\.|"
    r"cercle|impasse|terrasse|ruelle|promenade|prom\.|carré|quai|cours|passage|square|voie|"
    r"sentier|parc|autoroute"
)
ADJECTIVE = (
    r"Grande?s?|Petite?s?|Vieux|Vieille|Hautes?|Basses?|Belle|Longue|Premi[èe]re?|"
    r"Deuxi[èe]me|Troisi[èe]me|Quatri[èe]me|"
    r"\d{1,2}(?:e|er|re|ère|ième)"
)
AFTER_ADJECTIVE = r"All[ée]e|Rue|C[ôo]te|Rang|Place|Ligne|Mont[ée]e|Avenue|Route|Chemin|Boulevard"
KIND_OF_ROAD = (
    r"(?:Concession|Conc|County|Regional|Region|Township|Twp|Range|Rural|Side|Provincial|Forest|"
    r"Municipal|Old|Line)\.?"
)
NUMBERED_TYPE = r"Road|Rd|Highway|Hwy|Sideroad|Concession|Conc|Line|Route|Rte|Rang|Rg|Autoroute"
SHOWS = r"shows?|musicals?|plays?|theat\w+|hits?|productions?|tickets?|stars?|actors?|songs?|tunes?|runs?"
UNTYPED = (
    r"Broadway|Kingsway|Queensway|Danforth|Lakeshore|"
    r"The (?:Esplanade|Queensway|Kingsway|Strand|Bridle Path|Parkway)"
)
CITIES_LIKE_NAMES = frozenset(listed("Victoria Regina Sydney Florence Kimberley Nelson Vernon Kent Melville"))
FRENCH_PREFIX = r"(?:grande?|petite?|vieux|vieille|haut|bas) "
SIDE = r"North|South|East|West|Nord|Sud|Est|Ouest|N\.?[EWO]?\.?|S\.?[EWO]?\.?|E\.?|W\.?|O\.?"
UNIT = (
    r"(?:apt|apartment|unit|unité|suite|ste|app|appt|appartement|bureau|bur|porte|local|room|"
    r"rm|condo|logement|log)\.? ?(?:#|no\.? ?)?"
    r"(?:[A-Za-z]?-?\d{1,5}[A-Za-z]?|[A-Za-z])(?![^\W_])|# ?\d{1,5}[A-Za-z]?(?![^\W_])|"
    r"(?:\d{1,2}(?:st|nd|rd|th|e|ième) (?:floor|étage))(?![^\W_])"
)
PROVINCE = (
    r"(?:ON|QC|PQ|BC|AB|MB|SK|NS|NB|NL|PE|PEI|YT|NT|NU|Ont\.?|Qu[eé]\.|Ontario|Qu[eé]bec|"
    r"British Columbia|Colombie-Britannique|Alberta|"
    r"Manitoba|Saskatchewan|Nova Scotia|Nouvelle-[ÉE]cosse|New Brunswick|Nouveau-Brunswick|"
    r"Newfoundland(?: and Labrador)?|"
    r"Terre-Neuve(?:-et-Labrador)?|Prince Edward Island|Île-du-Prince-Édouard|Yukon|Nunavut|"
    r"Northwest Territories|"
    r"Territoires du Nord-Ouest)(?![^\W_])"
)
CODE = r"[A-Za-z]\d[A-Za-z][ \u00a0-]?\d[A-Za-z]\d(?![^\W_])"
CITY = (
    rf"(?:{CAPITAL}[\w.'’-]{{1,24}})(?:[ -](?:{CAPITAL}[\w.'’-]{{1,24}}|de|la|le|du|des|sur|of|the)){{0,3}}"
)
