"""Lists of names and words. Given names: those that surrogates bear, by gender, and others that are recognised only.

Surrogates' names have five letters or more, begin with an unaccented letter (no JSON escape precedes them), are of many
origins, and are no word, month, place or part of a common name in English or French: a restored name is recognised by
its letters alone. Names in other scripts are listed by script. `COMMON` and the like are words that are also names, or
that name finding takes for names; one that stands alone is hidden only where it is written like a name within a
sentence.
"""

from ni.privacy.words import listed

SURROGATE_FEMININE = listed("""
    Agathe Aïcha Aïssatou Alessia Amandine Anjali Annika Anouk Antonella Apolline Arielle Aurélie Ayesha
    Azadeh Bénédicte Bérénice Bettina Birgit Brigitte Bronwyn Capucine Carmelita Cédrine
    Chidinma Clémence Clothilde Constanza Cosette Cynthia Danielle Daphne Deepika Delphine Dimitra
    Dorothée Eleonora Eloise Emmanuelle Esmeralda Estelle Eugénie Fabienne Fatoumata
    Félicité Fernande Fiona Françoise Gabrielle Geneviève Ginevra Gisèle Gwendolyn Imogen Ingrid Ioana
    Isabelle Iseult Jacinthe Jacqueline Jasleen Jessamyn Josiane Julienne Kateri Katarzyna Kavita Keisha
    Khadija Lakshmi Leilani Liliane Lorraine Lucienne Ludivine Madeleine Maëlle Magdalena
    Maïka Malika Manon Margaux Marisol Maryse Mathilde Maureen Meredith Michiko Mireille Miriam Nadège
    Natacha Nathalie Nkechi Noémie Odette Olympe Ophélie Oriane Padmini Pascale Pélagie Philippa
    Priyanka Raphaëlle Rosalind Roxanne Saanvi Sabrina Sandrine Séverine Shanice Shirin Sidonie Siobhan
    Solange Solveig Stéphanie Sunniva Svetlana Sylvie Tatiana Thérèse Tiphaine Ulrike Ursula Valérie
    Véronique Winnifred Wilhelmina Xiomara Yasmine Yolande Yukiko Yvette Zainab Zoraida Zuzanna Amélie
    Ombeline
""")

SURROGATE_MASCULINE = listed("""
    Abdoulaye Adrien Agustín Alasdair Albéric Alejandro Alexandre Alistair Aloysius Amadou Ambroise
    Anatole Andreas Anselme Antoine Arjun Armand Arnaud Arsène Arvind Aurélien Babajide Baptiste Barnaby
    Bartholomew Basile Benedikt Benoît Bertrand Bilal Bogdan Boniface Callum Casimir Cédric
    Conrad Corentin Cornelius Cyprien Dariusz Denzel Desmond Dieudonné Dimitri Domenico Donovan
    Duncan Edmond Edouard Emeka Emilien Enrique Evander Fabrice Faisal Federico Ferdinand Fergus Florent
    François Frédéric Gaétan Gareth Gaspard Gauthier Geoffrey Giacomo Gilbert Giovanni Godfrey Graham
    Gregor Grégoire Guillaume Gunnar Ibrahim Ignacio Isidore Jaroslav Jérémie Jérôme
    Joachim Johannes Julien Jürgen Kareem Keegan Kenji Kwabena Lachlan Laurent Lionel Lorenzo
    Ludovic Magnus Malcolm Marcel Mathieu Matthias Maurice Maxence Maximilien Mehdi Mikhail Milosz
    Narendra Nicolas Nikolai Octave Ousmane Osvaldo Philippe Quentin Rajesh Raphaël
    Rasheed Raymond Régis Reginald Reinhard Renaud Roderick Rodolphe Roland Rupert Sébastien Sergei
    Sigmund Simão Siegfried Sylvain Tadeusz Takeshi Théodore Thierry Timothée Tobias Tristan Ulysse
    Urbain Valentin Vikram Vincent Vladimir Wilfred Wojciech Xavier Yannick Yevgeny Youssef Zachary
    Zbigniew Anders Osamu Amaury Aymeric Anthelme Emeric
""")

# Of those, names that French joins by a hyphen.
DOUBLE_FEMININE = listed("""
    Agathe Amandine Apolline Aurélie Bénédicte Brigitte Capucine Clémence Danielle Delphine Dorothée Estelle
    Eugénie Félicité Françoise Gabrielle Geneviève Isabelle Jacqueline Julienne Lorraine Madeleine Margaux
    Mathilde Mireille Noémie Pascale Sandrine Solange Stéphanie Sylvie Thérèse Valérie Véronique Yolande
    Yvette Amélie Emmanuelle Eloise
""")

