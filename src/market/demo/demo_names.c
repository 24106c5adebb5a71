/* Companies and people that do not exist. */
#include "market/demo/plan.h"

#define R(n) (1u << (n)) /* roots of demo_goods.c */
#define LIVE COMPANY_STATE_ACTIVE
#define U10 COMPANY_SIZE_UNDER_10
#define U50 COMPANY_SIZE_UNDER_50
#define U250 COMPANY_SIZE_UNDER_250
#define U1000 COMPANY_SIZE_UNDER_1000
#define I(x) INDUSTRY_##x

const struct demo_firm demo_firms[] = {
	{"Norrvik Fästteknik", "AB", "SE", "802 67", "Gävle", "Hamnleden 14", "SEK", R(0), false,
		I(METALS), 1974, U250, LIVE},
	{"Haldenbruck Schrauben", "GmbH", "DE", "58093", "Hagen", "An der Drahtzieherei 7", "EUR",
		R(0) | R(7), false, I(METALS), 1958, U250, LIVE},
	{"Viteria Bassanelli", "S.r.l.", "IT", "25125", "Brescia", "Via dei Trafilatori 22", "EUR",
		R(0), false, I(METALS), 1983, U50, LIVE},
	{"Lagerwerk Ostrachtal", "GmbH & Co. KG", "DE", "88356", "Ostrach", "Mühlgrabenweg 3",
		"EUR", R(1), false, I(MACHINERY), 1949, U1000, LIVE},
	{"Rulmeks Łożyska", "Sp. z o.o.", "PL", "25-655", "Kielce", "ul. Hutników 41", "PLN", R(1),
		false, I(MACHINERY), 1996, U250, LIVE},
	{"Transmeca Roannaise", "SAS", "FR", "42300", "Roanne", "12 rue des Tisserands", "EUR",
		R(1) | R(4), false, I(MACHINERY), 1967, U50, LIVE},
	{"Ebersthal Elektrotechnik", "GmbH", "AT", "4030", "Linz", "Lunzerstraße 88", "EUR", R(2),
		false, I(ELECTRICAL), 1981, U250, LIVE},
	{"Kabelhuis Van Dorne", "B.V.", "NL", "5047 TK", "Tilburg", "Kraaivenstraat 36", "EUR",
		R(2), false, I(ELECTRICAL), 1991, U50, LIVE},
	{"Lumivolta Instalaciones", "S.L.", "ES", "50014", "Zaragoza", "Calle del Telar 9", "EUR",
		R(2) | R(3), false, I(ELECTRICAL), 2003, U50, LIVE},
	{"Brightmoor Components", "Ltd", "GB", "RG2 0QX", "Reading", "4 Kennet Works", "GBP", R(3),
		false, I(ELECTRONICS), 1999, U50, LIVE},
	{"Alderpoint Semiconductor Supply", "Inc.", "US", "95131", "San Jose", "2180 Fallow Court",
		"USD", R(3), false, I(ELECTRONICS), 1988, U250, LIVE},
	{"Kisaragi Denshi Buhin", "K.K.", "JP", "392-0131", "Suwa", "3-12 Konan", "JPY", R(3),
		false, I(ELECTRONICS), 1971, U250, LIVE},
	{"Piirilevy Saarenmaa", "Oy", "FI", "90460", "Oulu", "Teollisuustie 18", "EUR", R(3) | R(2),
		false, I(ELECTRONICS), 2007, U50, LIVE},
	{"Hydrauliek Meerbeke", "NV", "BE", "9042", "Gent", "Skaldenlaan 61", "EUR", R(4), false,
		I(MACHINERY), 1978, U50, LIVE},
	{"Valvole Trebbiana", "S.p.A.", "IT", "29122", "Piacenza", "Strada della Torre 5", "EUR",
		R(4), false, I(MACHINERY), 1952, U250, LIVE},
	{"Drucktec Hohenlohe", "GmbH", "DE", "74613", "Öhringen", "Steinsfeldle 20", "EUR",
		R(4) | R(1), false, I(MACHINERY), 1994, U50, LIVE},
	{"Kartonáž Vysočina", "s.r.o.", "CZ", "586 01", "Jihlava", "Průmyslová 27", "CZK", R(5),
		false, I(PACKAGING), 1995, U250, LIVE},
	{"Emballages de la Drôme Verte", "SARL", "FR", "26000", "Valence",
		"8 impasse des Cartonniers", "EUR", R(5), false, I(PACKAGING), 1986, U50, LIVE},
	{"Packhaus Unterweser", "GmbH", "DE", "28237", "Bremen", "Kap-Horn-Straße 19", "EUR",
		R(5) | R(6), false, I(PACKAGING), 1963, U50, LIVE},
	{"Fjordvern Sikkerhet", "AS", "NO", "5147", "Bergen", "Spelhaugen 33", "NOK", R(6), false,
		I(SAFETY), 1990, U50, LIVE},
	{"Sécurival Équipements", "SA", "FR", "59800", "Lille", "71 quai du Wault", "EUR", R(6),
		false, I(SAFETY), 1979, U250, LIVE},
	{"Luvamar Proteção", "Lda", "PT", "4705-319", "Braga", "Rua da Cordoaria 150", "EUR", R(6),
		false, I(SAFETY), 2001, U50, LIVE},
	{"Werkzeugkontor Remstal", "GmbH", "DE", "73614", "Schorndorf", "Gerberstraße 11", "EUR",
		R(7), false, I(TOOLS), 1969, U50, LIVE},
	{"Präzisa Werkzeuge", "AG", "CH", "2504", "Biel", "Längfeldweg 102", "CHF", R(7), false,
		I(TOOLS), 1947, U250, LIVE},
	{"Outillage Perrenod Jura", "SA", "CH", "2800", "Delémont", "Rue de l'Avenir 6", "CHF",
		R(7) | R(0), false, I(TOOLS), 1985, U50, LIVE},
	{"Stålgrossisten Vestbjerg", "A/S", "DK", "9380", "Vestbjerg", "Håndværkervej 24", "DKK",
		R(0) | R(7), true, I(WHOLESALE), 1976, U50, LIVE},
	{"Gweedore Industrial Supply", "Ltd", "IE", "F92 X2PT", "Letterkenny", "7 Ballyraine Park",
		"EUR", R(2) | R(5) | R(6), true, I(WHOLESALE), 1992, U50, LIVE},
	{"Handelshuset Mälarstrand", "AB", "SE", "721 30", "Västerås", "Regattagatan 5", "SEK",
		R(1) | R(4) | R(6), true, I(WHOLESALE), 1988, U50, LIVE},
	{"Maschinenbau Kellerhoff", "GmbH", "DE", "33609", "Bielefeld", "Feilenstraße 55", "EUR", 0,
		true, I(MACHINERY), 1961, U250, LIVE},
	{"Ateliers Saint-Aubin Mécanique", "SAS", "FR", "21170", "Saint-Jean-de-Losne",
		"3 quai des Forges", "EUR", 0, true, I(MACHINERY), 1972, U50, LIVE},
	{"Windwerk Dithmarschen", "GmbH", "DE", "25746", "Heide", "Hamburger Straße 201", "EUR", 0,
		true, I(ENERGY), 2009, U250, LIVE},
	{"Costruzioni Montalveri", "S.p.A.", "IT", "37135", "Verona", "Viale dei Marmi 40", "EUR",
		0, true, I(CONSTRUCTION), 1965, U1000, LIVE},
	{"Talleres Idurrieta", "S.A.", "ES", "20600", "Eibar", "Calle del Temple 17", "EUR", 0,
		true, I(AUTOMOTIVE), 1954, U250, LIVE},
	{"Conservas Marazul do Norte", "S.A.", "PT", "4450-286", "Matosinhos",
		"Avenida da Doca 310", "EUR", 0, true, I(FOOD), 1938, U250, LIVE},
	{"Zuivelfabriek Oosterkamp", "B.V.", "NL", "8028 PL", "Zwolle", "Melkweg 2", "EUR", 0, true,
		I(FOOD), 1926, U1000, LIVE},
	{"Meble Jaworzec", "Sp. z o.o.", "PL", "58-100", "Świdnica", "ul. Stolarska 8", "PLN", 0,
		true, I(FURNITURE), 1998, U250, LIVE},
	{"Strojírna Kamenička", "a.s.", "CZ", "539 01", "Hlinsko", "Nádražní 112", "CZK", 0, true,
		I(MACHINERY), 1951, U1000, LIVE},
	{"Skogsmaskiner i Ådalen", "AB", "SE", "872 44", "Kramfors", "Sågverksgatan 3", "SEK", 0,
		true, I(MACHINERY), 1984, U250, LIVE},
	{"Limfjordens Skibsværft", "A/S", "DK", "7600", "Struer", "Fjordvejen 46", "DKK", 0, true,
		I(MACHINERY), 1919, U250, LIVE},
	{"Kymen Paperikone", "Oy", "FI", "45100", "Kouvola", "Tehtaanmäki 1", "EUR", 0, true,
		I(PAPER), 1947, U1000, LIVE},
	{"Windrush Instruments", "Ltd", "GB", "OX28 4BN", "Witney", "Mill House, Station Lane",
		"GBP", 0, true, I(ELECTRONICS), 1993, U50, LIVE},
	{"Corrib Medical Devices", "Ltd", "IE", "H91 K8RT", "Galway", "12 Parkmore Works", "EUR", 0,
		true, I(HEALTH), 2004, U250, LIVE},
	{"Seilbahntechnik Hochalm", "AG", "CH", "7270", "Davos", "Talstrasse 28", "CHF", 0, true,
		I(MACHINERY), 1970, U50, LIVE},
	{"Holzbau Achenwald", DEMO_SOLE, "AT", "6215", "Achenkirch", "Gewerbegebiet 4", "EUR", 0,
		true, I(CONSTRUCTION), 1987, U10, LIVE},
	{"Ryfylke Havbruk", "AS", "NO", "4130", "Hjelmeland", "Sjøgata 9", "NOK", 0, true,
		I(AGRICULTURE), 2002, U50, LIVE},
	{"Huron Bay Conveyor Works", "LLC", "US", "48720", "Bay Port", "640 Elevator Road", "USD",
		0, true, I(LOGISTICS), 1979, U250, LIVE},
	{"Shinano Seiki Works", "K.K.", "JP", "386-0407", "Ueda", "1-5 Maruko", "JPY", 0, true,
		I(MACHINERY), 1962, U250, LIVE},
	{"Textiel aan de Leie", "NV", "BE", "8500", "Kortrijk", "Vlaskaai 15", "EUR", 0, true,
		I(TEXTILES), 1933, U250, LIVE},
	{"Fahrzeugbau Lindenau", "GmbH", "DE", "04177", "Leipzig", "Saalfelder Straße 30", "EUR", 0,
		true, I(AUTOMOTIVE), 1991, U250, LIVE},
	{"Baltivara Plast", "OÜ", "EE", "10112", "Tallinn", "Kopli 68", "EUR", R(5), true,
		I(PLASTICS), 2015, U50, COMPANY_STATE_PENDING},
	{"Lesna Industrija Savinjska", "d.o.o.", "SI", "3000", "Celje", "Tovarniška ulica 21",
		"EUR", 0, true, I(FURNITURE), 1999, U50, COMPANY_STATE_PENDING},
	{"Metalurgica Dunareana", "S.R.L.", "RO", "800402", "Galați", "Strada Forjei 12", "EUR",
		R(0), true, I(METALS), 2006, U250, COMPANY_STATE_PENDING},
	{"Quickpart Horizon Trading", "Ltd", "GB", "M17 1WG", "Manchester", "Unit 9, Dock Parade",
		"GBP", R(3), true, I(WHOLESALE), 2021, U10, COMPANY_STATE_SUSPENDED},
	{"Officina Vecchia Olmeda", DEMO_SOLE_IT, "IT", "41126", "Modena", "Via dell'Incudine 2",
		"EUR", 0, true, I(AUTOMOTIVE), 1969, U10, COMPANY_STATE_CLOSED},
};
const size_t demo_firms_n = COUNT(demo_firms);

