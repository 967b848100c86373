//! Answers again: the facts of one call as they were at a position of the journal, and the answer
//! that `decide` gives for them (rule 10).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::numbering;
use super::receipt::Receipt;
use crate::domain::attestation::{
    Answer, AttestationPolicy, Call, CustomerFacts, Freshness, NumberFacts, OnStale, PlainFacts,
    Shown, TrunkFacts, decide, when_dead,
};
use crate::domain::facts::{Facts, PolicyFacts};
use crate::domain::ids::{CustomerId, PolicyId};
use crate::domain::journal::SubjectKind;
use crate::domain::number::{Category, Tn};
use crate::domain::time::{Span, Ts};
use crate::store::{Store, StoreError, Tx};
use crate::table::Told;

/// An answer, derived again, and what it rests on.
#[derive(Debug)]
pub struct Replayed {
    /// The answer.
    pub answer: Answer,
    /// The policy it was made under.
    pub policy: Option<PolicyId>,
    /// One JSON object in the shape that `vouch decide --from` reads. Holds telephone numbers.
    pub facts_json: String,
}

/// Derives the answer again from what the journal holds.
async fn replay(tx: &mut Tx, receipt: &Receipt) -> Result<Replayed, StoreError> {
    let at = receipt.position;
    let rules = match receipt.policy {
        None => AttestationPolicy::default(),
        Some(policy) => match tx.facts_as_of(policy.0, at).await? {
            Some(Facts::Policy(facts)) => facts.attestation,
            Some(_) | None => return Err(StoreError::Corrupt("policy")),
        },
    };
    let trunk = trunk(tx, &receipt.trunk, at).await?;
    let orig = number(tx, receipt.orig, at).await?;
    let diverting = match receipt.diverting {
        Some(shown) => Some(number(tx, shown, at).await?),
        None => None,
    };
    let customers = customers(tx, trunk.as_ref(), [Some(&orig), diverting.as_ref()], at).await?;
    let facts = PlainFacts { trunk, customers, orig, diverting };
    let answer = decide(&receipt.call(), &facts.view(), receipt.freshness, &rules, receipt.now);
    let facts_json = shape(receipt, &facts, &rules);
    Ok(Replayed { answer, policy: receipt.policy, facts_json })
}

impl Replayed {
    /// Derives the answer again from what `store` holds.
    pub async fn of(store: &Store, receipt: Receipt) -> Result<Self, StoreError> {
        store.read(move |mut tx| async move { replay(&mut tx, &receipt).await }).await
    }
}

/// What an answer for this call would have been made from at `at`, by a table that knew everything.
pub async fn as_of(store: &Store, call: &Call<'_>, at: Ts) -> Result<Receipt, StoreError> {
    let (position, policy) = store
        .read(move |mut tx| async move {
            let position = tx.seq_at(at).await?;
            let policy = policy_at(&mut tx, position, at).await?;
            Ok::<_, StoreError>((position, policy))
        })
        .await?;
    let told = Told {
        answer: when_dead(call.dest, OnStale::Reject),
        policy,
        freshness: Freshness { loaded: true, age: Span::ZERO },
        position,
        fenced: false,
    };
    Ok(Receipt::of(call, &told, at))
}

/// The policy that was in force at `now`, as of a position.
async fn policy_at(tx: &mut Tx, at: u64, now: Ts) -> Result<Option<PolicyId>, StoreError> {
    let entries = tx.facts_of_kind(SubjectKind::Policy, at).await?;
    let mut latest: BTreeMap<PolicyId, PolicyFacts> = BTreeMap::new();
    for entry in entries {
        if let Some(Facts::Policy(facts)) = entry.facts {
            latest.insert(facts.policy, facts);
        }
    }
    let due = latest.into_values().filter(|facts| facts.effective_from <= now);
    Ok(due.max_by_key(|facts| (facts.effective_from, facts.policy)).map(|facts| facts.policy))
}

async fn trunk(tx: &mut Tx, name: &str, at: u64) -> Result<Option<TrunkFacts>, StoreError> {
    let Ok(id) = name.parse() else { return Ok(None) };
    let Some(subject) = tx.trunk_subject(&id).await? else { return Ok(None) };
    match tx.facts_as_of(subject, at).await? {
        Some(Facts::Trunk { facts, .. }) => Ok(facts),
        Some(_) => Err(StoreError::Corrupt("trunk")),
        None => Ok(None),
    }
}

async fn number(tx: &mut Tx, shown: Shown, at: u64) -> Result<NumberFacts, StoreError> {
    let Some(tn) = shown.tn() else {
        return Ok(NumberFacts {
            category: Category::Invalid,
            foreign: false,
            cap: crate::domain::attestation::Cap::A,
            grants: Vec::new(),
        });
    };
    let book = numbering::as_of(tx, tn, at).await?;
    let stored = match tx.number_subject(tn).await? {
        Some(subject) => tx.facts_as_of(subject, at).await?,
        None => None,
    };
    match stored {
        Some(Facts::Number { facts, .. }) => {
            Ok(NumberFacts { category: book.gate(tn, facts.category), ..facts })
        }
        Some(_) => Err(StoreError::Corrupt("number")),
        None => Ok(NumberFacts::placed(book.unstored(tn))),
    }
}

async fn customers(
    tx: &mut Tx,
    trunk: Option<&TrunkFacts>,
    numbers: [Option<&NumberFacts>; 2],
    at: u64,
) -> Result<BTreeMap<CustomerId, CustomerFacts>, StoreError> {
    let mut ids: Vec<CustomerId> = trunk.map(|trunk| trunk.owner).into_iter().collect();
    for grant in numbers.into_iter().flatten().flat_map(|number| &number.grants) {
        ids.push(grant.holder);
        ids.extend(&grant.delegated_to);
    }
    ids.sort_unstable();
    ids.dedup();
    let mut known = BTreeMap::new();
    for id in ids {
        match tx.facts_as_of(id.0, at).await? {
            Some(Facts::Customer { facts, .. }) => {
                known.insert(id, facts);
            }
            Some(_) => return Err(StoreError::Corrupt("customer")),
            None => {}
        }
    }
    Ok(known)
}

/// The case as `vouch decide` reads it.
fn shape(receipt: &Receipt, facts: &PlainFacts, rules: &AttestationPolicy) -> String {
    #[derive(Serialize)]
    struct Number<'a> {
        tn: Option<String>,
        #[serde(flatten)]
        facts: &'a NumberFacts,
    }
    let shown = |shown: Shown| shown.tn().map(Tn::e164);
    json!({
        "name": "explained",
        "now": receipt.now,
        "freshness": receipt.freshness,
        "policy": rules,
        "trunk": facts.trunk,
        "customers": facts.customers,
        "signed": receipt.signed,
        "dest": receipt.dest,
        "orig": Number { tn: shown(receipt.orig), facts: &facts.orig },
        "diverting": facts.diverting.as_ref().map(|number| Number {
            tn: receipt.diverting.and_then(shown),
            facts: number,
        }),
    })
    .to_string()
}
