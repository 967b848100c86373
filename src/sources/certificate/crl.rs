//! The list of revoked certificates that the STI-PA publishes: one list for every authority, so that
//! each of its entries may name another issuer (RFC 5280 section 5.3.3).

use der::{Tag, TagNumber, Tagged as _};
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::X509Name;

use super::read::{name, parse, read};
use super::tn_auth_list::{any, choice, parts};
use crate::domain::certificate::{CrlFault, KeyUsage, Name, oid, revocation_key};
use crate::domain::time::Ts;

/// Names the issuer of an entry and of those behind it.
const CERTIFICATE_ISSUER: &str = "2.5.29.29";
/// The list holds only what changed since another one.
const DELTA: &str = "2.5.29.27";
/// Counts the lists of one issuer.
const NUMBER: &str = "2.5.29.20";
/// What of the revoked certificates it holds.
const DISTRIBUTION_POINT: &str = "2.5.29.28";
/// Critical extensions that are read, or that change nothing of what is read.
const UNDERSTOOD: [&str; 3] = [DISTRIBUTION_POINT, NUMBER, "2.5.29.35"];
/// Who issues the list of all authorities (`sources.md` A16). Authorities sign lists, too, each of its
/// own certificates: such a one would bring back whatever the others have revoked.
const PUBLISHER: &str = "STI-PA CRL";
/// The largest list that is read.
const MAX_BYTES: usize = 64 << 20;

/// A list that was read whole and whose signature fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crl {
    /// When it was made.
    pub issued: Ts,
    /// When the next one will have been made.
    pub next: Option<Ts>,
    /// Its number among its issuer's lists, as far as 64 bits hold it.
    pub number: Option<u64>,
    /// The certificates on it, by issuer and number.
    pub revoked: Vec<String>,
}

/// Reads a list in DER or PEM and verifies it with the one of `signers` that issued it.
pub fn crl(bytes: &[u8], signers: &[Vec<u8>]) -> Result<Crl, CrlFault> {
    if bytes.len() > MAX_BYTES {
        return Err(CrlFault::TooLarge);
    }
    let der = der_of(bytes)?;
    let Ok(([], list)) = CertificateRevocationList::from_der(&der) else {
        return Err(CrlFault::Malformed);
    };
    let mut number = None;
    for extension in list.extensions() {
        let oid = extension.oid.to_id_string();
        if oid == DELTA || extension.critical && !UNDERSTOOD.contains(&oid.as_str()) {
            return Err(CrlFault::Unreadable);
        }
        if oid == DISTRIBUTION_POINT {
            whole(extension.value)?;
        } else if oid == NUMBER {
            number = Some(number_of(extension.value)?);
        }
    }
    let issuer = name(list.issuer());
    if !issuer.all(oid::COMMON_NAME).eq([PUBLISHER]) {
        return Err(CrlFault::OtherPublisher);
    }
    verify(&list, &issuer, signers)?;
    let mut revoked = Vec::new();
    let mut of = issuer;
    for entry in list.iter_revoked_certificates() {
        for extension in entry.extensions() {
            if extension.oid.to_id_string() == CERTIFICATE_ISSUER {
                of = directory_name(extension.value).ok_or(CrlFault::Unreadable)?;
            } else if extension.critical {
                return Err(CrlFault::Unreadable);
            }
        }
        revoked.push(revocation_key(&of, entry.raw_serial()));
    }
    let micros = |seconds: i64| Ts(seconds.saturating_mul(1_000_000));
    Ok(Crl {
        issued: micros(list.last_update().timestamp()),
        next: list.next_update().map(|at| micros(at.timestamp())),
        number,
        revoked,
    })
}

/// Refuses a list of some certificates, or of some reasons, only. Where it is found, and that it names
/// other issuers, takes nothing away.
fn whole(bytes: &[u8]) -> Result<(), CrlFault> {
    let read =
        any(bytes).and_then(|all| parts(all.value())).map_err(|_der| CrlFault::Unreadable)?;
    for part in read {
        match part.tag() {
            Tag::ContextSpecific { number: TagNumber(0 | 4), .. } => {}
            Tag::ContextSpecific { number: TagNumber(1 | 2 | 3 | 5), .. } => {
                return Err(CrlFault::Partial);
            }
            _ => return Err(CrlFault::Unreadable),
        }
    }
    Ok(())
}

fn number_of(bytes: &[u8]) -> Result<u64, CrlFault> {
    let read = any(bytes).map_err(|_der| CrlFault::Unreadable)?;
    let digits = read.value();
    if read.tag() != Tag::Integer || digits.first().is_none_or(|first| *first > 0x7f) {
        return Err(CrlFault::Unreadable);
    }
    let step = |all: u64, byte: &u8| Some(all.checked_mul(256)?.saturating_add(u64::from(*byte)));
    Ok(digits.iter().try_fold(0, step).unwrap_or(u64::MAX))
}

fn der_of(bytes: &[u8]) -> Result<Vec<u8>, CrlFault> {
    let text = bytes.trim_ascii_start();
    if !text.starts_with(b"-----") {
        return Ok(bytes.to_vec());
    }
    let (_, block) = x509_parser::pem::parse_x509_pem(text).map_err(|_pem| CrlFault::Malformed)?;
    if block.label == "X509 CRL" { Ok(block.contents) } else { Err(CrlFault::Malformed) }
}

fn verify(
    list: &CertificateRevocationList<'_>,
    issuer: &Name,
    signers: &[Vec<u8>],
) -> Result<(), CrlFault> {
    let mut known = false;
    for bytes in signers {
        let (Ok(said), Ok(parsed)) = (read(bytes), parse(bytes)) else { continue };
        let may = said.key_usage.is_some_and(|usage| usage.allows(KeyUsage::CRL_SIGN));
        if said.subject.key() != issuer.key() || !may {
            continue;
        }
        known = true;
        if list.verify_signature(parsed.public_key()).is_ok() {
            return Ok(());
        }
    }
    Err(if known { CrlFault::Signature } else { CrlFault::UnknownIssuer })
}

/// The one directory name among general names.
fn directory_name(bytes: &[u8]) -> Option<Name> {
    let names = parts(any(bytes).ok()?.value()).ok()?;
    let found = names.into_iter().find(|part| choice(*part) == Some(4))?;
    match X509Name::from_der(found.value()) {
        Ok(([], read)) => Some(name(&read)),
        Ok(_) | Err(_) => None,
    }
}
