//! Facts put straight into the journal: what a table needs to give a number a level.

use serde_json::json;
use uuid::Uuid;
use vouch::domain::attestation::{
    Call, Cap, CustomerFacts, EvidenceKind, Grant, NumberFacts, Shown, TrunkAuth, TrunkFacts,
    TrunkKind, TrunkMode,
};
use vouch::domain::facts::Facts;
use vouch::domain::ids::{CustomerId, Origid};
use vouch::domain::journal::SubjectKind;
use vouch::domain::number::{Category, Tn};
use vouch::domain::time::Ts;
use vouch::store::{EntryDraft, Meta, Store, StoreError, Tx};

/// The number that is asked about.
pub(crate) const NUMBER: &str = "+12126647665";

/// Writes an entry of one subject: its revision `rev`, with these facts.
pub(crate) async fn tell(store: &Store, kind: SubjectKind, subject: Uuid, rev: u64, facts: Facts) {
    let facts = facts.encode().unwrap();
    let run = move |mut tx: Tx| {
        let facts = Some(facts.clone());
        async move {
            let (word, detail) = ("test.told", json!({}));
            let draft = EntryDraft { kind, subject, rev, word, facts, detail, owner: None };
            tx.journal(draft).await.map(drop)
        }
    };
    store.command::<_, StoreError, _, _>(Meta::system("test"), run).await.unwrap();
}

/// Facts of a customer that nothing holds back.
pub(crate) fn active(customer: CustomerId) -> Facts {
    let facts = CustomerFacts {
        active: true,
        active_until: Ts::FOREVER,
        uncapped_until: Ts::FOREVER,
        cap: Cap::A,
        origid: Origid(customer.0),
    };
    Facts::Customer { customer, facts }
}

/// Facts of a trunk that is this customer's.
pub(crate) fn trunk(name: &str, owner: CustomerId) -> Facts {
    let facts = TrunkFacts {
        kind: TrunkKind::Customer,
        auth: TrunkAuth::Digest,
        owner,
        foreign: false,
        mode: TrunkMode::Enforce,
        origid: Origid(owner.0),
    };
    Facts::Trunk { trunk: name.parse().unwrap(), facts: Some(facts) }
}

/// Facts of the number, which this customer may show with full evidence.
pub(crate) fn number(holder: CustomerId) -> Facts {
    let grant = Grant {
        holder,
        kinds: [EvidenceKind::AssignedByUs].into_iter().collect(),
        full_until: Ts::FOREVER,
        partial_until: Ts::FOREVER,
        delegated_to: Vec::new(),
    };
    let facts = NumberFacts {
        category: Category::Assignable,
        foreign: false,
        cap: Cap::A,
        grants: vec![grant],
    };
    Facts::Number { tn: Tn::parse(NUMBER).unwrap(), facts }
}

/// A call on this trunk that shows the number.
pub(crate) fn call(trunk: &str) -> Call<'_> {
    let orig = Shown::Number(Tn::parse(NUMBER).unwrap());
    Call { trunk, orig, dest: "13125550142", diverting: None, signed: false }
}
