//! Every list of statements, for the test that prepares them on both engines. A file with statements
//! that is not named here fails that test.

use super::statement::Statement;

/// The files of this room with their statements.
pub fn all() -> Vec<(&'static str, &'static [Statement])> {
    vec![
        ("access", super::access::STATEMENTS),
        ("agreement", super::agreement::STATEMENTS),
        ("callback", super::callback::STATEMENTS),
        ("certificate", super::certificate::STATEMENTS),
        ("check", super::check::STATEMENTS),
        ("customer", super::customer::STATEMENTS),
        ("dispute", super::dispute::STATEMENTS),
        ("finding", super::finding::STATEMENTS),
        ("feed", super::feed::STATEMENTS),
        ("audit", super::audit::STATEMENTS),
        ("bulk", super::bulk::STATEMENTS),
        ("idempotency", super::idempotency::STATEMENTS),
        ("journal", super::journal::STATEMENTS),
        ("job", super::job::STATEMENTS),
        ("link", super::link::STATEMENTS),
        ("letter", super::letter::STATEMENTS),
        ("list", super::list::STATEMENTS),
        ("meta", super::meta::STATEMENTS),
        ("number", super::number::STATEMENTS),
        ("number_event", super::number_event::STATEMENTS),
        ("number_import", super::number_import::STATEMENTS),
        ("number_bulk", super::number_bulk::STATEMENTS),
        ("numbering", super::numbering::STATEMENTS),
        ("objection", super::objection::STATEMENTS),
        ("operation", super::operation::STATEMENTS),
        ("origid", super::origid::STATEMENTS),
        ("rescreen", super::rescreen::STATEMENTS),
        ("sequencer", super::sequencer::STATEMENTS),
    ]
}
