//! What the adapters of registers have in common.

use super::exchange::Seen;
use crate::domain::check::{
    Failure, Fit, Found, Likeness, OtherName, Place, Question, RecordStanding, Told, fit,
};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;

/// The day of a date with or without a time; `None` where it is none.
pub(super) fn day(text: &str) -> Option<Ts> {
    Ts::from_iso(text.get(..10)?)
}

/// An answer about another record than the one that was asked for is no answer.
pub(super) fn same(told: &str, asked: &str) -> Result<(), Failure> {
    let bare = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
    };
    if bare(told) == bare(asked) && !bare(asked).is_empty() { Ok(()) } else { Err(Failure::Schema) }
}

/// A record found by its exact identifier. A register that names nobody has not answered.
pub(super) fn found(name: &str, standing: RecordStanding, reason: &str) -> Result<Found, Failure> {
    if name.trim().is_empty() {
        return Err(Failure::Schema);
    }
    Ok(Found {
        exact: true,
        standing,
        reason: reason.to_owned(),
        name: Some(Pii::new(name.trim().to_owned())),
        other_names: Vec::new(),
        other_name: OtherName::Fails,
    })
}

/// A record about something that bears no name.
pub(super) fn nameless(standing: RecordStanding, reason: &str) -> Found {
    Found {
        exact: true,
        standing,
        reason: reason.to_owned(),
        name: None,
        other_names: Vec::new(),
        other_name: OtherName::IsReviewed,
    }
}

/// Whether an address that was told is the place that was asked for: the same number in the street,
/// state and postal code. Words of the street are written in too many ways to be compared.
pub(super) fn same_place(asked: Option<&Place>, street: &str, state: &str, zip: &str) -> bool {
    let Some(asked) = asked else { return false };
    let number = |text: &str| text.split_whitespace().next().unwrap_or_default().to_uppercase();
    let five = |text: &str| text.trim().chars().take(5).collect::<String>();
    number(asked.street.expose()) == number(street)
        && asked.region.expose().eq_ignore_ascii_case(state.trim())
        && five(asked.postal_code.expose()) == five(zip)
}

/// The record, with the names compared where one was asked for. Whether they agree enough is for the
/// result table to say; what stands here is for people to read.
pub(super) fn spoken(found: Found, record: &str, question: &Question) -> Seen {
    let told = found.name.clone().unwrap_or_default();
    let fits = question.asked_name().map(|asked| (asked, fit(asked, &found, Likeness::default())));
    let seen = Seen::of(Told::Found(found), record);
    match fits {
        // A name that differs is judged by itself and makes no field differ.
        Some((asked, fit)) => {
            let agrees = !matches!(fit, Fit::Other) || asked.is_empty();
            seen.compare("name", asked, told.expose(), agrees)
        }
        None => seen,
    }
}
