#!/usr/bin/env python3
"""Makes the demo shop from a real retailer's invoices (UCI "Online Retail", see README.md).

    make_catalogue.py INVOICES.csv[.gz]

writes catalogue.csv.gz (every product that was sold, in the form that `cartwright import` reads) and
sample-invoices.csv.gz (the first invoices as they are, and some with their credit notes, for a replay without the whole
file) beside itself.
The same input gives the same bytes.
"""
import collections
import csv
import gzip
import io
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
from expected_sales import expected  # noqa: E402

SAMPLE_INVOICES, SAMPLE_CANCELLED = 300, 10
FIELDS = ["public_id", "name", "description", "category", "price", "stock_quantity", "image_url"]

# The first rule that matches the description decides, so the narrow ones stand first.
CATEGORIES = [
    # What a thing is beats what it looks like ("Pink Gingham Cat" is a doorstop).
    ("Bathroom & Wellbeing", r"HOT WATER B|HAND ?WARMER|\bSPONGE\b"),
    ("Hooks, Hangers & Doors", r"DOOR ?(MAT|STOP|HANGER)|CAST IRON HOOK|DRAWER KNOB|TILE HOOK"),
    ("Cushions & Textiles", r"CUSHION|C/COVER|FILLER PAD"),
    ("Bags & Purses", r"LUNCH BAG|WASH ?BAG|CARD WALLET|PURSE\b|HANDBAG|AIRLINE BAG|JUMBO .*BAG|TOTE BAG"),
    ("Kitchen", r"OVEN GLOVE|TEA TOWEL|APRON\b|MAGNETS?\b|PEG BAG|CAKE TOWEL|FRYING PAN|RUBBER GLOVES"),
    ("Stationery & Craft", r"NOTE ?BOOK|SKETCH ?BOOK|STICKER SET|MEASURING TAPE|TAPE MEASURE|SEWING KIT|POSTCARD|KNITTING KIT|CARD KIT"),
    ("Toys & Games", r"MONEY (BOX|BANK)|JIGSAW|PLAYHOUSE|CATCH CUP|SNAKE|GLIDERS|BINGO|CREEPY|MODELLING CLAY|WHEELBARROW|PONY|SPACE CADET|HEADS AND TAILS|INFLATABLE"),
    ("Garden", r"GARDEN (GLOVES|SPADE|TROWEL|FORK|RAKE)|PLANT POT|PLANTER|KNEELING MAT|FLY SWAT"),
    ("Candles & Incense", r"OIL BURNER|T-LIGHT|GIANT TUBE MATCHES"),
    ("Travel & Keys", r"KEY ?(RING|FOB|CABINET|-CHAIN)|PASSPORT|LUGGAGE TAG|EAR MUFF HEADPHONES"),
    ("Party & Bunting", r"SOMBRERO|GRASS SKIRT|LEIS|ROSETTE"),
    ("Storage & Tins", r"JEWELLERY (BOX|STAND|DRAWER)|RING STAND|CARD ?HOLDER|TISSUE BOX|TRINKET|JEWELLED? BOX|STORAGE JAR"),
    ("Tableware", r"CUTLERY|NAPKIN RINGS?|NAPKIN CHARM|CHOPSTICKS|CAKE ?STAND|BUTTER DISH"),
    ("Christmas", r"CHRISTMAS|XMAS|ADVENT|BAUBLE|SANTA|REINDEER|SNOW|STOCKING|HOLLY|WREATH|NATIVITY|ROBIN\b|CRACKERS|TREETOP"
                  r"|GINGERBREAD|JINGLE|TINSEL|RUDOLPH|SLEIGH|NOEL"),
    ("Easter", r"EASTER|\bCHICKS?\b|BUNN(Y|IES)|RABBIT|\bEGGS?\b(?!.*(CUP|FRY|TIMER|WHISK))|\bHEN\b|DAFFODIL"),
    ("Jewellery", r"NECK(LACE|L)|NECKLAC|BRACELET|EARRING|EARINGS?\b|BANGLE|BROOCH|\bRING\b(?!.*(TOSS|TEETH|BINDER))|\bRINGS\b"
                  r"|PENDANT|DIAMANTE|CHARM\b|CHARMS\b|DROP EAR|CUFFLINK|TIARA|JEWELL?ERY (SET|CHAIN)|BRACLET|BOUDICCA|CHOKER"),
    ("Hair & Fashion", r"\bHAIR|SCARF|GLOVES?\b(?!.*OVEN)|SLIPPER|\bSOCKS?\b|UMBRELLA|RAIN ?(HAT|PONCHO|COAT)|\bHAT\b|PASHMINA|SARONG|SHAWL"
                       r"|\bFAN\b|SUNGLASS|\bBELTS?\b|PONCHO|SCRUNCH|FLIP FLOP|COMPACT MIRROR|BEACH|T-SHIRT|\bBOA\b|KIMONO|COLLAR"),
    ("Gift Wrap & Cards", r"WRAP\b|GIFT ?WRAP|\bWRAPPING|GREETING|\bCARDS?\b(?! (HOLDER|GAME|CASE))|RIBBON|GIFT TAG|GIFT TAPE|\bTAGS?\b(?!.*LUGGAGE)"
                          r"|TISSUE|VOUCHER|GIFT BAG|\bTAPE\b(?!.*MEASURE)|ENVELOPE|INVITES|BIRTHDAY CARD|PAPER BAGS?"),
    ("Candles & Incense", r"CANDLE(?!.*CHANDELIER)|T-?LIGHT|TEALIGHT|INCENSE|VOTIVE|LANTERN|SCENTED|OIL BURNER|FRAGRANCE|PILLAR"
                          r"|\bMATCHES\b|EAU DE|COLUMBIAN CUBE|ROSEWATER|PERFUME|POT POURRI|AROMA|\bSCENT\b|REED DIFF"),
    ("Lighting", r"\bLAMP|LAMPSHADE|CHANDELIER|FAIRY LIGHT|\bLIGHTS?\b|\bLED\b|DISCO|TORCH|NIGHT ?LIGHT|LIGHTBULB"),
    ("Bags & Purses", r"LUNCH BAG|SHOPPER|HANDBAG|TOTE|PURSE|WASH ?BAG|SHOULDER BAG|JUMBO BAG|MAKE-?UP BAG|COSMETIC|WALLET"
                      r"|RUCKSACK|BACKPACK|CLUTCH|\bSATCHEL|CHARLOTTE BAG|STORAGE BAG|\bBAG\b(?!.*(MARBLES|STONES|\d+ ?G\b))|BAGS\b|SHOPPING TROLLEY"),
    ("Lunch & Picnic", r"LUNCH|SNACK|PICNIC|SANDWICH|DRINK(ING)? (BOTTLE|BOT)|WATER BOTTLE(?!.*HOT)(?<!HOT WATER BOTTLE)|FLASK|COOL ?BAG|HAMPER"
                       r"|STRAWS?\b|BEAKER"),
    ("Baking & Cakes", r"\bCAKES?\b|BAKING|CUP ?CAKE|COOKIE|BISCUIT|PASTRY|MUFFIN|JELLY MOULD|JAM (MAKING|JAR)|ICE CREAM|DOIL|ROLLING PIN"
                       r"|WHISK|SIEVE|MEASURING|SCALES|\bMOULDS?\b|BREAD|PUDDING|SPATULA|MIXING|PIE DISH|RECIPE"),
    ("Mugs & Tea", r"\bMUGS?\b|\bCUPS?\b|SAUCER|TEA ?POT|\bTEA\b(?!.*TOWEL)|TEA(TIME|-TIME)?\b(?!.*TOWEL)|COFFEE|COSY|CAFETIERE|SUGAR|CREAMER|MILK"),
    ("Signs & Letters", r"\bSIGNS?\b|LETTERS?\b(?!.*(RACK|HOLDER|PAPER))|\bTILES?\b|PLAQUE|BLOCK WORD|ALPHABET BLOCK|\bBLACKBOARD|CHALK ?BOARD|MEMO ?BOARD"
                        r"|NOTICE ?BOARD|MESSAGE BOARD|BILLBOARD|BUILDING BLOCK|WOODEN WORD|\bWORD\b|NUMBER\b"),
    ("Clocks, Mirrors & Frames", r"CLOCK|MIRROR(?!ED)|FRAMES?\b|PHOTO|PICTURE|\bALBUM|COLLAGE|WALL ART|CANVAS|\bPOSTER|PRINT\b|MEMO"),
    ("Party & Bunting", r"PARTY|BUNTING|BALLOON|GARLAND|PAPER CHAIN|STREAMER|CONFETTI|HONEYCOMB|\bBIRTHDAY|COCKTAIL|PINATA|PAPER (PLATE|CUP|NAPKIN)"
                        r"|BANNER|FLAGS?\b|UNION JACK(?!.*(CUSHION|MUG))|CORSAGE|CONES?\b|PARADE"),
    ("Toys & Games", r"\bTOYS?\b|\bGAMES?\b|PUZZLE|JIGSAW|DOLL(Y|S|IES)?\b|PLAYHOUSE|TEDDY|SKITTLES|DOMINO|CARD GAME|MARBLES|PUPPET|SPINNING|YO ?YO"
                     r"|HELICOPTER|\bDINOSAUR|ROBOT|SOFT TOY|SUKI|SPACEBOY|CIRCUS|MONSTER|SKIPPING|HARMONICA|WHISTLE|\bPLAY|BATH DUCK|SNAKES|LUDO|NOUGHTS"
                     r"|TRAIN\b|TRACTOR|ROCKING|RATTLE|CRAWLIES|BOOMBOX|POP ?GUN|FLYING|TATTOO|STICKY|SLINKY|BLOCKS|PIGGY BANK|MONEY BANK|MONEY BOX|BANK\b"
                     r"|GROW YOUR|ANT\b|PIRATE|STRESS BALL|\bBALLS?\b|MAGIC (TREE|GARDEN|SHEEP)|BUBBLE|SAVINGS"),
    ("Stationery & Craft", r"NOTE ?BOOK|\bPENS?\b|PENCIL|STICKER|SKETCH ?BOOK|ERASER|RUBBER\b|RULER|STATIONERY|JOURNAL|DIARY|CALENDAR|ADDRESS BOOK|SCISSOR"
                           r"|SEWING|KNITT|CRAFT|EMBROID|STENCIL|STAMP|FOLDER|CHALK|CRAYON|COLOURING|PAINT(ING)? (SET|BY)|ORIGAMI|PATCH(ES)?\b|\bKIT\b"
                           r"|BOOK\b|BOOKS\b|SCRAP|GLITTER PEN|BADGES|PAPER ?CLIP|PAPERWEIGHT|HOLE PUNCH|BUTTON|LETTER (RACK|HOLDER)|DRAWING|DECOUPAGE"
                           r"|WRITING|BOOKMARK|PAPERS?\b|OFFICE|GLUE|STAPLER|CALCULATOR|SPIRIT LEVEL"),
    ("Bathroom & Wellbeing", r"\bBATH|SOAP|TOILET|SPONGE|FLANNEL|HOT WATER|HAND ?WARMER|PLASTERS|FIRST AID|SHOWER|TOOTH|\bNAIL|MANICURE|LAVENDER|BALM|MASSAGE"
                             r"|WHEAT BAG|LIP (BALM|GLOSS)|TALC|LOTION|MAKE-?UP|HEALTH|EYE ?MASK|WARMER|CLINIC|LAUNDRY|WASHING|PEGS?\b|IRON(ING)?\b"),
    ("Travel & Keys", r"LUGGAGE|PASSPORT|TRAVEL|KEY ?RING|KEY ?FOB|KEY\b|TICKET|\bPHONE|MOBILE PHONE|\bIPOD|SUITCASE|BICYCLE|\bBIKE|\bCAR\b|AIRLINE|CIGAR"
                      r"|ASHTRAY|LIGHTER|USB|RADIO|METER\b|BOTTLE OPENER"),
    ("Garden", r"GARDEN|PLANT|WATERING|\bBIRD (HOUSE|TABLE|FEEDER|BATH|BOX)|BIRDHOUSE|TROWEL|SECATEUR|\bSEEDS?\b|PARASOL|TRELLIS|HERB|FORK\b|GNOME|\bSHED\b"
               r"|WIND ?(CHIME|MILL|SPINNER)|CHIME|BUCKET|WEATHER|THERMOMETER|DOVECOTE|FLOWER ?POT|\bPOTS?\b|POTTING|BORDER|DECK ?CHAIR|HAMMOCK|INSECT|CUT ?FLOWERS"
               r"|ZINC (BOX|HERB|BUCKET|PLANT)|KNEELER|\bTOOLS?\b|PATH\b|TWINE|BAMBOO|TOADSTOOL|FIRE BUCKET|MINI WATERING"),
    ("Flowers & Vases", r"\bVASES?\b|ARTIFICIAL|\bPOSY|BOUQUET|\bSTEM\b|FLOWERS?\b(?=$)|\bROSES?\b(?=$)|BLOSSOM|SINGLE ROSE|ORCHID|LILY\b|DAISY (FOLK|STEM)"
                        r"|SUNFLOWER|TULIP|DRIED|HYACINTH|CHRYSANTHEMUM|PEONY|LEAVES\b(?=$)"),
    ("Hooks, Hangers & Doors", r"HOOKS?\b|HANGERS?\b|KNOBS?\b|DOOR ?STOP|DOOR ?MAT|\bDOOR|DRAUGHT|\bRACK\b|COAT RACK|HANGRS|BELL\b|HINGE|PULL\b|BRACKET|CURTAIN"),
    ("Cushions & Textiles", r"CUSHION|THROW\b|QUILT|BLANKET|\bRUG\b|FILLER PAD|\bPAD\b|BEDSPREAD|FABRIC|BEAN ?BAG|TABLE ?CLOTH|RUNNER|\bCLOTH\b|SEAT|HASSOCK|FOOTSTOOL"
                            r"|SLEEP|LAP TRAY|CROCHET"),
    ("Kitchen", r"APRON|OVEN|TEA ?TOWELS?|TOWEL|KITCHEN|PANTRY|FRYING|\bPAN\b|SAUCEPAN|COLANDER|CHOPPING|CHOPP|FRIDGE|MAGNETS?\b|TRIVET|SPICE|PEPPER|SALT|TOAST"
                r"|CUTTER|\bSINK|SCOURER|DUSTPAN|CLEANING|RECYCL|ENAMEL|PEELER|GRATER|GARLIC|OIL\b|TIMER|COOKING|CHEF|TEA TOWEL|HEN HOUSE|ICE ?CUBE|BOTTLES?\b"
                r"|CASSEROLE|CORK|SQUEEZER|RAMEKIN|PEG BAG|BIN\b|BROOM|BRUSH|CONTAINER|HOT ?POT|RUBBER GLOVES"),
    ("Tableware", r"PLATES?\b|BOWLS?\b|DISH(ES)?\b|CUTLERY|NAPKIN|TRAYS?\b|\bJUGS?\b|GLASS(ES)?\b|TUMBLER|GOBLET|COASTER|PLACE ?(MAT|SETTING)|SPOONS?\b|KNI(FE|VES)"
                  r"|DECANTER|CHAMPAGNE|WINE|CONDIMENT|\bSERV(ING|ER)|PLATTER|TUREEN|CARAFE|PITCHER|\bBEER|LADLE|CAKESTAND|\bTABLE\b|SALAD|REGENCY|PORCELAIN"),
    ("Storage & Tins", r"\bTINS?\b|\bBOX(ES|ED)?\b|STORAGE|BASKETS?\b|CABINET|DRAWERS?\b|\bJARS?\b|CHEST|ORGANISER|TIDY|CADDY|TRUNK|\bCASES?\b|CRATE|MAGAZINE|HOLDER"
                       r"|SHELF|SHELVES|STAND\b|UNIT\b|TRINKET|CHAIR|STOOL|WARDROBE|SCREEN"),
    ("Decorations", r"HANGING|DECORATIONS?\b|ORNAMENT|HEARTS?\b|STARS?\b|FEATHER|\bBIRDS?\b|DOVE|OWL|ANGEL|FAIRY|BUTTERFL|MOBILE|FIGUR|STATUE|SKULL|CAT\b|DOG\b|HORSE"
                    r"|ELEPHANT|TREE|GLOBE|DUCKS?\b|\bDEC\b|STRING OF|CURIO|BEADS?\b|CRYSTAL|RAFFIA|GLITTER|SHELL|BALL\b|MOBILE|BIRDCAGE|CAGE|PARROT|FROG|SWAN|GOOSE"
                    r"|RETROSPOT|BABUSHKA|SEASIDE|CHICKEN|WICKER|WOOD(EN)?\b|METAL|CERAMIC|ZINC|WALL\b|MOSAIC|SLATE"),
]
RULES = [(name, re.compile(rule)) for name, rule in CATEGORIES]

