//! Agreements on the wire.

use std::net::IpAddr;

use crate::domain::agreement::{
    Agreement, AgreementState, AgreementWord, ClauseBook, ClauseId, Countersignature, Signature,
    Template,
};
use crate::domain::command::agreement::{
    CountersignAgreement, PrepareAgreement, SignAgreement, TerminateAgreement,
};
use crate::domain::command::write::{Write, etag_of};
use crate::domain::pii::Pii;
use crate::wire::pb;
use crate::wire::time::to_timestamp;
use crate::wire::validate::{Faults, Reader};

super::choice::pairs! {
    AgreementWord = AgreementState { Unspecified; Prepared, Signed, Executed, Terminated, Lapsed }
}

/// Media type of every copy.
pub const COPY_MEDIA_TYPE: &str = "text/plain; charset=utf-8";

/// Longest name of a person as typed.
const MAX_NAME: usize = 200;
/// Longest name of a template.
const MAX_TEMPLATE: usize = 64;

impl TryFrom<pb::PrepareAgreementRequest> for PrepareAgreement {
    type Error = Faults;

    fn try_from(m: pb::PrepareAgreementRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("PrepareAgreement", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        let template = r.required_line("template_id", &m.template_id, MAX_TEMPLATE);
        r.finish(customer.map(|customer| Self { write, customer, template }))
    }
}

impl TryFrom<pb::SignAgreementRequest> for SignAgreement {
    type Error = Faults;

    fn try_from(m: pb::SignAgreementRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = Write { etag: r.etag(&m.etag), ..r.write("SignAgreement", &m.request_id, &m) };
        let agreement = r.id("agreement_id", &m.agreement_id);
        let contact = r.id("contact_id", &m.contact_id);
        let sha256 = r.sha256("sha256", &m.sha256);
        let name = Pii::new(r.required_line("name", &m.name, MAX_NAME));
        let ip = m.ip.parse::<IpAddr>().ok();
        if ip.is_none() {
            r.fault("ip", "BAD_IP", "the IPv4 or IPv6 address the signer came from");
        }
        let read = || {
            Some(Self {
                write,
                agreement: agreement?,
                contact: contact?,
                sha256: sha256?,
                name,
                ip: Pii::new(ip?),
            })
        };
        r.finish(read())
    }
}

impl TryFrom<pb::CountersignAgreementRequest> for CountersignAgreement {
    type Error = Faults;

    fn try_from(m: pb::CountersignAgreementRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write =
            Write { etag: r.etag(&m.etag), ..r.write("CountersignAgreement", &m.request_id, &m) };
        let agreement = r.id("agreement_id", &m.agreement_id);
        let name = Pii::new(r.required_line("name", &m.name, MAX_NAME));
        r.finish(agreement.map(|agreement| Self { write, agreement, name }))
    }
}

impl TryFrom<pb::TerminateAgreementRequest> for TerminateAgreement {
    type Error = Faults;

