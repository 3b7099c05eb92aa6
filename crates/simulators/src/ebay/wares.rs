//! What is offered: categories with their models, what sellers add to a title, and what things cost about.

/// One category of things.
pub(super) struct Ware {
    /// eBay's number of the leaf category, its name, and the same of the one above it.
    pub(super) leaf: (&'static str, &'static str),
    pub(super) parent: (&'static str, &'static str),
    /// Models, each with a price in whole dollars.
    pub(super) models: &'static [(&'static str, u32)],
    /// One of each list stands in a title.
    pub(super) details: &'static [&'static [&'static str]],
    /// The same where titles are German.
    pub(super) german: &'static [&'static [&'static str]],
    /// Dollars that shipping costs at most.
    pub(super) shipping: u32,
    /// The colour of its pictures.
    pub(super) colour: &'static str,
}

/// What sellers say of anything.
pub(super) const PRAISE: [&str; 8] =
    ["", "", "", "- Great Condition", "- Free Shipping", "w/ Box", "- Tested Working", "- Read Description"];

/// The same in German.
pub(super) const GERMAN_PRAISE: [&str; 8] =
    ["", "", "", "- Top Zustand", "- Versandkostenfrei", "mit OVP", "- geprüft", "- Händler"];

/// Conditions, with their share of a hundred, the percent of the new price, and their names.
pub(super) const CONDITIONS: [(u16, u64, i64, &str, &str); 6] = [
    (1000, 18, 100, "New", "Neu"),
    (1500, 8, 90, "Open box", "Neu: Sonstige (siehe Artikelbeschreibung)"),
    (2010, 6, 78, "Excellent - Refurbished", "Hervorragend - Refurbished"),
    (2500, 4, 70, "Seller refurbished", "Vom Verkäufer generalüberholt"),
    (3000, 58, 62, "Used", "Gebraucht"),
    (7000, 6, 25, "For parts or not working", "Als Ersatzteil / defekt"),
];

/// The name of a condition on an English or German site.
pub(super) fn condition_name(id: u16, german: bool) -> Option<&'static str> {
    let (.., english, in_german) = CONDITIONS.iter().find(|(known, ..)| *known == id)?;
    Some(if german { in_german } else { english })
}

