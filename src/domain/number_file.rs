//! The facts about one number, loaded whole.

use super::attestation::{Grant, NumberFacts};
use super::evidence::Evidence;
use super::ids::{CustomerId, DelegationId, NumberId};
use super::number::Tn;
use super::time::Ts;

/// A recorded loan of a number's grant to another customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Its id.
    pub id: DelegationId,
    /// Which number.
    pub number: NumberId,
    /// Who lends.
    pub holder: CustomerId,
    /// Who borrows.
    pub delegate: CustomerId,
    /// When it was recorded.
    pub at: Ts,
}

/// Everything stored about one number; live rows only.
#[derive(Clone, Debug)]
pub struct NumberFile {
    /// Its row; the subject in the journal.
    pub id: NumberId,
    /// The number itself.
    pub tn: Tn,
    /// What the decision reads.
    pub facts: NumberFacts,
    /// Evidence of every customer.
    pub evidence: Vec<Evidence>,
    /// Loans between all customers.
    pub delegations: Vec<Delegation>,
    /// How often it was changed; the etag.
    pub revision: u64,
}

impl NumberFile {
    /// What the evidence of `holder` gives it.
    pub fn grant(&self, holder: CustomerId) -> Option<&Grant> {
        self.facts.grants.iter().find(|grant| grant.holder == holder)
    }

    /// Whether another customer has a grant too and no loan links the two. Which of them is then
    /// capped, the decision says.
    pub fn contested(&self, holder: CustomerId) -> bool {
        let Some(mine) = self.grant(holder) else { return false };
        self.facts.grants.iter().any(|other| {
            other.holder != holder
                && !mine.delegated_to.contains(&other.holder)
                && !other.delegated_to.contains(&holder)
        })
    }
}