DOUBLE_MASCULINE = listed("""
    Adrien Alexandre Ambroise Antoine Armand Arnaud Baptiste Benoît Bertrand Cédric Edmond Emilien Fabrice
    Ferdinand François Frédéric Gaspard Gilbert Grégoire Guillaume Jérôme Julien Laurent Lionel Ludovic
    Marcel Mathieu Maurice Maxence Nicolas Octave Philippe Quentin Raphaël Raymond Régis Rodolphe Roland
    Sébastien Sylvain Théodore Thierry Timothée Tristan Valentin Vincent Xavier
""")

# Recognised only: names too short, too common as words, or too close to others to stand in for anybody.
FEMININE = listed("""
    Abigail Ada Adele Adèle Agnes Agnès Aisha Alexandra Alice Alicia Alison Allison Alyssa Amanda Amber
    Amina Amy Ana Andrea Andréa Andrée Angela Angélique Anita Ann Anna Annabelle Anne Annette Annick
    Annie Antoinette April Ariane Ashley Audrey Aurora Ava Barbara Béatrice Beatrice Becky Bernadette
    Beth Betty Beverly Bianca Blanche Bonnie Brenda Brianna Bridget Brittany Camille Carla Carly Carmen Carol
    Carole Caroline Carolyn Cassandra Catherine Cathy Cecilia Cécile Céline Chantal Charlene Charlotte
    Chelsea Chantale Chloé Chloe Christelle Christiane Christina Christine Claire Clara Claudette
    Claudia Claudine Colette Colleen Corinne Courtney Cristina Crystal Daisy Dana Daniela Danièle Daphné
    Dawn Deanna Deborah Debra Denise Diana Diane Dianne Dolores Donna Dora Doris Dorothy Edith Eileen
    Elaine Eleanor Elena Eliana Élisabeth Elizabeth Elisabeth Ella Ellen Elsa Emilia Émilie Emilie Emily
    Emma Erica Erika Erin Esther Ethel Eva Ève Eve Evelyn Evelyne Faith Fatima Fatma Fanny Felicia Flora
    Florence Frances Francine Freya Gail Georgia Geraldine Ginette Giulia Gloria Grace Guylaine Gwen
    Hannah Harriet Heather Heidi Hélène Helen Helena Hilary Holly Hope Huguette Hana Ida Inès Irene
    Irène Iris Isabel Isabella Ivy Jacynthe Jade Jana Jane Janet Janice Janine Jasmine Jean-Anne Jeanne
    Jeannine Jenna Jennifer Jenny Jessica Jessie Jill Joan Joanna Joanne Johanne Josée Joséphine Josette
    Joy Joyce Juanita Judith Judy Julia Juliana Julie Juliette June Kaitlyn Karen Karine Kate Katherine
    Kathleen Kathryn Kathy Katie Kayla Kelly Kim Kimberly Kristen Kristin Krystal Lara Latifa Laura
    Lauren Laurence Laurie Léa Leah Leanne Leila Léonie Leslie Lily Lina Linda Line Lisa Lise Louise
    Lucie Lucy Lydia Lyne Mabel Maggie Mandy Marcelle Margaret Margot Marguerite Maria María Mariam
    Marianne Marie Mariana Marielle Marilyn Marina Marion Marissa Marjorie Marlene Marlène Martha
    Martine Mary Maude May Megan Mei Mélanie Melanie Melissa Mélissa Mercedes Mia Michelle Michèle
    Mildred Molly Monica Monique Muriel Myriam Nadia Nadine Nancy Naomi Natalie Natasha Neha Nicole Nina
    Noor Nora Norma Olga Olivia Pamela Patricia Paula Paule Pauline Pearl Peggy Penelope Petra Phyllis
    Pierrette Piper Poppy Priya Rachel Rachelle Ramona Rebecca Regina Renata Renée Reine Rita Roberta
    Robin Rosa Rosalie Rose Rosemary Ruby Ruth Samantha Sandra Sara Sarah Shannon Sharon Sheila Shelley
    Shirley Simone Sofia Sonia Sophia Sophie Stacey Stella Sunita Susan Susanne Suzanne Suzie Sylvia
    Tabitha Tamara Tania Tanya Tara Teresa Theresa Tiffany Tina Tracy Valerie Vanessa Vera Veronica
    Vicki Victoria Viola Violet Virginia Virginie Vivian Viviane Wanda Wendy Willow Xin Yan Ying Yvonne
    Zara Zoé Zoe Aaliyah Amara Chiamaka Ngozi Thandiwe Wanjiru Shreya Pooja Ananya Divya Lakshmi Meera
    Sakura Yuki Linh Thuy Siti Nokomis
""")