const char *const demo_first[] = {"Anna", "Lukas", "Marie", "Jonas", "Elena", "Mateusz", "Sofia",
	"Henrik", "Clara", "Pierre", "Ingrid", "Marco", "Lucía", "Tomáš", "Aoife", "Mikael",
	"Hanna", "Rui", "Katja", "Oskar", "Giulia", "Bram", "Nora", "Stefan", "Yuki", "Liam",
	"Petra", "Emil", "Beatriz", "Dominik", "Freya", "Hugo", "Marta", "Sven", "Isabel", "Kenji"};
const size_t demo_first_n = COUNT(demo_first);
const char *const demo_last[] = {"Bergström", "Hollenbeck", "Marchetti", "Duvalier", "Kowalczyk",
	"Novotná", "Lindgård", "Vermeulen", "Iriarte", "Falkenried", "O'Donnell", "Sørli",
	"Korhola", "Almeida", "Zürcher", "Ashdown", "Brandstetter", "Takemura", "Castellani",
	"Rosendahl", "Wiśniak", "Delacour", "Hartveld", "Engström", "Pfeifer", "Moreira",
	"Kjeldsen", "Winterbourne", "Grabner", "Laurent", "Seidl", "Nakahara", "Ferrante",
	"Oliveras", "Dvořan", "Thorsby", "Meisel", "Callahan", "Aalto", "Reinders", "Quintana"};