pub(super) const WARES: [Ware; 12] = [
    Ware {
        leaf: ("177831", "Bicycles"),
        parent: ("888", "Sporting Goods"),
        models: &[
            ("Canyon Grizl 7 Gravel Bike", 2_299),
            ("Specialized Diverge Comp Gravel Bike", 2_900),
            ("Cannondale Topstone 2 Gravel Bike", 1_750),
            ("Trek Domane AL 4 Road Bike", 1_550),
            ("Giant Defy Advanced 2 Road Bike", 2_350),
            ("Surly Cross-Check Touring Bike", 1_399),
            ("Brompton C Line Folding Bike", 1_650),
            ("Kona Unit Steel Mountain Bike", 1_299),
            ("Bianchi Via Nirone 7 Road Bike", 1_250),
            ("Marin Four Corners Touring Bike", 1_149),
        ],
        details: &[
            &["52cm", "54 cm", "56 cm", "56", "58 cm", "M", "L"],
            &["Shimano GRX", "Shimano 105", "SRAM Apex", "Tiagra", "Carbon Fork", "Disc Brakes"],
        ],
        german: &[
            &["RH 52", "RH 54", "RH 56", "56 cm", "RH 58", "Größe M", "Größe L"],
            &["Shimano GRX", "Shimano 105", "SRAM Apex", "Carbon Gabel", "Scheibenbremsen", "Fahrrad"],
        ],
        shipping: 120,
        colour: "#3b7a57",
    },
    Ware {
        leaf: ("15230", "Film Cameras"),
        parent: ("625", "Cameras & Photo"),
        models: &[
            ("Leica M6 Rangefinder", 2_950),
            ("Leica M3 Double Stroke", 1_450),
            ("Leica M4-P", 1_700),
            ("Nikon F3 HP", 420),
            ("Nikon FM2n", 380),
            ("Canon AE-1 Program", 190),
            ("Contax T2 Compact", 950),
            ("Olympus OM-1n", 180),
            ("Pentax 67 Medium Format", 980),
            ("Mamiya RB67 Pro S", 620),
            ("Hasselblad 500C/M", 1_550),
        ],
        details: &[
            &["35mm Film Camera", "Film Camera Body", "SLR Body", "Camera Body Only"],
            &["Black", "Chrome", "Silver", "CLA'd", "0.72", "w/ Strap"],
        ],
        german: &[
            &["Analogkamera", "Gehäuse", "35mm Kamera", "Spiegelreflex Gehäuse"],
            &["schwarz", "chrom", "silber", "überholt", "0.72", "mit Gurt"],
        ],
        shipping: 24,
        colour: "#4b3f72",
    },
    Ware {
        leaf: ("31388", "Digital Cameras"),
        parent: ("625", "Cameras & Photo"),
        models: &[
            ("Fujifilm X100V", 1_350),
            ("Fujifilm X-T4", 999),
            ("Sony A7 III", 1_199),
            ("Sony A7C", 1_150),
            ("Canon EOS R6", 1_399),
            ("Nikon Z6 II", 1_249),
            ("Ricoh GR III", 899),
            ("Leica Q2", 3_400),
            ("Panasonic Lumix S5", 1_050),
        ],
        details: &[
            &["Mirrorless Digital Camera", "Digital Camera", "24.2MP", "26.1MP Digital Camera"],
            &["Body Only", "Black", "Silver", "Low Shutter Count", "2 Batteries"],
        ],
        german: &[
            &["Systemkamera", "Digitalkamera", "24,2 MP", "26,1 MP Digitalkamera"],
            &["nur Gehäuse", "schwarz", "silber", "wenig Auslösungen", "2 Akkus"],
        ],
        shipping: 22,
        colour: "#264653",
    },
    Ware {
        leaf: ("3323", "Lenses"),
        parent: ("625", "Cameras & Photo"),
        models: &[
            ("Canon EF 50mm f/1.8 STM Lens", 110),
            ("Canon EF 70-200mm f/2.8L IS II Lens", 950),
            ("Nikon AF-S 35mm f/1.8G Lens", 160),
            ("Sony FE 85mm f/1.8 Lens", 430),
            ("Sigma 30mm f/1.4 DC DN Lens", 250),
            ("Leica Summicron-M 50mm f/2 Lens", 1_750),
            ("Leica Elmarit-M 28mm f/2.8 Lens", 1_400),
            ("Voigtlander Nokton 40mm f/1.4 Lens", 380),
            ("Helios 44-2 58mm f/2 Lens", 55),
            ("Fujifilm XF 23mm f/2 R WR Lens", 340),
        ],
        details: &[
            &["Clean Glass", "Prime", "w/ Caps", "w/ Hood", "No Fungus"],
            &["Black", "Silver", "Mint", "Late Model"],
        ],
        german: &[
            &["Objektiv", "Festbrennweite", "mit Deckeln", "mit Gegenlichtblende", "kein Pilz"],
            &["schwarz", "silber", "neuwertig"],
        ],
        shipping: 14,
        colour: "#2a9d8f",
    },
    Ware {
        leaf: ("139971", "Video Game Consoles"),
        parent: ("1249", "Video Games & Consoles"),
        models: &[
            ("Sony PlayStation 5 Slim", 450),
            ("Sony PlayStation 4 Pro 1TB", 220),
            ("Nintendo Switch OLED", 290),
            ("Nintendo Switch Lite", 150),
            ("Microsoft Xbox Series X", 430),
            ("Microsoft Xbox Series S", 230),
            ("Valve Steam Deck 512GB", 420),
            ("Sega Dreamcast", 110),
            ("Nintendo 64", 95),
            ("Nintendo GameCube", 90),
        ],
        details: &[
            &["Console", "Console Bundle", "Console w/ Controller", "Console Only"],
            &["White", "Black", "1TB", "2 Controllers", "PAL", "NTSC"],
        ],
        german: &[
            &["Konsole", "Konsole mit Controller", "Spielekonsole", "nur Konsole"],
            &["weiß", "schwarz", "1TB", "2 Controller", "PAL"],
        ],
        shipping: 25,
        colour: "#1d3557",
    },
    Ware {
        leaf: ("31387", "Wristwatches"),
        parent: ("281", "Jewelry & Watches"),
        models: &[
            ("Seiko SKX007 Diver", 320),
            ("Seiko 5 Sports SRPD55", 190),
            ("Omega Speedmaster Professional Moonwatch", 4_900),
            ("Omega Seamaster 300M", 3_100),
            ("Tudor Black Bay 58", 2_950),
            ("Casio G-Shock DW-5600E", 60),
            ("Hamilton Khaki Field Mechanical", 420),
            ("Tissot PRX Powermatic 80", 540),
            ("Rolex Oyster Perpetual 36", 6_200),
        ],
        details: &[
            &["Automatic Watch", "Mens Watch", "Steel", "38mm", "41mm"],
            &["Blue Dial", "Black Dial", "w/ Papers", "Full Set", "Serviced"],
        ],
        german: &[
            &["Automatikuhr", "Herrenuhr", "Stahl", "38mm", "41mm"],
            &["blaues Zifferblatt", "schwarzes Zifferblatt", "mit Papieren", "Full Set", "Revision"],
        ],
        shipping: 18,
        colour: "#6d597a",
    },
    Ware {
        leaf: ("54235", "Chairs"),
        parent: ("3197", "Furniture"),
        models: &[
            ("Herman Miller Aeron", 620),
            ("Herman Miller Embody", 1_050),
            ("Steelcase Leap V2", 480),
            ("Eames Lounge Chair", 3_900),
            ("Vitra Panton", 290),
            ("Thonet No. 14 Bentwood", 240),
            ("Fritz Hansen Series 7", 420),
            ("Danish Teak Armchair", 650),
        ],
        details: &[
            &["Office Chair", "Chair", "Mid Century", "Lounge Chair"],
            &["Size B", "Black", "Oak", "Leather", "Local Pickup"],
        ],
        german: &[
            &["Bürostuhl", "Stuhl", "Mid Century", "Sessel"],
            &["Größe B", "schwarz", "Eiche", "Leder", "Selbstabholung"],
        ],
        shipping: 140,
        colour: "#8d5524",
    },
    Ware {
        leaf: ("38208", "Sofas, Armchairs & Couches"),
        parent: ("3197", "Furniture"),
        models: &[
            ("Togo Ligne Roset", 2_400),
            ("Chesterfield", 780),
            ("IKEA Söderhamn", 390),
            ("Rolf Benz 6500", 1_600),
            ("Article Sven", 900),
        ],
        details: &[
            &["Sofa", "3 Seater Sofa", "Corner Sofa", "Loveseat"],
            &["Leather", "Velvet", "Grey", "Cognac", "Local Pickup"],
        ],
        german: &[
            &["Sofa", "3-Sitzer Sofa", "Ecksofa", "Couch"],
            &["Leder", "Samt", "grau", "cognac", "Selbstabholung"],
        ],
        shipping: 250,
        colour: "#bc6c25",
    },
    Ware {
        leaf: ("9355", "Cell Phones & Smartphones"),
        parent: ("15032", "Cell Phones & Accessories"),
        models: &[
            ("Apple iPhone 13", 330),
            ("Apple iPhone 14 Pro", 560),
            ("Apple iPhone 15", 590),
            ("Apple iPhone SE 2nd Gen", 120),
            ("Samsung Galaxy S23", 390),
            ("Google Pixel 8", 360),
            ("Google Pixel 7a", 230),
        ],
        details: &[
            &["128GB", "256GB", "512GB", "64GB"],
            &["Unlocked", "Black", "Blue", "Verizon", "Good Battery"],
        ],
        german: &[&["128GB", "256GB", "512GB", "64GB"], &["ohne Simlock", "schwarz", "blau", "Akku 90%"]],
        shipping: 10,
        colour: "#457b9d",
    },
    Ware {
        leaf: ("177", "PC Laptops & Netbooks"),
        parent: ("58058", "Computers/Tablets & Networking"),
        models: &[
            ("Lenovo ThinkPad X1 Carbon Gen 9", 520),
            ("Lenovo ThinkPad T480", 210),
            ("Dell XPS 13 9310", 480),
            ("Framework Laptop 13", 760),
            ("Apple MacBook Air M1", 480),
            ("Apple MacBook Pro 14 M1 Pro", 940),
            ("ASUS ROG Zephyrus G14", 890),
        ],
        details: &[
            &["16GB RAM 512GB SSD", "8GB 256GB", "32GB 1TB", "16GB 256GB"],
            &["Laptop", "i7", "i5", "QWERTY", "No Charger"],
        ],
        german: &[
            &["16GB RAM 512GB SSD", "8GB 256GB", "32GB 1TB", "16GB 256GB"],
            &["Laptop", "Notebook", "i7", "i5", "QWERTZ"],
        ],
        shipping: 20,
        colour: "#495057",
    },
    Ware {
        leaf: ("33034", "Electric Guitars"),
        parent: ("619", "Musical Instruments & Gear"),
        models: &[
            ("Fender Stratocaster Player Series", 690),
            ("Fender American Professional II Telecaster", 1_390),
            ("Gibson Les Paul Standard 50s", 2_150),
            ("Epiphone Casino", 520),
            ("Ibanez RG550", 780),
            ("Squier Classic Vibe 60s Jazzmaster", 360),
        ],
        details: &[
            &["Electric Guitar", "Guitar", "Left Handed Guitar"],
            &["Sunburst", "Olympic White", "w/ Gig Bag", "w/ Hard Case"],
        ],
        german: &[
            &["E-Gitarre", "Gitarre", "Linkshänder Gitarre"],
            &["Sunburst", "Olympic White", "mit Gigbag", "mit Koffer"],
        ],
        shipping: 60,
        colour: "#9d0208",
    },
    Ware {
        leaf: ("19006", "LEGO (R) Complete Sets & Packs"),
        parent: ("220", "Toys & Hobbies"),
        models: &[
            ("LEGO 10497 Galaxy Explorer", 110),
            ("LEGO 75192 Millennium Falcon", 720),
            ("LEGO 42143 Ferrari Daytona SP3", 340),
            ("LEGO 21309 Saturn V", 190),
            ("LEGO 10281 Bonsai Tree", 45),
            ("LEGO 6080 King's Castle", 210),
        ],
        details: &[
            &["Complete Set", "Sealed", "w/ Instructions", "Retired"],
            &["100% Complete", "No Box", "w/ Minifigures"],
        ],
        german: &[
            &["komplettes Set", "versiegelt", "mit Anleitung", "Rarität"],
            &["100% komplett", "ohne OVP", "mit Minifiguren"],
        ],
        shipping: 18,
        colour: "#e9c46a",
    },
];
