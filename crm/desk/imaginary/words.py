"""Words that Dutch data is made of. In the order of how often they occur: earlier ones are drawn more often."""


def listed(text: str) -> list[str]:
    """Words with white space between them; an underscore is a space within one."""
    return [word.replace("_", " ") for word in text.split()]


WOMEN = listed(
    """
    Maria Johanna Anna Cornelia Elisabeth Wilhelmina Catharina Petra Ingrid Monique Marieke Esther Linda
    Sandra Anja Karin Saskia Mirjam Annemarie Yvonne Ellen Marja Truus Greet Nel Riet Corrie Willy Ans Tineke
    Hanneke Marijke Sophie Emma Julia Lotte Sanne Lisa Anouk Femke Iris Eva Noor Fleur Roos Merel Lieke Maud
    Jet Floor Tess Saar Fenna Aafje Wietske Sjoukje Froukje Jantje Grietje Hiske Nynke Fatima Aisha Khadija
    Yasmina Samira Naima Ayşe Zeynep Elif Özlem Priya Anjali Mei Linh Agnieszka Kasia Svetlana Olga Irina Zoë
    Renée Désirée Hélène Chantal Danielle Joëlle Cécile Geertruida Hendrika Jacoba Margaretha Adriana
    Pieternella Neeltje Klazina Trijntje Aaltje Dirkje Berendina Gerda
    """
)

MEN = listed(
    """
    Johannes Jan Cornelis Hendrik Pieter Willem Gerrit Jacobus Peter Henk Kees Piet Hans Wim Rob Ron Marcel
    Erik Frank Paul Mark Bart Jeroen Dennis Martijn Sander Bas Tim Tom Thijs Daan Sem Lucas Levi Finn Milan
    Bram Luuk Jesse Ruben Joost Maarten Gijs Teun Koen Niels Rick Stefan Arjan Edwin Ronald Theo Ton Ad Leo
    Frans Harrie Jos Sjaak Cor Dirk Arie Klaas Sietse Wiebe Douwe Sjoerd Hessel Tjeerd Auke Mohamed Ahmed
    Youssef Omar Bilal Hamza Mustafa Mehmet Emre Murat Rajesh Sunil Wei Duc Tomasz Piotr Krzysztof Sergej
    Dmitri André René François Maurice Gérard Antoine Jean-Paul Jan-Willem Hendrik-Jan Pieter-Jan Evert Barend
    Jochem Floris Rutger Diederik Casper Olivier Ewout Hugo Victor
    """
)

FAMILY = listed(
    """
    de|Jong Jansen de|Vries van_den|Berg van|Dijk Bakker Janssen Visser Smit Meijer de|Boer Mulder de|Groot
    Bos Vos Peters Hendriks van|Leeuwen Dekker Brouwer de|Wit Dijkstra Smits de|Graaf van_der|Meer
    van_der|Linden Kok Jacobs de|Haan Vermeulen van_den|Heuvel van_der|Veen van_den|Broek de|Bruijn de|Bruin
    van_der|Heijden Schouten van|Beek Willems van|Vliet van_de|Ven Hoekstra Maas Verhoeven Koster van|Dam
    van_der|Wal Prins Blom Huisman Peeters de|Jonge Kuipers van|Veen Post Kuiper Veenstra Kramer van_den|Brink
    Scholten van|Wijk Postma Martens Vink de|Ruiter Timmermans Groen Gerritsen Jonker van|Loon Boer
    van_der|Velde Willemsen Smeets de|Lange de|Vos van|Dongen Schipper de|Koning van_der|Laan Koning
    van_der|Velden Driessen van|Doorn Hermans Evers van_den|Bosch van_der|Meulen Hofman Bosman Wolters Sanders
    Mol Kuijpers van_’t|Hof van_de|Velde ’t|Hart in_’t|Veld ten|Brink ter|Horst te|Velde op_den|Akker
    uit_den|Boogaard von|Hagen Yılmaz Öztürk Çelik El|Idrissi El|Amrani Ben|Ali Bouzid Singh Nguyen Kowalski
    Nowak Müller Schröder Lefèvre D’Hondt IJsselstein IJzerman Eijkelboom van_der|Zijden Weijers Cuijpers
    Quist Xavier Zijlstra Zandstra Ypma Yntema Uiterwaal Terpstra Wiersma Hiemstra Boonstra Sikkema Bouma
    Reitsma Heida Otten Luijten Ramaekers Geraerts Claessens Paulissen Oosterhuis Westerhof Noordermeer
    Zuidema Achterberg Voorhoeve Middelkoop Overbeek Onderwater Buitenhuis Binnenkamp
    """
)

