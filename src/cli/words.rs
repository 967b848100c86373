//! Words on the command line and in the output for what the API names by numbers.

use super::fault::CliFault;
use crate::wire::pb;

/// A word of an enum: `PORTAL` for `ACCESS_ROLE_PORTAL`.
pub fn short(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_owned()
}

/// The roles of a comma-separated list.
pub fn roles(text: &[String]) -> Result<Vec<i32>, CliFault> {
    text.iter()
        .map(|word| {
            let name = format!("ACCESS_ROLE_{}", word.trim().to_uppercase());
            match pb::AccessRole::from_str_name(&name) {
                Some(role) if role != pb::AccessRole::Unspecified => Ok(role.into()),
                Some(_) | None => Err(CliFault::Usage(format!(
                    "{word} is no role; the roles are portal, signer, provisioning, reviewer, \
                     auditor and operator"
                ))),
            }
        })
        .collect()
}

/// The roles of an answer, with commas.
pub fn role_words(roles: impl Iterator<Item = pb::AccessRole>) -> String {
    roles.map(|r| short(r.as_str_name(), "ACCESS_ROLE_")).collect::<Vec<_>>().join(",")
}

/// A time in RFC 3339; `never` where there is none.
pub fn time(time: Option<&prost_types::Timestamp>) -> String {
    let Some(time) = time else { return "never".to_owned() };
    jiff::Timestamp::new(time.seconds, time.nanos)
        .map_or_else(|_outside| "never".to_owned(), |at| at.to_string())
}

/// A time from the command line: RFC 3339, or a day.
pub fn read_time(text: &str) -> Result<prost_types::Timestamp, CliFault> {
    let whole = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    let at: jiff::Timestamp = whole.parse().map_err(|_no_time| {
        CliFault::Usage(format!("{text} is no time; write 2026-11-24 or 2026-11-24T12:00:00Z"))
    })?;
    Ok(prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
}
