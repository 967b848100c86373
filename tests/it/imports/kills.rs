//! kill -9 of the real program while it imports, at any row: whoever starts next goes on, and each
//! number is there once. `VOUCH_IMPORT_KILLS` says how often, `VOUCH_IMPORT_KILL_ROWS` of how many. Only
//! what hits an import that is under way counts; where one ends before, the next one begins.

use std::fmt::Write as _;
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

async fn begin(caller: &Caller, (from, rows): (u64, u64), mode: pb::ImportMode) -> String {
    let (channel, bearer) = caller.parts();
    let onboarding = OnboardingServiceClient::with_interceptor(channel, bearer);
    let profile = pb::Profile { legal_name: "Heron Lake".to_owned(), ..pb::Profile::default() };
    let ask = pb::CreateCustomerRequest {
        request_id: fresh(),
        role: pb::CustomerRole::EndUser.into(),
        profile: Some(profile),
        ..pb::CreateCustomerRequest::default()
    };
    let customer = within(LIMIT, "the key is known", || async {
        onboarding.clone().create_customer(ask.clone()).await.ok()
    })
    .await;
    let header = pb::ImportHeader {
        request_id: fresh(),
        customer_id: customer.into_inner().customer.unwrap().customer_id,
        mode: mode.into(),
        ..pb::ImportHeader::default()
    };
    let mut text = "number\n".to_owned();
    for nth in from..from + rows {
        writeln!(text, "{}", number(nth)).unwrap();
    }
    let chunks = text.into_bytes();
    let mut parts = vec![Part::Header(header)];
    parts.extend(chunks.chunks(256 << 10).map(|chunk| Part::Chunk(chunk.to_vec().into())));
    let parts = parts.into_iter().map(|part| pb::ImportNumbersRequest { part: Some(part) });
    let begun = numbers_of(caller).import_numbers(tokio_stream::iter(parts)).await.unwrap();
    drop(onboarding);
    begun.into_inner().operation.unwrap().operation_id
}

/// How many imports are under way.
async fn under_way(ground: &Ground) -> i64 {
    let open = "SELECT count(*) FROM number_import WHERE over_at IS NULL";
    stores::number(&ground.url, open).await
}

/// Ends the lease of a worker that is dead; nobody has to wait for it.
async fn free(ground: &Ground, kind: EngineKind) {
    let past = if kind == EngineKind::Sqlite { "0" } else { "'epoch'" };
    let text = format!("UPDATE number_import SET lease_until = {past} WHERE over_at IS NULL");
    stores::raw(&ground.url, &text).await.unwrap();
}

/// Every row of an import has its line, and every line says that it was done.
async fn told(caller: &Caller, id: &str, (from, rows): (u64, u64)) {
    let ask = pb::GetImportResultRequest { operation_id: id.to_owned() };
    let calls = numbers_of(caller);
    let mut stream = within(LIMIT, "the key is known", || {
        let (mut calls, ask) = (calls.clone(), ask.clone());
        async move { calls.get_import_result(ask).await.ok() }
    })
    .await
    .into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.message().await.unwrap() {
        bytes.extend_from_slice(&piece.chunk);
    }
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.lines().skip(1);
    for nth in 0..rows {
        let wanted = format!("{},+{},DONE,", nth + 1, number(from + nth));
        assert_eq!(lines.next(), Some(wanted.as_str()));
    }
    assert_eq!(lines.next(), None, "a row has two lines");
}

/// Kills until so many met an import; what was begun.
async fn killed_often(
    ground: &Ground,
    mut instance: Instance,
    (kind, mode): (EngineKind, pb::ImportMode),
) -> (Instance, String, Vec<String>) {
    let kills = setting("VOUCH_IMPORT_KILLS", 3);
    let rows = setting("VOUCH_IMPORT_KILL_ROWS", 6_000);
    let mut dice = Dice::of(Dice::seed("VOUCH_IMPORT_KILLS_SEED"));
    let mut address = instance.address().await.unwrap();
    let token = portal(&Caller::new(address, &instance.bootstrap().await)).await;
    let mut begun: Vec<String> = Vec::new();
    let (mut met, mut missed) = (0, 0);
    while met < kills {
        if under_way(ground).await == 0 {
            let from = begun.len() as u64 * rows;
            begun.push(begin(&Caller::new(address, &token), (from, rows), mode).await);
        }
        tokio::time::sleep(Duration::from_micros(dice.below(900_000))).await;
        instance.kill().await;
        ground.settle().await;
        if met % 4 == 0 {
            free(ground, kind).await;
        }
        if under_way(ground).await == 0 {
            missed += 1;
        } else {
            met += 1;
        }
        assert!(missed < 20 + 4 * kills, "imports of {rows} rows end too early; take more rows");
        instance = Instance::start(ground, None);
        address = instance.address().await.unwrap();
    }
    println!("{kind:?} {mode:?}: {met} kills met {} imports of {rows} rows", begun.len());
    (instance, token, begun)
}

async fn killed(kind: EngineKind, mode: pb::ImportMode) {
    let ground = Ground::new(kind).await;
    let started = Instance::start(&ground, None);
    let (mut instance, token, begun) = killed_often(&ground, started, (kind, mode)).await;
    within(LIMIT, "the imports have ended", || async {
        let over =
            "SELECT count(*) FROM operation WHERE kind = 'IMPORT_NUMBERS' AND state = 'DONE'";
        let ended = stores::number(&ground.url, over).await;
        (usize::try_from(ended).unwrap() == begun.len()).then_some(())
    })
    .await;
    within(LIMIT, "the journal is at rest", || async {
        let left = stores::number(&ground.url, "SELECT count(*) FROM journal_pending").await;
        (left == 0).then_some(())
    })
    .await;
    let rows = setting("VOUCH_IMPORT_KILL_ROWS", 6_000);
    let caller = Caller::new(instance.address().await.unwrap(), &token);
    for (nth, id) in (0..).zip(&begun) {
        told(&caller, id, (nth * rows, rows)).await;
    }
    instance.kill().await;
    ground.settle().await;
    let all = i64::try_from(begun.len() as u64 * rows).unwrap();
    for text in [
        "SELECT count(*) FROM number_state",
        "SELECT count(*) FROM number_state WHERE revision = 1",
        "SELECT count(*) FROM number_claim WHERE to_entry IS NULL",
        "SELECT count(*) FROM number_claim",
        "SELECT count(*) FROM journal WHERE kind = 'number.imported'",
    ] {
        assert_eq!(stores::number(&ground.url, text).await, all, "{text}");
    }
    let store = ground.open().await;
    halves(&store, Vec::new()).await;
    store.close().await;
    ground.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_an_import_row_by_row_survives_kills_on_sqlite() {
    killed(EngineKind::Sqlite, pb::ImportMode::BestEffort).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_an_import_row_by_row_survives_kills_on_postgres() {
    killed(EngineKind::Postgres, pb::ImportMode::BestEffort).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_an_import_of_all_or_nothing_survives_kills_on_sqlite() {
    killed(EngineKind::Sqlite, pb::ImportMode::AllOrNothing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_an_import_of_all_or_nothing_survives_kills_on_postgres() {
    killed(EngineKind::Postgres, pb::ImportMode::AllOrNothing).await;
}
