//! What the loaded registers say of a claim, in the terms of those that judge it.

use super::check::{
    Coverage, Failure, Fit, Found, Likeness, OtherName, RecordStanding, Told, Verdict, fit,
};
use super::finding::Code;
use super::name::{Name, Schema, resemble};
use super::pii::Pii;
use super::profile::RmdRole;
use super::provider::{Filing, Judged, Presence};
use super::register::{EinNames, Looked, RmdFilings};

/// What a register of names under employer numbers says. Such a register holds a part of the world,
/// and keeps old names and names of groups.
pub fn of_ein(looked: &Looked<EinNames>, asked: &str) -> Told {
    let names = match looked {
        Looked::Found(names) => names,
        Looked::Gone(_) | Looked::Nothing => return Told::Nothing(Coverage::Partial),
        Looked::NotLoaded => return Told::Failed(Failure::NotConfigured),
        Looked::Stale => return Told::Failed(Failure::Stale),
    };
    let (name, mut others) = nearest(&names.names, asked);
    others.extend(names.former.iter().cloned());
    Told::Found(bearing(name, others))
}

fn bearing(name: Option<String>, others: Vec<String>) -> Found {
    Found {
        exact: true,
        standing: RecordStanding::Good,
        reason: String::new(),
        name: name.map(Pii::new),
        other_names: others.into_iter().map(Pii::new).collect(),
        other_name: OtherName::IsReviewed,
    }
}

/// Of several names in use the one most like the asked one, and the others.
fn nearest(names: &[String], asked: &str) -> (Option<String>, Vec<String>) {
    let read = |name: &str| Name::read(name, Schema::Firm).ok();
    let score = |name: &str| {
        let both = read(asked).zip(read(name));
        both.map_or(0, |(asked, name)| resemble(&asked, &name).score)
    };
    let best = (0..names.len()).max_by_key(|at| names.get(*at).map(|name| score(name)));
    let name = best.and_then(|at| names.get(at)).cloned();
    let others = names.iter().zip(0..).filter(|(_, at)| Some(*at) != best);
    (name, others.map(|(name, _)| name.clone()).collect())
}

/// The filing under an FRN whose name is most like one of the customer's.
pub fn filing(
    looked: &Looked<RmdFilings>,
    names: &[&str],
    likeness: Likeness,
) -> Result<Filing, Presence> {
    let Looked::Found(found) = looked else { return Err(looked.presence()) };
    let fits = |at: usize| {
        let filing = found.filings.get(at)?;
        let record = bearing(Some(filing.business_name.clone()), filing.other_names.clone());
        let best = names.iter().map(|name| rank(fit(name, &record, likeness))).max();
        Some((best.unwrap_or(0), at))
    };
    let best = (0..found.filings.len()).filter_map(fits).max_by_key(|(rank, _)| *rank);
    let Some((rank, filing)) = best.and_then(|(rank, at)| Some((rank, found.filings.get(at)?)))
    else {
        return Err(Presence::Absent);
    };
    let offers = [
        (filing.offers.voice, RmdRole::VoiceServiceProvider),
        (filing.offers.gateway, RmdRole::GatewayProvider),
        (filing.offers.intermediate, RmdRole::IntermediateProvider),
    ];
    let roles = offers.into_iter().filter(|(offered, _)| *offered == Some(true));
    Ok(Filing {
        name_agrees: match rank {
            3 => Some(true),
            2 | 1 => None,
            _ => Some(false),
        },
        roles: roles.map(|(_, role)| role).collect(),
        recertified: filing.recertified,
    })
}

const fn rank(fit: Fit) -> u8 {
    match fit {
        // Names a filing gives beside its own are names of the same filer.
        Fit::Agrees | Fit::Former => 3,
        Fit::Similar => 2,
        Fit::Untold => 1,
        Fit::Other => 0,
    }
}

