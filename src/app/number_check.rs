//! What is said of a number to somebody who may block calls that show it: from memory alone.

use super::parts::App;
use crate::domain::number::Tn;
use crate::domain::numbering::{Checked, Placed, Stocked};
use crate::sources::numbering;

/// What is said of the number.
pub fn check(app: &App, tn: Tn) -> Checked {
    app.live.check(tn, numbering::valid(tn.as_u64()))
}

/// What a number is stored with, by the lists in force. `stocked` is what the inventory says of it.
pub(super) fn placed(app: &App, tn: Tn, stocked: Stocked) -> Placed {
    app.live.book().placed(tn, numbering::valid(tn.as_u64()), stocked)
}
