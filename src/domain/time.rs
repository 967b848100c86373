//! Time as integer microseconds: a type, never "now". Intervals are half open, so a thing valid
//! until `t` is not valid at `t`.

use serde::{Deserialize, Serialize};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ts(pub i64);

/// A length of time in microseconds; never negative in rules.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(pub i64);

/// A point of this process's monotonic clock, in microseconds since its clock was made. Two
/// processes' points never compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mono(pub u64);

impl Mono {
    /// The time from `earlier` to this point; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Span {
        Span(i64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(i64::MAX))
    }

    /// This point moved by `span`; never before the clock was made.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add_signed(span.0))
    }
}

impl Ts {
    /// "Never was": the zero of `full_until`, `partial_until`, `valid_until`.
    pub const NEVER: Self = Self(0);
    /// Later than anything a rule compares with (9999-12-31T23:59:59.999999Z), and still a
    /// timestamp both databases can hold.
    pub const FOREVER: Self = Self(253_402_300_799_999_999);

    /// This instant moved by `span`, saturating at the ends of the range.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// This instant moved back by `span`, saturating at the ends of the range.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// The time from `earlier` to this instant; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Reads `2026-11-24` (its start, UTC) or `2026-11-24T16:00:00[.123456]Z`; an offset other
    /// than `Z`, a leap second or a day the calendar does not have is refused.
    pub fn from_iso(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
        let [year, month, day] = fields(date, '-', [4, 2, 2])?;
        let (clock, fraction) = match time.strip_suffix('Z')?.split_once('.') {
            Some((clock, digits)) => (clock, micros(digits)?),
            None => (time.strip_suffix('Z')?, 0),
        };
        let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(1..=last).contains(&day) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        // Days by the proleptic Gregorian calendar, counted in years that start in March.
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = y * 365 + y.div_euclid(4) - y.div_euclid(100)
            + y.div_euclid(400)
            + (153 * m + 2) / 5
            + day
            - 719_469;
        Some(Self((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction))
    }

    /// Whole seconds since the epoch, rounded towards the past.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `n` microseconds.
    pub const fn micros(n: i64) -> Self {
        Self(n)
    }

    /// `n` milliseconds.
    pub const fn millis(n: i64) -> Self {
        Self(n.saturating_mul(1_000))
    }

    /// `n` seconds.
    pub const fn secs(n: i64) -> Self {
        Self(n.saturating_mul(1_000_000))
    }

    /// `n` minutes.
    pub const fn minutes(n: i64) -> Self {
        Self::secs(n.saturating_mul(60))
    }

    /// `n` hours.
    pub const fn hours(n: i64) -> Self {
        Self::minutes(n.saturating_mul(60))
    }

    /// `n` days of 24 hours.
    pub const fn days(n: i64) -> Self {
        Self::hours(n.saturating_mul(24))
    }
}

fn fields(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut out = [0; 3];
    for (slot, width) in out.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(out)
}

fn micros(digits: &str) -> Option<i64> {
    if !(1..=9).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<6}").get(..6)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dates_and_instants_and_nothing_else() {
        let micros = |text| Ts::from_iso(text).map(|t| t.0);
        assert_eq!(micros("1970-01-01"), Some(0));
        assert_eq!(micros("1970-01-01T00:00:01.5Z"), Some(1_500_000));
        assert_eq!(micros("2026-11-24T16:45:25Z"), Some(1_795_538_725_000_000));
        assert_eq!(micros("2024-02-29"), Some(1_709_164_800_000_000));
        assert_eq!(micros("9999-12-31T23:59:59.999999Z"), Some(Ts::FOREVER.0));
        for bad in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "2026-11-24T16:45:60Z",
            "2026-11-24T16:45:25+01:00",
            "2026-11-24T16:45Z",
            "+026-11-24",
            "24.11.2026",
        ] {
            assert_eq!(micros(bad), None, "{bad}");
        }
    }
}
