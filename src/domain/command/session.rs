//! Logging in.

use crate::domain::pii::{Pii, Secret};

/// Asks for a session.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name.
    pub login: Pii<String>,
    /// The password.
    pub password: Secret,
    /// A new password to set at the same time.
    pub new_password: Option<Secret>,
}
