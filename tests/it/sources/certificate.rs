//! Certificates against labels that others made: every published certificate with the reports on it,
//! and the cases of a linter's own tests, each made here from what its label says is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use vouch::domain::certificate::{
    Attribute, BasicConstraints, Certificate, CrlPoint, Extension, Key, KeyUsage, Name, Policies,
    TnAuthList, TnEntry, current, former, oid,
};
use vouch::domain::digest::Digest;
use vouch::domain::time::Ts;
use vouch::sources::certificate::read;

use crate::support::data::data;

fn lines(folder: &str, file: &str) -> Option<Vec<Value>> {
    let file = std::fs::File::open(data(folder)?.join(file)).unwrap();
    let lines = std::io::BufReader::new(file).lines();
    Some(lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect())
}

fn certificate(row: &Value) -> Certificate {
    read(&STANDARD.decode(row["der_b64"].as_str().unwrap()).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What the labels and this reader see otherwise: a list whose one string lacks its length byte. The
/// label's reader takes the next byte for the length and cuts the code; here the list is refused, since
/// a code that was guessed might be somebody else's.
const CUT: &str = "3008a006163836374a";

#[test]
fn every_published_certificate_is_read_as_labelled() {
    let Some(rows) = lines("samples", "real_shaken_certs_handover.jsonl") else { return };
    let (mut codes, mut cut, mut without) = (0, 0, 0);
    for row in &rows {
        let read = certificate(row);
        assert_eq!(read.sha256.to_string(), text(&row["sha256"]));
        let Some(label) = row.get("tnauthlist").filter(|label| !label.is_null()) else {
            assert_eq!(read.numbers(), None, "a list that the label does not have");
            without += 1;
            continue;
        };
        let listed = serde_json::to_value(read.numbers().cloned().unwrap_or_default()).unwrap();
        if text(&row["tnauthlist_hex"]) == CUT {
            cut += 1;
            assert_eq!(listed, serde_json::json!([]));
            continue;
        }
        assert_eq!(&listed, label, "{}", row["sha256"]);
        codes += usize::from(read.numbers().is_some_and(|list| list.only_spc().is_some()));
    }
    println!("{} certificates, {codes} codes, {cut} list refused, {without} without", rows.len());
    // Every one that has a list of numbers has its code, but for the one that is refused and for one
    // whose code lacks the tag of one, which the label leaves out as well.
    assert_eq!((codes, cut, without, rows.len()), (697, 1, 23, 722));
}

#[test]
fn published_certificates_have_the_reported_issues_and_no_others() {
    let mut tally: BTreeMap<String, u32> = BTreeMap::new();
    for (folder, file) in
        [("samples", "real_shaken_certs_handover.jsonl"), ("stir_shaken", "shaken_ca_certs.jsonl")]
    {
        let Some(rows) = lines(folder, file) else { return };
        for row in &rows {
            let issues = row["issues"].as_array().unwrap();
            let label = |issue: &Value| {
                (text(&issue["code"]), text(&issue["severity"]), text(&issue["source"]))
            };
            let wanted: BTreeSet<_> = issues.iter().map(label).collect();
            let found: BTreeSet<_> = current(&certificate(row))
                .into_iter()
                .map(|lint| {
                    (lint.code, lint.severity.as_str().to_owned(), lint.source.as_str().to_owned())
                })
                .collect();
            assert_eq!(found, wanted, "{}", row["sha256"]);
            for (code, ..) in found {
                *tally.entry(code).or_default() += 1;
            }
        }
    }
    println!("{tally:?}");
    assert!(tally.len() > 30);
}

fn name(parts: &[(&str, &str)]) -> Name {
    let attributes = parts
        .iter()
        .map(|(kind, value)| Attribute { kind: (*kind).to_owned(), value: (*value).to_owned() });
    let raw = format!("{parts:?}").into_bytes();
    Name { attributes: attributes.collect(), raw }
}

fn subject(common: &str) -> Name {
    name(&[(oid::COMMON_NAME, common), (oid::ORGANIZATION, "Some org"), (oid::COUNTRY, "US")])
}

fn extension(oid: &str, critical: bool) -> Extension {
    Extension { oid: oid.to_owned(), critical }
}

/// An end's certificate without a fault.
fn end() -> Certificate {
    Certificate {
        sha256: Digest::of(b"end"),
        version: 3,
        serial: vec![0x79, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        signature: oid::ECDSA_SHA256.to_owned(),
        issuer: subject("SHAKEN Intermediate"),
        subject: name(&[
            (oid::COMMON_NAME, "SHAKEN 6628"),
            (oid::ORGANIZATION, "Some org"),
            (oid::COUNTRY, "US"),
            (oid::SERIAL_NUMBER, "12345"),
        ]),
        not_before: Ts::from_iso("2022-10-27").unwrap(),
        not_after: Ts::from_iso("2022-10-28").unwrap(),
        key: Key {
            algorithm: oid::EC_KEY.to_owned(),
            curve: Some(oid::P256.to_owned()),
            bits: vec![4],
        },
        extensions: vec![
            extension(oid::BASIC_CONSTRAINTS, true),
            extension(oid::KEY_USAGE, true),
            extension(oid::POLICIES, false),
            extension(oid::AUTHORITY_KEY_ID, false),
            extension(oid::SUBJECT_KEY_ID, false),
            extension(oid::CRL_POINTS, false),
            extension(oid::TN_AUTH_LIST, false),
        ],
        basic: Some(BasicConstraints { ca: false, path_len: None }),
        key_usage: Some(KeyUsage { flags: KeyUsage::DIGITAL_SIGNATURE, unused: (7, 7) }),
        subject_key_id: Some(vec![1; 20]),
        authority_key_id: Some(vec![2; 20]),
        policies: Some(Policies(vec![oid::POLICY_1_3.to_owned()])),
        crl_points: Some(vec![CrlPoint {
            urls: vec!["https://authenticate-api.iconectiv.com/download/v1/crl".to_owned()],
            issuer: true,
        }]),
        tn_auth_list: Some(Ok(TnAuthList(vec![TnEntry::spc("6628").unwrap()]))),
        claims: None,
    }
}

/// An authority's without one.
fn middle() -> Certificate {
    let mut made = end();
    made.subject = subject("SHAKEN Intermediate");
    made.issuer = subject("SHAKEN Root");
    made.basic = Some(BasicConstraints { ca: true, path_len: None });
    made.key_usage = Some(KeyUsage { flags: KeyUsage::CERT_SIGN, unused: (2, 2) });
    made.tn_auth_list = None;
    made.extensions.retain(|extension| extension.oid != oid::TN_AUTH_LIST);
    made
}

fn root() -> Certificate {
    let mut made = middle();
    made.subject = made.issuer.clone();
    made.policies = None;
    made.crl_points = None;
    made.extensions.retain(|e| e.oid != oid::POLICIES && e.oid != oid::CRL_POINTS);
    made.authority_key_id.clone_from(&made.subject_key_id);
    made
}

fn without(name: &mut Name, kind: &str) {
    name.attributes.retain(|attribute| attribute.kind != kind);
    name.raw.push(0);
}

fn rsa(made: &mut Certificate) {
    made.key = Key { algorithm: "1.2.840.113549.1.1.1".to_owned(), curve: None, bits: vec![1] };
}

fn flags(made: &mut Certificate, flags: u16) {
    made.key_usage = Some(KeyUsage { flags, unused: (0, 0) });
}

/// The certificate of a case: one without a fault, with the one fault that its name and label tell.
fn case(file: &str) -> Certificate {
    let of_issuer = file.starts_with("shakenCa") || file.starts_with("caKey");
    let mut made = if file.starts_with("shakenRoot") {
        root()
    } else if of_issuer {
        middle()
    } else {
        end()
    };
    let both = Policies(vec![oid::POLICY_1_3.to_owned(), "2.16.840.1.114569.1.1.1".to_owned()]);
    match file.trim_end_matches(".pem") {
        "shakenCert" => {}
        "shakenSubjectAmbiguous" => {
            made.subject = name(&[
                (oid::COMMON_NAME, "Some SHAKEN 6628"),
                (oid::ORGANIZATION, "Some org"),
                (oid::COUNTRY, "US"),
            ]);
        }
        "shakenCaSubjectWEmail" => made.subject.attributes.push(Attribute {
            kind: "1.2.840.113549.1.9.1".to_owned(),
            value: "a@example.com".to_owned(),
        }),
        "caKeyUsageNoCertSign" | "shakenCaKeyUsageWithoutCertSign" => {
            flags(&mut made, KeyUsage::CRL_SIGN);
        }
        "shakenCaKeyUsageCertSignCRLSignDigSign" => {
            flags(
                &mut made,
                KeyUsage::CERT_SIGN | KeyUsage::CRL_SIGN | KeyUsage::DIGITAL_SIGNATURE,
            );
        }
        "shakenCaKeyUsageOddFlag" => flags(&mut made, KeyUsage::CERT_SIGN | 1 << 3),
        "shakenKeyUsageOdd" => flags(&mut made, KeyUsage::DIGITAL_SIGNATURE | 1 << 3),
        "shakenBasicConstNotCritical" => made.extensions[0].critical = false,
        "shakenCaCertPolicyMultiple" | "shakenCertPolicyMultiple" => made.policies = Some(both),
        "shakenCertPolicyNo" => made.policies = None,
        "shakenCaExtOdd" | "shakenExtOdd" => made.extensions.push(extension("2.5.29.37", false)),
        "shakenCaIssuerWithoutCN" | "shakenIssuerWithoutCN" => {
            without(&mut made.issuer, oid::COMMON_NAME);
        }
        "shakenCaIssuerWithoutO" | "shakenIssuerWithoutO" => {
            without(&mut made.issuer, oid::ORGANIZATION);
        }
        "shakenCaIssuerWithoutC" | "shakenIssuerWithoutC" => {
            without(&mut made.issuer, oid::COUNTRY);
        }
        "shakenSubjectWithoutCN" => without(&mut made.subject, oid::COMMON_NAME),
        "shakenCaSubjectWithoutC" => without(&mut made.subject, oid::COUNTRY),
        "shakenCaSerialNegative" => made.serial[0] = 0x99,
        "shakenSerialNumberPadded" => made.serial = vec![0, 0x80, 0, 0, 0, 0, 0, 1],
        "shakenCaSigAlgSHA1" | "shakenSigAlgSHA1" => {
            "1.2.840.10045.4.1".clone_into(&mut made.signature);
        }
        "shakenCaKeyAlgRSA" | "shakenKeyAlgRSA" => rsa(&mut made),
        "shakenKeyAlgP384" => made.key.curve = Some(oid::P384.to_owned()),
        "shakenRootAKIWrong" => made.authority_key_id = Some(vec![9; 20]),
        "shakenTNAuthMultiple" => {
            made.tn_auth_list = Some(Ok(TnAuthList(vec![TnEntry::spc("6628").unwrap(); 2])));
        }
        other => panic!("no case is made for {other}"),
    }
    made
}

/// Reported otherwise on purpose: whether a list of revoked certificates can be reached now is a
/// property of the network, not of the certificate.
const OTHERWISE: &[(&str, &str)] = &[("e_sti_crl_distribution", "shakenCRLPointUnreachable.pem")];

#[test]
fn a_linters_own_cases_are_reported_alike() {
    let Some(folder) = data("samples") else { return };
    let rows = csv::Reader::from_path(folder.join("shaken_cert_lint_labels.csv"))
        .unwrap()
        .records()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let (mut alike, mut otherwise) = (0, Vec::new());
    for row in &rows {
        let (lint, file, expected) = (&row[0], &row[1], row[2].to_lowercase());
        if OTHERWISE.contains(&(lint, file)) {
            otherwise.push(lint.to_owned());
            continue;
        }
        let found = former(&case(file)).into_iter().find(|found| found.code == lint);
        let told = found.map_or("pass", |found| found.severity.as_str());
        assert_eq!(told, expected, "{lint} of {file}");
        alike += 1;
    }
    println!("{alike} alike, otherwise: {otherwise:?}");
    assert_eq!(otherwise.len(), OTHERWISE.len());
    for made in [end(), middle(), root()] {
        assert_eq!(former(&made), [], "without a fault");
    }
}