const size_t demo_last_n = COUNT(demo_last);
const char *const demo_brands[] = {"Corvant", "Ostrel", "Halmark", "Tevion Works", "Norlund",
	"Pentaline", "Vectis", "Brimoco", "Aldera", "Kestrum", "Solvane", "Fenwerk", "Lyrotec",
	"Marendo", "Quadrel", "Stanvik"};
const size_t demo_brands_n = COUNT(demo_brands);
const char *const demo_carriers[] = {"Hanse Spedition", "Trans-Europa Cargo", "Nordlinie Freight",
	"Alpenbote Express", "Bluewater Parcel"};
const size_t demo_carriers_n = COUNT(demo_carriers);

static const char *const sellers_about[DEMO_ROOTS][2] = {
	{"cold-formed screws, nuts and special parts to drawing; every lot leaves the house with "
	 "its test certificate",
		"fasteners for machine builders and steelwork, from stock, sorted and weighed to "
		"the piece"},
	{"rolling bearings, belts and couplings, and the advice that goes with them: send a worn "
	 "part and get the right one back",
		"power transmission parts, turned and ground in our own shop where the catalogue "
		"ends"},
	{"installation material for switchboards and buildings; cables are cut to the metre the "
	 "same day",
		"everything between the meter and the machine: breakers, enclosures, lighting and "
		"cable"},
	{"electronic components from traceable sources, in cut tape, on reel and in prototypes' "
	 "quantities",
		"boards, connectors and passives for small and medium series, with full date "
		"codes"},
	{"valves, cylinders and fittings for water, air and oil, pressure-tested one by one",
		"fluid power components and ready-made hose lines for maintenance and plant "
		"construction"},
	{"cartons, tapes and pallets for shipping departments; sizes that are not in the catalogue "
	 "are cut within three days",
		"packaging made from recycled fibre, printed on request, delivered on the pallet "
		"you give back"},
	{"protective equipment that people really wear, with fitting on site and yearly inspection",
		"workwear, gloves and helmets certified to the current European standards"},
	{"cutting tools, hand tools and measuring instruments, with regrinding and calibration in "
	 "the house",
		"precision tools for workshops that count in hundredths"},
};

str demo_about(struct arena *a, const struct demo_firm *f, size_t at)
{
	static const char *const buyers[] = {
		"A family business in its third generation. We buy standard parts for series and "
		"spare parts for machines that have run for decades.",
		"We build to order and keep little in stock: suppliers who deliver on the day they "
		"say are worth more to us than the last cent.",
		"Our purchasing covers maintenance, repair and operations for three plants. "
		"Invoices to the headquarters, goods to the gate.",
		"We look for long-term partners with certified goods, clear delivery dates and one "
		"person to talk to.",
	};

	for (int r = 0; r < DEMO_ROOTS; r++)
		if (f->roots & R(r))
			return str_fmt(a, "%s in %s, since %d: %s.%s", f->name, f->city, f->founded,
				sellers_about[r][at % 2],
				f->buys ? " As a wholesaler we sell from our own warehouse and buy "
					  "what our customers ask for."
					: "");
	return str_fmt(a, "%s in %s, founded in %d. %s", f->name, f->city, f->founded,
		buyers[at % COUNT(buyers)]);
}
