package sandbox

// country is a country by its ISO code, in the languages of the database.
type country struct {
	en, de    string
	continent string
}

// place is a city. An empty German name is the English one.
type place struct {
	country          string
	city, cityDE     string
	regions          []region
	postal, timezone string
	latitude         float64
	longitude        float64
}

// region is a part of a country, the largest first.
type region struct {
	code   string
	en, de string
}

var continents = map[string][2]string{
	"AF": {"Africa", "Afrika"}, "AS": {"Asia", "Asien"}, "EU": {"Europe", "Europa"},
	"NA": {"North America", "Nordamerika"}, "OC": {"Oceania", "Ozeanien"}, "SA": {"South America", "Südamerika"},
}

var countries = map[string]country{
	"AR": {"Argentina", "Argentinien", "SA"}, "AT": {"Austria", "Österreich", "EU"}, "AU": {"Australia", "Australien", "OC"}, //nolint:misspell // it is German
	"BR": {"Brazil", "Brasilien", "SA"}, "CA": {"Canada", "Kanada", "NA"}, "CH": {"Switzerland", "Schweiz", "EU"},
	"DE": {"Germany", "Deutschland", "EU"}, "DK": {"Denmark", "Dänemark", "EU"}, "EG": {"Egypt", "Ägypten", "AF"},
	"ES": {"Spain", "Spanien", "EU"}, "FR": {"France", "Frankreich", "EU"}, "GB": {"United Kingdom", "Vereinigtes Königreich", "EU"},
	"IN": {"India", "Indien", "AS"}, "IT": {"Italy", "Italien", "EU"}, "JP": {"Japan", "Japan", "AS"},
	"KE": {"Kenya", "Kenia", "AF"}, "KR": {"South Korea", "Südkorea", "AS"}, "MX": {"Mexico", "Mexiko", "NA"},
	"NG": {"Nigeria", "Nigeria", "AF"}, "NL": {"The Netherlands", "Niederlande", "EU"}, "NZ": {"New Zealand", "Neuseeland", "OC"},
	"PL": {"Poland", "Polen", "EU"}, "PT": {"Portugal", "Portugal", "EU"}, "SE": {"Sweden", "Schweden", "EU"},
	"SG": {"Singapore", "Singapur", "AS"}, "TR": {"Türkiye", "Türkei", "AS"}, "US": {"United States", "USA", "NA"},
	"ZA": {"South Africa", "Südafrika", "AF"},
}

