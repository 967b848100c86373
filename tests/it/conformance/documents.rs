//! Uploads that are sent again: the bytes of what is recorded are there, and other bytes are another
//! write.

use std::collections::BTreeMap;

use vouch::app::document::{self, Intake, Uploaded};
use vouch::app::{AppError, list_load};
use vouch::domain::command::admin::LoadList;
use vouch::domain::command::onboarding::UploadDocument;
use vouch::domain::command::write::Write;
use vouch::domain::customer::Role;
use vouch::domain::document::Kind;
use vouch::domain::ids::CustomerId;
use vouch::domain::list::List;
use vouch::domain::pii::Pii;
use vouch::store::StoreError;
use vouch::store::seal::Cell;

use crate::support::apps::TestApp;
use crate::support::stores::on_both_stores;

const PAPER: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

async fn keep(
    app: &TestApp,
    write: &Write,
    customer: CustomerId,
    bytes: &[u8],
) -> Result<Uploaded, AppError> {
    let ask = UploadDocument {
        write: write.clone(),
        customer,
        kind: Kind::FormationRecord,
        media_type: "application/pdf",
        file_name: Pii::new("formation.pdf".to_owned()),
    };
    let mut intake = Intake::default();
    intake.push(bytes)?;
    document::keep(&app.app, &app.portal(), ask, intake).await
}

/// How many documents lie in the store's folder: its drawers have names of two letters.
fn files(app: &TestApp) -> usize {
    let drawers = std::fs::read_dir(app.folder()).unwrap().map(|entry| entry.unwrap());
    let drawers = drawers.filter(|drawer| drawer.file_name().len() == 2);
    drawers.map(|drawer| std::fs::read_dir(drawer.path()).unwrap().count()).sum()
}

on_both_stores!(a_retried_upload_has_its_bytes, |test| async {
    let app = TestApp::new(&test).await;
    let customer = app.customer("Heron Lake Dental LLC", Role::EndUser).await;
    let write = app.write("UploadDocument");
    let first = keep(&app, &write, customer, PAPER).await.unwrap();
    assert_eq!(keep(&app, &write, customer, PAPER).await.unwrap(), first);
    assert_eq!(files(&app), 1);
    app.app.documents.remove(first.document).await.unwrap();
    assert_eq!(keep(&app, &write, customer, PAPER).await.unwrap(), first);
    assert_eq!(files(&app), 1);

    let (record, _) = document::get(&app.app, &app.portal(), first.document).await.unwrap();
    let key = app.app.store.read(move |mut tx| async move { tx.take_data_key(customer).await });
    let key = key.await;
    let key: Result<_, StoreError> = key;
    let row = first.document.0;
    let cell = Cell { table: "document", column: "blob", row: row.as_bytes() };
    let open = |sealed: Vec<u8>| key.unwrap().open(cell, &sealed).ok();
    let back = app.app.documents.get(first.document, record.sha256.0, open).await.unwrap();
    assert_eq!(back.expose(), PAPER);
});

on_both_stores!(the_same_request_with_other_bytes_is_refused, |test| async {
    let app = TestApp::new(&test).await;
    let customer = app.customer("Heron Lake Dental LLC", Role::EndUser).await;
    let write = app.write("UploadDocument");
    keep(&app, &write, customer, PAPER).await.unwrap();
    let other = [PAPER, b"% another"].concat();
    let refused = keep(&app, &write, customer, &other).await;
    assert_eq!(refused, Err(AppError::RequestReused));
    assert_eq!(files(&app), 1, "the other bytes are not kept");

    let write = app.write("LoadList");
    let as_of = app.app.clock.now();
    let load = async |bytes: &[u8]| {
        let ask = LoadList { write: write.clone(), list: List::OfacSdn, as_of: Some(as_of) };
        let files = BTreeMap::from([("SDN.CSV".to_owned(), bytes.to_vec())]);
        list_load::start(&app.app, &app.operator(), ask, files).await
    };
    let begun = load(b"one").await.unwrap();
    assert_eq!(load(b"one").await, Ok(begun));
    assert_eq!(load(b"two").await, Err(AppError::RequestReused));
});
