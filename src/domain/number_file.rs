//! The facts about one number, loaded whole.

use std::collections::BTreeSet;

use serde::Serialize;

use super::attestation::{Grant, NumberFacts};
use super::evidence::{Evidence, Loan, grants};
use super::ids::{CustomerId, DelegationId, NumberId};
use super::number::Tn;
use super::numbering::Placed;
use super::time::Ts;

/// A recorded loan of a number's grant to another customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

/// What comes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It can be made.
    Good,
    /// The customer claims the number already.
    Held,
    /// It cannot be made, for this stable reason.
    Refused(&'static str),
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
    /// Who says that it may use it; worth nothing by itself.
    pub claims: Vec<CustomerId>,
    /// Evidence of every customer.
    pub evidence: Vec<Evidence>,
    /// Loans between all customers.
    pub delegations: Vec<Delegation>,
    /// How often it was changed; the etag. 0 for a number that has no row yet.
    pub revision: u64,
}

impl NumberFile {
    /// A number without a row: what the lists in force say of it is all that is known.
    pub const fn new(id: NumberId, tn: Tn, placed: Placed) -> Self {
        Self {
            id,
            tn,
            facts: NumberFacts::placed(placed),
            claims: Vec::new(),
            evidence: Vec::new(),
            delegations: Vec::new(),
            revision: 0,
        }
    }

    /// Whether this customer claims it.
    pub fn claimed_by(&self, customer: CustomerId) -> bool {
        self.claims.contains(&customer)
    }

    /// Whether this customer can claim it; `alternate` is the customer's own alternate phone.
    pub fn claim(&self, customer: CustomerId, alternate: Option<Tn>) -> Claim {
        if self.claimed_by(customer) {
            Claim::Held
        } else if self.facts.category.unclaimable() {
            Claim::Refused(self.facts.category.as_str())
        } else if alternate == Some(self.tn) {
            Claim::Refused("ALTERNATE_PHONE")
        } else {
            Claim::Good
        }
    }

    /// Whether this customer has something on it that can be lent: a grant, or a loan.
    pub fn can_lend(&self, customer: CustomerId) -> bool {
        self.grant(customer).is_some() || self.delegations.iter().any(|d| d.delegate == customer)
    }

    /// Who stands between a holder and another borrower: while one of them is not active, nothing
    /// passes through it.
    pub fn links(&self) -> BTreeSet<CustomerId> {
        let lends = |who: CustomerId| self.delegations.iter().any(|d| d.holder == who);
        self.delegations.iter().map(|d| d.delegate).filter(|who| lends(*who)).collect()
    }

    /// The grants that the live rows give, with `active` saying which links hold.
    pub fn settle(&mut self, active: &BTreeSet<CustomerId>) {
        let loans =
            self.delegations.iter().map(|d| Loan { holder: d.holder, delegate: d.delegate });
        let loans: Vec<Loan> = loans.collect();
        self.facts.grants = grants(&self.evidence, &loans, |who| active.contains(&who));
    }

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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::evidence::{Detail, Kind};
    use crate::domain::ids::EvidenceId;
    use crate::domain::number::Category;

    fn who(n: u128) -> CustomerId {
        CustomerId(Uuid::from_u128(n))
    }

    #[test]
    fn an_inactive_link_takes_out_those_behind_it() {
        let id = NumberId(Uuid::from_u128(9));
        let mut file = NumberFile::new(
            id,
            Tn::parse("+12126647665").unwrap(),
            Placed { category: Category::Assignable, foreign: false },
        );
        file.evidence.push(Evidence {
            id: EvidenceId(Uuid::from_u128(1)),
            number: id,
            customer: who(1),
            kind: Kind::AssignedByUs,
            source: "OWN_OCN".to_owned(),
            detail: Detail::default(),
            document: None,
            verified_at: Ts(1),
            expires_at: Ts(9),
            revoked_at: None,
            by: "system:inventory".to_owned(),
        });
        for (nth, holder, delegate) in [(1, 1, 2), (2, 2, 3), (3, 3, 4), (4, 1, 4)] {
            file.delegations.push(Delegation {
                id: DelegationId(Uuid::from_u128(nth)),
                number: id,
                holder: who(holder),
                delegate: who(delegate),
                at: Ts(1),
            });
        }
        assert_eq!(file.links(), BTreeSet::from([who(2), who(3)]));
        assert!(file.can_lend(who(4)) && !file.can_lend(who(1)));
        let mut lent_to = |active: &[u128]| {
            file.settle(&active.iter().map(|n| who(*n)).collect());
            file.grant(who(1)).map(|g| g.delegated_to.clone()).unwrap_or_default()
        };
        assert_eq!(lent_to(&[2, 3]), [who(2), who(3), who(4)]);
        assert_eq!(lent_to(&[2]), [who(2), who(3), who(4)]);
        assert_eq!(lent_to(&[3]), [who(2), who(4)]);
        assert_eq!(lent_to(&[]), [who(2), who(4)]);
    }
}