# made into names such as Oosterkamp and Veenstra, for a long tail
FAMILY_FIRST = listed(
    """
    Ooster Wester Noorder Zuider Molen Kerk Veen Hei Bos Berg Dijk Water Land Brug Hoek Steen Eike Linde Wilge
    Beuke Hage Rozen Vogel Valken Have Zwane Leeuwen Wolfs Schaap Koe Paarde Mole Roet Zand Klei Riet Gras
    Koren Haver Lange Korte Hoge Lage Groene Witte Zwarte Rode Blauwe Oude Nieuwe Groot Klein Half Vier Zeven
    Acht Boven Neder
    """
)
FAMILY_LAST = listed(
    """
    kamp huis veld man hof burg stra sma ma inga mans broek horst laar loo donk akker wijk meer water dijk
    brink berg stein beek poel made weide land daal mond drecht voort bosch boom blad tak bloem kroon schild
    ster hoven enk es rade scheid sloot gracht ink ing elaar kens
    """
)

# (name, lowest and highest four digits of its postcodes), the large ones first
CITIES = [
    ("Amsterdam", 1011, 1109), ("Rotterdam", 3011, 3089), ("’s-Gravenhage", 2491, 2597), ("Utrecht", 3511, 3585),
    ("Eindhoven", 5611, 5658), ("Groningen", 9711, 9747), ("Tilburg", 5011, 5049), ("Almere", 1311, 1363),
    ("Breda", 4811, 4839), ("Nijmegen", 6511, 6546), ("Apeldoorn", 7311, 7339), ("Haarlem", 2011, 2037),
    ("Arnhem", 6811, 6846), ("Enschede", 7511, 7548), ("Amersfoort", 3811, 3829), ("Zaandam", 1501, 1509),
    ("’s-Hertogenbosch", 5211, 5237), ("Hoofddorp", 2131, 2135), ("Zwolle", 8011, 8045), ("Leiden", 2311, 2334),
    ("Zoetermeer", 2711, 2729), ("Leeuwarden", 8911, 8941), ("Maastricht", 6211, 6229), ("Dordrecht", 3311, 3329),
    ("Ede", 6711, 6718), ("Alphen aan den Rijn", 2401, 2409), ("Westland", 2671, 2672), ("Alkmaar", 1811, 1827),
    ("Emmen", 7811, 7828), ("Delft", 2611, 2629), ("Venlo", 5911, 5928), ("Deventer", 7411, 7437),
    ("Helmond", 5701, 5709), ("Oss", 5341, 5349), ("Hilversum", 1211, 1223), ("Heerlen", 6411, 6422),
    ("Hengelo", 7551, 7559), ("Purmerend", 1441, 1448), ("Roosendaal", 4701, 4709), ("Schiedam", 3111, 3125),
    ("Lelystad", 8211, 8245), ("Almelo", 7601, 7611), ("Hoorn", 1621, 1628), ("Vlaardingen", 3131, 3138),
    ("Assen", 9401, 9408), ("Bergen op Zoom", 4611, 4625), ("Gouda", 2801, 2809), ("Katwijk", 2221, 2225),
    ("Nieuwegein", 3431, 3439), ("Veenendaal", 3901, 3907), ("Zeist", 3701, 3709), ("Den Helder", 1781, 1788),
    ("Hardenberg", 7771, 7773), ("Doetinchem", 7001, 7009), ("Terneuzen", 4531, 4538), ("Middelburg", 4331, 4338),
    ("Vlissingen", 4381, 4389), ("Sittard", 6131, 6137), ("Roermond", 6041, 6045), ("Weert", 6001, 6006),
    ("Kampen", 8261, 8269), ("Harderwijk", 3841, 3849), ("Zutphen", 7201, 7207), ("Winterswijk", 7101, 7109),
    ("Sneek", 8601, 8608), ("Drachten", 9201, 9207), ("Heerenveen", 8441, 8449), ("Hoogeveen", 7901, 7909),
    ("Meppel", 7941, 7944), ("Raalte", 8101, 8103), ("Olst", 8121, 8121), ("Losser", 7581, 7582),
    ("Oldenzaal", 7571, 7577), ("Borne", 7621, 7623), ("Goor", 7471, 7472), ("Rijssen", 7461, 7463),
    ("Nijverdal", 7441, 7443), ("Tiel", 4001, 4007), ("Culemborg", 4101, 4107), ("Gorinchem", 4201, 4208),
    ("Waalwijk", 5141, 5146), ("Boxtel", 5281, 5283), ("Veghel", 5461, 5467), ("Uden", 5401, 5409),
    ("Kerkrade", 6461, 6469), ("Valkenburg", 6301, 6301), ("Goes", 4461, 4465), ("Zierikzee", 4301, 4301),
    ("Naarden", 1411, 1412), ("Bussum", 1401, 1406), ("Weesp", 1381, 1384), ("Edam", 1135, 1135),
]  # fmt: skip

