"""The words of the generated pretraining text, by kind: everyday English, no brands."""


def _words(text: str) -> list[str]:
    return text.split()


def _phrases(text: str) -> list[str]:
    return " ".join(text.split()).split(", ")


NOUNS = _words("""
apple bag ball basket bed bell bench bicycle blanket board boat book bottle bowl box bread bridge
brush bucket button cable camera candle card carpet chair clock cloth coat coin comb cup curtain
cushion desk door drawer dress drum envelope fan fence flag flower fork frame garden gate glass
glove hammer handle hat helmet hook house jacket jar kettle key kitchen knife ladder lamp leaf
letter lock map mirror mug needle net notebook oven paddle pan paper parcel path pen pencil phone
photo picture pillow pipe plant plate pocket pot pump purse radio ribbon ring roof rope rug saddle
scarf screen shelf shirt shoe shovel sink soap sock sofa spoon stamp stool stove string suitcase
table tent ticket tool towel toy tray tree trunk tube umbrella vase wallet watch wheel window wire
yard account address answer battery bill booking branch building business call cause chance change
charge choice city class code colour company condition copy corner cost country customer damage date
delay delivery detail discount email error event example fee file form gift group guide hour idea
invoice issue item label language law level limit link list machine manager market material meeting
member message method minute mistake model month name network note number offer office order owner
package page part password payment period person place plan point policy price problem product
program project purchase question reason receipt record refund reply report request result return
room rule sale sample season seller service set shipment shop sign size staff stage station stock
store story street student summer supply support system task teacher team test train trip update
visit voucher warehouse warranty weather website week weight winter word work worker world year zone
""")

VERBS = _words("""
add answer arrange ask attach bake borrow bring build buy call cancel carry catch change charge
check choose clean close collect compare complete confirm contact cook copy cover cut deliver
describe draw dry empty enter explain fill find finish fix fold follow forget gather give hang help
hide hold include join keep lead leave lend lift list load lock look mark measure mend mix move need
notice offer open order pack paint pay pick place plan plant play polish prepare press print protect
pull push put reach read receive record refund remember remove repair replace reply report request
return ring save search see sell send serve share show sign sort start stop store study take taste
teach test throw tie touch track trade train travel try turn type understand update use visit wait
walk want warm wash watch wear weigh win wipe work wrap write
""")

PAST = _words("""
arrived asked baked began bought broke brought built called came carried caught changed checked
chose cleaned closed counted covered crossed danced drew drove ended explained fell felt finished
fixed followed forgot found gave grew heard helped held hoped jumped kept knew laughed learned left
lifted liked listened lived looked lost loved made meant met missed moved needed noticed offered
opened packed paid painted passed picked played pulled pushed put ran reached read remembered rested
returned said sang sat saw sent served shared showed slept sold spoke started stayed stood stopped
talked taught thanked thought told took touched travelled turned used visited waited walked wanted
washed watched went wished won worked wrote
""")

ADJECTIVES = _words("""
able active amber annual available basic best big black blue bold brief bright broken brown busy
calm careful cheap clean clear close cold common complete cool correct current damp dark deep
different dirty double dry dull early easy empty equal exact extra fair famous fast final fine first
flat free fresh friendly full general gentle glad good great green grey happy hard heavy high honest
hot hungry kind large last late lazy light little local long loose loud low main missing modern
narrow near neat new next noisy normal odd old open orange paid pale perfect plain polite poor proud
public quick quiet ready real red regular rich right rough round sad safe same second sharp short
silver simple slow small smart smooth soft sorry special square steady strange strong sudden sure
sweet tall thick thin tidy tiny tired total usual warm weak wet white whole wide wild wise wooden
wrong yellow young
""")

ADVERBS = _words("""
again almost already also always away badly better carefully clearly closely early easily enough
even finally first gently gladly happily hardly later mostly nearly never now often once only
outside politely quickly quietly rarely really safely sadly slowly soon still suddenly then there
today together tomorrow twice usually well yesterday
""")

PEOPLE = _words("""
Anna Ben Clara Daniel Eva Felix Grace Henry Ida Jonas Kim Leo Maria Nora Omar Paul Rosa Sam Tara
Victor aunt baker brother captain child cook cousin dentist doctor driver farmer father friend
gardener girl guest guide hunter king lawyer man mother neighbour nurse painter pilot player poet
queen sailor sister soldier singer tailor teacher traveller uncle visitor waiter woman writer boy
""")

PLACES = _words("""
airport attic bakery balcony bank barn bay beach bus cabin cafe castle cellar clinic coast corridor
desert farm field forest garage hall harbour hill hospital hotel island kitchen lake library market
meadow mountain museum park pier platform playground port river road roof room school shed shore
square stable station street studio theatre tower town tunnel valley village yard
""")

CITIES = _words("""
Aldbury Ashford Brackley Calder Denholm Elmsworth Fairhaven Glenmoor Hartwell Kingsford Lakeside
Marlow Norwick Oakham Pinehurst Quarry Redcliff Saltburn Thornton Westbrook
""")

GOODS = _phrases("""
backpack, blender, boots, bracelet, camera, charger, coat, coffee maker, desk lamp, drill, dress,
earphones, freezer, garden hose, guitar, hair dryer, hat, headphones, heater, helmet, hiking poles,
iron, jacket, jumper, kettle, keyboard, knife set, laptop sleeve, lantern, mattress, microwave,
monitor, mountain bike, mouse, necklace, notebook, office chair, oven dish, phone case, pillow,
printer, pushchair, radio, raincoat, rice cooker, rucksack, running shoes, sandals, scarf, shirt,
skirt, sleeping bag, slippers, sofa cover, speaker, suitcase, sunglasses, sweater, table cloth,
tablet, tent, toaster, tool box, towel set, trainers, travel mug, trousers, umbrella,
vacuum cleaner, wallet, water bottle, watch, yoga mat
""")

COLOURS = _words("""
black blue brown cream green grey navy orange pink purple red silver white yellow
""")

SIZES = _phrases("""
extra small, small, medium, large, extra large, size 36, size 38, size 40, size 42
""")

DAYS = _words("""
Monday Tuesday Wednesday Thursday Friday Saturday Sunday
""")

MONTHS = _words("""
January February March April May June July August September October November December
""")

# Parts of syllables; two in nine syllables end in their vowel.
ONSETS = _words("b c d f g h j k l m n p r s t v w y z br ch cl cr dr fl gr pl pr sh sl sp st th tr")
VOWELS = _words("a e i o u ai ea ee oo ou")
CODAS = ["", "", *_words("n r l t s ck m")]
