"""Family names that surrogates bear: of many origins, none of them a common word or place, none very short."""

from ni.privacy.words import listed

SURROGATE_FAMILY = listed("""
    Abernathy Achterberg Adebayo Adeyemi Agarwal Aldridge Allaire Almeida Altman Amadi Andersson
    Antonelli Archambault Arsenault Asselin Atkinson Aubertin Audet Augustyn Ayotte Babineau Bachand
    Baillargeon Balakrishnan Banerjee Baptista Barrette Bastarache Beaudoin Beaulieu Beauregard Bédard
    Bellavance Bélanger Bergeron Bernatchez Bertolini Bhattacharya Bissonnette Blanchette Boisvert
    Bolduc Bouchard Boudreau Bourassa Bourgault Bourque Brathwaite Brisebois Brodeur Brubaker Bujold
    Burgoyne Cadieux Calderwood Campeau Carignan Castonguay Chaudhry Charbonneau Charlebois Chatterjee
    Chevrier Chiasson Choquette Christensen Clavet Cloutier Comtois Connaughton Corriveau Courchesne
    Courtemanche Cousineau Cunningham Dagenais Daigneault Dalgaard Dallaire Danforth Dastous Davenport
    Delacroix Delorme Demchuk Desautels Deschamps Deschênes Desjardins Desrochers Desrosiers Devereaux
    Dhaliwal Diallo Doucette Drapeau Dubuc Dufresne Duguay Dumoulin Dupuis Duquette Eastwick Edmundson
    Eisenberg Ekwueme Elsworth Enoksen Eriksson Espinoza Fafard Fairbairn Falardeau Farquharson Faucher
    Featherstone Fergusson Ferland Fernandes Figueroa Filiatrault Fitzgerald Flaherty Forsythe Fournier
    Frenette Friesen Gaboury Gadbois Gagnon Galbraith Galarneau Gallagher Garneau Gaudreault Gendron
    Gervais Ghorbani Giguère Gilchrist Girouard Godbout Goldstein Gonçalves Gosselin Goyette Grewal
    Grisham Grondin Guérette Guilbault Guillemette Gunnarsson Gutierrez Halverson Hargreaves Hashimoto
    Haverford Hébert Hendricks Henriksen Hernandez Hetherington Hosseini Igarashi Iannucci Ibekwe
    Ingersoll Isaksen Iwasaki Jankowski Jayawardena Johansen Joncas Jutras Kaczmarek Karimi Kavanagh
    Khoury Kirkpatrick Kobayashi Kowalski Krishnan Kurniawan Labrecque Lachance Lachapelle Lafrenière
    Lalonde Langevin Langlois Larivière Larocque Latulippe Laurendeau Leclerc Lefebvre Legault Lemieux
    Lépine Lessard Létourneau Levasseur Lévesque Lindqvist Lockhart MacDougall MacGillivray Mackintosh
    Mahfouz Malenfant Marchildon Marleau Marquette Mascarenhas McAllister McCracken McLachlan McNaughton
    Mendelson Mendonça Ménard Michaud Mikkelsen Mitchinson Moffatt Mohapatra Montpetit Morissette
    Morneau Mukherjee Mwangi Nakagawa Narayanan Ndiaye Nadeau Neufeld Nkemelu Normandeau Novotny
    Oakenfold Obomsawin Ogunleye Okafor Okonkwo Olafsson Oppenheimer Ostrowski Ouellette Oyelaran
    Paquette Parenteau Pellerin Pelletier Pemberton Perreault Petersen Petrovic Phaneuf Pinsonneault
    Pomerleau Popescu Poulin Quesnel Quintanilla Rajaraman Ramanathan Rasmussen Ravindran Richardson
    Rittenhouse Robitaille Rodriguez Rondeau Rosenthal Rousseau Rutherford Sabourin Saltzman Sandhu
    Santerre Sasseville Satterfield Sauvageau Schofield Séguin Shaughnessy Shimizu Sigurdsson Silverberg
    Sinclair Sokolov Somerville Stavropoulos Stephenson Strachan Subramanian Sutherland Swaminathan
    Szymanski Taillefer Takahashi Tanguay Tessier Thériault Thibodeau Thorburn Tsoukalas Turcotte
    Uchenna Underhay Usmani Vaillancourt Valcourt Vandenberg Vanderhoek Veilleux Venkatesan Verreault
    Vigneault Villanueva Wadsworth Wentworth Westergaard Whitcombe Whittaker Wickramasinghe Wisniewski
    Xenakis Yamamoto Yaremchuk Yoshida Zacharias Zelenko Zimmerman Auclair Amyot Ibarra Iglesias Ozawa
    Ochoa Ugarte Urquhart Ekström Olszewski Imbeault Aucoin Allard Ainsworth Ellsworth Ellingson
    Ivanchuk Oduya Ogilvie Unwin Upshaw Alleyne Amsel
""")
