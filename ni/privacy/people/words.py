"""Words of English and French that are also names, or that name finding takes for names; and the parts of a name that
are not names. A lone one of these is hidden only where it is written like a name and does not begin a sentence.
"""

from ni.privacy.words import listed

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
