//! Calls of the onboarding service that change something.

use super::write::Write;
use crate::domain::customer::Role;
use crate::domain::document::Kind as DocumentKind;
use crate::domain::ids::{ContactId, CustomerId};
use crate::domain::pii::Pii;
use crate::domain::profile::{Field, Profile};

/// Creates a customer in DRAFT.
#[derive(Clone, Debug)]
pub struct CreateCustomer {
    /// Names the write.
    pub write: Write,
    /// What it is to the provider.
    pub role: Role,
    /// Its reseller.
    pub parent: Option<CustomerId>,
    /// What it says of itself; may be incomplete.
    pub profile: Profile,
}

/// Makes a new revision of a profile.
#[derive(Clone, Debug)]
pub struct UpdateProfile {
    /// Names the write.
    pub write: Write,
    /// Whose.
    pub customer: CustomerId,
    /// The new values.
    pub profile: Profile,
    /// Which of them to take; never empty.
    pub fields: Vec<Field>,
}

/// A write about one customer that carries nothing else: submission, activation.
#[derive(Clone, Debug)]
pub struct OnCustomer {
    /// Names the write.
    pub write: Write,
    /// Which customer.
    pub customer: CustomerId,
}

/// What comes before the bytes of an upload.
#[derive(Clone, Debug)]
pub struct UploadDocument {
    /// Names the write. Its digest covers the header; the document's own digest has to be part of
    /// the comparison too.
    pub write: Write,
    /// Whose.
    pub customer: CustomerId,
    /// What the document is.
    pub kind: DocumentKind,
    /// Its media type, one of those allowed.
    pub media_type: &'static str,
    /// Its name at the customer.
    pub file_name: Pii<String>,
}

/// Designates the primary contact for tracebacks.
#[derive(Clone, Debug)]
pub struct SetTracebackContact {
    /// Names the write.
    pub write: Write,
    /// Whose.
    pub customer: CustomerId,
    /// Which contact.
    pub contact: ContactId,
}
