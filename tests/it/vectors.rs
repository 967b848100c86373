//! The frozen cases of the attestation decision: `decide` must reproduce every one.

use vouch::cli::decide;

use super::support::data::data;

#[test]
fn decide_reproduces_every_frozen_case() {
    let Some(path) = data("vectors/decision.jsonl") else { return };
    let cases = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let expected = cases.split(|b| *b == b'\n').filter(|l| !l.is_empty()).count() as u64;
    let mut out = Vec::new();
    let summary = decide::run(cases.as_slice(), &mut out).expect("memory does not fail");
    let out = String::from_utf8(out).expect("JSON is text");
    let wrong: Vec<&str> = out.lines().filter(|l| !l.contains("\"matches\":true")).collect();
    assert!(wrong.is_empty(), "{} differ: {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
    assert_eq!((summary.lines, summary.exit_code()), (expected, 0));
    assert!(expected >= 519, "the file was cut: {expected} cases");
}
