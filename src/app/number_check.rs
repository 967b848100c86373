//! What is said of a number to somebody who may block calls that show it: from memory alone.

use super::parts::App;
use crate::domain::number::{Category, Tn};
use crate::domain::numbering::{Checked, Stocked};
use crate::sources::numbering;

/// What is said of the number.
pub fn check(app: &App, tn: Tn) -> Checked {
    app.live.check(tn, numbering::valid(tn.as_u64()))
}

/// The category under which a number is stored. `stocked` is what the inventory says of it.
pub(super) fn category(app: &App, tn: Tn, stocked: Stocked) -> Category {
    app.live.book().category(tn, numbering::valid(tn.as_u64()), stocked)
}
