//! The command line of the real program against the real service: results as JSON, exit codes as
//! documented, and no secret among the arguments.

use serde_json::{Value, json};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use vouch::clock::Clock;
use vouch::domain::date;
use vouch::wire::pb;
use vouch::wire::pb::onboarding_service_client::OnboardingServiceClient;
use vouch::wire::pb::policy_service_client::PolicyServiceClient;

use super::answers::Numbers;
use super::applicant::{profile, sdn};
use crate::support::cast::fresh;
use crate::support::data::data;
use crate::support::program::{Served, file, free_port, run};
use crate::support::server::until;

/// Speaks with a key.
#[derive(Clone)]
struct Key(String);

impl Interceptor for Key {
    fn call(
        &mut self,
        mut request: tonic::Request<()>,
    ) -> Result<tonic::Request<()>, tonic::Status> {
        let bearer = format!("Bearer {}", self.0).parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }
}

async fn line(served: &Served, key: &str) -> InterceptedService<Channel, Key> {
    let channel = Channel::from_shared(served.server()).unwrap().connect().await.unwrap();
    InterceptedService::new(channel, Key(key.to_owned()))
}

/// Waits until a new key is known: its entry has to be numbered first.
async fn known(served: &Served, key: &str) {
    let line = line(served, key).await;
    until("the key is known", || async {
        let mut policies = PolicyServiceClient::new(line.clone());
        policies.list_policies(pb::ListPoliciesRequest::default()).await.ok().map(drop)
    })
    .await;
}

/// A customer made through gRPC: the command line shows customers, portals make them.
async fn customer(served: &Served, key: &str) -> String {
    let line = line(served, key).await;
    let ask = pb::CreateCustomerRequest {
        request_id: fresh(),
        role: pb::CustomerRole::EndUser.into(),
        parent_id: String::new(),
        profile: Some(profile("Cedar Point LLC")),
        validate_only: false,
    };
    let made = OnboardingServiceClient::new(line).create_customer(ask).await.unwrap();
    made.into_inner().customer.unwrap().customer_id
}

async fn told(served: &Served, key: &str, args: &[&str]) -> Value {
    let mut all = vec!["-o", "json"];
    all.extend_from_slice(args);
    served.run(key, &all).await.json()
}

