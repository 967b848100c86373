//! From a certificate to a loaded root, signature by signature.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, UnparsedPublicKey, VerificationAlgorithm,
};
use der::{Tag, Tagged as _};
use x509_parser::certificate::X509Certificate;

use super::read::{parse, read};
use super::tn_auth_list::{any, choice, parts};
use crate::domain::certificate::{BadCertificate, BadTnAuthList, Certificate, DelegateRefusal};

/// Signatures that are verified for one chain: whoever sends a thousand issuers of one name gets
/// no further.
const MOST_SIGNATURES: usize = 32;
/// Certificates on a path.
const LONGEST: usize = 10;

/// Why there is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPath {
    /// One that was sent is none.
    Bad(BadCertificate),
    /// The rules refuse it.
    Refused(DelegateRefusal),
}

struct Link<'a> {
    said: Certificate,
    parsed: X509Certificate<'a>,
    root: bool,
}

/// The path from the first certificate given to a root, over any of the others. A root counts only
/// where it was loaded, never because it was sent.
pub fn path(given: &[Vec<u8>], roots: &[Vec<u8>]) -> Result<Vec<Certificate>, NoPath> {
    let mut links = Vec::new();
    for bytes in given {
        links.push(link(bytes, false).map_err(NoPath::Bad)?);
    }
    // A root that cannot be read was refused when it was loaded.
    links.extend(roots.iter().filter_map(|bytes| link(bytes, true).ok()));
    if links.is_empty() {
        return Err(NoPath::Bad(BadCertificate::Empty));
    }
    let mut search = Search { links: &links, left: MOST_SIGNATURES, mismatch: false };
    let mut walked = vec![0];
    if search.climb(&mut walked) {
        return Ok(walked.iter().filter_map(|at| links.get(*at)).map(|l| l.said.clone()).collect());
    }
    let refusal =
        if search.mismatch { DelegateRefusal::Signature } else { DelegateRefusal::NoPath };
    Err(NoPath::Refused(refusal))
}

/// Whether what stands outside of the signed part says what the signed part says: the algorithm, and
/// a signature of whole bytes. Otherwise one certificate could be written in several ways.
fn is_one_writing(bytes: &[u8]) -> Result<bool, BadTnAuthList> {
    let whole = any(bytes)?;
    let [signed, outside, signature] = parts(whole.value())?[..] else { return Ok(false) };
    let inner = parts(signed.value())?;
    let inside = inner.iter().skip_while(|part| choice(**part) == Some(0)).nth(1);
    Ok(whole.tag() == Tag::Sequence
        && inside.is_some_and(|inside| *inside == outside)
        && signature.tag() == Tag::BitString
        && signature.value().first() == Some(&0))
}

fn link(bytes: &[u8], root: bool) -> Result<Link<'_>, BadCertificate> {
    if !is_one_writing(bytes).unwrap_or(false) {
        return Err(BadCertificate::Malformed);
    }
    Ok(Link { said: read(bytes)?, parsed: parse(bytes)?, root })
}

struct Search<'a> {
    links: &'a [Link<'a>],
    left: usize,
    mismatch: bool,
}

impl Search<'_> {
    /// Goes on from the last certificate walked; whether a root was reached.
    fn climb(&mut self, walked: &mut Vec<usize>) -> bool {
        let Some(here) = walked.last().and_then(|at| self.links.get(*at)) else { return false };
        if walked.len() > LONGEST {
            return false;
        }
        let issuer = here.said.issuer.key();
        for (at, next) in self.links.iter().enumerate() {
            if walked.contains(&at) || self.left == 0 || next.said.subject.key() != issuer {
                continue;
            }
            self.left -= 1;
            if here.parsed.verify_signature(Some(next.parsed.public_key())).is_err() {
                self.mismatch = true;
                continue;
            }
            walked.push(at);
            if next.root || self.climb(walked) {
                return true;
            }
            walked.pop();
        }
        false
    }
}

/// Whether a signature over `message` was made with the certificate's key: ES256 as in a JWS (64
/// bytes), or the same two numbers in DER, as `openssl` writes them.
pub fn signed_by(certificate: &Certificate, message: &[u8], signature: &[u8]) -> bool {
    let form: &'static dyn VerificationAlgorithm =
        if signature.len() == 64 { &ECDSA_P256_SHA256_FIXED } else { &ECDSA_P256_SHA256_ASN1 };
    UnparsedPublicKey::new(form, &certificate.key.bits).verify(message, signature).is_ok()
}
