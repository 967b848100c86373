//! Screens names against every loaded list.

use std::collections::BTreeMap;

use serde_json::json;

use super::commit::raise_of;
use crate::app::error::AppError;
use crate::app::lists::Loaded;
use crate::app::parts::App;
use crate::domain::check::Verdict;
use crate::domain::customer_file::ClaimRow;
use crate::domain::date;
use crate::domain::finding::{Code, Raise, entry_of, subject_of};
use crate::domain::ids::ListVersionId;
use crate::domain::list::{List, Purpose};
use crate::domain::pii::Pii;
use crate::domain::screening::{Hit, Party};
use crate::domain::time::Ts;

/// What screening one name came to.
#[derive(Clone, Debug)]
pub(super) struct Screened {
    pub(super) verdict: Verdict,
    pub(super) reason: &'static str,
    pub(super) raises: Vec<Raise>,
    pub(super) evidence: serde_json::Value,
    /// The loads that were asked.
    pub(super) asked: Vec<(List, ListVersionId)>,
}

impl Screened {
    /// The words of the lists that were asked.
    pub(super) fn source(&self) -> String {
        let words = self.asked.iter().map(|(list, _)| list.as_str());
        words.collect::<Vec<_>>().join(",")
    }
}

/// Screens one name against all loaded lists. A required list that is missing or stale makes it
/// UNAVAILABLE, never a pass.
pub(super) fn screen(
    app: &App,
    claim: &ClaimRow,
    name: &str,
    now: Ts,
) -> Result<Screened, AppError> {
    let policy = app.policies.at(now)?;
    let threshold = policy.policy.screening_threshold();
    let screening = match app.lists.screened(policy.policy.required_lists(), now) {
        Ok(screening) => screening,
        Err((list, reason)) => {
            return Ok(Screened {
                verdict: Verdict::Unavailable,
                reason,
                raises: Vec::new(),
                evidence: json!({ "list": list, "reason": reason }),
                asked: vec![],
            });
        }
    };
    let told = |(list, loaded): &(List, std::sync::Arc<Loaded>)| json!({ "list": list, "as_of": loaded.as_of, "load": loaded.version });
    let lists: Vec<_> = screening.asked.iter().map(told).collect();
    let evidence = json!({ "lists": lists, "stale": screening.stale, "threshold": threshold });
    let asked = screening.asked.iter().map(|(list, loaded)| (*list, loaded.version)).collect();
    let of = |verdict, reason, raises| Screened { verdict, reason, raises, evidence, asked };
    Ok(match screening.screen(name, Party::named_by(&claim.subject), threshold) {
        Ok(hits) if hits.is_empty() => of(Verdict::Pass, "NO_HIT", Vec::new()),
        Ok(hits) => {
            let as_of = |list: List| {
                let mut asked = screening.asked.iter();
                asked.find(|(of, _)| *of == list).map_or(Ts::NEVER, |(_, loaded)| loaded.as_of)
            };
            let raises =
                hits.iter().map(|(list, hit)| hit_raise(claim, *list, hit, as_of(*list))).collect();
            of(Verdict::Review, "HIT", raises)
        }
        Err(_unscreenable) => {
            let raise = raise_of(Code::NameUnscreenable, claim, "UNSCREENABLE");
            of(Verdict::Review, "UNSCREENABLE", vec![raise])
        }
    })
}

fn hit_raise(claim: &ClaimRow, list: List, hit: &Hit, as_of: Ts) -> Raise {
    let evidence = BTreeMap::from([
        ("claim".to_owned(), claim.subject.clone()),
        ("list".to_owned(), list.as_str().to_owned()),
        ("list_as_of".to_owned(), date::write(as_of)),
        ("entry".to_owned(), hit.id.to_string()),
        ("entry_digest".to_owned(), hit.entry.to_string()),
        ("entry_name".to_owned(), hit.primary.clone()),
        ("matched_name".to_owned(), hit.listed.clone()),
        ("score".to_owned(), hit.score.0.to_string()),
        ("why".to_owned(), serde_json::to_string(&hit.why).unwrap_or_default()),
    ]);
    let review = hit.review_only || list.purpose() == Purpose::Debarment;
    Raise {
        code: if review { Code::Debarred } else { Code::SanctionsHit },
        subject: subject_of(&claim.subject, claim.digest, &entry_of(list, hit)),
        evidence: Pii::new(evidence),
    }
}