SMALL_WORDS = {"a", "and", "at", "by", "de", "des", "du", "en", "for", "from", "in", "la", "of", "on", "or", "the", "to", "with"}
UPPER_WORDS = {"3D", "BBQ", "CD", "DIY", "DVD", "EIIR", "HRH", "LED", "OK", "TV", "UK", "USB", "NYC", "I", "II", "III", "IV"}
WRITTEN_OUT = {"W": "with", "ASSTD": "assorted", "ASST": "assorted", "ASS": "assorted", "XMAS": "Christmas", "COL": "colour",
               "COLS": "colours", "DEC": "decoration", "TURQ": "turquoise", "CHOC": "chocolate", "IPOD": "iPod"}


def read(path):
    opened = gzip.open(path, "rt", encoding="utf-8", newline="") if str(path).endswith(".gz") else open(
        path, encoding="utf-8", newline="")
    with opened as lines:
        yield from csv.DictReader(lines)


def non_products():
    lines = (HERE / "non_products.txt").read_text(encoding="utf-8").splitlines()
    return {line.split("\t")[0] for line in lines if line and not line.startswith("#")}


def pence(price):
    """"2.55" as 255. Prices in the file have at most two places, but for codes that are no products."""
    pounds, _, rest = price.partition(".")
    return int(pounds) * 100 + int((rest + "00")[:2])


