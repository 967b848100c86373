//! Ranges of telephone numbers: consecutive, and inside of one exchange (NPA-NXX).
//!
//! A range is only a way to write numbers down. It is taken apart where it comes in, and what is
//! claimed, evidenced and lost from then on is each number by itself: so a port-out or a release of
//! one number punches a hole into what was claimed as a range, and no rule has to know of it.

use super::number::{BadTn, Tn};

/// How many numbers an exchange has, and so the longest range.
pub const EXCHANGE: u64 = 10_000;

/// Why a text names no range. Stable reasons: the wire and result files hand them on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRange {
    /// An end of it is no number.
    #[error("{0}")]
    Number(#[from] BadTn),
    /// The count is no whole number above zero.
    #[error("give how many numbers the range has, from 1 to 10000")]
    Count,
    /// Neither an end nor a count.
    #[error("give the last number of the range, or how many numbers it has")]
    Open,
    /// An end and a count.
    #[error("give the last number of the range or its count, not both")]
    Mixed,
    /// The end lies before the start.
    #[error("the last number of the range lies before its first one; swap them")]
    Backwards,
    /// More numbers than an exchange has.
    #[error("a range has at most 10000 numbers; give one range for each exchange")]
    TooLong,
    /// It begins in one exchange and ends in another.
    #[error("a range lies inside one area code and exchange; give one range for each exchange")]
    Crosses,
    /// Other numbering plans have no exchanges.
    #[error("ranges are of +1 numbers; give other numbers one by one")]
    NotNanp,
}

impl BadRange {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Number(bad) => bad.reason(),
            Self::Count => "RANGE_COUNT",
            Self::Open => "RANGE_OPEN",
            Self::Mixed => "RANGE_MIXED",
            Self::Backwards => "RANGE_BACKWARDS",
            Self::TooLong => "RANGE_TOO_LONG",
            Self::Crosses => "RANGE_CROSSES_EXCHANGE",
            Self::NotNanp => "RANGE_NOT_NANP",
        }
    }
}

/// One number, or consecutive numbers of one exchange. Personal data, like a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TnRange {
    first: Tn,
    count: u64,
}

impl TnRange {
    /// A number alone, of any country.
    pub const fn one(tn: Tn) -> Self {
        Self { first: tn, count: 1 }
    }

    /// From the first number on, so many. Costs the same whatever the count.
    pub fn counted(first: Tn, count: u64) -> Result<Self, BadRange> {
        match count {
            0 => return Err(BadRange::Count),
            1 => return Ok(Self::one(first)),
            2..=EXCHANGE => {}
            _ => return Err(BadRange::TooLong),
        }
        first.nanp().ok_or(BadRange::NotNanp)?;
        if first.as_u64() % EXCHANGE + count > EXCHANGE {
            return Err(BadRange::Crosses);
        }
        Ok(Self { first, count })
    }

    /// From the first number to the last, both of them in it.
    pub fn between(first: Tn, last: Tn) -> Result<Self, BadRange> {
        if first == last {
            return Ok(Self::one(first));
        }
        if first.nanp().is_none() || last.nanp().is_none() {
            return Err(BadRange::NotNanp);
        }
        let more = last.as_u64().checked_sub(first.as_u64()).ok_or(BadRange::Backwards)?;
        if first.nanp() != last.nanp() {
            return Err(BadRange::Crosses);
        }
        Self::counted(first, more + 1)
    }

    /// Reads a range as files and messages give it: the first number, and the last one or a count.
    /// A short last number, such as the `99` of `+12125550100` to `99`, is refused, not guessed.
    pub fn read(first: &str, last: &str, count: &str) -> Result<Self, BadRange> {
        let first = Tn::parse(first)?;
        match (last.trim(), count.trim()) {
            ("", "") => Ok(Self::one(first)),
            ("", count) => {
                let plain = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
                if !plain {
                    return Err(BadRange::Count);
                }
                // Digits that do not fit are more than any range has.
                Self::counted(first, count.parse().unwrap_or(u64::MAX))
            }
            (last, "") => Self::between(first, Tn::parse(last)?),
            (_, _) => Err(BadRange::Mixed),
        }
    }

    /// Its first number.
    pub const fn first(self) -> Tn {
        self.first
    }

    /// How many numbers it has.
    pub const fn count(self) -> u64 {
        self.count
    }

    /// The number at a place of it, from 0.
    pub fn at(self, place: u64) -> Option<Tn> {
        if place >= self.count {
            return None;
        }
        Tn::from_digits(self.first.as_u64() + place).ok()
    }

    /// Its numbers in order.
    pub fn numbers(self) -> impl Iterator<Item = Tn> {
        (0..self.count).filter_map(move |place| self.at(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(first: &str, last: &str, count: &str) -> Result<(String, u64), BadRange> {
        TnRange::read(first, last, count).map(|range| (range.first().e164(), range.count()))
    }

    #[test]
    fn a_range_is_read_in_both_forms() {
        let whole = Ok(("+12126640000".to_owned(), 10_000));
        assert_eq!(read("+12126640000", "+12126649999", ""), whole);
        assert_eq!(read("+1 (212) 664-0000", "", " 10000 "), whole);
        assert_eq!(read("+12126647665", "", ""), Ok(("+12126647665".to_owned(), 1)));
        assert_eq!(read("+442079460000", "", "1"), Ok(("+442079460000".to_owned(), 1)));
        let range = TnRange::read("+12126649998", "+12126649999", "").unwrap();
        let numbers: Vec<_> = range.numbers().map(Tn::e164).collect();
        assert_eq!(numbers, ["+12126649998", "+12126649999"]);
        assert_eq!(range.at(2), None);
    }

    #[test]
    fn what_is_no_range_says_why() {
        let cases = [
            ("+12126647665", "+12126647664", "", "RANGE_BACKWARDS"),
            ("+12126649999", "+12126650000", "", "RANGE_CROSSES_EXCHANGE"),
            ("+12126649999", "+12136649999", "", "RANGE_CROSSES_EXCHANGE"),
            ("+12126649999", "", "2", "RANGE_CROSSES_EXCHANGE"),
            ("+12126640000", "", "10001", "RANGE_TOO_LONG"),
            ("+12126640000", "", "1000000000", "RANGE_TOO_LONG"),
            ("+12126640000", "", "99999999999999999999999", "RANGE_TOO_LONG"),
            ("+12126640000", "", "0", "RANGE_COUNT"),
            ("+12126640000", "", "-1", "RANGE_COUNT"),
            ("+12126640000", "", "1e3", "RANGE_COUNT"),
            ("+12126640000", "", "\u{0661}", "RANGE_COUNT"),
            ("+12126640000", "+12126640009", "10", "RANGE_MIXED"),
            ("+12126640000", "99", "", "TN_TOO_SHORT"),
            ("+442079460000", "+442079460009", "", "RANGE_NOT_NANP"),
            ("+442079460000", "", "10", "RANGE_NOT_NANP"),
            ("+12126640000", "+442079460009", "", "RANGE_NOT_NANP"),
            ("", "+12126640000", "", "TN_EMPTY"),
        ];
        for (first, last, count, reason) in cases {
            let told = TnRange::read(first, last, count).err().map(BadRange::reason);
            assert_eq!(told, Some(reason), "{first} {last} {count}");
        }
    }
}
