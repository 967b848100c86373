//! Calls of the review service on the wire.

use crate::domain::check::Verdict;
use crate::domain::command::review::{
    Basis, ConfirmProposal, DecideCustomer, ProposeOverride, RecordCheck, RejectProposal,
    ResolveFinding,
};
use crate::domain::command::write::Write;
use crate::domain::pii::Pii;
use crate::wire::pb;
use crate::wire::pb::record_check_request::Evidence;
use crate::wire::validate::{Faults, Reader};

/// Longest name, number or address of a call-back.
const MAX_TEXT: usize = 254;

impl TryFrom<pb::ResolveFindingRequest> for ResolveFinding {
    type Error = Faults;

    fn try_from(m: pb::ResolveFindingRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("ResolveFinding", &m.request_id, &m);
        let finding = r.id("finding_id", &m.finding_id);
        let resolution = r.choice("resolution", m.resolution);
        let reason = r.reason(&m.reason);
        let read = || Some(Self { write, finding: finding?, resolution: resolution?, reason });
        r.finish(read())
    }
}

impl TryFrom<pb::RecordCheckRequest> for RecordCheck {
    type Error = Faults;

    fn try_from(m: pb::RecordCheckRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("RecordCheck", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        let kind = r.choice("kind", m.kind);
        let passed = match r.choice("result", m.result) {
            Some(Verdict::Pass) => Some(true),
            Some(Verdict::Fail) => Some(false),
            Some(_) => {
                r.fault("result", "NOT_BY_HAND", "a person says PASS or FAIL");
                None
            }
            None => None,
        };
        if m.profile_revision == 0 {
            r.required("profile_revision");
        }
        let basis = read_basis(&mut r, m.evidence);
        let reason = r.reason(&m.reason);
        let read = || {
            Some(Self {
                write,
                customer: customer?,
                kind: kind?,
                passed: passed?,
                profile_revision: m.profile_revision,
                basis: basis?,
                reason,
            })
        };
        r.finish(read())
    }
}

fn read_basis(r: &mut Reader, evidence: Option<Evidence>) -> Option<Basis> {
    match evidence {
        Some(Evidence::DocumentId(id)) => r.id("document_id", &id).map(Basis::Document),
        Some(Evidence::Callback(call)) => r.at("callback", |r| {
            let channel_source = r.required_line("channel_source", &call.channel_source, 200);
            let reached_at = Pii::new(r.required_line("reached_at", &call.reached_at, MAX_TEXT));
            let spoken_to = Pii::new(r.required_line("spoken_to", &call.spoken_to, 200));
            let at = r.time("call_time", call.call_time)?;
            Some(Basis::Callback { channel_source, reached_at, spoken_to, at })
        }),
        None => {
            r.required("evidence");
            None
        }
    }
}

impl TryFrom<pb::ProposeOverrideRequest> for ProposeOverride {
    type Error = Faults;

    fn try_from(m: pb::ProposeOverrideRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("ProposeOverride", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        let kind = r.choice("check_kind", m.check_kind);
        let reason = r.reason(&m.reason);
        let expires = r.time("expire_time", m.expire_time);
        let read =
            || Some(Self { write, customer: customer?, kind: kind?, reason, expires: expires? });
        r.finish(read())
    }
}

impl TryFrom<pb::ConfirmProposalRequest> for ConfirmProposal {
    type Error = Faults;

    fn try_from(m: pb::ConfirmProposalRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("ConfirmProposal", &m.request_id, &m);
        let proposal = r.id("proposal_id", &m.proposal_id);
        r.finish(proposal.map(|proposal| Self { write, proposal }))
    }
}

impl TryFrom<pb::RejectProposalRequest> for RejectProposal {
    type Error = Faults;

