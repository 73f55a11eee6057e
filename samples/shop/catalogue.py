"""The facts of Fable Outfitters: products, rules by kind and material, countries, shops.

Every answer in the sample follows from these tables and from what the question names, so that a
model can learn the mapping and an answer under the wrong question stands out.
"""

# ruff: noqa: E501 - a table is easier to read and to change with a row on one line

from dataclasses import dataclass

SIZES = ("XS", "S", "M", "L", "XL", "XXL")
COLOURS = (
    "moss",
    "slate",
    "rust",
    "plum",
    "sand",
    "ink",
    "fern",
    "brick",
    "cloud",
    "mustard",
    "teal",
    "bark",
)
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What holds for every product of a kind. Repair cost in euros, its duration in weeks."""

    noun: str
    return_days: int
    warranty_years: int
    repair_eur: int
    repair_weeks: int
    fault: str


@dataclass(frozen=True, slots=True)
class Material:
    """Washing by material; `wash` and `dry` are imperatives without the product's name."""

    wash: str
    dry: str
    avoid: str


@dataclass(frozen=True, slots=True)
class Product:
    """`fit` is how it runs: -1 small, 0 true, 1 large. Weight in grams, water column in millimetres
    (0: not waterproof), `low_c` the lowest comfortable temperature in °C, price in euros."""

    name: str
    kind: str
    material: str
    price_eur: int
    weight_g: int
    water_mm: int
    low_c: int
    fit: int
    pockets: int
    origin: str


@dataclass(frozen=True, slots=True)
class Country:
    """Delivery in working days; postage in euros, free from `free_from_eur`."""

    name: str
    days: str
    carrier: str
    postage_eur: int
    free_from_eur: int
    payment: str


@dataclass(frozen=True, slots=True)
class Shop:
    city: str
    street: str
    hours: str
    closed: str


KINDS = {
    "shell": Kind("shell", 60, 10, 35, 3, "a seam that leaks"),
    "fleece": Kind("fleece", 45, 5, 18, 2, "a zip that jams"),
    "parka": Kind("parka", 60, 8, 42, 4, "down that escapes"),
    "trousers": Kind("pant", 30, 4, 22, 2, "a torn knee"),
    "base layer": Kind("base layer", 14, 2, 12, 1, "a loose hem"),
    "boots": Kind("boot", 40, 3, 55, 5, "a sole that peels"),
    "gloves": Kind("glove", 21, 2, 15, 1, "a split finger"),
    "hat": Kind("hat", 21, 1, 9, 1, "a frayed brim"),
}

MATERIALS = {
    "three-layer nylon": Material("wash at 30 degrees with liquid soap", "tumble dry on low for 20 minutes", "softener"),
    "merino wool": Material("use the wool cycle at 20 degrees", "dry flat on a towel", "bleach"),
    "duck down": Material("wash at 30 degrees on its own", "tumble dry with two tennis balls", "the iron"),
    "recycled fleece": Material("wash at 40 degrees inside out", "hang on the line", "the tumble dryer"),
    "waxed cotton": Material("sponge with cold water only", "air it and rub in fresh wax", "the washing machine"),
    "nubuck leather": Material("brush off the mud with lukewarm water", "stuff with newspaper", "the radiator"),
    "stretch softshell": Material("wash at 30 degrees with zips closed", "hang in the shade", "fabric conditioner"),
}  # fmt: skip

PRODUCTS = (
    Product("Larkspur Shell", "shell", "three-layer nylon", 189, 410, 20000, 2, 0, 4, "Portugal"),
    Product("Heron Shell", "shell", "three-layer nylon", 239, 365, 28000, 0, -1, 5, "Estonia"),
    Product("Tarn Shell", "shell", "stretch softshell", 149, 520, 10000, 4, 1, 3, "Portugal"),
    Product("Gale Anorak", "shell", "waxed cotton", 210, 980, 5000, 3, 1, 6, "Scotland"),
    Product("Bramble Fleece", "fleece", "recycled fleece", 79, 340, 0, 5, 0, 2, "Lithuania"),
    Product("Thistle Fleece", "fleece", "recycled fleece", 95, 420, 0, 1, 1, 3, "Lithuania"),
    Product("Pika Fleece", "fleece", "merino wool", 129, 380, 0, -2, -1, 2, "Italy"),
    Product("Otterburn Parka", "parka", "duck down", 349, 1150, 8000, -22, 1, 7, "Romania"),
    Product("Snowfinch Parka", "parka", "duck down", 299, 890, 5000, -18, 0, 6, "Romania"),
    Product("Kestrel Parka", "parka", "three-layer nylon", 269, 1020, 15000, -12, -1, 8, "Estonia"),
    Product("Ember Gilet", "parka", "duck down", 119, 290, 0, -4, 0, 2, "Romania"),
    Product("Cairn Pant", "trousers", "stretch softshell", 109, 430, 0, 3, 0, 5, "Portugal"),
    Product("Sedge Pant", "trousers", "three-layer nylon", 139, 360, 15000, 1, 1, 4, "Estonia"),
    Product("Marten Pant", "trousers", "waxed cotton", 125, 690, 3000, 4, -1, 6, "Scotland"),
    Product("Curlew Short", "trousers", "stretch softshell", 65, 210, 0, 14, 0, 3, "Portugal"),
    Product("Wren Crew", "base layer", "merino wool", 69, 180, 0, 6, -1, 0, "Italy"),
    Product("Dipper Legging", "base layer", "merino wool", 74, 195, 0, 4, 0, 0, "Italy"),
    Product("Swift Tee", "base layer", "merino wool", 55, 140, 0, 12, 1, 0, "Italy"),
    Product("Fellside Boot", "boots", "nubuck leather", 219, 1340, 10000, -5, -1, 0, "Slovenia"),
    Product("Bracken Boot", "boots", "nubuck leather", 179, 1120, 8000, 0, 0, 0, "Slovenia"),
    Product("Scree Shoe", "boots", "stretch softshell", 129, 760, 5000, 5, 1, 0, "Vietnam"),
    Product("Polar Boot", "boots", "nubuck leather", 259, 1580, 15000, -25, 0, 0, "Slovenia"),
    Product("Vole Glove", "gloves", "recycled fleece", 35, 70, 0, 0, 0, 0, "Lithuania"),
    Product("Stoat Mitten", "gloves", "duck down", 59, 150, 5000, -15, 1, 1, "Romania"),
    Product("Grouse Glove", "gloves", "nubuck leather", 72, 165, 3000, -6, -1, 0, "Slovenia"),
    Product("Puffin Cap", "hat", "waxed cotton", 39, 120, 5000, 4, 0, 0, "Scotland"),
    Product("Dormouse Beanie", "hat", "merino wool", 29, 60, 0, -8, 0, 0, "Italy"),
    Product("Plover Hat", "hat", "three-layer nylon", 45, 95, 10000, 6, 1, 1, "Estonia"),
)

