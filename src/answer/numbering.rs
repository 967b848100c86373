//! Numbering lists for the table: read whole once, then followed load by load, each at its own
//! position of the journal.

use std::collections::BTreeMap;

use crate::domain::facts::{Facts, ListFacts};
use crate::domain::journal::SubjectKind;
use crate::domain::list::List;
use crate::domain::number::Tn;
use crate::domain::numbering::{BadRow, Book, InForce, keys_of};
use crate::store::feed::FactsEntry;
use crate::store::{Store, StoreError, Tx};

/// Rows of one read.
const PAGE: i64 = 5_000;

/// A list that something is said of, and in what state it is from now on.
pub(super) type Turn = (List, InForce);

/// The latest load of each list that was seen.
#[derive(Debug, Default)]
pub(super) struct Turns(BTreeMap<List, InForce>);

impl Turns {
    /// Takes note of an entry, if it is about a numbering list.
    pub(super) fn see(&mut self, entry: &FactsEntry) {
        self.0.extend(turn_of(entry));
    }
}

/// What an entry says of a numbering list.
pub(super) fn turn_of(entry: &FactsEntry) -> Option<Turn> {
    let Some(Facts::List(facts)) = &entry.facts else { return None };
    turn(facts)
}

fn turn(facts: &ListFacts) -> Option<Turn> {
    let list = facts.list.parse::<List>().ok().filter(|list| Book::takes(*list))?;
    Some((list, InForce { as_of: facts.as_of, aged: facts.aged }))
}

fn corrupt(_row: BadRow) -> StoreError {
    StoreError::Corrupt("list entry")
}

/// What all lists say at a position.
pub(super) async fn build(store: &Store, turns: Turns, seq: u64) -> Result<Book, StoreError> {
    store
        .read(move |mut tx| async move {
            let mut book = Book::default();
            for (list, file) in turns.0 {
                book.turn(list, file);
                let mut after = String::new();
                loop {
                    let page = tx.list_rows_at(list.as_str(), seq, &after, PAGE).await?;
                    let Some(end) = page.last() else { break };
                    after.clone_from(&end.reference);
                    for row in page {
                        book.come(list, &row.reference, &row.body).map_err(corrupt)?;
                    }
                }
            }
            Ok(book)
        })
        .await
}

/// Takes in what the load of this entry changed.
pub(super) async fn follow(
    store: &Store,
    book: &mut Book,
    entry: &FactsEntry,
    (list, file): Turn,
) -> Result<(), StoreError> {
    let id = entry.entry;
    book.turn(list, file);
    let mut after = String::new();
    loop {
        let from = after.clone();
        let page =
            store.read(move |mut tx| async move { tx.list_rows_gone(id, &from, PAGE).await });
        let page: Vec<(String,)> = page.await?;
        let Some((end,)) = page.last() else { break };
        after.clone_from(end);
        for (key,) in page {
            book.go(list, &key).map_err(corrupt)?;
        }
    }
    let mut after = String::new();
    loop {
        let from = after.clone();
        let page =
            store.read(move |mut tx| async move { tx.list_rows_come(id, &from, PAGE).await });
        let page = page.await?;
        let Some(end) = page.last() else { return Ok(()) };
        after.clone_from(&end.reference);
        for row in page {
            book.come(list, &row.reference, &row.body).map_err(corrupt)?;
        }
    }
}

/// What all lists said of one number at a position: a book with no more in it than that takes.
pub(super) async fn as_of(tx: &mut Tx, tn: Tn, seq: u64) -> Result<Book, StoreError> {
    let mut turns = Turns::default();
    for entry in tx.facts_of_kind(SubjectKind::List, seq).await? {
        turns.see(&entry);
    }
    let mut book = Book::default();
    for (list, file) in turns.0 {
        book.turn(list, file);
        for key in keys_of(list, tn) {
            if let Some(row) = tx.list_row_at(list.as_str(), &key, seq).await? {
                book.come(list, &row.reference, &row.body).map_err(corrupt)?;
            }
        }
    }
    Ok(book)
}
