//! One certificate, and several in a row as PEM.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{
    CRLDistributionPoints, DistributionPointName, GeneralName, ParsedExtension, X509Extension,
};
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use super::claims::claim_constraints;
use super::tn_auth_list::tn_auth_list;
use crate::domain::certificate::{
    Attribute, BadCertificate, BasicConstraints, Certificate, CrlPoint, Extension, Key, KeyUsage,
    Name, Policies, oid,
};
use crate::domain::digest::{Digest, hex};
use crate::domain::time::Ts;

/// The largest certificate that is read.
const MAX_BYTES: usize = 64 * 1024;
/// The longest chain.
const MAX_CHAIN: usize = 10;

/// The most roots of one file.
const MAX_ROOTS: usize = 1_000;

/// Cuts a chain into certificates: PEM blocks one after the other, or one DER.
pub fn chain(bytes: &[u8]) -> Result<Vec<Vec<u8>>, BadCertificate> {
    cut(bytes, MAX_CHAIN)
}

/// Cuts a file of roots into certificates.
pub fn bundle(bytes: &[u8]) -> Result<Vec<Vec<u8>>, BadCertificate> {
    cut(bytes, MAX_ROOTS)
}

fn cut(bytes: &[u8], most: usize) -> Result<Vec<Vec<u8>>, BadCertificate> {
    if bytes.len() > MAX_BYTES * most {
        return Err(BadCertificate::TooLarge);
    }
    let text = bytes.trim_ascii_start();
    if text.is_empty() {
        return Err(BadCertificate::Empty);
    }
    if text.first() == Some(&0x30) && text.get(1) != Some(&b'0') {
        return Ok(vec![text.to_vec()]);
    }
    let mut found = Vec::new();
    for block in Pem::iter_from_buffer(text) {
        let block = block.map_err(|_pem| BadCertificate::Malformed)?;
        if block.label != "CERTIFICATE" {
            return Err(BadCertificate::Malformed);
        }
        if found.len() == most {
            return Err(BadCertificate::TooLarge);
        }
        found.push(block.contents);
    }
    if found.is_empty() { Err(BadCertificate::Malformed) } else { Ok(found) }
}

/// Parses one certificate and nothing behind it.
pub(super) fn parse(bytes: &[u8]) -> Result<X509Certificate<'_>, BadCertificate> {
    if bytes.len() > MAX_BYTES {
        return Err(BadCertificate::TooLarge);
    }
    match X509Certificate::from_der(bytes) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) | Err(_) => Err(BadCertificate::Malformed),
    }
}

/// What a certificate says.
pub fn read(bytes: &[u8]) -> Result<Certificate, BadCertificate> {
    let parsed = parse(bytes)?;
    let micros = |seconds: i64| Ts(seconds.saturating_mul(1_000_000));
    let mut read = Certificate {
        sha256: Digest::of(bytes),
        version: parsed.version().0.saturating_add(1),
        serial: parsed.raw_serial().to_vec(),
        signature: parsed.signature_algorithm.algorithm.to_id_string(),
        issuer: name(parsed.issuer()),
        subject: name(parsed.subject()),
        not_before: micros(parsed.validity().not_before.timestamp()),
        not_after: micros(parsed.validity().not_after.timestamp()),
        key: key(parsed.public_key()),
        extensions: Vec::new(),
        basic: None,
        key_usage: None,
        subject_key_id: None,
        authority_key_id: None,
        policies: None,
        crl_points: None,
        tn_auth_list: None,
        claims: None,
    };
    for extension in parsed.extensions() {
        let oid = extension.oid.to_id_string();
        if read.extension(&oid).is_some() {
            return Err(BadCertificate::Twice);
        }
        take(&mut read, &oid, extension)?;
        read.extensions.push(Extension { oid, critical: extension.critical });
    }
    Ok(read)
}

fn take(
    read: &mut Certificate,
    oid: &str,
    extension: &X509Extension<'_>,
) -> Result<(), BadCertificate> {
    match oid {
        oid::TN_AUTH_LIST => read.tn_auth_list = Some(tn_auth_list(extension.value)),
        oid::CLAIM_CONSTRAINTS => {
            read.claims = Some(claim_constraints(extension.value, false).ok_or(()));
        }
        oid::ENHANCED_CLAIM_CONSTRAINTS => {
            read.claims = Some(claim_constraints(extension.value, true).ok_or(()));
        }
        _ => {}
    }
    match extension.parsed_extension() {
        ParsedExtension::BasicConstraints(basic) => {
            read.basic =
                Some(BasicConstraints { ca: basic.ca, path_len: basic.path_len_constraint });
        }
        ParsedExtension::KeyUsage(usage) => {
            let unused = unused(extension.value).ok_or(BadCertificate::Unreadable)?;
            read.key_usage = Some(KeyUsage { flags: usage.flags, unused });
        }
        ParsedExtension::SubjectKeyIdentifier(id) => read.subject_key_id = Some(id.0.to_vec()),
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            let id = id.key_identifier.as_ref();
            read.authority_key_id = Some(id.map(|id| id.0.to_vec()).unwrap_or_default());
        }
        ParsedExtension::CertificatePolicies(policies) => {
            let ids = policies.iter().map(|policy| policy.policy_id.to_id_string());
            read.policies = Some(Policies(ids.collect()));
        }
        ParsedExtension::CRLDistributionPoints(points) => {
            read.crl_points = Some(crl_points(points));
        }
        ParsedExtension::ParseError { .. } => return Err(BadCertificate::Unreadable),
        _ => {}
    }
    Ok(())
}

/// How many unused bits a BIT STRING declares, and how many zeros its last byte ends in.
fn unused(bits: &[u8]) -> Option<(u8, u8)> {
    let told = *bits.get(2)?;
    let last = bits.get(3..).and_then(|bytes| bytes.last()).copied().unwrap_or_default();
    let right = if last == 0 { 0 } else { u8::try_from(last.trailing_zeros()).ok()? };
    Some((told, right))
}

fn crl_points(points: &CRLDistributionPoints<'_>) -> Vec<CrlPoint> {
    let point = |point: &x509_parser::extensions::CRLDistributionPoint<'_>| {
        let names = match &point.distribution_point {
            Some(DistributionPointName::FullName(names)) => names.as_slice(),
            Some(DistributionPointName::NameRelativeToCRLIssuer(_)) | None => &[],
        };
        let urls = names.iter().filter_map(|name| match name {
            GeneralName::URI(url) => Some((*url).to_owned()),
            _ => None,
        });
        CrlPoint { urls: urls.collect(), issuer: point.crl_issuer.is_some() }
    };
    points.points.iter().map(point).collect()
}

pub(super) fn name(name: &X509Name<'_>) -> Name {
    let attributes = name.iter_attributes().map(|attribute| {
        let value = match attribute.as_str() {
            Ok(text) => text.to_owned(),
            Err(_) => hex(attribute.as_slice()),
        };
        Attribute { kind: attribute.attr_type().to_id_string(), value }
    });
    Name { attributes: attributes.collect(), raw: name.as_raw().to_vec() }
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> Key {
    let parameters = info.algorithm.parameters.as_ref();
    let curve = parameters.and_then(|any| any.as_oid().ok()).map(|oid| oid.to_id_string());
    Key {
        algorithm: info.algorithm.algorithm.to_id_string(),
        curve,
        bits: info.subject_public_key.data.to_vec(),
    }
}
