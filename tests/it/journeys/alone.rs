//! The commands that need no service, as the real program carries them out: lines in, one JSON answer a
//! line out, and one bad line costs no other.

use serde_json::Value;

use super::applicant::sdn;
use crate::sources::outside::{Party, Says};
use crate::support::program::{fed, file, run};

/// What the program answers to lines of standard input.
async fn answers(args: &[&str], input: &[u8]) -> Vec<Value> {
    let done = fed(&[], args, input).await;
    assert_eq!(done.code, 0, "{done:?}");
    let read =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
    done.out.lines().map(read).collect()
}

fn words<'a>(answers: &'a [Value], field: &str) -> Vec<&'a str> {
    answers.iter().map(|one| one[field].as_str().unwrap_or_default()).collect()
}

#[tokio::test]
async fn identifiers_and_numbers_come_as_lines() {
    let lines = b"kind,value\nLEI,636700STJZG4U8W2I596\nEIN,\"94-2404110\nEIN,94-24\xf6\nNONSENSE,1\nEIN,94-2404110\n";
    let told = answers(&["check", "id", "--from", "-"], lines).await;
    assert_eq!(words(&told, "form"), ["OK", "BAD", "BAD", "BAD", "OK"], "{told:?}");
    assert_eq!(words(&told, "kind"), ["LEI", "EIN", "EIN", "NONSENSE", "EIN"]);
    assert_eq!(told[3]["reason"], "KIND_UNKNOWN");
    let fields: Vec<&String> = told[0].as_object().unwrap().keys().collect();
    assert_eq!(fields.len(), 5, "{fields:?}");

    let lines = b"region,value\nUS,(800) 662-6305\nUS,\"(800) 1\nUS,\xff\xfe\nCA,+12126647665\n";
    let told = answers(&["check", "number", "--from", "-"], lines).await;
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[0]["e164"], "+18006626305");
    assert_eq!(told[3]["e164"], "+12126647665");
    assert_eq!(words(&told, "category")[1..3], ["INVALID", "INVALID"]);
}

#[tokio::test]
async fn names_come_as_lines() {
    let lines = b"schema,name1,name2\nCompany,Cimex S.A.,CIMEX\nCompany,\"Cimex,CIMEX\nPerson,J\xf6rg Bauer,Jorg Bauer\nPlanet,a,b\nCompany,Cimex S.A.,CIMEX\n";
    let told = answers(&["match", "--from", "-"], lines).await;
    assert_eq!(told.len(), 5, "{told:?}");
    assert_eq!((&told[0], &told[0]["match"]), (&told[4], &Value::Bool(true)));
    assert_eq!(told[3]["reason"], "SCHEMA_UNKNOWN");

    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "sdn.csv", &sdn(&["NORTHERN ICE CARRIERS", "POLAR LANTERN SHIPPING"]));
    let list = folder.path().display().to_string();
    let screen = ["screen", "--type", "business", "--list", &list, "--from", "-"];
    let lines =
        b"Northern Ice Carriers\nHeron Lake Dental\nNorth\xf6rn\n\"Polar Lantern Shipping\"\n";
    let told = answers(&screen, lines).await;
    assert_eq!(
        words(&told, "name"),
        ["NORTHERN ICE CARRIERS", "POLAR LANTERN SHIPPING"],
        "{told:?}"
    );
    assert_eq!(words(&told, "list"), ["OFAC_SDN", "OFAC_SDN"]);
    for field in ["query", "id", "score", "why"] {
        assert!(!told[0][field].is_null(), "{field}: {told:?}");
    }
}

#[tokio::test]
async fn certificates_come_as_lines() {
    let lines = b"{\"der_b64\":\"AAAA\"}\n{\"pem\":\"\xf6\"}\nno json\n{}\n";
    let told = answers(&["check", "cert", "--from", "-"], lines).await;
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(words(&told, "reason").iter().all(|reason| !reason.is_empty()), "{told:?}");
}

const LEI: &str = "636700STJZG4U8W2I596";
const GLEIF: &str = r#"{"meta":{"goldenCopy":{"publishDate":"2026-06-12T08:00:00Z"}},"data":{"type":"lei-records","id":"636700STJZG4U8W2I596","attributes":{"lei":"636700STJZG4U8W2I596","entity":{"legalName":{"name":"Kommstart 174 AB (publ)"},"otherNames":[],"jurisdiction":"SE","status":"ACTIVE"},"registration":{"status":"ISSUED","corroborationLevel":"FULLY_CORROBORATED"}}}}"#;

/// One question to a source, with the settings of the environment and without a service.
#[tokio::test]
async fn a_source_is_tried() {
    let path = "/api/v1/lei-records/";
    let rows = [
        (
            Says::Json(200, GLEIF.to_owned()),
            &["--name", "Kommstart 174 AB (publ)", "--region", "SE"][..],
            0,
            "PASS",
            "MATCHED",
        ),
        (
            Says::Json(200, GLEIF.to_owned()),
            &["--name", "Kommstart 174 AB (publ)"],
            1,
            "REVIEW",
            "JURISDICTION_NOT_ASKED",
        ),
        (
            Says::Json(200, GLEIF.to_owned()),
            &["--name", "Norrlands Guldsmide", "--region", "SE"],
            1,
            "FAIL",
            "NAME_MISMATCH",
        ),
        (Says::Json(403, "{}".to_owned()), &[], 3, "UNAVAILABLE", "REFUSED"),
    ];
    for (says, more, code, result, reason) in rows {
        let party = Party::new(&[(path, says)]).await;
        let env = [("VOUCH_SOURCES_GLEIF_URL", format!("http://127.0.0.1:{}", party.port))];
        let args = [&["-o", "json", "source", "try", "gleif", LEI][..], more].concat();
        let done = run(&env, &args).await;
        assert_eq!(done.code, code, "{done:?}");
        let told: Value = serde_json::from_str(&done.out).unwrap();
        assert_eq!((&told["result"], &told["reason"]), (&result.into(), &reason.into()), "{told}");
        assert_eq!(party.asked.lock().unwrap().len(), 1);
        assert!(
            done.out.contains("/api/v1/lei-records/"),
            "the evidence shows the request: {done:?}"
        );
    }
    let done = run(&[], &["source", "try", "gleif", LEI]).await;
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.out.contains("NOT_CONFIGURED"), "{done:?}");
}