/// A key of a role, made by the operator's command.
async fn key(served: &Served, role: &str, more: &[&str]) -> (String, String) {
    let args = [&["key", "add", role, "--roles", role][..], more].concat();
    let made = told(served, &served.bootstrap, &args).await;
    let word = |name: &str| made[name].as_str().unwrap().to_owned();
    assert_eq!(made["roles"], role.to_uppercase());
    known(served, &word("token")).await;
    (word("key_id"), word("token"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_sets_the_service_up_by_commands_alone() {
    let served = Served::start().await;
    assert_eq!(served.said.len(), 2, "one line and the key: {:?}", served.said);
    let root = served.bootstrap.clone();
    let (_, portal) = key(&served, "portal", &["--client", "new:Portal"]).await;
    let (signer_id, signer) = key(&served, "signer", &[]).await;
    let (_, auditor) = key(&served, "auditor", &[]).await;
    people(&served, &root).await;
    rotated(&served, &root, &signer_id, &signer).await;
    let id = customer(&served, &portal).await;
    let shown = told(&served, &auditor, &["customer", "show", &id]).await;
    assert_eq!((&shown["state"], &shown["role"]), (&json!("DRAFT"), &json!("END_USER")));
    assert!(shown["requirements"].as_array().unwrap().len() > 10, "{shown}");
    lists(&served, &root).await;
    inventory_and_levels(&served, &root, &id, &signer).await;
    journal(&served, &auditor).await;
    shown_once(served, &root).await;
}

/// People get a first password, shown once, and log in with it.
async fn people(served: &Served, root: &str) {
    let made = told(served, root, &["user", "add", "ada", "--roles", "reviewer"]).await;
    assert!(made["password"].as_str().unwrap().len() >= 20, "{made}");
    let listed = told(served, root, &["user", "list"]).await;
    let ada = listed.as_array().unwrap().iter().find(|user| user["login"] == "ada").unwrap();
    assert_eq!((&ada["roles"], &ada["state"]), (&json!("REVIEWER"), &json!("LIVE")));
    assert!(!listed.to_string().contains(made["password"].as_str().unwrap()));
    let again = served.run(root, &["user", "add", "ada", "--roles", "reviewer"]).await;
    assert_eq!(again.code, 1, "{again:?}");
    let odd = served.run(root, &["user", "add", "eve", "--roles", "queen"]).await;
    assert_eq!(odd.code, 2, "{odd:?}");
}

/// Two keys live while one takes over; a revoked one is refused.
async fn rotated(served: &Served, root: &str, id: &str, old: &str) {
    let call = ["attest", "nowhere", Numbers::OURS];
    let made = told(served, root, &["key", "rotate", id]).await;
    let new = made["token"].as_str().unwrap();
    known(served, new).await;
    for key in [old, new] {
        assert_eq!(told(served, key, &call).await["attest"], "NONE");
    }
    let spare = made["key_id"].as_str().unwrap();
    let done = told(served, root, &["key", "revoke", spare]).await;
    assert_eq!(done["state"], "REVOKED");
    // Within a second, everywhere.
    let refused = until("the key is refused", || async {
        Some(served.run(new, &call).await).filter(|done| done.code == 1)
    })
    .await;
    assert!(refused.err.contains("CREDENTIAL_INVALID"), "{refused:?}");
    assert_eq!(told(served, old, &call).await["attest"], "NONE");
    let listed = told(served, root, &["key", "list"]).await;
    let state = |id: &str| {
        let keys = listed.as_array().unwrap();
        keys.iter().find(|key| key["key_id"] == id).unwrap()["state"].clone()
    };
    assert_eq!((state(spare), state(id)), (json!("REVOKED"), json!("LIVE")));
    assert!(!listed.to_string().contains("vk_"), "a token in a list");
}

/// A list of today is loaded; a cut one and one of 2021 leave it in place.
async fn lists(served: &Served, root: &str) {
    let today = date::write(Clock::system().now());
    // One that the policy requires is missing until it is loaded, and alarms.
    let none = told(served, root, &["list", "show"]).await;
    let missing = |row: &Value| row["list"] == "ofac_sdn" && row["state"] == "NOT_LOADED";
    assert!(none.as_array().unwrap().iter().any(missing), "{none}");
    let stale = "vouch_list_stale{list=\"ofac_sdn\"} 1";
    until("the missing list alarms", || async {
        let metrics = reqwest::get(format!("{}/metrics", served.admin())).await.ok()?;
        metrics.text().await.ok()?.contains(stale).then_some(())
    })
    .await;
    let folder = served.folder().join("list");
    std::fs::create_dir(&folder).unwrap();
    let whole = sdn(&["NORTHERN ICE CARRIERS", "POLAR LANTERN SHIPPING"]);
    file(&folder, "sdn.csv", &whole);
    let path = folder.display().to_string();
    let load = ["list", "load", "ofac", &path, "--as-of", &today];
    let done = told(served, root, &load).await;
    assert_eq!((&done["state"], &done["rows"]), (&json!("DONE"), &json!(2)));
    let before = told(served, root, &["list", "show"]).await;
    assert_eq!((&before[0]["entries"], &before[0]["state"]), (&json!("2"), &json!("IN_FORCE")));
    file(&folder, "sdn.csv", &whole[..whole.len() - 20]);
    let cut = served.run(root, &load).await;
    assert_eq!(cut.code, 1, "{cut:?}");
    assert!(cut.err.contains("FAILED"), "{cut:?}");
    if let Some(real) = data("sanctions/ofac_2021") {
        let real = real.display().to_string();
        let old = served.run(root, &["list", "load", "ofac", &real, "--as-of", "2021-09-01"]).await;
        assert_eq!(old.code, 1, "{old:?}");
        println!("{}", old.err.trim());
    }
    assert_eq!(told(served, root, &["list", "show"]).await, before);
    unreadable(served, root, &today).await;
    assert_eq!(told(served, root, &["list", "show"]).await, before);
    let none = served.run(root, &["list", "load", "ofac", "/nowhere", "--as-of", &today]).await;
    assert_eq!(none.code, 2, "{none:?}");
}

/// A file of a list that cannot be read: the files that were sent before it are no list.
async fn unreadable(served: &Served, root: &str, today: &str) {
    let folder = served.folder().join("unreadable");
    std::fs::create_dir(&folder).unwrap();
    file(&folder, "sdn.csv", &sdn(&["NORTHERN ICE CARRIERS", "POLAR LANTERN SHIPPING"]));
    std::fs::create_dir(folder.join("sdn_comments.csv")).unwrap();
    let path = folder.display().to_string();
    let broken = served.run(root, &["list", "load", "ofac", &path, "--as-of", today]).await;
    assert_eq!(broken.code, 2, "{broken:?}");
    assert!(broken.err.contains("sdn_comments.csv"), "{broken:?}");
}

/// A trunk and an inventory, and what a signer is told.
async fn inventory_and_levels(served: &Served, root: &str, id: &str, signer: &str) {
    let trunk = ["trunk", "add", "cedar-1", "--owner", id, "--auth", "digest", "--mode", "enforce"];
    let made = told(served, root, &trunk).await;
    assert_eq!(made["trunk_id"], "cedar-1");
    let again = served.run(root, &trunk).await;
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("trunk_id"), "every field at fault is told: {again:?}");
    let listed = told(served, root, &["trunk", "list"]).await;
    assert_eq!((&listed[0]["owner_id"], &listed[0]["mode"]), (&json!(id), &json!("ENFORCE")));
    let rows = format!("tn,customer_id,order_ref\n{},{id},ORD-1\n555,{id},ORD-2\n", Numbers::OURS);
    let csv = file(served.folder(), "numbers.csv", rows.as_bytes()).display().to_string();
    let done = told(served, root, &["inventory", "load", &csv]).await;
    assert_eq!((&done["state"], &done["result"]["assigned"]), (&json!("DONE"), &json!("1")));
    assert_eq!(done["result"]["refused.tn.TN_TOO_SHORT"], "1", "{done}");
    let answer = told(served, signer, &["attest", "cedar-1", Numbers::OURS, "+13126647665"]).await;
    assert_eq!((&answer["attest"], &answer["disposition"]), (&json!("NONE"), &json!("REJECT")));
    assert_eq!(answer["reasons"], json!(["CUSTOMER_NOT_ACTIVE"]));
    let emergency = told(served, signer, &["attest", "cedar-1", Numbers::OURS, "911"]).await;
    assert_eq!(emergency["disposition"], "SEND_EMERGENCY");
    let portal = served.run(root, &["attest", "cedar-1", Numbers::OURS]).await;
    assert_eq!(portal.code, 1, "an operator is no signer: {portal:?}");
}

/// The journal is verified from outside, and again against an earlier checkpoint.
async fn journal(served: &Served, auditor: &str) {
    let verified = told(served, auditor, &["journal", "verify"]).await;
    assert_eq!(verified["verified"], true);
    assert!(verified["entries"].as_u64().unwrap() > 10, "{verified}");
    let early = told(served, auditor, &["journal", "checkpoint"]).await;
    let note = file(served.folder(), "early.note", early["note"].as_str().unwrap().as_bytes());
    let pinned = told(served, auditor, &["journal", "key"]).await["verifier_key"].clone();
    let pinned = pinned.as_str().unwrap();
    key(served, "signer", &[]).await;
    let note = note.display().to_string();
    let args = ["journal", "verify", "--since", &note, "--verifier", pinned];
    let later = told(served, auditor, &args).await;
    assert_eq!((&later["since"], &later["pinned_key"]), (&early["size"], &json!(true)));
    let mut other = pinned.to_owned();
    let swapped = if other.pop() == Some('A') { 'E' } else { 'A' };
    other.push(swapped);
    let refused = served.run(auditor, &["journal", "verify", "--verifier", &other]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    let mut forged: Vec<&str> = early["note"].as_str().unwrap().split('\n').collect();
    // A tree of one entry, under the signature of another.
    forged[1] = "1";
    let forged = forged.join("\n");
    let forged = file(served.folder(), "forged.note", forged.as_bytes()).display().to_string();
    let refused = served.run(auditor, &["journal", "verify", "--since", &forged]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
}

/// The key of a store is shown at its first start and never again; what is kept of it is no key.
async fn shown_once(served: Served, root: &str) {
    let stored = std::fs::read(served.folder().join("vouch.db")).unwrap();
    let secret = &root.as_bytes()[26..];
    assert!(!stored.windows(secret.len()).any(|part| part == secret), "a key in the store");
    let (served, said) = served.again().await;
    assert_eq!(said, Vec::<String>::new());
    assert!(!told(&served, root, &["key", "list"]).await.as_array().unwrap().is_empty());
}

/// An environment, a command, its exit code, and a word of what it says on standard error.
type Case<'a> = (&'a [(&'a str, String)], &'a [&'a str], i32, &'a str);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exit_codes_are_those_that_help_lists() {
    let help = run(&[], &["--help"]).await;
    assert_eq!(help.code, 0);
    let words = ["Exit codes:", "0  done", "1  refused", "2  the command line", "3  the service"];
    for line in words {
        assert!(help.out.contains(line), "{line} is not in {}", help.out);
    }
    let key = [("VOUCH_KEY", "vk_nobody".to_owned())];
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let gone = [key[0].clone(), ("VOUCH_SERVER", nowhere)];
    let cases: [Case<'_>; 9] = [
        (&[], &["--version"], 0, ""),
        (&[], &["fly"], 2, "fly"),
        (&[], &["key", "list"], 2, "VOUCH_KEY_FILE"),
        (&[], &["decide", "--from", "/nowhere"], 2, "/nowhere"),
        (&key, &["--server", "https://127.0.0.1:1", "key", "list"], 2, "--ca"),
        (&gone, &["key", "list"], 3, "cannot be reached"),
        (&gone, &["key", "list", "--key", "vk_secret"], 2, "--key"),
        (&gone, &["user", "add", "ada", "--roles", "reviewer", "--password", "x"], 2, "--password"),
        (&[("VOUCH_LISTN", "x".to_owned())], &["config", "print"], 2, "VOUCH_LISTN"),
    ];
    for (env, args, code, word) in cases {
        let done = run(env, args).await;
        assert_eq!(done.code, code, "{args:?}: {done:?}");
        assert!(done.err.contains(word), "{args:?}: {done:?}");
        assert!(!done.err.contains("panicked"), "{args:?}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_printed_without_their_secrets() {
    let env = [
        ("VOUCH_DATABASE_URL", "postgres://vouch:hidden@db/vouch".to_owned()),
        ("VOUCH_KEYS_FILE", "/etc/vouch/keys".to_owned()),
        ("VOUCH_DELIVERY_HTTP_URL", "https://switch.example/messages".to_owned()),
        ("VOUCH_DELIVERY_HTTP_TOKEN", "concealed".to_owned()),
    ];
    let text = run(&env, &["config", "print"]).await;
    assert_eq!(text.code, 0, "{text:?}");
    let table: toml::Table = toml::from_str(&text.out).unwrap();
    assert_eq!(table["keys"]["file"].as_str(), Some("/etc/vouch/keys"));
    let value = run(&env, &["-o", "json", "config", "print", "--listen", "127.0.0.1:1"]).await;
    assert_eq!(value.json()["server"]["listen"], "127.0.0.1:1");
    for printed in [&text.out, &value.out] {
        assert!(!printed.contains("hidden") && !printed.contains("concealed"), "{printed}");
    }
    let all = run(&[], &["config", "print", "--variables"]).await;
    for name in ["VOUCH_DATABASE_URL", "VOUCH_LISTEN", "VOUCH_DELIVERY_SMTP_URL"] {
        assert!(all.out.contains(name), "{name} is not in {}", all.out);
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = run(&[], &["completions", shell]).await;
        assert_eq!(done.code, 0, "{shell}");
        assert!(done.out.contains("vouch") && done.out.contains("attest"), "{shell}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_are_decided_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let bad = file(folder.path(), "bad.jsonl", b"{\"name\":\"odd\"}\nno json\n");
    let done = run(&[], &["decide", "--from", bad.to_str().unwrap()]).await;
    assert_eq!((done.code, done.out.lines().count()), (1, 2), "{done:?}");
    let Some(cases) = data("vectors/decision.jsonl") else { return };
    let done = run(&[], &["decide", "--from", cases.to_str().unwrap()]).await;
    assert_eq!(done.code, 0, "{}", done.err);
    let asked = std::fs::read_to_string(cases).unwrap().lines().count();
    assert_eq!(done.out.lines().count(), asked);
    for line in done.out.lines() {
        let told: Value = serde_json::from_str(line).unwrap();
        assert_eq!(told["matches"], true, "{line}");
    }
}
