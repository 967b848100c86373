//! After a kill: is everything there that was acknowledged, and nothing by halves?

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use vouch::domain::journal::Checkpoint;
use vouch::store::statement::{Row, Sql};
use vouch::store::{Store, StoreError, Tx};

use super::writer::{Subject, Writer};

/// What must not be found, each with the statement that counts it. Entries of kind 1 tell of
/// customers, of kind 2 of numbers.
const HALVES: &[(&str, &str)] = &[
    ("entries that wait for the position they have",
     "SELECT count(*) FROM journal_pending p JOIN journal_order o ON o.entry = p.entry"),
    ("waiting entries unlike their entry",
     "SELECT count(*) FROM journal_pending p JOIN journal j ON j.id = p.entry
      WHERE p.subject <> j.subject OR p.subject_rev <> j.subject_rev OR p.at <> j.at OR p.command <> j.command"),
    ("subjects with a gap in their revisions",
     "SELECT count(*) FROM (SELECT count(*) AS n, min(subject_rev) AS low, max(subject_rev) AS high FROM journal GROUP BY subject) x
      WHERE x.low <> 1 OR x.high <> x.n"),
    ("customers of another revision than their last entry",
     "SELECT count(*) FROM customer c WHERE c.revision <> (SELECT count(*) FROM journal j WHERE j.subject = c.id)"),
    ("customers that name another entry than their last",
     "SELECT count(*) FROM customer c JOIN journal j ON j.id = c.from_entry
      WHERE j.subject <> c.id OR j.subject_rev <> c.revision OR j.at <> c.last_at"),
    ("entries of customers that are not there",
     "SELECT count(*) FROM journal j WHERE j.subject_kind = 1 AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.id = j.subject)"),
    ("customers without their key, or keys without their customer",
     "SELECT (SELECT count(*) FROM customer c WHERE NOT EXISTS (SELECT 1 FROM customer_key k WHERE k.customer_id = c.id))
      + (SELECT count(*) FROM customer_key k WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.id = k.customer_id))"),
    ("customers without exactly one live profile, the last one",
     "SELECT count(*) FROM customer c WHERE c.profile_rev <> (SELECT count(*) FROM profile_revision p WHERE p.customer_id = c.id)
      OR 1 <> (SELECT count(*) FROM profile_revision p WHERE p.customer_id = c.id AND p.to_entry IS NULL AND p.rev = c.profile_rev)"),
    ("profile changes without their revision, or with half of it",
     "SELECT count(*) FROM journal j WHERE j.kind = 'customer.profile_changed'
      AND (1 <> (SELECT count(*) FROM profile_revision p WHERE p.from_entry = j.id AND p.customer_id = j.subject)
        OR 1 <> (SELECT count(*) FROM profile_revision p WHERE p.to_entry = j.id AND p.customer_id = j.subject))"),
    ("customers whose counters the facts do not give",
     "SELECT count(*) FROM customer c JOIN gate_facts g ON g.customer_id = c.id WHERE c.revision > 1
      AND (c.checks_missing <> g.checks_missing OR c.high_open <> g.high_open OR c.clauses_missing <> g.clauses_missing
        OR c.primary_contacts <> g.primary_contacts)"),
    ("numbers of another revision than their last entry",
     "SELECT count(*) FROM number_state n WHERE n.revision <> (SELECT count(*) FROM journal j WHERE j.subject = n.id)"),
    ("numbers that name another entry than their last",
     "SELECT count(*) FROM number_state n JOIN journal j ON j.id = n.from_entry
      WHERE j.subject <> n.id OR j.subject_rev <> n.revision OR j.at <> n.last_at"),
    ("entries of numbers that are not there",
     "SELECT count(*) FROM journal j WHERE j.subject_kind = 2 AND NOT EXISTS (SELECT 1 FROM number_state n WHERE n.id = j.subject)"),
    ("claims without their row, or with two",
     "SELECT count(*) FROM journal j WHERE j.kind = 'number.claimed'
      AND 1 <> (SELECT count(*) FROM number_claim n WHERE n.from_entry = j.id AND n.number_id = j.subject)"),
    ("releases that ended no claim, or two",
     "SELECT count(*) FROM journal j WHERE j.kind = 'number.released'
      AND 1 <> (SELECT count(*) FROM number_claim n WHERE n.to_entry = j.id AND n.number_id = j.subject)"),
    ("keys without the answer kept with them",
     "SELECT count(*) FROM idempotency WHERE response IS NULL AND NOT secret"),
    ("keys whose command wrote no entry",
     "SELECT count(*) FROM idempotency i WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.command = i.command)"),
    // What an operation goes on to write stands under the key of the call that began it.
    ("entries of callers whose command kept no key",
     "SELECT count(*) FROM journal j WHERE j.actor LIKE 'key:%'
      AND j.kind NOT IN ('number.imported', 'operation.accepted', 'operation.done') AND NOT EXISTS (SELECT 1 FROM idempotency i WHERE i.command = j.command)"),
];

/// What one look over the store found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The journal's head, to be continued by every later one.
    pub(crate) checkpoint: Checkpoint,
    /// Open writes that had happened whole.
    pub(crate) whole: usize,
    /// Open writes of which there is nothing.
    pub(crate) absent: usize,
    /// Entries that waited for a position.
    pub(crate) waiting: u64,
}

/// Looks over the whole store, no process being on it, and fails on anything lost or half.
pub(crate) async fn audit(store: &Store, writers: &[Writer], kept: Vec<Checkpoint>) -> Found {
    let (checkpoint, waiting) = halves(store, kept).await;
    let (whole, absent) = keys(store, writers).await;
    changes(store, writers).await;
    Found { checkpoint, whole, absent, waiting }
}

/// Fails on anything that is there by half, whoever wrote it. Tells the journal's head, and how
/// many entries waited for a position.
pub(crate) async fn halves(store: &Store, kept: Vec<Checkpoint>) -> (Checkpoint, u64) {
    let journal = store.verify_journal(kept).await.expect("the journal is what was written");
    let checkpoint =
        Checkpoint { origin: "crash".to_owned(), size: journal.size, root: journal.root };
    for (what, text) in HALVES {
        assert_eq!(number(store, text).await, 0, "{what}");
    }
    (checkpoint, journal.waiting)
}

/// Every acknowledged write has its key; an open one has it or not; there is no other.
async fn keys(store: &Store, writers: &[Writer]) -> (usize, usize) {
    let text = "SELECT request_id, call FROM idempotency WHERE call IN
                ('CreateCustomer', 'UpdateProfile', 'ClaimNumbers', 'ReleaseNumbers')
                AND request_id LIKE 'w%'";
    let rows: Vec<(String, String)> = rows(store, text).await;
    let mut there: BTreeSet<_> = rows.into_iter().collect();
    for writer in writers {
        for (id, call) in &writer.acknowledged {
            let key = (id.clone(), (*call).to_owned());
            assert!(there.remove(&key), "the acknowledged write {key:?} is lost");
        }
    }
    let (mut whole, mut absent) = (0, 0);
    for ask in writers.iter().filter_map(|writer| writer.open.as_ref()) {
        if there.remove(&(ask.request_id.clone(), ask.call().to_owned())) {
            whole += 1;
        } else {
            absent += 1;
        }
    }
    assert!(there.is_empty(), "writes nobody asked for: {there:?}");
    (whole, absent)
}

/// Every acknowledged change is there once; beyond them only what is open.
async fn changes(store: &Store, writers: &[Writer]) {
    let mut least: BTreeMap<Subject, i64> = BTreeMap::new();
    let mut open: BTreeMap<Subject, i64> = BTreeMap::new();
    let mut open_customers = 0;
    for writer in writers {
        for (subject, n) in &writer.changes {
            *least.entry(*subject).or_default() += i64::try_from(*n).unwrap();
        }
        if let Some(ask) = &writer.open {
            let touched = ask.touches();
            open_customers += usize::from(touched.is_empty());
            for subject in touched {
                *open.entry(subject).or_default() += 1;
            }
        }
    }
    let customers: Vec<(Uuid, i64)> = rows(store, "SELECT id, revision FROM customer").await;
    let numbers: Vec<(i64, i64)> = rows(store, "SELECT tn, revision FROM number_state").await;
    let there = customers.into_iter().map(|(id, n)| (Subject::Customer(id), n));
    let there = there.chain(numbers.into_iter().map(|(tn, n)| (Subject::Number(tn), n)));
    let mut unknown = 0;
    for (subject, revision) in there {
        let known = least.remove(&subject);
        let most = known.unwrap_or(0) + open.get(&subject).copied().unwrap_or(0);
        if known.is_none() && matches!(subject, Subject::Customer(_)) {
            // A customer whose creation is open: it may be there, as it was made.
            unknown += 1;
            assert_eq!(revision, 1, "{subject:?}");
            continue;
        }
        assert!(revision >= known.unwrap_or(0), "{subject:?}: a change of {known:?} is lost");
        assert!(revision <= most, "{subject:?}: {revision} changes, {most} were asked for");
    }
    assert!(unknown <= open_customers, "customers nobody asked for");
    assert!(least.is_empty(), "acknowledged and not there: {least:?}");
}

const fn same(text: &'static str) -> Sql {
    Sql { lite: text, pg: text }
}

async fn rows<T: Row + 'static>(store: &Store, text: &'static str) -> Vec<T> {
    let read = move |mut tx: Tx| async move {
        let args = tx.args();
        tx.fetch_all::<T>(same(text), args).await
    };
    store.read::<_, StoreError, _, _>(read).await.unwrap()
}

/// One number out of the store.
pub(crate) async fn number(store: &Store, text: &'static str) -> i64 {
    let found: Vec<(i64,)> = rows(store, text).await;
    found[0].0
}
