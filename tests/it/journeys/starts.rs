//! Starts that cannot be: each says what to do next, ends with its own code, and leaves what is stored
//! as it was.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use vouch::app::publish::CURRENT_2026;

use crate::support::program::{Served, file, free_port, run, settings};
use crate::support::{pg, stores};

/// The settings of a service in `folder`, with some of them changed.
fn with(folder: &Path, change: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let mut env = settings(folder, free_port(), free_port());
    for (name, value) in change {
        env.retain(|(known, _)| known != name);
        env.push((name, value.clone()));
    }
    env
}

/// Starts that end with this code, and what standard error then says.
async fn refused(env: &[(&'static str, String)], code: i32, words: &[&str]) {
    let done = run(env, &["serve"]).await;
    assert_eq!(done.code, code, "{done:?}");
    for word in words {
        assert!(done.err.contains(word), "{word} is not in {}", done.err);
    }
    assert!(!done.err.contains("panicked") && !done.err.contains("hidden"), "{}", done.err);
    assert_eq!(done.out, "", "nothing was started");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_cannot_be_are_told_by_their_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let nowhere = folder.join("nowhere").join("vouch.db").display().to_string();
    let url = |text: &str| vec![("VOUCH_DATABASE_URL", text.to_owned())];
    let missing = format!("sqlite:{nowhere}");
    refused(&with(folder, &url(&missing)), 2, &["nowhere", "does not exist", "create it"]).await;
    refused(&with(folder, &url("mysql://u:hidden@h/d")), 2, &["database.url", "sqlite:"]).await;
    refused(&with(folder, &url("postgres://u:hidden@h/d")), 2, &["VOUCH_KEYS_FILE"]).await;
    let open = [("VOUCH_LISTEN", "0.0.0.0:0".to_owned())];
    refused(&with(folder, &open), 2, &["--tls-cert", "--insecure-dev"]).await;
    let odd = [("VOUCH_LISTN", "127.0.0.1:1".to_owned())];
    refused(&with(folder, &odd), 2, &["VOUCH_LISTN"]).await;
    let half = [("VOUCH_DELIVERY_SMTP_URL", "smtps://u:hidden@h".to_owned())];
    refused(&with(folder, &half), 2, &["delivery.smtp_from"]).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(&with(folder, &[("VOUCH_LISTEN", address)]), 2, &["server.listen", "free"]).await;
    assert!(!folder.join("nowhere").exists(), "a folder was made that nobody asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn databases_that_do_not_answer_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.json").display().to_string();
    let made = run(&[], &["keyring", "new", &keys]).await;
    assert_eq!(made.code, 0, "{made:?}");
    let again = run(&[], &["keyring", "new", &keys]).await;
    assert_eq!(again.code, 2, "a key ring is never overwritten: {again:?}");
    let on = |url: String| {
        with(folder.path(), &[("VOUCH_DATABASE_URL", url), ("VOUCH_KEYS_FILE", keys.clone())])
    };
    let nobody = "postgres://vouch:hidden@127.0.0.1:1/vouch".to_owned();
    refused(&on(nobody), 3, &["check the database URL"]).await;
    let cluster = pg::cluster();
    refused(&on(cluster.url("no_such_database")), 3, &["no database of that name"]).await;
    let empty = cluster.empty_database().await;
    refused(&on(cluster.url(&empty)), 2, &["vouch migrate"]).await;
    let full = cluster.database().await;
    refused(&on(cluster.url(&full)), 2, &["key ring"]).await;
    for name in [empty, full] {
        cluster.drop_database(&name).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_cannot_be_are_told_by_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("[roles.END_USER]", "[roles.LAND_LORD]", "LAND_LORD"),
        ("severity = \"HIGH\"", "severity = \"GRAVE\"", "GRAVE"),
        ("digits = 6", "digits = 6\nshoe_size = 9", "shoe_size"),
        ("effective_from = \"2026-01-01\"", "effective_from = \"2026-02-30\"", "effective_from"),
    ];
    for (was, is, word) in cases {
        let text = CURRENT_2026.replacen(was, is, 1);
        assert_ne!(text, CURRENT_2026);
        let path = file(folder.path(), "policy.toml", text.as_bytes()).display().to_string();
        refused(&with(folder.path(), &[("VOUCH_POLICY_FILE", path)]), 2, &[word]).await;
    }
    let none = folder.path().join("none.toml").display().to_string();
    refused(&with(folder.path(), &[("VOUCH_POLICY_FILE", none)]), 2, &["policy.file"]).await;
    // The store was made before its rules were read; with sound rules it starts.
    let done = run(&with(folder.path(), &[]), &["migrate"]).await;
    assert_eq!(done.code, 0, "{done:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_a_newer_vouch_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let env = with(folder.path(), &[]);
    let made = run(&env, &["migrate"]).await;
    assert_eq!(made.code, 0, "{made:?}");
    let path = folder.path().join("vouch.db");
    let url = format!("sqlite:{}", path.display());
    let newer = "UPDATE _sqlx_migrations SET version = 900 WHERE version = \
                 (SELECT max(version) FROM _sqlx_migrations)";
    stores::raw(&url, newer).await.unwrap();
    let bytes = || -> [u8; 32] { Sha256::digest(std::fs::read(&path).unwrap()).into() };
    let before = bytes();
    refused(&env, 2, &["900", "newer Vouch"]).await;
    let done = run(&env, &["migrate"]).await;
    assert_eq!(done.code, 2, "{done:?}");
    assert_eq!(bytes(), before, "the store was changed");
    // Without the keys it was made with, a store is not opened either.
    let keys = folder.path().join("vouch.db.keys.json");
    std::fs::remove_file(&keys).unwrap();
    refused(&env, 2, &["key"]).await;
    assert!(!keys.exists(), "other keys were made for a store that is there");
    assert_eq!(bytes(), before, "the store was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_service_on_one_file_is_refused_and_the_first_goes_on() {
    let served = Served::start().await;
    refused(&served.beside(), 3, &["another process", "stop it first"]).await;
    let listed = served.run(&served.bootstrap, &["-o", "json", "key", "list"]).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let health = reqwest::get(format!("{}/healthz", served.admin())).await.unwrap();
    assert!(health.status().is_success());
    let metrics = reqwest::get(format!("{}/metrics", served.admin())).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("rpc_server"), "{metrics}");
}
