//! kill -9 of the real program while it imports, at any row: whoever starts next goes on, and each
//! number is there once. `VOUCH_IMPORT_KILLS` says how often, `VOUCH_IMPORT_KILL_ROWS` of how many.

use std::time::Duration;

use vouch::store::EngineKind;
use vouch::wire::pb;
use vouch::wire::pb::admin_service_client::AdminServiceClient;
use vouch::wire::pb::import_numbers_request::Part;
use vouch::wire::pb::number_service_client::NumberServiceClient;
use vouch::wire::pb::onboarding_service_client::OnboardingServiceClient;

use super::stages::number;
use crate::crash::audit::halves;
use crate::crash::ground::Ground;
use crate::crash::instance::{Caller, Instance, With};
use crate::support::campaign::{Dice, setting};
use crate::support::cast::fresh;
use crate::support::server::within;
use crate::support::stores;

/// How long an import may take on a busy machine.
const LIMIT: Duration = Duration::from_mins(20);

async fn portal(operator: &Caller) -> String {
    let (channel, bearer) = operator.parts();
    let mut admin = AdminServiceClient::with_interceptor(channel, bearer);
    let ask = pb::CreateClientRequest { request_id: fresh(), name: "Portal".to_owned() };
    let made = within(LIMIT, "the bootstrap key is known", || {
        let (mut admin, ask) = (admin.clone(), ask.clone());
        async move { admin.create_client(ask).await.ok() }
    })
    .await;
    let client = made.into_inner().client.unwrap();
    let ask = pb::CreateKeyRequest {
        request_id: fresh(),
        client_id: client.client_id,
        name: "portal".to_owned(),
        roles: vec![pb::AccessRole::Portal.into()],
        expire_time: None,
    };
    admin.create_key(ask).await.unwrap().into_inner().token
}

fn numbers_of(caller: &Caller) -> NumberServiceClient<With> {
    let (channel, bearer) = caller.parts();
    NumberServiceClient::with_interceptor(channel, bearer)
}

async fn begin(caller: &Caller, rows: u64, mode: pb::ImportMode) -> String {
    let (channel, bearer) = caller.parts();
    let onboarding = OnboardingServiceClient::with_interceptor(channel, bearer);
    let profile = pb::Profile { legal_name: "Heron Lake".to_owned(), ..pb::Profile::default() };
    let ask = pb::CreateCustomerRequest {
        request_id: fresh(),
        role: pb::CustomerRole::EndUser.into(),
        profile: Some(profile),
        ..pb::CreateCustomerRequest::default()
    };
    let made = within(LIMIT, "the key is known", || async {
        onboarding.clone().create_customer(ask.clone()).await.ok()
    })
    .await;
    let header = pb::ImportHeader {
        request_id: fresh(),
        customer_id: made.into_inner().customer.unwrap().customer_id,
        mode: mode.into(),
        ..pb::ImportHeader::default()
    };
    let mut text = "number\n".to_owned();
    (0..rows).for_each(|nth| text.push_str(&format!("{}\n", number(nth))));
    let chunks = text.into_bytes();
    let mut parts = vec![Part::Header(header)];
    parts.extend(chunks.chunks(256 << 10).map(|chunk| Part::Chunk(chunk.to_vec().into())));
    let parts = parts.into_iter().map(|part| pb::ImportNumbersRequest { part: Some(part) });
    let begun = numbers_of(caller).import_numbers(tokio_stream::iter(parts)).await.unwrap();
    drop(onboarding);
    begun.into_inner().operation.unwrap().operation_id
}

async fn killed(kind: EngineKind, mode: pb::ImportMode) {
    let kills = setting("VOUCH_IMPORT_KILLS", 3);
    let rows = setting("VOUCH_IMPORT_KILL_ROWS", 6_000);
    let mut dice = Dice::of(Dice::seed("VOUCH_IMPORT_KILLS_SEED"));
    let ground = Ground::new(kind).await;
    let mut instance = Instance::start(&ground, None);
    let address = instance.address().await.unwrap();
    let token = portal(&Caller::new(address, &instance.bootstrap().await)).await;
    let id = begin(&Caller::new(address, &token), rows, mode).await;
    let mut met = 0;
    for nth in 0..kills {
        tokio::time::sleep(Duration::from_micros(dice.below(900_000))).await;
        instance.kill().await;
        ground.settle().await;
        if nth % 4 == 0 {
            // Whoever worked on it is dead; nobody has to wait for its lease.
            let free = if kind == EngineKind::Sqlite { "0" } else { "'epoch'" };
            let text =
                format!("UPDATE number_import SET lease_until = {free} WHERE over_at IS NULL");
            stores::raw(&ground.url, &text).await.unwrap();
        }
        let open = "SELECT count(*) FROM number_import WHERE over_at IS NULL";
        met += stores::number(&ground.url, open).await;
        instance = Instance::start(&ground, None);
        instance.address().await.unwrap();
    }
    within(LIMIT, "the import has ended", || async {
        let over =
            "SELECT count(*) FROM operation WHERE kind = 'IMPORT_NUMBERS' AND state = 'DONE'";
        (stores::number(&ground.url, over).await == 1).then_some(())
    })
    .await;
    within(LIMIT, "the journal is at rest", || async {
        let left = stores::number(&ground.url, "SELECT count(*) FROM journal_pending").await;
        (left == 0).then_some(())
    })
    .await;
    instance.kill().await;
    ground.settle().await;
    let each = [
        ("SELECT count(*) FROM number_state", rows),
        ("SELECT count(*) FROM number_state WHERE revision = 1", rows),
        ("SELECT count(*) FROM number_claim WHERE to_entry IS NULL", rows),
        ("SELECT count(*) FROM number_claim", rows),
        ("SELECT count(*) FROM journal WHERE kind = 'number.imported'", rows),
    ];
    for (text, wanted) in each {
        assert_eq!(
            stores::number(&ground.url, text).await,
            i64::try_from(wanted).unwrap(),
            "{text}"
        );
    }
    let store = ground.open().await;
    halves(&store, Vec::new()).await;
    store.close().await;
    ground.clear().await;
    println!("{kind:?}: {kills} kills, {met} of them before the import of {rows} rows ended: {id}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_an_import_survives_kills_on_sqlite() {
    killed(EngineKind::Sqlite, pb::ImportMode::BestEffort).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_an_import_survives_kills_on_postgres() {
    killed(EngineKind::Postgres, pb::ImportMode::AllOrNothing).await;
}
