"""Given names: those that surrogates bear, by gender, and more that are only recognised, so that gender is kept.

Surrogates' names have at least five letters and are no word, month or place of English or French, nor part of a
common one: what is put back is recognised by its letters alone. They begin with an unaccented letter, so that
no escape sequence stands before them in JSON, and are of many origins.
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