MASCULINE = listed("""
    Aaron Abdul Abraham Adam Adrian Ahmed Ahmad Alain Alan Albert Alec Alejandro Alex Alexander Alexis
    Alfred Ali Allan Allen Alphonse Alvin Amir Amit André Andre Andrew Andy Angelo Anthony Antonio
    Arthur Arturo Ashton Austin Barry Ben Benjamin Benoit Bernard Bill Billy Blake Bob Bobby Boris Brad
    Bradley Brandon Brendan Brent Brett Brian Bruce Bruno Bryan Caleb Calvin Cameron Jocelyn Carl Carlos Chad
    Charles Chester Chris Christian Christophe Christopher Claude Clifford Clyde Cody Colin Connor Corey
    Craig Curtis Cyril Damien Dan Daniel Danny Darren Dave David Dean Dennis Denis Derek Didier Diego
    Dominic Dominique Don Donald Douglas Dylan Earl Eddie Edgar Edward Edwin Éli Eli Elias Elijah Elliot
    Éloi Emile Émile Emmanuel Enzo Eric Éric Erik Ernest Ethan Eugene Eugène Evan Fabien Felix Félix
    Fernando Florian Francis Francisco Frank Franck Fred Frederick Gabriel Gary Gaston Gavin George
    Georges Gerald Gérald Gérard Germain Ghislain Gilles Glen Glenn Gordon Grant Greg Gregory Guy Harold
    Harry Harvey Hassan Hector Henri Henry Herbert Hervé Howard Hubert Hugh Hugo Hugues Ian Isaac Ismaël
    Ivan Jack Jackson Jacob Jacques Jake James Jamal Jason Jasper Javier Jay Jean Jean-Claude
    Jean-François Jean-Guy Jean-Luc Jean-Marc Jean-Paul Jean-Philippe Jean-Pierre Jeff Jeffrey Jeremy
    Jerry Jesse Jim Jimmy Joe Joel Joël Johan John Johnny Jon Jonathan Jordan Jorge José Joseph Joshua
    Josh Juan Jules Justin Karim Karl Keith Ken Kenneth Kevin Kurt Kyle Lars Larry Lawrence Lee Leo Léo
    Leon Léon Leonard Léonard Leroy Lewis Liam Lloyd Logan Louis Luc Lucas Lucien Luis Luke Luigi Manuel
    Marc Marc-André Marco Marcus Mario Marius Mark Martin Marvin Mason Matthew Max Maxime Melvin Michael
    Michel Miguel Mike Miles Mitchell Mohamed Mohammed Mohammad Morgan Moïse Muhammad Nathan Nathaniel
    Neil Nelson Nicholas Nick Noah Noé Noel Noël Norbert Norman Normand Oliver Olivier Omar Oscar Owen
    Pablo Pascal Patrick Paul Pedro Perry Peter Philip Phil Pierre Pierre-Luc Rafael Ralph Ramon Ramesh
    Randy Raoul Raúl Ravi Raj Ray Réal Réjean René Ricardo Richard Rick Rob Robert Roberto Roch Rodney
    Rodrigue Roger Roman Romain Ron Ronald Rory Ross Roy Russell Ryan Sam Sami Samir Samuel Sanjay Scott
    Sean Serge Seth Shane Shaun Shawn Sidney Simon Spencer Stan Stanley Stefan Stéphane Stephen Steve
    Steven Stewart Stuart Suresh Ted Terrence Terry Théo Theo Thomas Tim Timothy Todd Tom Tommy Tony
    Travis Trevor Troy Tyler Valentín Vernon Victor Viktor Walter Warren Wayne Wesley Will William
    Willie Yan Yann Yves Yvan Yvon Zacharie Kofi Kwame Chinedu Tunde Sipho Wei Jun Hiroshi Kenta Minh
    Duc Rahul Vijay Anil Sunil Harpreet Manpreet Jagdeep Tariq Yusuf Khalid Ahanu Takoda
""")


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


