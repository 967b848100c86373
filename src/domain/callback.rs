//! Call-backs: which numbers a code is sent to, how often, and what is dialled behind them.
//!
//! Codes cost money and reach strangers, so both abuses have their bounds here. Whoever pumps calls
//! through a range to earn on them meets the caps of its prefix and its country; whoever guesses
//! meets the lock. A code proves no more than PARTIAL, because somebody may read it out to a caller.

use serde::{Deserialize, Serialize};

use super::number::{Category, Tn};
use super::numbering::Placed;
use super::pii::Pii;
use super::time::{Span, Ts};

/// Limits of the codes that go to numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallbackRules {
    /// Minutes a code lives.
    pub minutes: u32,
    /// Wrong codes allowed, however often the code is sent.
    pub tries: u32,
    /// Messages an hour to one number.
    pub number_sends_an_hour: u32,
    /// Messages a day to one number.
    pub number_sends_a_day: u32,
    /// Messages a day for one customer.
    pub customer_sends_a_day: u32,
    /// Messages a day to one prefix: area code and exchange, or what stands for them abroad.
    pub prefix_sends_a_day: u32,
    /// Messages a day to numbers of the United States.
    pub home_sends_a_day: u32,
    /// Messages a day to each other country; none closes them.
    pub foreign_sends_a_day: u32,
    /// Wrong codes within a day that lock a customer's call-backs.
    pub failures: u32,
    /// How long the lock lasts.
    pub lock_hours: u32,
    /// First digits, country code included, of numbers that are never called: premium and satellite
    /// services and the like.
    pub closed_prefixes: Vec<String>,
}

impl Default for CallbackRules {
    /// What holds under a policy that was stored before there were such rules.
    fn default() -> Self {
        Self {
            minutes: 10,
            tries: 3,
            number_sends_an_hour: 3,
            number_sends_a_day: 10,
            customer_sends_a_day: 200,
            prefix_sends_a_day: 50,
            home_sends_a_day: 5_000,
            foreign_sends_a_day: 0,
            failures: 10,
            lock_hours: 24,
            closed_prefixes: Vec::new(),
        }
    }
}

/// Why no code is sent to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCalled {
    /// Nobody can have it, or nobody has it.
    #[error("nobody can be reached at such a number; claim one that a subscriber has")]
    Category(Category),
    /// It costs whoever calls it.
    #[error("numbers with this prefix are not called; hand in a letter or a bill instead")]
    Closed,
}

impl NotCalled {
    /// The stable reason for error details.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Category(category) => category.as_str(),
            Self::Closed => "DESTINATION_CLOSED",
        }
    }
}

/// Refuses a number that is never called.
pub fn callable(tn: Tn, placed: Placed, rules: &CallbackRules) -> Result<(), NotCalled> {
    let Placed { category, foreign } = placed;
    match category {
        Category::Invalid | Category::Unallocated | Category::Unused | Category::NotAssignable => {
            return Err(NotCalled::Category(category));
        }
        // A listed number still rings, and an unknown block may be a new one.
        Category::Assignable | Category::SubscriberDno | Category::AllocationUnknown => {}
    }
    let digits = tn.digits();
    let closed = rules.closed_prefixes.iter().any(|prefix| digits.starts_with(prefix.as_str()));
    if closed || (country(tn, foreign) != HOME && rules.foreign_sends_a_day == 0) {
        return Err(NotCalled::Closed);
    }
    Ok(())
}

/// The country of the provider's home numbers, as [`country`] names it.
const HOME: &str = "1";

/// The digits that carriers bill by: area code and exchange, and abroad the first six digits.
pub fn prefix(tn: Tn) -> String {
    let length = if tn.nanp().is_some() { 7 } else { 6 };
    tn.digits().chars().take(length).collect()
}

/// The country that counts together. Each North American country outside of the United States is
/// known by its area code, and counts for itself: `foreign` says that the number is of one.
pub fn country(tn: Tn, foreign: bool) -> String {
    let digits = tn.digits();
    let length = match tn.nanp() {
        Some(_) if foreign => 4,
        Some(_) => 1,
        None => code_length(&digits),
    };
    digits.chars().take(length).collect()
}

/// How many digits the country code has (E.164: the zones 1 and 7, a list of two digits, else three).
fn code_length(digits: &str) -> usize {
    const TWO: [&str; 41] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93",
    ];
    const MORE: [&str; 3] = ["94", "95", "98"];
    match digits.get(..2) {
        _ if digits.starts_with('7') => 1,
        Some(two) if TWO.contains(&two) || MORE.contains(&two) => 2,
        _ => 3,
    }
}

/// What messages are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// One number.
    Number,
    /// One customer.
    Customer,
    /// One prefix.
    Prefix,
    /// One country.
    Country,
}

impl Lane {
    /// The stable reason for error details.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Number => "TOO_MANY_CODES",
            Self::Customer => "TOO_MANY_CODES_OF_CUSTOMER",
            Self::Prefix => "TOO_MANY_CODES_TO_PREFIX",
            Self::Country => "TOO_MANY_CODES_TO_COUNTRY",
        }
    }
}

/// How many messages a lane takes in any stretch of time of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Of what.
    pub lane: Lane,
    /// In how long.
    pub window: Span,
    /// How many.
    pub most: u32,
}

impl Cap {
    /// How long until there is room, where `nth` is when the message was sent with which the lane
    /// became full: the `most`th newest of the window. No message of that rank means there is room.
    pub fn wait(self, nth: Option<Ts>, now: Ts) -> Option<Span> {
        let free = nth?.plus(self.window);
        (free > now).then(|| free.since(now))
    }
}

