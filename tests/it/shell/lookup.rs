//! The HTTP look-up as SIP servers use it.

use reqwest::header::{ACCEPT, AUTHORIZATION, WWW_AUTHENTICATE};
use serde_json::Value;

use vouch::domain::access::Role;

use super::house::{House, Key, OURS, TRUNK};

async fn get(house: &House, key: &Key, query: &str) -> (u16, String) {
    let reply = reqwest::Client::new()
        .get(house.url(&format!("/v1/attestation?{query}")))
        .bearer_auth(&key.token)
        .send()
        .await
        .expect("answered");
    (reply.status().as_u16(), reply.text().await.expect("text"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_is_one_line_with_200() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let cases = [
        ("trunk=edge-1&tn=%2B12126647665&dest=13125550142", "A", "SIGN"),
        ("trunk=edge-1&tn=+12126647665&dest=13125550142", "A", "SIGN"),
        ("trunk=edge-1&tn=12126647665", "A", "SIGN"),
        ("trunk=edge-1&tn=12126647665&signed=1&diverting=", "A", "SIGN"),
        ("trunk=edge-1&tn=12125550123&dest=1", "NONE", "REJECT"),
        ("trunk=nowhere&tn=12126647665", "NONE", "REJECT"),
        ("trunk=nowhere&tn=anonymous&dest=911", "NONE", "SEND_EMERGENCY"),
        ("trnk=typo&signed=maybe&dest=933", "NONE", "SEND_EMERGENCY"),
    ];
    for (query, attest, disposition) in cases {
        let (status, body) = get(&house, &signer, query).await;
        assert_eq!(status, 200, "{query}");
        assert_eq!(body.lines().count(), 1, "{query}: {body}");
        let told: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(
            (told["attest"].as_str(), told["disposition"].as_str()),
            (Some(attest), Some(disposition)),
            "{query}: {body}"
        );
        assert_eq!(told["origid"].as_str().is_some_and(str::is_empty), attest == "NONE");
        assert!(told["valid_until"].is_i64() && told["reasons"].is_array());
        if query.contains("6647665") {
            assert_eq!(told["orig_tn"], "12126647665", "{query}");
        }
    }
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_never_holds_a_level() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let portal = house.key(Role::Portal).await;
    let query = format!("trunk={TRUNK}&tn={}&dest=1", OURS.trim_start_matches('+'));
    let reply = reqwest::get(house.url(&format!("/v1/attestation?{query}"))).await.expect("told");
    assert_eq!(reply.status(), 401);
    assert!(reply.headers().contains_key(WWW_AUTHENTICATE));
    assert!(!reply.text().await.expect("text").contains("attest"));
    let long = format!("{query}&diverting={}", "1".repeat(3_000));
    let cases = [
        (&portal, query.as_str(), 403),
        (&signer, "trunk=edge-1&tn=1&signed=maybe", 400),
        (&signer, "trunk=edge-1&number=1", 400),
        (&signer, long.as_str(), 400),
    ];
    for (key, query, expected) in cases {
        let (status, body) = get(&house, key, query).await;
        assert_eq!(status, expected, "{body}");
        assert!(!body.contains("attest"), "{body}");
    }
    let missing = reqwest::get(house.url("/nothing/here")).await.expect("told");
    assert_eq!(missing.status(), 404);
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn basic_credentials_and_plain_text_serve_simple_callers() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let url =
        house.url(&format!("/v1/attestation?trunk={TRUNK}&tn={}", OURS.trim_start_matches('+')));
    let secret = signer.token.get(26..).expect("a secret").to_owned();
    let http = reqwest::Client::new();
    let names = [signer.token.get(3..25).expect("an id").to_owned(), signer.facts.key.to_string()];
    for name in names {
        let reply = http
            .get(&url)
            .basic_auth(name, Some(&secret))
            .header(ACCEPT, "text/plain")
            .send()
            .await
            .expect("answered");
        assert_eq!(reply.status(), 200);
        let text = reply.text().await.expect("text");
        assert_eq!(text, "A 00000000-0000-0000-0000-000000000001\n");
    }
    let reply = http.get(&url).header(AUTHORIZATION, "Basic ???").send().await.expect("answered");
    assert_eq!(reply.status(), 401);
    house.running.stop().await;
}
