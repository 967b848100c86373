//! Calendar dates: `2026-01-01` is the first instant of that day, UTC.

use super::time::{Span, Ts};

/// Reads a date; refuses days that no calendar has.
pub fn read(text: &str) -> Option<Ts> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let (year, month, day): (i64, i64, i64) =
        (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (1..=length).contains(&day).then(|| Ts(0).plus(Span::days(days(year, month, day))))
}

/// The day of an instant, as `2026-01-01`.
pub fn write(at: Ts) -> String {
    let days = at.unix_seconds().div_euclid(86_400) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day is the last of one.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(read("1970-01-01"), Some(Ts(0)));
        assert_eq!(read("2026-01-01").map(Ts::unix_seconds), Some(1_767_225_600));
        assert_eq!(read("2024-02-29").map(Ts::unix_seconds), Some(1_709_164_800));
        for text in ["1970-01-01", "2024-02-29", "2026-12-31", "2000-03-01", "2100-02-28"] {
            assert_eq!(read(text).map(write).as_deref(), Some(text));
        }
        for bad in ["2026-02-29", "2026-13-01", "2026-1-1", "2026-01-01Z", "", "2026-01-00"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
