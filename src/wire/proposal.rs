//! Proposals on the wire.

use crate::domain::proposal::{Kind, Proposal, ProposalState, Proposed, Standing};
use crate::wire::pb;
use crate::wire::time::to_timestamp;

super::choice::pairs! {
    Kind = ProposalKind { Unspecified; Override, Reinstatement, Bundle }
    Standing = ProposalState { Unspecified; Open, Confirmed, Rejected, Expired }
}

impl pb::Proposal {
    /// A proposal about a customer.
    pub fn of(proposal: &Proposal, customer_id: String) -> Self {
        let mut shown = Self {
            proposal_id: proposal.id.to_string(),
            kind: pb::ProposalKind::from(proposal.proposed.kind()).into(),
            state: pb::ProposalState::from(proposal.state.standing()).into(),
            customer_id,
            reason: proposal.reason.expose().clone(),
            proposed_by: proposal.by.clone(),
            create_time: Some(to_timestamp(proposal.at)),
            expire_time: Some(to_timestamp(proposal.expires)),
            ..Self::default()
        };
        if let Proposed::Override { check_kind, until, .. } = &proposal.proposed {
            shown.check_kind = pb::CheckKind::from(*check_kind).into();
            shown.override_until = Some(to_timestamp(*until));
        }
        if let Proposed::Bundle { number, members } = &proposal.proposed {
            shown.number_id = number.to_string();
            shown.evidence_ids = members.iter().map(ToString::to_string).collect();
        }
        if let ProposalState::Confirmed { by, at } | ProposalState::Rejected { by, at } =
            &proposal.state
        {
            shown.decided_by.clone_from(by);
            shown.decide_time = Some(to_timestamp(*at));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Kind>("PROPOSAL_KIND_"), 3);
        assert_eq!(assert_words::<Standing>("PROPOSAL_STATE_"), 4);
    }
}
