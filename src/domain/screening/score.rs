//! How much two names are alike.

use serde::{Deserialize, Serialize};

use crate::domain::name::{Name, likeness};

/// Likeness in thousandths.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Score(pub u16);

impl Score {
    /// The same name.
    pub const FULL: Self = Self(1_000);
    /// Where a resemblance becomes a finding, unless policy says otherwise. `docs/screening.md` has
    /// the curve.
    pub const DEFAULT_THRESHOLD: Self = Self(720);

    pub(super) fn of(asked: &Name, listed: &Name) -> Self {
        Self(likeness(asked, listed))
    }
}
