//! Disputes of numbers on the wire.

use crate::domain::command::dispute::{ListDisputes, OpenDispute, ResolveDispute};
use crate::domain::dispute::{Dispute, Resolution, State};
use crate::domain::number::Tn;
use crate::domain::pii::Pii;
use crate::wire::pb;
use crate::wire::time::to_timestamp;
use crate::wire::validate::{Faults, Reader};

super::choice::pairs! {
    State = DisputeState { Unspecified; Noted, Open, Upheld, Dismissed }
    Resolution = DisputeResolution { Unspecified; Upheld, Dismissed }
}

/// Longest name or contact.
const MAX_TEXT: usize = 200;

impl TryFrom<pb::OpenDisputeRequest> for OpenDispute {
    type Error = Faults;

    fn try_from(m: pb::OpenDisputeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("OpenDispute", &m.request_id, &m);
        let number = r.tn("number", &m.number);
        let disputant = r.optional_id("customer_id", &m.customer_id);
        let against = r.optional_id("against_id", &m.against_id);
        if disputant.is_some() && disputant == against {
            r.fault("against_id", "SAME_CUSTOMER", "nobody disputes a number with itself");
        }
        let name = Pii::new(r.line("name", &m.name, MAX_TEXT));
        let contact = Pii::new(r.line("contact", &m.contact, MAX_TEXT));
        let reason = r.reason(&m.reason);
        r.finish(number.map(|number| Self {
            write,
            number,
            disputant,
            name,
            contact,
            against,
            reason,
        }))
    }
}

impl TryFrom<pb::ResolveDisputeRequest> for ResolveDispute {
    type Error = Faults;

    fn try_from(m: pb::ResolveDisputeRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("ResolveDispute", &m.request_id, &m);
        let dispute = r.id("dispute_id", &m.dispute_id);
        let resolution = r.choice("resolution", m.resolution);
        let reason = r.reason(&m.reason);
        let read = || Some(Self { write, dispute: dispute?, resolution: resolution?, reason });
        r.finish(read())
    }
}

impl TryFrom<pb::ListDisputesRequest> for ListDisputes {
    type Error = Faults;

    fn try_from(m: pb::ListDisputesRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let page = r.page(m.page_size, &m.page_token);
        let states = r.choices("states", &m.states);
        r.finish(Some(Self { page, states }))
    }
}

impl pb::Dispute {
    /// A dispute of this number.
    pub fn of(dispute: &Dispute, number: Tn) -> Self {
        let first = dispute.first.as_ref();
        let (closed_by, closed_at) = dispute.closed.clone().unzip();
        Self {
            dispute_id: dispute.id.to_string(),
            number: number.e164(),
            customer_id: dispute.disputant.map(|id| id.to_string()).unwrap_or_default(),
            name: dispute.said.name.expose().clone(),
            contact: dispute.said.contact.expose().clone(),
            against_id: dispute.against.map(|id| id.to_string()).unwrap_or_default(),
            reason: dispute.said.reason.expose().clone(),
            state: pb::DisputeState::from(dispute.state).into(),
            opened_by: dispute.opened_by.clone(),
            create_time: Some(to_timestamp(dispute.opened_at)),
            proposed: first
                .map(|first| pb::DisputeResolution::from(first.says))
                .unwrap_or_default()
                .into(),
            proposed_by: first.map(|first| first.by.clone()).unwrap_or_default(),
            resolution_reason: dispute.said.resolution.expose().clone(),
            closed_by: closed_by.unwrap_or_default(),
            close_time: closed_at.map(to_timestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<State>("DISPUTE_STATE_"), 4);
        assert_eq!(assert_words::<Resolution>("DISPUTE_RESOLUTION_"), 2);
    }

    #[test]
    fn nobody_disputes_with_itself() {
        let id = "0198c9a0-0000-7000-8000-000000000001".to_owned();
        let ask = pb::OpenDisputeRequest {
            request_id: "r".to_owned(),
            number: "+12126647665".to_owned(),
            customer_id: id.clone(),
            against_id: id,
            reason: "mine".to_owned(),
            ..pb::OpenDisputeRequest::default()
        };
        let faults = OpenDispute::try_from(ask.clone()).unwrap_err();
        assert_eq!(faults.as_slice()[0].reason, "SAME_CUSTOMER");
        let anonymous = pb::OpenDisputeRequest { customer_id: String::new(), ..ask };
        assert!(OpenDispute::try_from(anonymous).is_ok());
    }
}
