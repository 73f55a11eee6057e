"""Words of better_profanity's list that the word list leaves out: with a common decent, medical or technical
sense, names of groups of people, or no worse than mild. A drop should mean something.

One mild word is how a customer talks; two in one message are abuse, and count. A word that is an ordinary one
in another language (`slut` is Swedish for an end, `retard` French for a delay) counts beside English ones.
"""

_MILD_WORDS = """
crap damn dick dicks doofus dopey fart hell jerk piss pissed pisses poop scum sleazy stupid suck sucked
sucking thug trashy turd ugly weirdo
"""
MILD = frozenset(_MILD_WORDS.split())
MILD_ENOUGH = 2

FOREIGN = frozenset(
    ("fack", "fags", "fart", "hell", "homo", "horny", "jap", "kike", "nig", "paki", "retard", "slut")
)
ENGLISH = frozenset(("and", "are", "it", "she", "that", "the", "they", "this", "what", "with", "you", "your"))
"""Words of no other language in which one of FOREIGN is common."""

_ENTRIES = """
anal anus areole arian aryan auto_erotic bestial blue_waffle bondage boner breasts brown_shower
brown_showers bust busty chink clit clitoris cock cocks coon cow_girl cow_girls cowgirl cowgirls crap crotch
cum damn dick dicks dink dinks dong doofus dopey drunk duche dummy dyke dykes ejaculate ejaculated
ejaculates ejaculating ejaculation enlargement erect erection erotic erotism extacy extasy facial fag fanny
fart fat feck femdom fingering fisted flange floozy foad foobar fubar gae gai ganja gay gays gey gfy gigolo
glans god golden_shower gonad gonads gringo guido he11 hebe hell hemp heroin herp herpes hitler hiv hoar
hoare hobag homey honky hooch hookah hooker hootch hooter hooters hore hump humped humping hussy hymen
inbred incest jack_off jerk jerked jiz junkie junky kill kinky kkk klan knob kooch kraut kum labia lech len
leper lesbians lez lmao lmfao loin loins lube lust lusting lusty mams masochist massa maxi menses menstruate
menstruation meth milf molest moolie muff murder mutha nad nads naked napalm nappy nazi nazism negro nimrod
ninny nipple nipples nob nooky nude nudes omg opiate opium oral orally organ orgasm orgasmic orgasms ovary
ovum ovums paddy pantie panties panty pastie pasty pawn pcp pecker pee peepee penetrate penetration penial
penile penis perversion peyote phalli phallic pimp pinko piss pissed pisses playboy pms polack poop pot
potty prick pricks prig prostitute prude pube pubic pubis punky puss queer queers racy raunch rectal rectum
rectus reefer reich revue rum rump ruski s_o_b sadism sadist sandbar scag scantily screw screwed screwing
scrot scrotum scrud scum seaman seamen seduce semen sex sexual shag shagging she_male sissy skag slave
sleaze sleazy slope smut snatch sniper snuff sodom souse soused sperm spick spik spunk steamy stiffy stoned
strip strip_club stripclub stroke stupid suck sucked sucking tampon tard tawdry teat teats terd teste testee
testes testical testicle testis three_some threesome thrust thug tinkle tit titi toke toots tramp
transsexual trashy turd tush ugly undies unwed urinal urine uterus uzi v14gra v1gra vag vagina valium viagra
virgin vixen vodka vomit voyeur vulgar vulva wad wang wazoo wedgie weed weenie weiner weirdo wench whitey
whiz willies willy womb woody wtf xx xxx yaoi yury
"""  # an underscore for a space

EVERYDAY = frozenset(entry.replace("_", " ") for entry in _ENTRIES.split())
