//! What registers that are loaded as lists say of a firm: who stands under an employer number, and
//! how the FCC's registers know it.

use serde::{Deserialize, Serialize};

use super::provider::Presence;
use super::time::Ts;

/// What a look into a loaded register gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked<T> {
    /// A record.
    Found(T),
    /// No record now, but there was one in an earlier load.
    Gone(T),
    /// No record.
    Nothing,
    /// It was never loaded.
    NotLoaded,
    /// It is too old to count.
    Stale,
}

impl<T> Looked<T> {
    /// Whether the register holds the record.
    pub const fn presence(&self) -> Presence {
        match self {
            Self::Found(_) => Presence::Present,
            Self::Gone(_) | Self::Nothing => Presence::Absent,
            Self::NotLoaded | Self::Stale => Presence::Unknown,
        }
    }
}

/// The names under one employer number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EinNames {
    /// Names in use.
    pub names: Vec<String>,
    /// Names it had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
}

/// Every filing under one FRN in the Robocall Mitigation Database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RmdFilings {
    /// Mostly one.
    pub filings: Vec<RmdFiling>,
}

/// A filing in the Robocall Mitigation Database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RmdFiling {
    /// Who files.
    pub business_name: String,
    /// Names it does, or did, business under.
    pub other_names: Vec<String>,
    /// The filing's number, where the export tells it.
    pub rmd_number: Option<String>,
    /// Whether it serves from abroad.
    pub foreign: Option<bool>,
    /// How far STIR/SHAKEN is implemented, as published.
    pub implementation: String,
    /// Which services it files for.
    pub offers: Offers,
    /// When it was declared or changed last, where the export tells it.
    pub recertified: Option<Ts>,
}

/// Which services a filing covers; `None` where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    /// Voice service.
    pub voice: Option<bool>,
    /// Gateway.
    pub gateway: Option<bool>,
    /// Intermediate provider.
    pub intermediate: Option<bool>,
}

/// Every removal of one FRN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RmdRemovals {
    /// In the order of the file.
    pub removals: Vec<RmdRemoval>,
}

/// A removal from the Robocall Mitigation Database by order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RmdRemoval {
    /// Who was removed.
    pub business_name: String,
    /// The order, such as `DA 25-694`.
    pub order: String,
    /// From when on.
    pub effective: Ts,
    /// From when on it is back, if it is.
    pub reinstated: Option<Ts>,
    /// Where the order can be read.
    pub source: String,
}

impl RmdRemovals {
    /// The removal that is in effect.
    pub fn in_effect(&self, now: Ts) -> Option<&RmdRemoval> {
        let over = |removal: &RmdRemoval| removal.reinstated.is_some_and(|back| back <= now);
        self.removals.iter().find(|removal| removal.effective <= now && !over(removal))
    }
}

/// Every filer under one id or FRN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filers {
    /// One under an id; under an FRN there may be more.
    pub filers: Vec<Filer>,
}

/// Who files Form 499.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filer {
    /// The id of the filer.
    pub filer_id: String,
    /// Its legal name.
    pub legal_name: String,
    /// Names it trades under.
    pub other_names: Vec<String>,
    /// Its FCC registration number.
    pub frn: Option<String>,
    /// Whether it contributes to universal service.
    pub contributes: Option<bool>,
    /// What it mainly does, as published.
    pub kind: String,
    /// Up to when its registration is current.
    pub current_as_of: Option<Ts>,
}

/// The domain and those above it that could be listed as throw-away: `a.b.example` and `b.example`.
pub fn domain_and_parents(domain: &str) -> Vec<String> {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    let mut found = Vec::new();
    let mut rest = domain.as_str();
    while rest.contains('.') {
        found.push(rest.to_owned());
        rest = rest.split_once('.').map_or("", |(_, parent)| parent);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_not_absent() {
        assert_eq!(Looked::Found(1).presence(), Presence::Present);
        assert_eq!(Looked::<u8>::Nothing.presence(), Presence::Absent);
        assert_eq!(Looked::Gone(1).presence(), Presence::Absent);
        assert_eq!(Looked::<u8>::NotLoaded.presence(), Presence::Unknown);
        assert_eq!(Looked::<u8>::Stale.presence(), Presence::Unknown);
    }

    #[test]
    fn a_removal_counts_until_it_is_taken_back() {
        let removal = RmdRemoval {
            business_name: "EXAMPLE VOIP LLC".to_owned(),
            order: "DA 25-694".to_owned(),
            effective: Ts(10),
            reinstated: Some(Ts(20)),
            source: String::new(),
        };
        let all = RmdRemovals { removals: vec![removal] };
        let at = |now| all.in_effect(Ts(now)).is_some();
        assert_eq!([at(9), at(10), at(19), at(20)], [false, true, true, false]);
    }

    #[test]
    fn a_domain_is_looked_up_with_its_parents() {
        let all = domain_and_parents("Mail.Inbox.Example.");
        assert_eq!(all, ["mail.inbox.example", "inbox.example"]);
        assert!(domain_and_parents("localhost").is_empty());
    }
}