STREETS = listed(
    """
    Kerkstraat Dorpsstraat Molenweg Schoolstraat Stationsweg Julianastraat Wilhelminastraat Beatrixstraat
    Emmastraat Prins_Bernhardstraat Hoofdstraat Nieuwstraat Marktstraat Achterweg Parallelweg Industrieweg
    Handelsweg Lindelaan Beukenlaan Eikenlaan Kastanjelaan Berkenlaan Esdoornstraat Wilgenstraat
    Populierenlaan Acaciastraat Iepenlaan Rozenstraat Tulpstraat Narcisstraat Anjerstraat Irisstraat
    Leliestraat Zonnebloemstraat Merelstraat Lijsterstraat Vinkenstraat Spreeuwenstraat Nachtegaallaan
    Koekoekstraat Rembrandtstraat Vermeerstraat Frans_Halsstraat Van_Goghstraat Jan_Steenstraat Mozartlaan
    Beethovenlaan Bachstraat Burgemeester_de_Vriesstraat Dr._Schaepmanstraat Thorbeckelaan Troelstralaan
    Oranjestraat Nassaustraat Willem_de_Zwijgerlaan Sint_Janstraat Kloosterstraat Kapelstraat Pastoriestraat
    Molenstraat Brouwersgracht Havenstraat Kade Veerweg Dijk Singel Vestingstraat Poststraat Raadhuisstraat
    Marktplein Korte_Nieuwstraat Lange_Nieuwstraat Noorderweg Zuiderweg Oosterstraat Westerstraat Parkweg
    Sportlaan Zandweg Heideweg Bosweg Akkerweg Veldweg Waterstraat Bergweg Tuinstraat Bloemstraat Meidoornlaan
    Dennenweg Sparrenlaan Zwanenburg Hertog_Janstraat Graaf_Florisweg Bisschopstraat Abdijlaan Kasteellaan
    Hofstraat Galgenveld Weverstraat Spinnerstraat Smedenstraat Bakkersteeg Slagerspad Touwbaan Lijnbaan
    Zeedijk Duinweg Strandweg Polderweg Ringdijk Vaartweg
    """
)

