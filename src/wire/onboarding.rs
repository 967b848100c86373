//! Calls of the onboarding service on the wire.

use crate::domain::command::onboarding::{
    CreateCustomer, OnCustomer, SetTracebackContact, UpdateProfile, UploadDocument,
};
use crate::domain::command::write::Write;
use crate::domain::pii::Pii;
use crate::wire::validate::{Faults, Reader};
use crate::wire::{pb, profile};

/// Media types of documents.
pub const MEDIA_TYPES: [&str; 4] = ["application/pdf", "image/png", "image/jpeg", "text/plain"];
/// Longest file name.
const MAX_FILE_NAME: usize = 200;

impl TryFrom<pb::CreateCustomerRequest> for CreateCustomer {
    type Error = Faults;

    fn try_from(m: pb::CreateCustomerRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = Write {
            validate_only: m.validate_only,
            ..r.write("CreateCustomer", &m.request_id, &m)
        };
        let role = r.choice("role", m.role);
        let parent = r.optional_id("parent_id", &m.parent_id);
        let profile = r.at("profile", |r| profile::read(r, m.profile.unwrap_or_default()));
        r.finish(role.map(|role| Self { write, role, parent, profile }))
    }
}

impl TryFrom<pb::UpdateProfileRequest> for UpdateProfile {
    type Error = Faults;

    fn try_from(m: pb::UpdateProfileRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = Write {
            etag: r.etag(&m.etag),
            validate_only: m.validate_only,
            ..r.write("UpdateProfile", &m.request_id, &m)
        };
        let customer = r.id("customer_id", &m.customer_id);
        let fields = profile::read_mask(&mut r, m.update_mask);
        if m.profile.is_none() {
            r.required("profile");
        }
        let profile = r.at("profile", |r| profile::read(r, m.profile.unwrap_or_default()));
        r.finish(customer.map(|customer| Self { write, customer, profile, fields }))
    }
}

impl TryFrom<pb::SubmitCustomerRequest> for OnCustomer {
    type Error = Faults;

    fn try_from(m: pb::SubmitCustomerRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = Write {
            etag: r.etag(&m.etag),
            validate_only: m.validate_only,
            ..r.write("SubmitCustomer", &m.request_id, &m)
        };
        let customer = r.id("customer_id", &m.customer_id);
        r.finish(customer.map(|customer| Self { write, customer }))
    }
}

impl TryFrom<pb::ActivateCustomerRequest> for OnCustomer {
    type Error = Faults;

    fn try_from(m: pb::ActivateCustomerRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = Write {
            etag: r.etag(&m.etag),
            validate_only: m.validate_only,
            ..r.write("ActivateCustomer", &m.request_id, &m)
        };
        let customer = r.id("customer_id", &m.customer_id);
        r.finish(customer.map(|customer| Self { write, customer }))
    }
}

impl TryFrom<pb::DocumentHeader> for UploadDocument {
    type Error = Faults;

    fn try_from(m: pb::DocumentHeader) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let read = r.at("header", |r| {
            let write = r.write("UploadDocument", &m.request_id, &m);
            let customer = r.id("customer_id", &m.customer_id);
            let kind = r.choice("kind", m.kind);
            let media_type = MEDIA_TYPES.into_iter().find(|known| *known == m.media_type);
            if media_type.is_none() {
                let message = format!("one of {}", MEDIA_TYPES.join(", "));
                r.fault("media_type", "UNSUPPORTED_MEDIA_TYPE", message);
            }
            let file_name = Pii::new(r.required_line("file_name", &m.file_name, MAX_FILE_NAME));
            Some(Self {
                write,
                customer: customer?,
                kind: kind?,
                media_type: media_type?,
                file_name,
            })
        });
        r.finish(read)
    }
}

impl TryFrom<pb::SetTracebackContactRequest> for SetTracebackContact {
    type Error = Faults;

    fn try_from(m: pb::SetTracebackContactRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write =
            Write { etag: r.etag(&m.etag), ..r.write("SetTracebackContact", &m.request_id, &m) };
        let customer = r.id("customer_id", &m.customer_id);
        let contact = r.id("contact_id", &m.contact_id);
        let read = || Some(Self { write, customer: customer?, contact: contact? });
        r.finish(read())
    }
}
