//! Calls of the admin service that change something.

use serde::{Deserialize, Serialize};

use super::write::Write;
use crate::domain::access::Roles;
use crate::domain::ids::{ClientId, KeyId, UserId};
use crate::domain::list::List;
use crate::domain::time::Ts;

/// Creates a portal client.
#[derive(Clone, Debug)]
pub struct CreateClient {
    /// Names the write.
    pub write: Write,
    /// Its name.
    pub name: String,
}

/// Creates an API key.
#[derive(Clone, Debug)]
pub struct CreateKey {
    /// Names the write.
    pub write: Write,
    /// The client it belongs to; there exactly where PORTAL is among the roles.
    pub client: Option<ClientId>,
    /// What it is for.
    pub name: String,
    /// What it may do; never empty, never REVIEWER.
    pub roles: Roles,
    /// When it runs out.
    pub expires: Option<Ts>,
}

/// Creates a second key with the client and roles of the first.
#[derive(Clone, Debug)]
pub struct RotateKey {
    /// Names the write.
    pub write: Write,
    /// Which key.
    pub key: KeyId,
    /// When the old one runs out; absent leaves it as it is.
    pub retire: Option<Ts>,
}

/// Ends a key.
#[derive(Clone, Debug)]
pub struct RevokeKey {
    /// Names the write.
    pub write: Write,
    /// Which key.
    pub key: KeyId,
}

/// Creates a user.
#[derive(Clone, Debug)]
pub struct CreateUser {
    /// Names the write.
    pub write: Write,
    /// The name to log in with.
    pub login: String,
    /// What the user may do; never empty, never PORTAL or SIGNER.
    pub roles: Roles,
}

/// Ends a user's access.
#[derive(Clone, Debug)]
pub struct DisableUser {
    /// Names the write.
    pub write: Write,
    /// Who.
    pub user: UserId,
}

/// Comes before the files of a list.
#[derive(Clone, Debug)]
pub struct LoadList {
    /// Names the write. Its digest covers the header only.
    pub write: Write,
    /// Which list.
    pub list: List,
    /// The date its publisher gave it; not needed where the files say it.
    pub as_of: Option<Ts>,
}

/// Where an inventory comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InventorySource {
    /// The provider's own code ranges.
    OwnOcn,
    /// Numbers bought from another carrier.
    Wholesale,
}

impl InventorySource {
    /// The word in files and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwnOcn => "OWN_OCN",
            Self::Wholesale => "WHOLESALE",
        }
    }
}

/// Comes before the rows of an inventory.
#[derive(Clone, Debug)]
pub struct LoadInventory {
    /// Names the write. Its digest covers the header only.
    pub write: Write,
    /// Where the numbers come from.
    pub source: InventorySource,
    /// The carrier they were bought from; empty for the provider's own.
    pub carrier: String,
    /// When the inventory was taken.
    pub as_of: Ts,
    /// Numbers of this source that are not in the file lose their assignment.
    pub complete: bool,
}