    fn try_from(m: pb::TerminateAgreementRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write =
            Write { etag: r.etag(&m.etag), ..r.write("TerminateAgreement", &m.request_id, &m) };
        let agreement = r.id("agreement_id", &m.agreement_id);
        let reason = r.reason(&m.reason);
        r.finish(agreement.map(|agreement| Self { write, agreement, reason }))
    }
}

/// Clauses with their headings, in order.
fn clauses(list: &[(ClauseId, u32)], book: &ClauseBook) -> Vec<pb::Clause> {
    let show = |(id, version): &(ClauseId, u32)| pb::Clause {
        clause_id: id.to_string(),
        version: *version,
        title: book.clause(*id, *version).map(|c| c.title.clone()).unwrap_or_default(),
    };
    list.iter().map(show).collect()
}

impl pb::Template {
    /// A template, with the headings of its clauses.
    pub fn of(template: &Template, book: &ClauseBook) -> Self {
        Self {
            template_id: template.id.clone(),
            title: template.title.clone(),
            roles: template.roles.iter().map(|r| pb::CustomerRole::from(*r).into()).collect(),
            clauses: clauses(&template.clauses, book),
        }
    }
}

impl From<&Signature> for pb::Signature {
    fn from(signature: &Signature) -> Self {
        Self {
            contact_id: signature.contact.to_string(),
            name: signature.name.expose().clone(),
            ip: signature.ip.expose().clone(),
            sign_time: Some(to_timestamp(signature.at)),
        }
    }
}

impl From<&Countersignature> for pb::Signature {
    fn from(signature: &Countersignature) -> Self {
        Self {
            name: signature.name.expose().clone(),
            sign_time: Some(to_timestamp(signature.at)),
            ..Self::default()
        }
    }
}

impl pb::Agreement {
    /// An agreement of a customer, without its copy. Its etag is its state: each step leaves one
    /// state and enters another.
    pub fn of(agreement: &Agreement, customer_id: String, book: &ClauseBook) -> Self {
        let word = agreement.state.word();
        let mut shown = Self {
            agreement_id: agreement.id.to_string(),
            customer_id,
            template_id: agreement.template.clone(),
            state: pb::AgreementState::from(word).into(),
            clauses: clauses(&agreement.clauses, book),
            sha256: agreement.sha256.as_bytes().to_vec().into(),
            media_type: COPY_MEDIA_TYPE.to_owned(),
            create_time: Some(to_timestamp(agreement.prepared_at)),
            etag: etag_of(word.step()),
            ..Self::default()
        };
        match &agreement.state {
            AgreementState::Prepared { expires, .. } => {
                shown.expire_time = Some(to_timestamp(*expires));
            }
            AgreementState::Signed { expires, signature } => {
                shown.expire_time = Some(to_timestamp(*expires));
                shown.signature = Some(signature.into());
            }
            AgreementState::Executed { at, until, signature, countersignature } => {
                shown.execute_time = Some(to_timestamp(*at));
                shown.expire_time = Some(to_timestamp(*until));
                shown.signature = Some(signature.into());
                shown.countersignature = Some(countersignature.into());
            }
            AgreementState::Terminated { at, .. } | AgreementState::Lapsed { at } => {
                shown.terminate_time = Some(to_timestamp(*at));
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    const ID: &str = "0198c9a0-0000-7000-8000-000000000001";

    fn request() -> pb::SignAgreementRequest {
        pb::SignAgreementRequest {
            request_id: "r".to_owned(),
            agreement_id: ID.to_owned(),
            contact_id: ID.to_owned(),
            sha256: vec![7; 32].into(),
            name: " Ada Lovelace ".to_owned(),
            ip: "2001:db8::1".to_owned(),
            etag: "r1".to_owned(),
        }
    }

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<AgreementWord>("AGREEMENT_STATE_"), 5);
    }

    #[test]
    fn a_signature_is_read() {
        let read = SignAgreement::try_from(request()).unwrap();
        assert_eq!(read.name.expose(), "Ada Lovelace");
        assert_eq!(read.write.etag, Some(AgreementWord::Prepared.step()));
        assert_eq!(read.sha256, [7; 32]);
    }

    #[test]
    fn every_fault_is_told() {
        let bad = pb::SignAgreementRequest {
            agreement_id: String::new(),
            sha256: vec![7; 31].into(),
            name: "x".repeat(10 << 20),
            ip: "\u{0661}.2.3.4".to_owned(),
            etag: "r01".to_owned(),
            ..request()
        };
        let faults = SignAgreement::try_from(bad).unwrap_err();
        let told: Vec<_> =
            faults.as_slice().iter().map(|f| (f.path.as_str(), f.reason.as_ref())).collect();
        let expected = [
            ("etag", "BAD_TOKEN"),
            ("agreement_id", "REQUIRED"),
            ("sha256", "BAD_DIGEST"),
            ("name", "TOO_LONG"),
            ("ip", "BAD_IP"),
        ];
        assert_eq!(told, expected);
    }
}
