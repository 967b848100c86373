//! Hits of several lists together.

use super::index::Hit;
use super::list::PartyId;
use crate::domain::list::List;

/// The hits of all lists, best first. The US Consolidated Screening List repeats OFAC's lists under
/// OFAC's numbers: what OFAC's own list told is not told again.
pub fn each_once(mut hits: Vec<(List, Hit)>) -> Vec<(List, Hit)> {
    let ofac: Vec<PartyId> = hits
        .iter()
        .filter(|(list, _)| matches!(list, List::OfacSdn | List::OfacCons))
        .map(|(_, hit)| hit.id.clone())
        .collect();
    hits.retain(|(list, hit)| {
        let repeated = matches!(hit.id, PartyId::Number(_)) && ofac.contains(&hit.id);
        *list != List::UsCsl || !repeated
    });
    hits.sort_by(|(a_list, a), (b_list, b)| {
        b.score.cmp(&a.score).then(a_list.cmp(b_list)).then_with(|| a.id.cmp(&b.id))
    });
    hits
}