def word_in_title_case(word, first):
    bare = word.strip(".,'*()")
    if bare.upper() in WRITTEN_OUT and not re.search(r"[a-z]", word):
        word = WRITTEN_OUT[bare.upper()]
        return word[:1].upper() + word[1:] if first or word not in ("with", "iPod") else word
    if bare.upper() in UPPER_WORDS:
        return word.upper()
    if re.fullmatch(r"\d+[A-Z\d]*(CM|MM|G|KG|ML|L|W)", bare, re.I):
        return word.lower()  # 45cm, 250g
    if not first and bare.lower() in SMALL_WORDS:
        return word.lower()
    return re.sub(r"[A-Za-z][A-Za-z']*", lambda m: m[0][:1].upper() + m[0][1:].lower(), word)


def title(description):
    text = re.sub(r"\bW/(?=\S)", "W ", description.strip().strip("*").strip(), flags=re.I)
    text = re.sub(r"\bC/COVER\b", "CUSHION COVER", re.sub(r"\bB'FLY\b", "BUTTERFLY", text))
    text = re.sub(r"\s*,\s*", ", ", re.sub(r"\bS/(\d+)\b", r"SET OF \1", text))
    text = re.sub(r"\bSET/(\d+)\b", r"SET OF \1", text).rstrip(" ,.-")
    words = text.split()
    return " ".join(word_in_title_case(word, index == 0) for index, word in enumerate(words))