var places = [...]place{
	{"AR", "Buenos Aires", "", []region{{"C", "Buenos Aires F.D.", ""}}, "C1000", "America/Argentina/Buenos_Aires", -34.6142, -58.3811},
	{"AT", "Vienna", "Wien", []region{{"9", "Vienna", "Wien"}}, "1010", "Europe/Vienna", 48.2049, 16.3662},
	{"AU", "Sydney", "", []region{{"NSW", "New South Wales", ""}}, "2000", "Australia/Sydney", -33.8715, 151.2006},
	{"BR", "São Paulo", "", []region{{"SP", "São Paulo", ""}}, "01000-000", "America/Sao_Paulo", -23.5475, -46.6361},
	{"CA", "Montreal", "", []region{{"QC", "Quebec", "Québec"}}, "H2Y", "America/Toronto", 45.5063, -73.5794},
	{"CH", "Zurich", "Zürich", []region{{"ZH", "Zurich", "Zürich"}}, "8001", "Europe/Zurich", 47.3682, 8.5671},
	{"DE", "Munich", "München", []region{{"BY", "Bavaria", "Bayern"}}, "80331", "Europe/Berlin", 48.1336, 11.5684},
	{"DE", "Cologne", "Köln", []region{{"NW", "North Rhine-Westphalia", "Nordrhein-Westfalen"}}, "50667", "Europe/Berlin", 50.9366, 6.9584},
	{"DE", "Berlin", "", []region{{"BE", "State of Berlin", "Land Berlin"}}, "10115", "Europe/Berlin", 52.5244, 13.4105},
	{"DK", "Copenhagen", "Kopenhagen", []region{{"84", "Capital Region", "Hauptstadtregion"}}, "1050", "Europe/Copenhagen", 55.6786, 12.5589},
	{"EG", "Cairo", "Kairo", []region{{"C", "Cairo Governorate", "Kairo"}}, "", "Africa/Cairo", 30.0588, 31.2268},
	{"ES", "Madrid", "", []region{{"MD", "Madrid", ""}, {"M", "Madrid Province", ""}}, "28001", "Europe/Madrid", 40.4153, -3.694},
	{"FR", "Paris", "", []region{{"IDF", "Île-de-France", ""}, {"75", "Paris", ""}}, "75001", "Europe/Paris", 48.8534, 2.3488},
	{"GB", "London", "", []region{{"ENG", "England", ""}, {"LND", "Greater London", ""}}, "EC1A", "Europe/London", 51.5142, -0.0931},
	{"GB", "Glasgow", "", []region{{"SCT", "Scotland", "Schottland"}, {"GLG", "Glasgow City", ""}}, "G1", "Europe/London", 55.8617, -4.2583},
	{"GB", "Boxford", "", []region{{"ENG", "England", ""}, {"WBK", "West Berkshire", ""}}, "OX1", "Europe/London", 51.75, -1.25},
	{"IN", "Bengaluru", "", []region{{"KA", "Karnataka", ""}}, "560001", "Asia/Kolkata", 12.9634, 77.5855},
	{"IT", "Rome", "Rom", []region{{"62", "Lazio", "Latium"}, {"RM", "Rome", "Rom"}}, "00118", "Europe/Rome", 41.8904, 12.5126},
	{"JP", "Tokyo", "Tokio", []region{{"13", "Tokyo", "Präfektur Tokio"}}, "102-0082", "Asia/Tokyo", 35.6893, 139.6899},
	{"KE", "Nairobi", "", []region{{"30", "Nairobi County", ""}}, "00100", "Africa/Nairobi", -1.2841, 36.8155},
	{"KR", "Seoul", "", []region{{"11", "Seoul", ""}}, "03000", "Asia/Seoul", 37.5111, 126.9743},
	{"MX", "Mexico City", "Mexiko-Stadt", []region{{"CMX", "Mexico City", "Mexiko-Stadt"}}, "06000", "America/Mexico_City", 19.4371, -99.1396},
	{"NG", "Lagos", "", []region{{"LA", "Lagos", ""}}, "", "Africa/Lagos", 6.4474, 3.3903},
	{"NL", "Amsterdam", "", []region{{"NH", "North Holland", "Nordholland"}}, "1012", "Europe/Amsterdam", 52.374, 4.8897},
	{"NZ", "Auckland", "", []region{{"AUK", "Auckland", ""}}, "1010", "Pacific/Auckland", -36.8506, 174.7679},
	{"PL", "Warsaw", "Warschau", []region{{"14", "Mazovia", "Masowien"}}, "00-001", "Europe/Warsaw", 52.2296, 21.0067},
	{"PT", "Lisbon", "Lissabon", []region{{"11", "Lisbon", "Lissabon"}}, "1000-001", "Europe/Lisbon", 38.7219, -9.1398},
	{"SE", "Gothenburg", "Göteborg", []region{{"O", "Västra Götaland County", ""}}, "411 03", "Europe/Stockholm", 57.7065, 11.967},
	{"SG", "Singapore", "Singapur", nil, "018989", "Asia/Singapore", 1.2868, 103.8503},
	{"TR", "Istanbul", "", []region{{"34", "Istanbul", ""}}, "34000", "Europe/Istanbul", 41.0145, 28.9533},
	{"US", "New York", "", []region{{"NY", "New York", ""}}, "10001", "America/New_York", 40.7503, -73.9967},
	{"US", "San Francisco", "", []region{{"CA", "California", "Kalifornien"}}, "94105", "America/Los_Angeles", 37.7898, -122.3942},
	{"US", "Chicago", "", []region{{"IL", "Illinois", ""}}, "60601", "America/Chicago", 41.8858, -87.6229},
	{"ZA", "Cape Town", "Kapstadt", []region{{"WC", "Western Cape", "Westkap"}}, "8001", "Africa/Johannesburg", -33.9258, 18.4232},
}
