//! Hotels and the like, told from the words of an address line (R2-09, R3-04).

/// Words that name lodging wherever they stand, unless the name of a street follows from them.
const WORDS: &[&str] = &[
    "HOTEL",
    "HOTELS",
    "MOTEL",
    "MOTELS",
    "HOSTEL",
    "INN",
    "INNS",
    "RESORT",
    "LODGE",
    "SUITES",
    "GUESTHOUSE",
    "AIRBNB",
    "AUBERGE",
    "PENSION",
    "GASTHOF",
    "MARRIOTT",
    "HILTON",
    "HYATT",
    "SHERATON",
    "RAMADA",
    "RADISSON",
    "WESTIN",
    "WYNDHAM",
    "DOUBLETREE",
    "TRAVELODGE",
    "NOVOTEL",
    "HOSTAL",
];

/// Words that name lodging together.
const PHRASES: &[&[&str]] = &[
    &["GUEST", "HOUSE"],
    &["BED", "AND", "BREAKFAST"],
    &["BED", "BREAKFAST"],
    &["SUPER", "8"],
    &["LA", "QUINTA"],
    &["BEST", "WESTERN"],
    &["EXTENDED", "STAY"],
    &["RITZ", "CARLTON"],
    &["FOUR", "SEASONS"],
    &["CROWNE", "PLAZA"],
    &["RED", "ROOF"],
];

/// Words behind which a name is that of a street or a town.
const STREETS: &[&str] = &[
    "ROAD",
    "RD",
    "STREET",
    "ST",
    "AVENUE",
    "AVE",
    "LANE",
    "LN",
    "DRIVE",
    "DR",
    "WAY",
    "COURT",
    "CT",
    "BOULEVARD",
    "BLVD",
    "PLACE",
    "PL",
    "PIKE",
    "HIGHWAY",
    "HWY",
    "TRAIL",
    "TRL",
    "PARKWAY",
    "PKWY",
    "CIRCLE",
    "CIR",
    "SQUARE",
    "SQ",
    "TERRACE",
    "TER",
    "ROW",
    "HEAD",
    "HILL",
    "CREEK",
    "POINT",
    "GROVE",
    "POLE",
    "GRASS",
    "HALL",
];

/// Words behind which a pension is money.
const FUNDS: &[&str] =
    &["FUND", "FUNDS", "PLAN", "PLANS", "TRUST", "BENEFIT", "BENEFITS", "BOARD", "SERVICES"];

/// Societies that meet in lodges.
const SOCIETIES: &[&str] = &["MASONIC", "ELKS", "MOOSE", "EAGLES", "FELLOWS", "PYTHIAS"];

/// Whether a part of the line begins with suites, as the number of an office does.
fn starts_with_suites(line: &str) -> bool {
    let begins =
        |part: &str| part.trim_start().get(..7).is_some_and(|w| w.eq_ignore_ascii_case("suites "));
    line.split(',').any(begins)
}

/// Whether the word of lodging at that place is a part of an ordinary office: suites with numbers behind a
/// street or a comma, the fund of a pension, the lodge of a society.
fn is_office(words: &[&str], at: usize, own_part: bool) -> bool {
    let next = words.get(at + 1).copied().unwrap_or_default();
    let before = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
    let numbered = next.starts_with(|c: char| c.is_ascii_digit()) || next.len() == 1;
    let behind_street = own_part
        || STREETS.contains(&before)
        || before.is_empty()
        || before.starts_with(|c: char| c.is_ascii_digit());
    match words.get(at).copied() {
        Some("SUITES") => numbered && behind_street,
        Some("PENSION") => FUNDS.contains(&next),
        Some("LODGE") => SOCIETIES.contains(&before),
        Some(_) | None => false,
    }
}

/// The words of lodging in a line, if there are any.
pub(super) fn word(line: &str) -> Option<String> {
    let plain: String = line
        .chars()
        .filter(|c| !matches!(c, '.' | '\''))
        .flat_map(char::to_uppercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let street = |at: usize| words.get(at).is_some_and(|next| STREETS.contains(next));
    let single = words.iter().enumerate().find(|(at, word)| {
        // A street's name may have a word between: Inn Valley Road.
        WORDS.contains(word)
            && !street(at + 1)
            && !street(at + 2)
            && !is_office(&words, *at, starts_with_suites(line))
    });
    if let Some((_, word)) = single {
        return Some((*word).to_owned());
    }
    let said = |phrase: &&&[&str]| {
        let spans = words.windows(phrase.len()).enumerate();
        spans.into_iter().any(|(at, w)| w == **phrase && !street(at + phrase.len()))
    };
    PHRASES.iter().find(said).map(|phrase| phrase.join(" "))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn lodging() {
        for line in [
            "Grand Harbour Hotel, 5 Quay",
            "Holiday Inn Express, 12 Airport Way",
            "Motel 6",
            "Room 412, Hilton Garden Inn",
            "Super 8 by the lake",
            "12 Elm St (Bed & Breakfast)",
            "Homewood Suites 100 Main",
            "LA QUINTA 77 W 5th",
            "Comfort Suites 4 Airport Way",
            "The Lodge at Heron Lake",
            "Pension Huber, Dorfstrasse 3",
        ] {
            assert!(word(line).is_some(), "{line}");
        }
    }

    #[test]
    fn premises() {
        for line in [
            "12 Old Inn Road",
            "400 Hotel Street",
            "9 Lodge Ln",
            "1 Hilton Head Hwy",
            "350 Fifth Avenue, Suite 4120",
            "77 Inner Circle",
            "5 Lodgepole Court",
            "3 Resort Parkway",
            "8 Innovation Drive",
            "21 Inn Valley Road",
            "350 Main St, Suites 4-6",
            "350 Main St Suites 4 and 5",
            "Suites A and B, 9 Market Square",
            "12 Broad St, Teamsters Pension Fund",
            "Elks Lodge, 40 Main St",
        ] {
            assert_eq!(word(line), None, "{line}");
        }
    }
}
