//! The outside parties, as this instance sees them.

use super::parts::App;
use crate::domain::check::SourceStatus;

/// How every source stands.
pub fn status(app: &App) -> Vec<SourceStatus> {
    app.sources.status()
}