def category(description):
    text = description.upper()
    for name, rule in RULES:
        if rule.search(text):
            return name
    return "Other"


def pack(description):
    """What one unit is, where the description says so."""
    text = description.upper()
    for pattern, words in ((r"\b(?:SET|S)\s*(?:OF|/)\s*(\d+)", "a set of {}"), (r"\bSET\s+(\d+)\b", "a set of {}"),
                           (r"\bPACK\s*(?:OF|/)\s*(\d+)", "a pack of {}"), (r"\bBOX\s*(?:OF|/)\s*(\d+)", "a box of {}"),
                           (r"^PACK\s+(\d+)\b", "a pack of {}"), (r"^(\d+)\s+(?!DRAWER|TIER|HOOK|HEARTS)[A-Z]", "{} pieces")):
        found = re.search(pattern, text)
        if found and 1 < int(found[1]) <= 500:
            return words.format(found[1])
    return "a set" if re.search(r"\bSET\b", text) else "sold singly"


def most_common(counter):
    """The most frequent key; of equals the smallest, so that the same input gives the same answer."""
    return min(counter, key=lambda key: (-counter[key], key))


def round_up(units):
    """The next round number: two digits, then zeros."""
    step = max(10, 10 ** (len(str(units)) - 2))
    return -(-units // step) * step


def catalogue(rows):
    unwanted = non_products()
    names, prices = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    lots, units = collections.defaultdict(collections.Counter), collections.Counter()
    for row in rows:
        code, quantity = row["StockCode"].strip().upper(), int(row["Quantity"])
        price = pence(row["UnitPrice"]) if not row["UnitPrice"].startswith("-") else 0
        if row["InvoiceNo"].startswith("C") or code in unwanted or quantity <= 0 or price <= 0:
            continue
        names[code][" ".join(row["Description"].split())] += 1
        prices[code][price] += 1
        lots[code][quantity] += 1
        units[code] += quantity
    for code in sorted(names):
        described = most_common(names[code])
        shelf, price, lot = category(described), most_common(prices[code]), most_common(lots[code])
        often = f"usually bought {lot} at a time" if lot > 1 else "usually bought one by one"
        yield {
            "public_id": code,
            "name": title(described),
            # No word here may hold a word that people look for: "ordered" would answer a search for "red".
            "description": f"{shelf if shelf != 'Other' else 'All sorts'}: {pack(described)}, {often}.",
            "category": shelf,
            "price": f"{price // 100}.{price % 100:02}",
            "stock_quantity": round_up(units[code]),
            "image_url": "",
        }


def sample(rows, sales):
    """The file's own lines up to the last of the first invoices that sell something, with what lies between them; then,
    of the rest, the first invoices that a credit note takes back whole, and every credit note on an invoice chosen."""
    chosen = set(list(sales["invoices"])[:SAMPLE_INVOICES])
    last = max(at for at, row in enumerate(rows) if row["InvoiceNo"] in chosen)
    chosen |= set([number for number in sales["cancelled"] if number not in chosen][:SAMPLE_CANCELLED])
    notes = {note for note, invoices in sales["notes"].items() if chosen & invoices.keys()}
    return [row for at, row in enumerate(rows) if at <= last or row["InvoiceNo"] in chosen | notes]


def write(path, fields, rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with open(path, "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
        packed.write(text.getvalue().encode("utf-8"))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    rows = list(read(sys.argv[1]))
    products = list(catalogue(rows))
    write(HERE / "catalogue.csv.gz", FIELDS, products)
    write(HERE / "sample-invoices.csv.gz", list(rows[0]), sample(rows, expected(sys.argv[1])))
    shelves = collections.Counter(product["category"] for product in products)
    print(f"{len(products)} products in {len(shelves)} categories")
    for name, count in sorted(shelves.items(), key=lambda item: -item[1]):
        print(f"  {count:5}  {name}")


if __name__ == "__main__":
    main()
