//! One page of the journal reads a bounded part of it, and names where to go on.

use uuid::Uuid;
use vouch::app::journal::{self, MOST_READ};
use vouch::domain::command::query::{ListEntries, Page};
use vouch::domain::journal::SubjectKind;
use vouch::store::journal::EntryDraft;
use vouch::store::{EngineKind, Meta, StoreError, Tx};

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores};

/// Writes more entries of one kind than a page reads.
async fn fill(app: &TestApp) {
    let run = |mut tx: Tx| async move {
        for nth in 0..MOST_READ as u128 + 100 {
            let draft = EntryDraft {
                kind: SubjectKind::Operation,
                subject: Uuid::from_u128((1 << 100) | nth),
                rev: 1,
                word: "test.filled",
                facts: None,
                detail: serde_json::json!({}),
                owner: None,
            };
            tx.journal(draft).await?;
        }
        Ok::<_, StoreError>(())
    };
    app.app.store.command(Meta::system("test"), run).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_rare_entries_reads_a_bounded_part() {
    // The bound is the use case's own; one store is enough for so many entries.
    let test = TestStore::new(EngineKind::Sqlite).await;
    let app = TestApp::new(&test).await;
    fill(&app).await;
    let late = app.new_client("late").await;
    app.caught_up(&test).await;
    let mut ask = ListEntries {
        page: Page { size: 50, token: None },
        kind: Some(SubjectKind::Client),
        subject: None,
        from: 1,
    };
    let who = app.operator();
    let mut pages = Vec::new();
    loop {
        let (shown, next) = journal::list(&app.app, &who, ask.clone()).await.unwrap();
        pages.push(shown.iter().map(|one| one.entry.entry.subject).collect::<Vec<_>>());
        if next.is_empty() {
            break;
        }
        ask.page.token = Some(next);
    }
    assert_eq!(pages, [vec![app.client.0], vec![late.0]]);
    test.finish().await;
}

on_both_stores!(a_subject_is_found_by_itself, |test| async {
    let app = TestApp::new(&test).await;
    let late = app.new_client("late").await;
    app.caught_up(&test).await;
    let ask = ListEntries {
        page: Page { size: 50, token: None },
        kind: None,
        subject: Some(late.0),
        from: 1,
    };
    let (shown, next) = journal::list(&app.app, &app.operator(), ask).await.unwrap();
    let found: Vec<_> = shown.iter().map(|one| one.entry.entry.subject).collect();
    assert_eq!((found, next.as_str()), (vec![late.0], ""));
});
