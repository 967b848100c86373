//! What a change leaves behind of its subject: the complete state, after the change, that the
//! table in memory and the credentials follow. The journal stores it sealed; tables are fed from
//! nothing else, and a past answer is derived again from it (rule 10).

use serde::{Deserialize, Serialize};

use super::access::{KeyFacts, UserFacts};
use super::attestation::{
    AttestationPolicy, BadPolicy, Cap, CustomerFacts, NumberFacts, TrunkFacts,
};
use super::customer::Customer;
use super::ids::{ClientId, CustomerId, EpochId, ListVersionId, OperationId, PolicyId, TrunkId};
use super::number::Tn;
use super::time::Ts;

/// The first byte of encoded facts. It changes when older code could no longer read the rest.
const VERSION: u8 = 1;

/// The state of one subject after a change; one variant a subject kind. It holds telephone
/// numbers, so it leaves memory sealed only (rule 11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facts {
    /// A customer.
    Customer {
        /// Which one.
        customer: CustomerId,
        /// What a call needs of it.
        facts: CustomerFacts,
    },
    /// A number.
    Number {
        /// Which one.
        tn: Tn,
        /// Its category, cap and grants.
        facts: NumberFacts,
    },
    /// A trunk.
    Trunk {
        /// Its name.
        trunk: TrunkId,
        /// What it is; absent once it is retired.
        facts: Option<TrunkFacts>,
    },
    /// A policy.
    Policy(PolicyFacts),
    /// A list.
    List(ListFacts),
    /// An API key.
    Key(KeyFacts),
    /// A person who logs in.
    User(UserFacts),
    /// A portal client; tables need nothing of it.
    Client {
        /// Which one.
        client: ClientId,
    },
    /// Long work; tables need nothing of it.
    Operation {
        /// Which one.
        operation: OperationId,
    },
    /// The store itself.
    Store {
        /// Its incarnation.
        epoch: EpochId,
    },
}

/// A policy, as far as calls are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFacts {
    /// Which one; answers name it.
    pub policy: PolicyId,
    /// In force from here on, until a later one is.
    pub effective_from: Ts,
    /// The rules of the decision.
    pub attestation: AttestationPolicy,
}

/// Which load of a list counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListFacts {
    /// The list's name.
    pub list: String,
    /// The load.
    pub version: ListVersionId,
    /// The date its publisher gave it.
    pub as_of: Ts,
    /// How many rows it has.
    pub rows: u64,
    /// It has grown too old to say anything but what is listed on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aged: bool,
}

/// Why stored facts cannot be read, or facts not be stored.
#[derive(Debug, thiserror::Error)]
pub enum BadFacts {
    /// Nothing there.
    #[error("empty facts: the store is damaged; restore it from a backup")]
    Empty,
    /// A later Vouch wrote them.
    #[error("facts of version {0}; this Vouch reads version {VERSION}: run the newer one")]
    Version(u8),
    /// They do not read as facts. The cause is left out, because it may quote what it read.
    #[error("unreadable facts: the store is damaged; restore it from a backup")]
    Unreadable,
    /// A policy that contradicts itself.
    #[error("policy: {0}")]
    Policy(#[from] BadPolicy),
}

impl Facts {
    /// What tables follow of a customer.
    pub fn of_customer(customer: &Customer) -> Self {
        let active = customer.state.active();
        let facts = CustomerFacts {
            active: active.is_some(),
            active_until: active.map_or(Ts::NEVER, |a| a.active_until),
            uncapped_until: active.map_or(Ts::NEVER, |a| a.uncapped_until),
            cap: active.map_or(Cap::B, |a| a.cap),
            origid: customer.origid,
        };
        Self::Customer { customer: customer.id, facts }
    }

    /// The bytes to seal: the version, then compact JSON with its fields in a fixed order, so that
    /// equal facts give equal bytes.
    pub fn encode(&self) -> Result<Vec<u8>, BadFacts> {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, self).map_err(|_quotes| BadFacts::Unreadable)?;
        Ok(bytes)
    }

    /// Reads what [`Facts::encode`] gave.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadFacts> {
        let (version, json) = bytes.split_first().ok_or(BadFacts::Empty)?;
        if *version != VERSION {
            return Err(BadFacts::Version(*version));
        }
        let facts = serde_json::from_slice(json).map_err(|_quotes| BadFacts::Unreadable)?;
        if let Self::Policy(policy) = &facts {
            policy.attestation.checked()?;
        }
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::attestation::{Cap, EvidenceKind, Grant};
    use crate::domain::ids::Origid;
    use crate::domain::number::Category;

    #[test]
    fn what_was_encoded_reads_back() {
        let customer = CustomerId(Uuid::from_u128(7));
        let grant = Grant {
            holder: customer,
            kinds: [EvidenceKind::Loa, EvidenceKind::AssignedByUs].into_iter().collect(),
            full_until: Ts(5),
            partial_until: Ts::NEVER,
            delegated_to: vec![CustomerId(Uuid::from_u128(8))],
        };
        let all = [
            Facts::Customer {
                customer,
                facts: CustomerFacts {
                    active: true,
                    active_until: Ts(9),
                    uncapped_until: Ts(3),
                    cap: Cap::B,
                    origid: Origid(Uuid::from_u128(1)),
                },
            },
            Facts::Number {
                tn: Tn::parse("+12126647665").expect("a number"),
                facts: NumberFacts {
                    category: Category::AllocationUnknown,
                    foreign: false,
                    cap: Cap::A,
                    grants: vec![grant],
                },
            },
            Facts::Trunk { trunk: "edge-1".parse().expect("a name"), facts: None },
            Facts::Policy(PolicyFacts {
                policy: PolicyId(Uuid::from_u128(2)),
                effective_from: Ts(1),
                attestation: AttestationPolicy::default(),
            }),
        ];
        for facts in all {
            let bytes = facts.encode().expect("encodes");
            assert_eq!(Facts::decode(&bytes).expect("decodes"), facts);
        }
    }

    #[test]
    fn damage_and_later_versions_are_told_apart() {
        assert!(matches!(Facts::decode(&[]), Err(BadFacts::Empty)));
        assert!(matches!(Facts::decode(&[2, b'{']), Err(BadFacts::Version(2))));
        let quoted = Facts::decode(b"\x01{\"number\":{\"tn\":\"+1212\"}}").expect_err("cut");
        assert!(!quoted.to_string().contains("1212"), "an error quoted a number");
    }
}
