//! Words that many names have, by what they say.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::class::Class;
use super::clean::Plain;
use super::word::Word;

/// Forms of address and ranks.
const TITLES: &str = "mr mrs ms miss mister dr doctor prof professor gen general col colonel maj major capt \
    captain cpt lt lieutenant sgt sergeant brig brigadier adm admiral cmdr commander sir lord lady dame hon \
    honorable rev reverend fr don dona sr jr ing eng engr arq lic sheikh sheik shaikh shaykh cheikh \
    sayyid sayid sayyed seyed seyyed said syed sayed haji hajji hajj hadji haj al-haj mullah mulla maulavi mawlawi \
    maulvi mawlavi moulavi qari hafiz imam ustad ustadh ayatollah akhund president minister prince princess \
    king queen herr frau mme mlle monsieur madame senor senora";

/// Small words, in names of firms and of people.
const SMALL: &str = "the a an and of for in on at to by or with from de del della dello dei degli di da do dos \
    das du des la las le les lo los el y e et und der die das den dem van von vom zu zum zur und i \
    al ul ur bin ibn ben bint oglu kizi uulu ter te ten het en og och af av dba aka";

/// Trades, products and structures, in the languages of the lists.
const GENERIC: &str = "group groupe grupo gruppe gruppo holding holdings enterprise enterprises empresa empresas \
    entreprise firm firma association asociacion associates society union federation organization organisation \
    organizacion organizations foundation fundacion fondation institute instituto institution bureau office agency agencia \
    center centre centro committee council department ministry directorate administration authority \
    branch party movement army force forces front brigade corps guard guards network club academy \
    university college school clinic hospital museum \
    international internacional internationale global world worldwide universal national nacional general central \
    state federal public republic private commercial comercial industrial civil military \
    new nueva nuevo first grand great royal premier prime super \
    trading trade trader traders comercializadora comercializadoras commerce comercio negocios business businesses \
    import imports export exports importadora exportadora distribuidora distribution distributors distribuidores \
    supply supplies sales retail wholesale store stores shop shops market markets marketing mall boutique \
    industry industries industria industrias industrie manufacturing manufacturers production productions producciones product \
    products productos producers factory plant works \
    service services servicio servicios solution solutions soluciones system systems sistemas sistema \
    project projects proyectos development developments desarrollo desarrollos developers \
    investment investments inversiones inversion invest investors capital finance financial financiera \
    finanzas bank banco banque banking bancorp credit insurance seguros reinsurance assurance exchange cambio \
    money securities asset assets wealth equity fund funds fondo portfolio income growth value bond index etf \
    pension retirement mortgage loan loans lending savings venture ventures partner partners partnership advisors \
    consulting consultants consultores consultoria advisory management managers administradora asesores asesorias accounting \
    legal services realty property properties propiedades estate estates inmobiliaria inmobiliarias bienes raices real housing home homes \
    construction constructions open closed joint stock diamonds construcciones constructora constructores builders building buildings engineering \
    ingenieria engineers architects contracting contractors infrastructure infraestructura \
    energy energia power electricity electric electrical electricidad solar wind hydro nuclear oil gas petroleum \
    petrochemical petrochemicals petroleo refinery fuel fuels coal mining minera mines mineral minerals metals metal steel \
    iron aluminum aluminium copper gold silver diamond cement chemical chemicals plastic plastics paper glass rubber \
    water waters aguas environmental recycling green clean \
    technology technologies tecnologia tech software hardware digital data computer computers electronics \
    electronic telecom telecommunications communications comunicaciones mobile internet online media \
    advertising publicidad publishing press news radio television tv film films entertainment music \
    transport transportation transportes transporte logistics logistica shipping ship ships shipyard maritime marine \
    maritima navigation naviera navegacion lines line freight cargo carriers courier express aviation airlines airways air airline \
    aerospace auto automotive automotriz automotores motor motors vehicle vehicles car cars truck parts autopartes \
    railway railways rail port airport offshore shore overseas travel viajes tours tourism turismo turistica turisticos hotel hoteles \
    hotels resort hospitality restaurant restaurantes restaurants cafe food foods alimentos agro agricultural agriculture \
    agricola agropecuaria ganadera farm farms farming fisheries fishing pesquera beverage beverages bebidas \
    medical medico health healthcare salud pharmaceutical pharmaceuticals pharma farmaceutica drug drugs drogueria \
    laboratories laboratorios laboratory biotech research investigacion science sciences scientific space \
    defense defence security seguridad safety arms weapons aircraft machinery machine machines \
    equipment equipos tools instruments instrument materials material components textile textiles \
    garment garments clothing fashion shoes leather furniture packaging printing design designs \
    operadora operator operations constructora promotora arrendadora leasing rental rentals outsourcing staffing \
    training education educational sports sport security cleaning maintenance repair quality \
    trust cooperative cooperativa casa family brothers hermanos sons hijos bros \
    north south east west northern southern eastern western oriental occidental norte sur \
    limited incorporated company corporation compania corporacion sociedad anonima co corp trafficking liberation liability";

