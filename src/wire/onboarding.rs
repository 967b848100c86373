//! Calls of the onboarding service on the wire.

use crate::domain::command::onboarding::{
    Channel, CreateCustomer, OnCustomer, SetTracebackContact, StartContactChallenge, Target,
    UpdateProfile, UploadDocument, VerifyChallenge,
};
use crate::domain::command::write::Write;
use crate::domain::pii::{Pii, Secret};
use crate::wire::validate::{Choice, Faults, Reader};
use crate::wire::{pb, profile};

super::choice::pairs! {
    Channel = ChallengeChannel { Unspecified; Email, Sms, Voice }
}

/// Media types of documents.
pub const MEDIA_TYPES: [&str; 4] = ["application/pdf", "image/png", "image/jpeg", "text/plain"];
/// Longest file name.
const MAX_FILE_NAME: usize = 200;
/// Longest code of a challenge.
const MAX_CODE: usize = 16;

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

/// The three targets, before the contact is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TargetWord {
    ContactEmail,
    ContactPhone,
    AlternatePhone,
}

impl Choice for TargetWord {
    type Wire = pb::ChallengeTarget;

    fn from_wire(wire: pb::ChallengeTarget) -> Option<Self> {
        match wire {
            pb::ChallengeTarget::Unspecified => None,
            pb::ChallengeTarget::ContactEmail => Some(Self::ContactEmail),
            pb::ChallengeTarget::ContactPhone => Some(Self::ContactPhone),
            pb::ChallengeTarget::AlternatePhone => Some(Self::AlternatePhone),
        }
    }
}

impl TryFrom<pb::StartContactChallengeRequest> for StartContactChallenge {
    type Error = Faults;

    fn try_from(m: pb::StartContactChallengeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("StartContactChallenge", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        let word = r.choice("target", m.target);
        let channel = r.choice("channel", m.channel);
        let target = word.and_then(|word| match word {
            TargetWord::ContactEmail => r.id("contact_id", &m.contact_id).map(Target::ContactEmail),
            TargetWord::ContactPhone => r.id("contact_id", &m.contact_id).map(Target::ContactPhone),
            TargetWord::AlternatePhone if m.contact_id.is_empty() => Some(Target::AlternatePhone),
            TargetWord::AlternatePhone => {
                r.fault("contact_id", "NOT_ALLOWED", "the alternate number has no contact");
                None
            }
        });
        let by_mail = word == Some(TargetWord::ContactEmail);
        if word.is_some() && channel.is_some_and(|c| (c == Channel::Email) != by_mail) {
            let message = "e-mail for an address, text or voice for a number";
            r.fault("channel", "CHANNEL_MISMATCH", message);
        }
        let read = || {
            Some(Self { write, customer: customer?, target: target?, channel: channel? })
        };
        r.finish(read())
    }
}

impl TryFrom<pb::VerifyContactChallengeRequest> for VerifyChallenge {
    type Error = Faults;

    fn try_from(m: pb::VerifyContactChallengeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("VerifyContactChallenge", &m.request_id, &m);
        let challenge = r.id("challenge_id", &m.challenge_id);
        let code = read_code(&mut r, &m.code);
        r.finish(challenge.map(|challenge| Self { write, challenge, code }))
    }
}

/// The code of a challenge, as it was read out or typed off: spaces and hyphens do not count.
pub(super) fn read_code(r: &mut Reader, text: &str) -> Secret {
    let text = r.required_line("code", text, MAX_CODE);
    Secret::new(text.bytes().filter(|b| !matches!(b, b' ' | b'-')).collect())
}

impl TryFrom<pb::SetTracebackContactRequest> for SetTracebackContact {
    type Error = Faults;

    fn try_from(m: pb::SetTracebackContactRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = Write {
            etag: r.etag(&m.etag),
            ..r.write("SetTracebackContact", &m.request_id, &m)
        };
        let customer = r.id("customer_id", &m.customer_id);
        let contact = r.id("contact_id", &m.contact_id);
        let read = || Some(Self { write, customer: customer?, contact: contact? });
        r.finish(read())
    }
}
