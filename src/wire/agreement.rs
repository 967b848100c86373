//! Agreements on the wire.

use std::net::IpAddr;

use crate::domain::command::agreement::{
    CountersignAgreement, PrepareAgreement, SignAgreement, TerminateAgreement,
};
use crate::domain::command::write::Write;
use crate::domain::pii::Pii;
use crate::wire::pb;
use crate::wire::validate::{Faults, Reader};

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
