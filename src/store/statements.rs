//! Every list of statements, for the test that prepares them on both engines. A file with statements
//! that is not named here fails that test.

use super::statement::Statement;

/// The files of this room with their statements.
pub fn all() -> Vec<(&'static str, &'static [Statement])> {
    vec![
        ("feed", super::feed::STATEMENTS),
        ("idempotency", super::idempotency::STATEMENTS),
        ("journal", super::journal::STATEMENTS),
        ("meta", super::meta::STATEMENTS),
        ("sequencer", super::sequencer::STATEMENTS),
    ]
}
