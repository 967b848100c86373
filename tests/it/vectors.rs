//! The frozen cases of the attestation decision: `decide` must reproduce every one.

use std::path::PathBuf;

use vouch::cli::decide;

/// The folder of real data, or `None` (said once) where there is none and none was asked for.
#[expect(clippy::disallowed_methods, reason = "tests have no settings but this folder")]
fn data() -> Option<PathBuf> {
    let given = std::env::var_os("VOUCH_DATA").map(PathBuf::from);
    let folder = given
        .clone()
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    if given.is_none() && !folder.is_dir() {
        println!("skipped: no VOUCH_DATA");
        return None;
    }
    Some(folder)
}

#[test]
fn decide_reproduces_every_frozen_case() {
    let Some(data) = data() else { return };
    let path = data.join("vectors/decision.jsonl");
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