COMMON = frozenset(
    listed("""
    abbey ace acre amber amour angel april archer art ash august autumn aube avril bailey baker ball
    bank banks barber barber baron basil bass bay beach bean bear beau belle bell berry best bill bird
    bishop black blanc blanche blaise blue bois bon bond bonnet book bosse bow boucher brave brook
    brooks brown brun bruno buck bull burns bush butler camp can card carpenter carter case cash castle
    champagne chance chandler chapel charity charles chase cherry chevalier christian church clair
    claire clay clement close coach cole college cook cooper cotton count court couture cox crane crew
    cross crystal cruise dale dame dawn day dean desire diamond dick dore doré dove drew drive duke earl
    east ebony eden elder eve faith fall farmer faye fern ferry field fields finch fish fisher flame
    fleur flint flora florence florist flowers ford forest forge fort fortin fortune foster fox france
    francis frank franklin free french friend frost gage gale gardener gardner garland gate gay gem
    gentle germain gill ginger glad glass glen gold golden good grace grand grant gray green grey grove
    guy hall hand harbour hardy harmony harper hart harvest hawk hazel head heath heather hill hills
    holly home hope house hunt hunter hurst ivory ivy jack jade jasmine jean jet john jolie jordan joy
    juge jules juillet juin june just justice kay keen kent key king kitty knight knot la lac lake lamb
    lamp lance land lane lark laurel law le leblanc legrand leroy les leo lemon levy light lily line
    little loi london long lord lot love low lucky luc mace madison mai major mann march marche marin
    marine mark marks marquis mars marshall martin mason mast master matt may mayer mayor mead mercier
    mercy merle mile miles mill miller mills mine mint monday mont moon moore more morin morning mort
    moss moulin mount nash neige night noble noel noir nord norm north nova oak odd olive ours owl page
    paige paix palm papa pardon paris park parker part pascal pat path patience patrice paul pearl pen
    penny perle perry petit phil piano pierre pike pine piper place plain plume pole pond pool poole
    pope poppy porter post potter power price prince prior prudence quick rain ray red reed regal reign
    reine rene rich ring rivers river robe robin roche roger rois roman rome romain rose rosier roux
    rouge row rowe roy ruby rue rush ruth sage saint sand sandy sauvage savage scout season sergent
    serge sharp shepherd short silver simple singer sky slate small smart smith snow sol soldier soleil
    solomon son south sparrow speed spring stamp star steel stern stone storm story strong sue summer
    sunny swan swift tanner taylor temple terry thorn thorne tour tower town trace tremble trinity troy
    tulip turner vale valley victoire victor vigne villa ville vine viola violet virtue wade walk walker
    wall walls ward waters way weaver webb weiss west wheeler white wild will willow wills wilson win
    winner winter wise wolf wood woods worth wren wright young yuan zest the a an and or of to in on for
    with from by at is are was this that what when where who how why not no yes ok hello dear thanks
    please regards bonjour merci salut cher chère le la les un une des du de et ou dans sur pour avec
    par est sont ce cette que qui quoi quand comment pourquoi pas non oui madame monsieur mister miss
    client user admin test january february july september october november december janvier février
    mars mai juillet août septembre octobre novembre décembre monday tuesday wednesday thursday friday
    saturday sunday lundi mardi mercredi jeudi vendredi samedi dimanche canada québec quebec ontario
    toronto montréal montreal ottawa vancouver
""")
)

# Given names that begin sentences as words too.
AMBIGUOUS = frozenset(
    listed("""
    april art august bill chase dawn do drew faith frank grace grant guy hope jack joy june just may
    mark pat rich rob rose sue summer will
""")
)

TITLES = frozenset(
    listed("""
    mr mrs ms miss mx dr prof sir madam lady lord rev fr sr jr ii iii iv phd md esq hon capt sgt lt col
    gen judge m mm mme mmes mlle me maître docteur docteure professeur professeure monsieur madame
    mademoiselle juge doctor professor aunt uncle tante oncle
""")
)

PARTICLES = frozenset(
    listed("""
    de du des la le les da do dos das di del della van von der den ter ten te zu zum zur el al bin ibn
    bint ben abu y e und and et i o st ste saint sainte san santa à d l mc mac o'
""")
)


