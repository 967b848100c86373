//! How many scripts of real robocalls are told from ordinary ones.

use vouch::app::publish::{CURRENT_2026, read_policy};
use vouch::domain::flag::hear;

#[test]
fn scripts_are_told_apart() {
    let (_, policy) = read_policy(CURRENT_2026).unwrap();
    let flagged = |text: &str| hear(text, &["Heron Lake Supply"], &policy.flags.brands).is_some();
    let ordinary = include_str!("../../vectors/ordinary_scripts.txt");
    let wrong: Vec<&str> = ordinary.lines().filter(|line| flagged(line)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let Some(folder) = crate::support::data::data("samples") else { return };
    let path = folder.join("robocall_transcripts.csv");
    let rows = csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap);
    let texts: Vec<String> = rows.map(|row| row[2].to_owned()).collect();
    let found = texts.iter().filter(|text| flagged(text)).count();
    println!(
        "{found} of {} transcripts, {} of {}",
        texts.len(),
        wrong.len(),
        ordinary.lines().count()
    );
    assert!(found * 100 >= texts.len() * 90, "{found} of {}", texts.len());
}