/// What only a person can say of a filing that the register no longer has, or does not date: it was
/// there in an earlier load, and may have moved; it is there, and may be of another year.
pub fn with_history(judged: Judged, gone: bool, dated: bool) -> Judged {
    match judged.result {
        Verdict::Fail if gone && judged.reason == "RMD_ABSENT" => Judged {
            result: Verdict::Review,
            reason: "RMD_MISSING",
            findings: vec![Code::RmdMissing],
            ..judged
        },
        Verdict::Pass if !dated => {
            Judged { result: Verdict::Review, reason: "RMD_DATE_NOT_TOLD", ..judged }
        }
        Verdict::Pass
        | Verdict::Fail
        | Verdict::Review
        | Verdict::Unavailable
        | Verdict::Superseded => judged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::register::{Offers, RmdFiling};

    fn filings(names: &[&str]) -> Looked<RmdFilings> {
        let of = |name: &&str| RmdFiling {
            business_name: (*name).to_owned(),
            other_names: vec!["Example Talk".to_owned()],
            rmd_number: None,
            foreign: Some(false),
            implementation: "Complete STIR/SHAKEN Implementation".to_owned(),
            offers: Offers { voice: Some(true), gateway: None, intermediate: Some(false) },
            recertified: None,
        };
        Looked::Found(RmdFilings { filings: names.iter().map(of).collect() })
    }

    #[test]
    fn the_filing_of_the_likest_name_counts() {
        let agrees = |names: &[&str], asked: &str| {
            filing(&filings(names), &[asked], Likeness::default()).unwrap().name_agrees
        };
        assert_eq!(
            agrees(&["OTHER TEL INC", "EXAMPLE VOIP LLC"], "Example VoIP, L.L.C."),
            Some(true)
        );
        assert_eq!(agrees(&["EXAMPLE VOIP LLC"], "Example Talk"), Some(true));
        assert_eq!(agrees(&["EXAMPLE VOIP LLC"], "Blue Mesa Dental"), Some(false));
        let found = filing(&filings(&["A VOIP LLC"]), &["A VoIP"], Likeness::default()).unwrap();
        assert_eq!(found.roles, [RmdRole::VoiceServiceProvider]);
        let none = |looked: &Looked<RmdFilings>| filing(looked, &["A"], Likeness::default());
        assert_eq!(none(&Looked::Nothing), Err(Presence::Absent));
        assert_eq!(none(&Looked::Stale), Err(Presence::Unknown));
    }

    #[test]
    fn what_is_gone_or_undated_is_for_a_person() {
        let judged = |result, reason| Judged {
            result,
            reason,
            findings: Vec::new(),
            records: std::collections::BTreeMap::new(),
        };
        let reason = |judged: Judged| (judged.result, judged.reason);
        let gone = with_history(judged(Verdict::Fail, "RMD_ABSENT"), true, false);
        assert_eq!(gone.findings, [Code::RmdMissing]);
        assert_eq!(reason(gone), (Verdict::Review, "RMD_MISSING"));
        let undated = with_history(judged(Verdict::Pass, "RMD_LIVE"), false, false);
        assert_eq!(reason(undated), (Verdict::Review, "RMD_DATE_NOT_TOLD"));
        let live = with_history(judged(Verdict::Pass, "RMD_LIVE"), false, true);
        assert_eq!(reason(live), (Verdict::Pass, "RMD_LIVE"));
        let removed = with_history(judged(Verdict::Fail, "RMD_REMOVED"), true, true);
        assert_eq!(reason(removed), (Verdict::Fail, "RMD_REMOVED"));
    }

    #[test]
    fn the_likest_name_under_a_number_is_compared() {
        let names = EinNames {
            names: vec!["OTHER FIRM INC".to_owned(), "EXAMPLE WIDGETS LLC".to_owned()],
            former: vec!["OLD NAME INC".to_owned()],
        };
        let Told::Found(found) = of_ein(&Looked::Found(names), "Example Widgets, L.L.C.") else {
            panic!("found")
        };
        assert_eq!(found.name.unwrap().expose(), "EXAMPLE WIDGETS LLC");
        assert_eq!(found.other_names.len(), 2);
        assert_eq!(of_ein(&Looked::Nothing, "x"), Told::Nothing(Coverage::Partial));
    }
}