COUNTRIES = (
    Country("Germany", "2 to 3", "DHL", 4, 60, "invoice within 14 days"),
    Country("France", "3 to 4", "Colissimo", 6, 80, "Carte Bleue"),
    Country("Spain", "4 to 6", "Correos", 7, 90, "Bizum"),
    Country("Italy", "4 to 5", "BRT", 7, 90, "PostePay"),
    Country("Austria", "2 to 4", "Post AG", 5, 60, "EPS transfer"),
    Country("Ireland", "5 to 7", "An Post", 9, 120, "Apple Pay"),
    Country("Denmark", "3 to 5", "PostNord", 8, 100, "MobilePay"),
    Country("Sweden", "4 to 7", "Budbee", 8, 100, "Swish"),
    Country("Norway", "6 to 9", "Bring", 14, 200, "Vipps"),
    Country("Poland", "3 to 6", "InPost", 5, 70, "BLIK"),
    Country("Belgium", "2 to 5", "bpost", 6, 80, "Bancontact"),
    Country("Portugal", "5 to 8", "CTT", 9, 110, "Multibanco"),
    Country("Switzerland", "4 to 8", "Planzer", 12, 150, "TWINT"),
    Country("Finland", "6 to 8", "Posti", 10, 130, "online banking through Paytrail"),
)

SHOPS = (
    Shop("Leeds", "Tannery Lane", "ten to six", "Monday"),
    Shop("Bristol", "Quay Street", "nine to five", "Sunday"),
    Shop("Hamburg", "Deichweg", "eleven to seven", "Tuesday"),
    Shop("Munich", "Isargasse", "ten to eight", "Sunday"),
    Shop("Lyon", "Rue des Tisserands", "nine to six", "Wednesday"),
    Shop("Bilbao", "Calle del Faro", "eleven to eight", "Thursday"),
    Shop("Turin", "Via del Mulino", "ten to seven", "Monday"),
)

STATUSES = {
    "packed": ("it waits for the van that leaves at four", "tomorrow"),
    "on hold": ("the bank has not confirmed the payment yet", "within two days"),
    "in customs": ("the officers are reading the papers", "within a week"),
    "returned to sender": ("the courier found nobody at the door", "after you confirm the address"),
    "part shipped": ("one item comes from the second warehouse", "three days later"),
    "picking": ("a colleague is fetching it from the shelf", "this afternoon"),
    "at the locker": ("it lies in the parcel locker with your code", "as soon as you fetch it"),
    "delayed": ("the ferry did not sail in the storm", "four days late"),
}

FEEDS = {
    "stock": ("every 15 minutes", "CSV", "/v2/stock"),
    "price": ("once a day at six", "JSON", "/v2/prices"),
    "order": ("within a minute", "XML", "/v2/orders"),
    "image": ("every Sunday", "ZIP", "/v2/media"),
    "returns": ("twice a day", "JSON", "/v2/returns"),
}

PLACES = (
    "the Dolomites", "Lapland", "the Tatras", "Snowdonia", "the Pyrenees", "Iceland", "the Vosges",
    "the Cairngorms", "the Black Forest", "Madeira", "the Lofoten islands", "Connemara", "the Harz",
    "the Picos", "Corsica", "the Jura",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All facts of one shop."""

    products: tuple[Product, ...]
    kinds: dict[str, Kind]
    materials: dict[str, Material]
    countries: tuple[Country, ...]
    shops: tuple[Shop, ...]
    statuses: dict[str, tuple[str, str]]
    feeds: dict[str, tuple[str, str, str]]
    places: tuple[str, ...]


FABLE = Catalogue(PRODUCTS, KINDS, MATERIALS, COUNTRIES, SHOPS, STATUSES, FEEDS, PLACES)
