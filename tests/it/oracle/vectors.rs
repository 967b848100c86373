//! The frozen cases, read on their own, and the proof that the oracle alone reproduces them.
//!
//! Where the page can be read in two ways these cases decide:
//! - an unknown trunk has no mode, and its answer is enforced (case 0008);
//! - a SHADOW trunk's answer is not enforced at step 1 either (case 0019), nor on an emergency
//!   call (case 0060);
//! - on a diverted call the gate of the diverting number comes before the policy `diverted`
//!   (case 0067), and of the other number only the gate counts, not its caps (case 0012);
//! - `TN_NOT_VERIFIED` and an accepted `EVIDENCE_EXPIRED` stand where the evidence stands, with
//!   every cap that holds behind them (cases 0172 and 0077);
//! - `SEND_EMERGENCY` changes the disposition alone: a level keeps its origid and times, NONE its
//!   one reason (case 0285 and on);
//! - an emergency call that came in signed is passed on as it is (case 0210).

use super::judge::judge;
use super::model::{Case, Expected};
use crate::support::data::data;

/// The cases with what they expect; `None` where there is no real data.
pub(crate) fn frozen() -> Option<Vec<(Case, Expected)>> {
    let file = data("vectors/decision.jsonl")?;
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()));
    let cases = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let mut case: Case = serde_json::from_str(line)
                .unwrap_or_else(|e| panic!("not a case line: {e}: {line}"));
            let expect = case.expect.take().expect("a frozen case says what it expects");
            (case, expect)
        })
        .collect();
    Some(cases)
}

#[test]
fn oracle_alone_reproduces_every_frozen_case() {
    let Some(cases) = frozen() else { return };
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(case, expect)| {
            let said = judge(case);
            (said != *expect)
                .then(|| format!("{}: oracle {said:?}\n    frozen {expect:?}", case.name))
        })
        .collect();
    println!("{} frozen cases, {} wrong", cases.len(), wrong.len());
    assert!(cases.len() >= 519, "the file is cut short: {} cases", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