FEMININE_BY_SCRIPT = {
    "cyrillic": listed("""
        Алевтина Анастасия Антонина Варвара Валентина Вероника Виктория Галина Дарина Екатерина
        Елизавета Зинаида Инесса Иоанна Капитолина Клавдия Ксения Лариса Людмила Маргарита Марианна
        Наталия Оксана Полина Раиса Светлана Тамара Татьяна Ульяна Эвелина
    """),
    "greek": listed("""
        Αγγελική Αικατερίνη Αλεξάνδρα Αναστασία Αντιγόνη Βασιλική Γεωργία Δέσποινα Δήμητρα Ελευθερία
        Ευαγγελία Ιωάννα Καλλιόπη Κωνσταντίνα Μαργαρίτα Παρασκευή Σταματία Σταυρούλα Χρυσάνθη
    """),
    "hebrew": listed("""
        אביגיל אורית אילנה אלישבע בתשבע דבורה חנית טליה יהודית מיכל מרים נעמי עדינה צפורה שולמית תמר
    """),
    "arabic": listed("""
        أمينة بثينة جميلة حليمة خديجة دلال رقية زينب سعاد سلمى شيماء صفية عائشة غادة فاطمة ليلى مريم
        نادية هدى ياسمين
    """),
    "devanagari": listed("""
        अदिति अनुराधा अंजलि ईशिता कल्पना कविता गायत्री जानकी दीपिका नंदिनी पद्मिनी प्रियंका भावना
        मीनाक्षी मोनिका राधिका ललिता वंदना शकुंतला सरिता सुनीता
    """),
    "gurmukhi": listed("""
        ਅਮਨਦੀਪ ਸਿਮਰਨ ਜਸਲੀਨ ਹਰਲੀਨ ਨਵਨੀਤ ਰਾਜਵਿੰਦਰ ਸੁਖਜੀਤ ਹਰਸਿਮਰਤ ਕਿਰਨਦੀਪ ਰੁਪਿੰਦਰ ਪ੍ਰਭਜੋਤ ਜਗਦੀਸ਼
        ਗੁਰਲੀਨ ਮਨਵੀਰ ਦਲਬੀਰ ਅਨਮੋਲ ਹਰਮਨ ਰਮਨਦੀਪ
    """),
    "hangul": listed("""
        가영 나영 다은 미경 보람 서연 선영 소희 수빈 아름 연주 영희 유진 은정 정아 주희 지은 하윤 혜진 희정
    """),
    "han": listed("""
        丽娟 佳怡 倩倩 嘉欣 婉婷 婷婷 慧敏 敏华 晓燕 梦洁 欣怡 海燕 淑芬 玉兰 秀英 美玲 艳萍 雅琴 雪梅 静怡
    """),
    "kana": listed("""
        あかり あやか さくら ちひろ なつみ はるか まゆみ みさき アヤカ サクラ ハルカ マユミ
    """),
}
MASCULINE_BY_SCRIPT = {
    "cyrillic": listed("""
        Анатолий Аркадий Афанасий Богдан Борислав Вадим Валерий Василий Вениамин Вячеслав Геннадий
        Георгий Григорий Дмитрий Евгений Емельян Ефим Игнатий Илларион Кирилл Константин Леонид
        Макар Мирослав Николай Остап Прохор Родион Руслан Святослав Станислав Тарас Тимофей Филипп
        Ярослав
    """),
    "greek": listed("""
        Αθανάσιος Αλέξανδρος Αναστάσιος Αριστείδης Βασίλειος Γεώργιος Δημήτριος Ευάγγελος Εμμανουήλ
        Ηλίας Θεόδωρος Ιωάννης Κωνσταντίνος Λεωνίδας Μιχάλης Νικόλαος Παναγιώτης Σπυρίδων Σταύρος
        Χαράλαμπος
    """),
    "hebrew": listed("""
        אברהם אלחנן אליעזר אמנון בנימין גדעון זבולון חיים טוביה יהונתן יצחק מרדכי נחמיה עמנואל צבי
        רפאל שמעון
    """),
    "arabic": listed("""
        إبراهيم أحمد إسماعيل بلال جمال حسام خليل رشيد زياد سامي سليمان طارق عادل فؤاد فيصل كريم
        محمود مصطفى نبيل هاشم يوسف
    """),
    "devanagari": listed("""
        अभिषेक अमित आदित्य ओंकार करण गोविंद जगदीश दिनेश नरेंद्र प्रकाश महेश मोहन रमेश राजेश विक्रम
        विनोद संजय सुरेश हरीश
    """),
    "gurmukhi": listed("""
        ਗੁਰਵਿੰਦਰ ਹਰਵਿੰਦਰ ਬਲਵਿੰਦਰ ਜਸਕਰਨ ਕਰਤਾਰ ਅਵਤਾਰ ਸੁਰਜੀਤ ਰਣਜੀਤ ਦਵਿੰਦਰ ਨਰਿੰਦਰ ਜਤਿੰਦਰ ਅਮਰਿੰਦਰ ਜਸਵੰਤ
        ਬਲਵੰਤ ਕੁਲਵੰਤ ਹਰਭਜਨ ਗੁਰਚਰਨ ਸਵਰਨ
    """),
    "hangul": listed("""
        건우 경수 기준 동현 민수 병철 상훈 성민 승호 영수 영호 우진 재현 정훈 종수 준호 진우 태현 현우 형준
    """),
    "han": listed("""
        伟明 俊杰 健华 国强 志强 文博 建国 志明 子轩 家豪 振华 永康 浩然 海涛 立新 荣华 鹏飞 德华 宏伟 少平
    """),
    "kana": listed("""
        かずお けんじ たかし ひろし まさる ゆうた カズオ ケンジ タカシ ヒロシ マサル ユウタ
    """),
}
FAMILY_BY_SCRIPT = {
    "cyrillic": listed("""
        Абрамов Бондаренко Васнецов Вербицкий Гаврилов Герасимов Дорофеев Ермаков Заболотный Игнатов
        Калашников Кравченко Лаврентьев Макаров Мироненко Никифоров Онищенко Панкратов Полищук
        Родионов Савельев Тимошенко Третьяков Филатов Харитонов Черненко Шевченко Щербаков Юрченко
        Яковлев
    """),
    "greek": listed("""
        Αλεξόπουλος Αντωνίου Βασιλείου Γεωργιάδης Δημητρίου Ευαγγέλου Ζαχαρίου Θεοδωρίδης Ιωαννίδης
        Καλογερόπουλος Κωνσταντίνου Λαμπρόπουλος Μαυρίδης Νικολαΐδης Οικονόμου Παπαδάκης
        Σταματόπουλος Τσιρίγος Χριστοδούλου
    """),
    "hebrew": listed("""
        אברמוב ברקוביץ גולדשטיין דהן הרשקוביץ וייצמן זילברמן חדד טננבאום יעקובי כרמלי לבנון מזרחי
        נחמני סויסה עובדיה פרידמן צרפתי קפלן רוזנברג שטרן
    """),
    "arabic": listed("""
        البغدادي التميمي الجزائري الحسيني الخطيب الدمشقي الراشدي الزيات السعدي الشامي الصباغ
        الطرابلسي العمري الغزالي الفاسي القاضي الكرمي المصري النجار الهاشمي بركات حداد منصور
    """),
    "devanagari": listed("""
        अग्रवाल उपाध्याय कुलकर्णी खन्ना गुप्ता चतुर्वेदी चौधरी जोशी ठाकुर तिवारी देशमुख पांडेय
        बनर्जी भट्टाचार्य मल्होत्रा मिश्रा मेहता वर्मा शर्मा सक्सेना
    """),
    "gurmukhi": listed("""
        ਗਰੇਵਾਲ ਧਾਲੀਵਾਲ ਬਰਾੜ ਬਾਜਵਾ ਰੰਧਾਵਾ ਕਾਹਲੋਂ ਚਾਹਲ ਸੇਖੋਂ ਔਲਖ ਭੁੱਲਰ ਘੁੰਮਣ ਜੌਹਲ ਪੰਨੂ ਵਿਰਕ ਸੰਘੇੜਾ
        ਨਿੱਝਰ ਸਹੋਤਾ ਖਹਿਰਾ ਚੀਮਾ
    """),
    "hangul": listed("""
        김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍
    """),
    "han": listed("""
        陈 杨 黄 赵 周 吴 徐 孙 马 朱 胡 林 郭 何 高 罗 郑 梁 谢 宋 唐 许 邓 韩 冯 曹 彭 曾
    """),
    "kana": listed("""
        アオキ イシカワ ウエノ オガワ カワサキ キムラ サカモト タカハシ ナカムラ ハヤシ ミウラ ヤマグチ
    """),
}
PATRONYMIC_FEMININE = listed("""
    Аркадьевна Борисовна Васильевна Геннадьевна Дмитриевна Леонидовна Николаевна Романовна
    Тимофеевна Фёдоровна
""")
PATRONYMIC_MASCULINE = listed("""
    Аркадьевич Борисович Васильевич Геннадьевич Дмитриевич Леонидович Николаевич Романович
    Тимофеевич Фёдорович
""")
HONORIFICS = listed("""
    先生 女士 小姐 太太 老师 博士 医生 经理 同志 様 さん 씨 님
""")
"""What follows a lone family name in Chinese, Japanese and Korean."""