/// Countries, regions, big cities, and the words made of them.
const PLACES: &str = "usa us uk america american americas united kingdom states canada canadian mexico mexicana mexicano \
    colombia colombian colombiana colombiano panama panamena venezuela venezolana ecuador peru chile chilean china \
    argentina brazil brasil bolivia paraguay uruguay cuba cuban cubana caribbean caribe guatemala honduras nicaragua salvador \
    costa rica dominicana dominican haiti jamaica bahamas bermuda cayman belize barbados \
    europe european euro england english britain british scotland ireland irish france french germany german deutschland \
    deutsche italy italia italian italiana spain espana espanola portugal portuguese netherlands nederland holland dutch \
    belgium belgian luxembourg lux swiss switzerland schweiz suisse austria austrian osterreich poland polska denmark danish danmark sweden \
    swedish sverige norway norwegian norge finland finnish suomi iceland estonia latvia lithuania russia russian rossii rus ukraine \
    ukrainian belarus moldova romania bulgaria serbia croatia slovenia slovakia czech hungary hungarian greece greek cyprus malta \
    turkey turkish turkiye georgia armenia azerbaijan kazakhstan uzbekistan turkmenistan kyrgyzstan tajikistan \
    asia asian pacific africa african arab arabia arabian gulf emirates uae dubai qatar kuwait bahrain oman \
    yemen saudi iran iranian iraq iraqi syria syrian lebanon lebanese jordan jordanian israel palestine egypt egyptian libya \
    libyan tunisia algeria morocco sudan somalia ethiopia eritrea kenya uganda tanzania nigeria ghana congo zimbabwe zambia angola mozambique \
    india indian pakistan pakistani bangladesh lanka nepal afghanistan afghan burma myanmar thailand thai vietnam \
    cambodia laos malaysia singapore indonesia philippines taiwan hong kong hongkong japan japanese nippon korea korean dprk \
    chinese beijing shanghai shenzhen dalian dandong guangzhou australia australian zealand \
    london paris berlin moscow kiev tehran baghdad damascus beirut cairo york angeles miami texas california florida \
    dallas phoenix chicago houston boston nevada ohio delaware toronto vancouver montreal sydney tokyo seoul pyongyang \
    atlantic mediterranean middle latin latino islamic muslim";

/// Names that so many people bear that they say little, and how else they are written.
const WIDESPREAD: &str = "muhammad mohammed mohammad mohamed mohamad muhammed mohd ahmad ahmed ali abdul abdel \
    abdullah abdallah hassan hasan hussein husayn hussain hossein mahmoud mahmud ibrahim khalid omar umar said \
    jose maria juan luis carlos antonio john michael david kim lee li wang zhang";

/// Numbers in words.
const NUMBERS: [(&str, &str); 9] = [
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
];

