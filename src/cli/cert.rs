//! `vouch check cert`: certificates as they lie in files, a JSON line each.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::batch::{input, line, unread};
use super::exit::Exit;
use super::fault::CliFault;
use super::lines::Lines;
use crate::domain::certificate::{
    Certificate, ClaimConstraints, Lint, Name, TnAuthList, current, former, oid,
};
use crate::domain::digest::Digest;
use crate::domain::time::Ts;
use crate::sources::certificate::{bundle, read};

/// A line of a file of certificates. Whatever else it holds is passed over.
#[derive(Deserialize)]
struct Given {
    der_b64: Option<String>,
    pem: Option<String>,
}

/// What a certificate says.
#[derive(Debug, Serialize)]
struct Told {
    sha256: Option<Digest>,
    subject: String,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    is_ca: bool,
    /// The provider's code, where the list is one code and nothing else.
    spc: Option<String>,
    tnauthlist: TnAuthList,
    /// Why there is no list, or no certificate; empty where everything was read.
    reason: &'static str,
    claims: Option<ClaimConstraints>,
    /// By the rules in force when it was issued, in the names of today.
    issues: Vec<Lint>,
    /// By every rule, in the names before.
    lints: Vec<Lint>,
}

/// Carries the command out.
pub fn run(file: Option<&Path>, from: Option<&Path>) -> Result<Exit, CliFault> {
    let mut all_read = true;
    let mut tell = |bytes: &[u8]| -> Result<(), CliFault> {
        for told in told_of(bytes) {
            all_read &= told.sha256.is_some();
            line(&told)?;
        }
        Ok(())
    };
    if let Some(from) = from {
        let mut rows = Lines::new(input(from)?);
        while let Some(row) = rows.next_line().map_err(|why| unread(from, why))? {
            tell(&bytes(&row))?;
        }
        return Ok(Exit::Done);
    }
    let file = file.unwrap_or(Path::new("-"));
    let mut whole = Vec::new();
    std::io::Read::read_to_end(&mut input(file)?, &mut whole).map_err(|why| unread(file, why))?;
    tell(&whole)?;
    Ok(if all_read { Exit::Done } else { Exit::Refused })
}

/// The certificate of a line; nothing where there is none.
fn bytes(row: &str) -> Vec<u8> {
    let given: Option<Given> = serde_json::from_str(row).ok();
    let Some(given) = given else { return Vec::new() };
    match (given.der_b64, given.pem) {
        (Some(der), _) => STANDARD.decode(der.trim()).unwrap_or_default(),
        (None, Some(pem)) => pem.into_bytes(),
        (None, None) => Vec::new(),
    }
}

fn told_of(bytes: &[u8]) -> Vec<Told> {
    match bundle(bytes) {
        Err(bad) => vec![unreadable(bad.as_str())],
        Ok(found) => found
            .iter()
            .map(|der| read(der).map_or_else(|bad| unreadable(bad.as_str()), |c| told(&c)))
            .collect(),
    }
}

fn unreadable(reason: &'static str) -> Told {
    Told {
        sha256: None,
        subject: String::new(),
        issuer: String::new(),
        serial: String::new(),
        not_before: String::new(),
        not_after: String::new(),
        is_ca: false,
        spc: None,
        tnauthlist: TnAuthList::default(),
        reason,
        claims: None,
        issues: Vec::new(),
        lints: Vec::new(),
    }
}

fn told(certificate: &Certificate) -> Told {
    let list = certificate.numbers();
    let reason = match &certificate.tn_auth_list {
        Some(Err(bad)) => bad.as_str(),
        Some(Ok(_)) | None => "",
    };
    Told {
        sha256: Some(certificate.sha256),
        subject: text(&certificate.subject),
        issuer: text(&certificate.issuer),
        serial: certificate.serial_text(),
        not_before: time(certificate.not_before),
        not_after: time(certificate.not_after),
        is_ca: certificate.is_ca(),
        spc: list.and_then(TnAuthList::only_spc).map(str::to_owned),
        tnauthlist: list.cloned().unwrap_or_default(),
        reason,
        claims: certificate.claims.clone().and_then(Result::ok),
        issues: current(certificate),
        lints: former(certificate),
    }
}

/// A name as people write it: the last attribute first, as RFC 4514 has it.
fn text(name: &Name) -> String {
    let word = |kind: &str| match kind {
        oid::COMMON_NAME => "CN".to_owned(),
        oid::SERIAL_NUMBER => "serialNumber".to_owned(),
        oid::COUNTRY => "C".to_owned(),
        "2.5.4.7" => "L".to_owned(),
        "2.5.4.8" => "ST".to_owned(),
        oid::ORGANIZATION => "O".to_owned(),
        "2.5.4.11" => "OU".to_owned(),
        "1.2.840.113549.1.9.1" => "emailAddress".to_owned(),
        other => other.to_owned(),
    };
    let escaped = |value: &str| {
        value.chars().fold(String::new(), |mut text, c| {
            if matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
                text.push('\\');
            }
            text.push(c);
            text
        })
    };
    let parts = name.attributes.iter().rev();
    parts.map(|a| format!("{}={}", word(&a.kind), escaped(&a.value))).collect::<Vec<_>>().join(",")
}

fn time(at: Ts) -> String {
    jiff::Timestamp::from_microsecond(at.0)
        .map_or_else(|_outside| "never".to_owned(), |at| at.to_string())
}
