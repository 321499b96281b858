"""The most frequent small words of English and French, of which sentences are made."""

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
