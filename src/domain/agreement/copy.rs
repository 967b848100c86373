//! The exact bytes that are shown, signed, hashed and kept. The same template, parties and day
//! always give the same bytes.

use std::fmt::Write as _;

use super::clause::{ClauseBook, Template};
use crate::domain::date;
use crate::domain::digest::Digest;
use crate::domain::ids::AgreementId;
use crate::domain::pii::Pii;
use crate::domain::profile::Profile;
use crate::domain::time::Ts;

/// Who signs, and which agreement it is.
#[derive(Clone, Debug)]
pub struct Parties<'a> {
    /// The provider's legal name.
    pub provider: &'a str,
    /// The customer's live profile.
    pub profile: &'a Profile,
    /// The agreement's id, so that no two copies are alike.
    pub agreement: AgreementId,
    /// When it is prepared; its day stands in the copy.
    pub at: Ts,
}

/// Why no copy can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CopyRefusal {
    /// The profile names nobody to sign with.
    #[error("the profile has no legal name; fill it in first")]
    NoName,
    /// The template asks for a clause that the book lacks.
    #[error("the template names a clause that is not in the book; load the policy again")]
    UnknownClause,
}

impl CopyRefusal {
    /// The stable reason for error details.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoName => "LEGAL_NAME_REQUIRED",
            Self::UnknownClause => "UNKNOWN_CLAUSE",
        }
    }
}

/// A copy and its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The bytes: UTF-8 text, `text/plain`.
    pub bytes: Pii<Vec<u8>>,
    /// Their SHA-256.
    pub sha256: Digest,
}

/// Writes the copy of a template for a customer, every clause with its number and version.
pub fn render(
    book: &ClauseBook,
    template: &Template,
    parties: &Parties<'_>,
) -> Result<Copy, CopyRefusal> {
    let name = parties.profile.legal_name.expose().trim();
    if name.is_empty() {
        return Err(CopyRefusal::NoName);
    }
    let mut text = String::new();
    let _always_ok = head(&mut text, template, parties, name);
    for (id, version) in &template.clauses {
        let clause = book.clause(*id, *version).ok_or(CopyRefusal::UnknownClause)?;
        let _always_ok =
            write!(text, "\n{id} (version {version}) {}\n\n{}\n", clause.title, clause.text.trim());
    }
    let sha256 = Digest::of(text.as_bytes());
    Ok(Copy { bytes: Pii::new(text.into_bytes()), sha256 })
}

fn head(
    text: &mut String,
    template: &Template,
    parties: &Parties<'_>,
    name: &str,
) -> std::fmt::Result {
    let profile = parties.profile;
    writeln!(text, "{}\n", template.title)?;
    writeln!(text, "Agreement {}, template {}", parties.agreement, template.id)?;
    writeln!(text, "Prepared on {}\n", date::write(parties.at))?;
    writeln!(text, "between {} (\"Provider\")", parties.provider)?;
    write!(text, "and {name} (\"Customer\")")?;
    if !profile.incorporation_jurisdiction.is_empty() {
        write!(text, ", formed in {}", profile.incorporation_jurisdiction)?;
    }
    if let Some(a) = &profile.physical_address {
        let parts = a.lines.iter().chain([&a.city, &a.region, &a.postal_code]);
        let parts = parts.map(|p| p.expose().trim()).chain([a.country.as_str()]);
        let place: Vec<&str> = parts.filter(|p| !p.is_empty()).collect();
        write!(text, ", {}", place.join(", "))?;
    }
    text.push('\n');
    Ok(())
}
