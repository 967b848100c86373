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
        let sent = m.profile.unwrap_or_default();
        let profile = r.at("profile", |r| profile::read(r, sent, &profile::whole()));
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
        let sent = m.profile.unwrap_or_default();
        let profile = r.at("profile", |r| profile::read(r, sent, &fields));
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

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198c9a0-0000-7000-8000-000000000001";

    #[test]
    fn every_fault_of_a_new_customer_is_told_at_once() {
        let profile = pb::Profile {
            contacts: vec![pb::Contact { contact_id: "mine".to_owned(), ..pb::Contact::default() }],
            identifiers: vec![pb::Identifier::default()],
            ..pb::Profile::default()
        };
        let request = pb::CreateCustomerRequest {
            request_id: "r".repeat(65),
            role: 42,
            parent_id: "none".to_owned(),
            profile: Some(profile),
            validate_only: true,
        };
        let faults = CreateCustomer::try_from(request).unwrap_err();
        let told: Vec<_> =
            faults.as_slice().iter().map(|f| (f.path.as_str(), f.reason.as_ref())).collect();
        let expected = [
            ("request_id", "TOO_LONG"),
            ("role", "UNKNOWN_ENUM_VALUE"),
            ("parent_id", "BAD_ID"),
            ("profile.identifiers[0].kind", "REQUIRED"),
            ("profile.contacts[0].contact_id", "BAD_ID"),
            ("profile.contacts[0].name", "REQUIRED"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_draft_may_be_empty() {
        let request = pb::CreateCustomerRequest {
            request_id: "r".to_owned(),
            role: pb::CustomerRole::EndUser.into(),
            ..pb::CreateCustomerRequest::default()
        };
        assert!(CreateCustomer::try_from(request).is_ok());
    }

    #[test]
    fn an_upload_says_what_it_is() {
        let header = pb::DocumentHeader {
            request_id: "r".to_owned(),
            customer_id: ID.to_owned(),
            kind: pb::DocumentKind::TaxIdLetter.into(),
            media_type: "application/pdf".to_owned(),
            file_name: "cp575.pdf".to_owned(),
        };
        let read = UploadDocument::try_from(header.clone()).unwrap();
        assert_eq!(read.media_type, "application/pdf");
        let bad = pb::DocumentHeader {
            kind: 0,
            media_type: "text/html".to_owned(),
            file_name: "a\0.pdf".to_owned(),
            ..header
        };
        let faults = UploadDocument::try_from(bad).unwrap_err();
        let told: Vec<_> =
            faults.as_slice().iter().map(|f| (f.path.as_str(), f.reason.as_ref())).collect();
        let expected = [
            ("header.kind", "REQUIRED"),
            ("header.media_type", "UNSUPPORTED_MEDIA_TYPE"),
            ("header.file_name", "BAD_CHARACTER"),
        ];
        assert_eq!(told, expected);
    }
}
