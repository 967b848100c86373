//! Boxes of the post office, told from the words of addresses that others have labelled.

use vouch::domain::check::mailbox;
use vouch::domain::profile::AddressKind;

use crate::support::data::data;

/// The label counts a box on a carrier's route too, which stands before the premises.
const ROUTES: [&str; 6] = ["rr", "rt ", "rte ", "route", "hc ", "hcr "];

/// The one address that is no box by its label; two others with the same words are.
const LOCKBOX: &str = "6000 feldwood road attn: lockbox # 402605 college park ga 30349";

#[test]
fn boxes_of_the_post_office_are_recognised() {
    let Some(path) = data("samples/address_labelled.csv") else { return };
    let rows = csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap);
    let (mut boxes, mut routes, mut others) = (0, 0, 0);
    let (mut missed, mut wrong) = (Vec::new(), Vec::new());
    for row in rows {
        let text = row[1].to_lowercase();
        let is_drop = mailbox([&row[1]]) == Some(AddressKind::PoBox);
        let on_a_route =
            ROUTES.iter().any(|word| text.starts_with(word) || text.contains(&format!(" {word}")));
        let labelled = &row[2] == "true";
        match (labelled && !on_a_route, is_drop) {
            (true, true) => boxes += 1,
            (true, false) => missed.push(text),
            (false, true) if text != LOCKBOX => wrong.push(text),
            (false, _) if labelled => routes += 1,
            (false, _) => others += 1,
        }
    }
    println!(
        "{boxes} boxes, {routes} on routes, {others} others, missed {missed:?}, wrong {wrong:?}"
    );
    assert!(missed.is_empty() && wrong.is_empty());
    assert_eq!((boxes, routes, others), (54, 28, 896));
}
