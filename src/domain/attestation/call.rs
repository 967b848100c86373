//! What a signer asks. It names trunk, numbers and destination; it cannot name a level (rule 6).

use crate::domain::number::{BadTn, Tn};

/// The destinations that no fault may stop (`decision.md` step 11), compared as given.
pub const EMERGENCY: [&str; 2] = ["911", "933"];

/// Whether a call to `dest`, exactly as dialled, is an emergency call. Holds without any table:
/// clients and connectors use it when Vouch is dead.
pub fn is_emergency(dest: &str) -> bool {
    EMERGENCY.contains(&dest)
}

/// A number as a call shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// An E.164 number.
    Number(Tn),
    /// Text that is no E.164 number; the number gate knows it as INVALID. It is not refused
    /// earlier, because an emergency call must get its answer whatever it shows (rule 13).
    Unreadable,
}

impl Shown {
    /// Reads the text of a call; what is no number becomes [`Shown::Unreadable`].
    pub fn read(text: &str) -> Self {
        Tn::parse(text).into()
    }

    /// The number, if it is one.
    pub const fn tn(self) -> Option<Tn> {
        match self {
            Self::Number(tn) => Some(tn),
            Self::Unreadable => None,
        }
    }
}

impl From<Tn> for Shown {
    fn from(tn: Tn) -> Self {
        Self::Number(tn)
    }
}

impl From<Result<Tn, BadTn>> for Shown {
    fn from(read: Result<Tn, BadTn>) -> Self {
        read.map_or(Self::Unreadable, Self::Number)
    }
}

/// One call, as the signer sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// The trunk it came in on, as the operator named it. Text that can name no trunk is an
    /// unknown trunk.
    pub trunk: &'a str,
    /// The very number that will be signed: P-Asserted-Identity, else From.
    pub orig: Shown,
    /// The destination exactly as dialled; only compared with the emergency list.
    pub dest: &'a str,
    /// The diverting number, from Diversion or History-Info, if the call was diverted.
    pub diverting: Option<Shown>,
    /// A valid Identity came in with the call.
    pub signed: bool,
}

impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("trunk", &self.trunk)
            .field("diverted", &self.diverting.is_some())
            .field("signed", &self.signed)
            .finish_non_exhaustive()
    }
}
