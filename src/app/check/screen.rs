//! Screens names against the loaded lists.

use std::collections::BTreeMap;

use super::commit::raise_of;
use crate::app::error::AppError;
use crate::app::parts::App;
use crate::domain::check::Verdict;
use crate::domain::customer_file::ClaimRow;
use crate::domain::date;
use crate::domain::finding::{Code, Raise, subject_of};
use crate::domain::list::OFAC_SDN;
use crate::domain::pii::Pii;
use crate::domain::screening::{Hit, Party};
use crate::domain::time::Ts;

pub(super) type Screened = (Verdict, &'static str, Vec<Raise>, serde_json::Value);

/// Screens one name against the loaded list. A missing or stale list is UNAVAILABLE, never a pass.
pub(super) fn screen(
    app: &App,
    claim: &ClaimRow,
    name: &str,
    now: Ts,
) -> Result<Screened, AppError> {
    let threshold = app.policies.at(now)?.policy.screening_threshold();
    let list = match app.lists.ready(OFAC_SDN, now) {
        Ok(list) => list,
        Err(reason) => {
            return Ok((Verdict::Unavailable, reason, Vec::new(), serde_json::Value::Null));
        }
    };
    let source =
        serde_json::json!({ "list": OFAC_SDN, "as_of": list.as_of, "threshold": threshold });
    Ok(match list.index.screen(name, Party::named_by(&claim.subject), threshold) {
        Ok(hits) if hits.is_empty() => (Verdict::Pass, "NO_HIT", Vec::new(), source),
        Ok(hits) => {
            let raises = hits.iter().map(|hit| hit_raise(claim, hit, list.as_of)).collect();
            (Verdict::Review, "HIT", raises, source)
        }
        Err(_unscreenable) => {
            let raise = raise_of(Code::NameUnscreenable, claim, "UNSCREENABLE");
            (Verdict::Review, "UNSCREENABLE", vec![raise], source)
        }
    })
}

fn hit_raise(claim: &ClaimRow, hit: &Hit, as_of: Ts) -> Raise {
    let evidence = BTreeMap::from([
        ("claim".to_owned(), claim.subject.clone()),
        ("list".to_owned(), OFAC_SDN.to_owned()),
        ("list_as_of".to_owned(), date::write(as_of)),
        ("entry".to_owned(), hit.ent_num.to_string()),
        ("entry_name".to_owned(), hit.primary.clone()),
        ("matched_name".to_owned(), hit.listed.clone()),
        ("score".to_owned(), hit.score.0.to_string()),
        ("why".to_owned(), serde_json::to_string(&hit.why).unwrap_or_default()),
    ]);
    Raise {
        code: Code::SanctionsHit,
        subject: subject_of(&claim.subject, claim.digest, &hit.ent_num.to_string()),
        evidence: Pii::new(evidence),
    }
}