/// Roman numerals that are not mistaken for words.
const ROMAN: [(&str, &str); 14] = [
    ("i", "1"),
    ("ii", "2"),
    ("iii", "3"),
    ("iv", "4"),
    ("v", "5"),
    ("vi", "6"),
    ("vii", "7"),
    ("viii", "8"),
    ("ix", "9"),
    ("x", "10"),
    ("xi", "11"),
    ("xii", "12"),
    ("xiii", "13"),
    ("xiv", "14"),
];

static FIRMS: LazyLock<BTreeMap<&str, Class>> = LazyLock::new(|| {
    let of = |words: &'static str, class| words.split_whitespace().map(move |w| (w, class));
    of(GENERIC, Class::Generic)
        .chain(of(PLACES, Class::Place))
        .chain(of(SMALL, Class::Small))
        .collect()
});

static PEOPLE: LazyLock<BTreeMap<&str, Class>> = LazyLock::new(|| {
    let of = |words: &'static str, class| words.split_whitespace().map(move |w| (w, class));
    of(TITLES, Class::Title).chain(of(SMALL, Class::Small)).collect()
});

type ByKey = BTreeMap<u32, Vec<(Arc<Word>, &'static str)>>;

/// The words of firms by key, to know them when they are misspelt.
static BY_KEY: LazyLock<ByKey> = LazyLock::new(|| {
    let mut table = ByKey::new();
    let long = FIRMS.iter().filter(|(word, class)| word.len() >= 4 && **class == Class::Generic);
    for (text, _) in long {
        let plain = Plain { text: (*text).to_owned(), ..Plain::default() };
        let word = Arc::new(Word::new(plain));
        for key in word.keys() {
            table.entry(*key).or_default().push((Arc::clone(&word), *text));
        }
    }
    table
});

/// What a word is in the name of a firm; `first` if no word of the name goes before it.
pub(super) fn in_firm(text: &str, first: bool) -> Class {
    match FIRMS.get(text) {
        Some(class) => *class,
        None if first && text.len() < 7 && PEOPLE.get(text) == Some(&Class::Title) => Class::Title,
        None if text.len() == 1 => Class::Letter,
        None => Class::Core,
    }
}

/// Whether many names have the word.
pub(super) fn is_common(text: &str) -> bool {
    FIRMS.contains_key(text)
}

/// The common word that this one is a slip of: lookalike letters or lost vowels, or any one letter
/// of a long word.
pub(super) fn meant(word: &Word) -> Option<&'static str> {
    if word.len() < 3 || is_common(word.text()) {
        return None;
    }
    let near = |common: &Word| {
        let most = if common.len() >= 7 { 110 } else { 30 };
        word.cost(common).filter(|cost| *cost <= most)
    };
    let common = word.keys().iter().filter_map(|key| BY_KEY.get(key)).flatten();
    let nearest = common.filter_map(|(common, text)| near(common).map(|cost| (cost, *text))).min();
    nearest.map(|(_, text)| text)
}

/// Whether millions bear the name.
pub(super) fn is_widespread(word: &str) -> bool {
    WIDESPREAD.split_whitespace().any(|name| name == word)
}

/// What a word is in the name of a person.
pub(super) fn in_person(word: &Word) -> Class {
    let slip = || TITLED.iter().any(|title| word.cost(title).is_some_and(|cost| cost <= 30));
    match PEOPLE.get(word.text()) {
        Some(class) => *class,
        None if word.len() == 1 => Class::Initial,
        None if slip() => Class::Title,
        None => Class::Core,
    }
}

/// Titles that are known when a letter looks like another or the vowels are lost.
static TITLED: LazyLock<Vec<Word>> = LazyLock::new(|| {
    let long = TITLES.split_whitespace().filter(|title| title.len() >= 4);
    long.map(|text| Word::new(Plain { text: text.to_owned(), ..Plain::default() })).collect()
});

/// The figures of a number in words or in Roman letters; a name does not begin with the latter.
pub(super) fn figures(word: &str, first: bool) -> Option<&'static str> {
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(text, _)| *text == word).map(|(_, figures)| *figures)
    };
    find(&NUMBERS).or_else(|| if first { None } else { find(&ROMAN) })
}