/// Every cap that one message to this number has to keep.
pub fn caps(tn: Tn, foreign: bool, rules: &CallbackRules) -> [Cap; 5] {
    let day = Span::days(1);
    let at_home = country(tn, foreign) == HOME;
    let country = if at_home { rules.home_sends_a_day } else { rules.foreign_sends_a_day };
    [
        Cap { lane: Lane::Number, window: Span::hours(1), most: rules.number_sends_an_hour },
        Cap { lane: Lane::Number, window: day, most: rules.number_sends_a_day },
        Cap { lane: Lane::Customer, window: day, most: rules.customer_sends_a_day },
        Cap { lane: Lane::Prefix, window: day, most: rules.prefix_sends_a_day },
        Cap { lane: Lane::Country, window: day, most: country },
    ]
}

/// What is dialled once the call is answered: digits, `*`, `#`, and `,` for a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension(Pii<String>);

/// The text cannot be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an extension is 1 to 32 of the digits, * and #, with a comma for each pause")]
pub struct BadExtension;

impl Extension {
    /// Reads an extension; spaces between the signs do not count.
    pub fn parse(text: &str) -> Result<Self, BadExtension> {
        if text.len() > 64 {
            return Err(BadExtension);
        }
        let signs: String = text.chars().filter(|c| *c != ' ').collect();
        let dialled = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | ',');
        let keyed = signs.chars().any(|c| c != ',');
        if keyed && signs.len() <= 32 && signs.chars().all(dialled) {
            Ok(Self(Pii::new(signs)))
        } else {
            Err(BadExtension)
        }
    }

    /// What is dialled.
    pub const fn signs(&self) -> &Pii<String> {
        &self.0
    }
}

/// Whether so many wrong codes within a day lock a customer's call-backs, and for how long.
pub fn lock(failures: u32, rules: &CallbackRules) -> Option<Span> {
    (failures >= rules.failures).then(|| Span::hours(i64::from(rules.lock_hours)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tn(text: &str) -> Tn {
        Tn::parse(text).unwrap()
    }

    fn foreign(text: &str) -> bool {
        !text.starts_with("+1212")
    }

    fn at(text: &str, category: Category, rules: &CallbackRules) -> Result<(), NotCalled> {
        callable(tn(text), Placed { category, foreign: foreign(text) }, rules)
    }

    fn rules() -> CallbackRules {
        CallbackRules {
            foreign_sends_a_day: 20,
            closed_prefixes: vec!["979".to_owned(), "4487".to_owned()],
            ..CallbackRules::default()
        }
    }

    #[test]
    fn countries_and_prefixes() {
        let told = |text: &str| (country(tn(text), foreign(text)), prefix(tn(text)));
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(told("+12126647665"), pair("1", "1212664"));
        assert_eq!(told("+18765551234"), pair("1876", "1876555"));
        assert_eq!(told("+442079460000"), pair("44", "442079"));
        assert_eq!(told("+74951234567"), pair("7", "749512"));
        assert_eq!(told("+35312345678"), pair("353", "353123"));
        assert_eq!(told("+97912345678"), pair("979", "979123"));
        assert_eq!(told("+9981234567"), pair("998", "998123"));
    }

    #[test]
    fn what_is_never_called() {
        let closed = |text: &str| at(text, Category::Assignable, &rules()).err();
        assert_eq!(closed("+12126647665"), None);
        assert_eq!(closed("+442079460000"), None);
        assert_eq!(closed("+448712345678"), Some(NotCalled::Closed));
        assert_eq!(closed("+97912345678"), Some(NotCalled::Closed));
        let at_home = CallbackRules { foreign_sends_a_day: 0, ..rules() };
        let abroad = at("+18765551234", Category::Assignable, &at_home);
        assert_eq!(abroad, Err(NotCalled::Closed));
        for category in
            [Category::Invalid, Category::Unallocated, Category::Unused, Category::NotAssignable]
        {
            let told = at("+12126647665", category, &rules());
            assert_eq!(told, Err(NotCalled::Category(category)));
        }
        for category in [Category::SubscriberDno, Category::AllocationUnknown] {
            assert_eq!(at("+12126647665", category, &rules()), Ok(()));
        }
    }

    #[test]
    fn a_lane_is_full_until_its_oldest_message_leaves_the_window() {
        let [hour, ..] = caps(tn("+12126647665"), false, &rules());
        assert_eq!((hour.lane, hour.most), (Lane::Number, 3));
        let now = Ts(0).plus(Span::days(9));
        assert_eq!(hour.wait(None, now), None);
        assert_eq!(hour.wait(Some(now.minus(Span::minutes(59))), now), Some(Span::minutes(1)));
        assert_eq!(hour.wait(Some(now.minus(Span::hours(1))), now), None);
        let most = |text: &str| caps(tn(text), foreign(text), &rules())[4].most;
        assert_eq!((most("+12126647665"), most("+18765551234")), (5_000, 20));
    }

    #[test]
    fn extensions() {
        let read = |text: &str| Extension::parse(text).map(|e| e.signs().as_str().to_owned());
        assert_eq!(read(" ,,1 2*3# ").as_deref(), Ok(",,12*3#"));
        for bad in ["", ",,", "12x", "1;2", "\u{0661}2", "+1", &"1".repeat(33), &"1".repeat(9_999)]
        {
            assert_eq!(read(bad), Err(BadExtension), "{bad:.20}");
        }
        assert_eq!(format!("{:?}", Extension::parse("204")), "Ok(Extension([personal data]))");
    }

    #[test]
    fn ten_wrong_codes_lock() {
        assert_eq!(lock(9, &rules()), None);
        assert_eq!(lock(10, &rules()), Some(Span::hours(24)));
    }
}