FUNCTIONS = listed(
    """
    medewerker administrateur secretaris directeur penningmeester voorzitter bestuurslid adviseur
    projectleider planner programmeur inkoper verkoper receptionist boekhouder controller teamleider
    vrijwilliger coördinator docent technicus communicatieadviseur directiesecretaresse bedrijfsleider manager
    beleidsmedewerker conservator dirigent hoofd_techniek hoofd_publiek zakelijk_leider artistiek_leider
    huismeester roostermaker jurist
    """
)
DEPARTMENTS = ["", "", "", "", "", "Administratie", "Techniek", "Publiek", "Verkoop", "Directie", "Personeel", "ICT"]
SECTORS = listed(
    """
    Podiumkunsten Bouw Zorg Onderwijs Horeca Detailhandel Accountancy Transport Muziek Sport Welzijn Cultuur
    Landbouw Techniek Advies ICT Beheer Vastgoed Drukwerk Uitgeverij
    """
)
TITLES_BEFORE = ["drs.", "mr.", "ir.", "dr.", "ing.", "prof. dr.", "ds."]
TITLES_AFTER = ["MA", "MSc", "BSc", "RA", "LLM"]

# (kind of name, legal form, ways in which people write that form)
COMPANY_FORMS = [
    ("company", "bv", ("B.V.", "BV", "B.V", "bv", "b.v.")),
    ("company", "nv", ("N.V.", "NV")),
    ("company", "vof", ("V.O.F.", "VOF", "v.o.f.")),
    ("trader", "sole_trader", ("",)),
    ("club", "association", ("",)),
    ("foundation", "foundation", ("Stichting", "St.", "Stg.")),
    ("company", "maatschap", ("Maatschap",)),
    ("company", "cooperative", ("U.A.",)),
]
FORM_WEIGHTS = [34, 2, 6, 12, 20, 20, 4, 2]
TRADES = listed(
    """
    Bouwbedrijf Installatietechniek Accountants Advies Transport Bakkerij Slagerij Drukkerij Licht_&_Geluid
    Theatertechniek Decorbouw Catering Horeca Schoonmaak Makelaardij Notariskantoor Advocaten Architecten
    Tuinen Schilderwerken Elektrotechniek Loodgieters Automaterialen Fietsen Boekhandel Uitgeverij Software
    Media Evenementen Verhuur Zorg Fysiotherapie Tandartsen Apotheek Optiek Mode Schoenen Juwelier Bloemen
    Groothandel Import Export Metaal Kunststof
    """
)
CLUBS = listed(
    """
    Harmonie Fanfare Muziekvereniging Zangvereniging Kamerkoor Mannenkoor Vrouwenkoor Toneelvereniging
    Voetbalvereniging Hockeyclub Tennisvereniging Schaakclub Gymnastiekvereniging Oranjevereniging
    Wijkvereniging Heemkundekring Vogelvereniging Fotoclub Carnavalsvereniging Winkeliersvereniging
    """
)
CLUB_NAMES = listed(
    """
    Excelsior Concordia Sint_Joris Sint_Cecilia Crescendo Eendracht Vooruitgang Kunst_na_Arbeid De_Eendracht
    Ons_Genoegen Oefening_Baart_Kunst Wilhelmina Juliana Oranje Apollo Euterpe Aurora Olympia Vitesse Sparta
    Kwiek De_Wissel Zanglust Harpe_Davids Soli_Deo_Gloria Door_Vriendschap_Sterk Nieuw_Leven De_Kade De_Brug
    De_Linde
    """
)
CAUSES = listed(
    """
    Theater Filmhuis Museum Cultuurhuis Poppodium Jeugdtheater Dansgroep Festival Vrienden_van Kunstkring
    Bibliotheek Dorpshuis Buurthuis Kinderopvang Ouderenzorg Dierenopvang Monumenten Landschap Kerkorgel
    Voedselbank
    """
)
REASONS = ["Andere werkkring", "Einde termijn", "Pensioen", "Opgezegd", "Einde contract", ""]
BLOCK_REASONS = ["Op eigen verzoek", "Adres onbekend", "Post kwam terug", "Wil geen nieuwsbrief"]