    fn try_from(m: pb::RejectProposalRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("RejectProposal", &m.request_id, &m);
        let proposal = r.id("proposal_id", &m.proposal_id);
        let reason = r.reason(&m.reason);
        r.finish(proposal.map(|proposal| Self { write, proposal, reason }))
    }
}

/// The requests that name a customer and a reason, and nothing else.
macro_rules! decisions {
    ($($call:literal = $request:ident),+ $(,)?) => {$(
        impl TryFrom<pb::$request> for DecideCustomer {
            type Error = Faults;

            fn try_from(m: pb::$request) -> Result<Self, Faults> {
                let mut r = Reader::new();
                let write = r.write($call, &m.request_id, &m);
                let customer = r.id("customer_id", &m.customer_id);
                let reason = r.reason(&m.reason);
                r.finish(customer.map(|customer| Self { write, customer, reason }))
            }
        }
    )+};
}

decisions! {
    "SuspendCustomer" = SuspendCustomerRequest,
    "TerminateCustomer" = TerminateCustomerRequest,
    "ProposeReinstatement" = ProposeReinstatementRequest,
}

impl TryFrom<pb::ApproveCustomerRequest> for DecideCustomer {
    type Error = Faults;

    fn try_from(m: pb::ApproveCustomerRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write =
            Write { etag: r.etag(&m.etag), ..r.write("ApproveCustomer", &m.request_id, &m) };
        if m.etag.is_empty() {
            r.required("etag");
        }
        let customer = r.id("customer_id", &m.customer_id);
        let reason = r.reason(&m.reason);
        r.finish(customer.map(|customer| Self { write, customer, reason }))
    }
}

impl TryFrom<pb::RejectCustomerRequest> for DecideCustomer {
    type Error = Faults;

    fn try_from(m: pb::RejectCustomerRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = Write { etag: r.etag(&m.etag), ..r.write("RejectCustomer", &m.request_id, &m) };
        let customer = r.id("customer_id", &m.customer_id);
        let reason = r.reason(&m.reason);
        r.finish(customer.map(|customer| Self { write, customer, reason }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198c9a0-0000-7000-8000-000000000001";

    fn request() -> pb::RecordCheckRequest {
        pb::RecordCheckRequest {
            request_id: "r".to_owned(),
            customer_id: ID.to_owned(),
            kind: pb::CheckKind::Existence.into(),
            result: pb::CheckResult::Pass.into(),
            profile_revision: 3,
            evidence: Some(Evidence::DocumentId(ID.to_owned())),
            reason: "The state register shows it.\nRead on paper.".to_owned(),
        }
    }

    fn paths(faults: &Faults) -> Vec<&str> {
        faults.as_slice().iter().map(|f| f.path.as_str()).collect()
    }

    #[test]
    fn a_check_rests_on_something() {
        let read = RecordCheck::try_from(request()).unwrap();
        assert!(read.passed && matches!(read.basis, Basis::Document(_)));
        let callback =
            pb::Callback { channel_source: "register".to_owned(), ..pb::Callback::default() };
        let thin =
            pb::RecordCheckRequest { evidence: Some(Evidence::Callback(callback)), ..request() };
        let faults = RecordCheck::try_from(thin).unwrap_err();
        assert_eq!(
            paths(&faults),
            ["callback.reached_at", "callback.spoken_to", "callback.call_time"]
        );
    }

    #[test]
    fn every_fault_is_told() {
        let bad = pb::RecordCheckRequest {
            kind: 0,
            result: pb::CheckResult::Review.into(),
            profile_revision: 0,
            evidence: None,
            reason: "x".repeat(10 << 20),
            ..request()
        };
        let faults = RecordCheck::try_from(bad).unwrap_err();
        assert_eq!(paths(&faults), ["kind", "result", "profile_revision", "evidence", "reason"]);
    }

    #[test]
    fn an_approval_names_what_was_read() {
        let request = pb::ApproveCustomerRequest {
            request_id: "r".to_owned(),
            customer_id: ID.to_owned(),
            reason: "all there".to_owned(),
            etag: String::new(),
        };
        let faults = DecideCustomer::try_from(request.clone()).unwrap_err();
        assert_eq!(paths(&faults), ["etag"]);
        let read = DecideCustomer::try_from(pb::ApproveCustomerRequest {
            etag: "r9".to_owned(),
            ..request
        });
        assert_eq!(read.unwrap().write.etag, Some(9));
    }
}
