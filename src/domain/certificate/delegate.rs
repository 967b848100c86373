//! What a delegate certificate (RFC 9060) shows about a customer's numbers: pure rules over a path
//! of certificates whose signatures were verified, from the customer's own up to a loaded root.

use super::record::{Certificate, KeyUsage, oid};
use super::tn_auth_list::TnAuthList;
use crate::domain::digest::{Digest, hex};
use crate::domain::ids::{CertificateProofId, CustomerId, EpochId};
use crate::domain::number::Tn;
use crate::domain::time::{Span, Ts};
use crate::domain::words::words;

words! {
    /// Why a delegate certificate shows nothing. Stable reasons.
    pub enum DelegateRefusal as "delegate certificate refusal" {
        /// Nobody loaded the roots.
        NoRoots = "CERTIFICATE_ROOTS_UNAVAILABLE",
        /// No list of revoked certificates, or one too old to say anything.
        NoCrl = "CERTIFICATE_CRL_UNAVAILABLE",
        /// No path from the certificate to a loaded root.
        NoPath = "CERTIFICATE_NO_PATH",
        /// A signature on the path does not fit.
        Signature = "CERTIFICATE_SIGNATURE",
        /// Its time has not come.
        NotYetValid = "CERTIFICATE_NOT_YET_VALID",
        /// Its time is over.
        Expired = "CERTIFICATE_EXPIRED",
        /// Issued by one that may not issue.
        NotIssuer = "CERTIFICATE_NOT_ISSUER",
        /// A key on another curve than P-256.
        Curve = "CERTIFICATE_CURVE",
        /// A key that may not sign messages.
        KeyUsage = "CERTIFICATE_KEY_USAGE",
        /// A critical extension that nobody here understands.
        Critical = "CERTIFICATE_CRITICAL_EXTENSION",
        /// On the list of revoked certificates.
        Revoked = "CERTIFICATE_REVOKED",
        /// It names no numbers, or its list cannot be read.
        NoNumbers = "CERTIFICATE_NO_NUMBERS",
        /// It names more than its issuer may give.
        OutsideIssuer = "CERTIFICATE_OUTSIDE_ISSUER",
        /// It may not sign a full attestation.
        Claims = "CERTIFICATE_CLAIMS",
        /// It does not name the number itself; a provider's code names no customer's number.
        NotCovered = "CERTIFICATE_NOT_COVERED",
    }
}

impl DelegateRefusal {
    /// What to do about it.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoRoots => "no roots are loaded; the operator loads the list sti_roots",
            Self::NoCrl => {
                "the list of revoked certificates is missing or too old; the operator loads sti_crl"
            }
            Self::NoPath => "send the certificate first, then every issuer up to a SHAKEN root",
            Self::Signature => "a certificate was not signed by the issuer it names",
            Self::NotYetValid => "a certificate of the chain is not valid yet",
            Self::Expired => "a certificate of the chain has expired; send the renewed one",
            Self::NotIssuer => "a certificate of the chain was issued by one that may not issue",
            Self::Curve => "the key has to be one of P-256",
            Self::KeyUsage => "the certificate has to allow digitalSignature",
            Self::Critical => "a certificate of the chain has a critical extension that is unknown",
            Self::Revoked => "a certificate of the chain is revoked",
            Self::NoNumbers => "the certificate has no readable TNAuthList",
            Self::OutsideIssuer => "the TNAuthList names more than its issuer's own",
            Self::Claims => "the certificate's claim constraints do not allow attest A",
            Self::NotCovered => {
                "the TNAuthList names the number neither by itself nor in a range; a provider's code \
                 is not enough"
            }
        }
    }
}

/// The extensions that the rules understand.
const UNDERSTOOD: [&str; 9] = [
    oid::KEY_USAGE,
    oid::BASIC_CONSTRAINTS,
    oid::POLICIES,
    oid::SUBJECT_KEY_ID,
    oid::AUTHORITY_KEY_ID,
    oid::CRL_POINTS,
    oid::TN_AUTH_LIST,
    oid::CLAIM_CONSTRAINTS,
    oid::ENHANCED_CLAIM_CONSTRAINTS,
];

/// Judges a path, the customer's certificate first and the root last, and gives the numbers that it
/// speaks for. Revocation is asked apart.
pub fn judge(path: &[Certificate], now: Ts) -> Result<&TnAuthList, DelegateRefusal> {
    let [own, issuers @ ..] = path else { return Err(DelegateRefusal::NoPath) };
    if issuers.is_empty() {
        return Err(DelegateRefusal::NoPath);
    }
    for certificate in path {
        holds(certificate, now)?;
    }
    if own.key.algorithm != oid::EC_KEY || own.key.curve.as_deref() != Some(oid::P256) {
        return Err(DelegateRefusal::Curve);
    }
    if !own.key_usage.is_some_and(|usage| usage.allows(KeyUsage::DIGITAL_SIGNATURE)) {
        return Err(DelegateRefusal::KeyUsage);
    }
    may_issue(issuers)?;
    scope(own, issuers)
}

fn holds(certificate: &Certificate, now: Ts) -> Result<(), DelegateRefusal> {
    if now < certificate.not_before {
        return Err(DelegateRefusal::NotYetValid);
    }
    if now >= certificate.not_after {
        return Err(DelegateRefusal::Expired);
    }
    let unknown =
        |e: &super::record::Extension| e.critical && !UNDERSTOOD.contains(&e.oid.as_str());
    if certificate.extensions.iter().any(unknown) {
        return Err(DelegateRefusal::Critical);
    }
    match &certificate.claims {
        Some(Ok(claims)) if claims.allows_full() => Ok(()),
        None => Ok(()),
        Some(Ok(_) | Err(())) => Err(DelegateRefusal::Claims),
    }
}

fn may_issue(issuers: &[Certificate]) -> Result<(), DelegateRefusal> {
    let mut below = 0_u32;
    for issuer in issuers {
        let basic = issuer.basic.filter(|basic| basic.ca);
        let long = basic.and_then(|basic| basic.path_len).is_some_and(|most| below > most);
        let signs = issuer.key_usage.is_some_and(|usage| usage.allows(KeyUsage::CERT_SIGN));
        if basic.is_none() || long || !signs {
            return Err(DelegateRefusal::NotIssuer);
        }
        below += u32::from(!issuer.is_self_issued());
    }
    Ok(())
}

/// The numbers of the customer's certificate, if each list on the way up holds the one below it.
/// An issuer without a list, as authorities are, limits nothing.
fn scope<'a>(
    own: &'a Certificate,
    issuers: &[Certificate],
) -> Result<&'a TnAuthList, DelegateRefusal> {
    let numbers = own.numbers().ok_or(DelegateRefusal::NoNumbers)?;
    let mut below = numbers;
    for issuer in issuers {
        match &issuer.tn_auth_list {
            None => {}
            Some(Err(_)) => return Err(DelegateRefusal::OutsideIssuer),
            Some(Ok(list)) if !below.within(list) => return Err(DelegateRefusal::OutsideIssuer),
            Some(Ok(list)) => below = list,
        }
    }
    Ok(numbers)
}

/// Until when evidence lives that is proved now: the first end on the path, and the next proof.
pub fn until(path: &[Certificate], now: Ts, proof_days: u32) -> Ts {
    let renewed = now.plus(Span::days(i64::from(proof_days)));
    path.iter().map(|certificate| certificate.not_after).fold(renewed, Ts::min)
}

/// What a proof is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofTerms<'a> {
    /// The store, so that no other deployment can use the signature.
    pub store: EpochId,
    /// The proof.
    pub proof: CertificateProofId,
    /// Whose numbers.
    pub customer: CustomerId,
    /// The certificate whose key signs.
    pub certificate: Digest,
    /// The numbers, as they were given.
    pub numbers: &'a [Tn],
    /// What nobody could know before.
    pub nonce: &'a [u8],
}

impl ProofTerms<'_> {
    /// The bytes to sign with ES256. Their first line is one that no other protocol signs.
    pub fn message(&self) -> Vec<u8> {
        let digits: Vec<String> = self.numbers.iter().map(|tn| tn.digits()).collect();
        let numbers = Digest::of_parts(digits.iter().map(String::as_bytes));
        let nonce = hex(self.nonce);
        format!(
            "vouch delegate certificate proof v1\nstore {}\nproof {}\ncustomer {}\ncertificate {}\n\
             numbers {numbers}\nnonce {nonce}\n",
            self.store, self.proof, self.customer, self.certificate,
        )
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::record::{BasicConstraints, Extension, Key, Name};
    use super::super::tn_auth_list::TnEntry;
    use super::*;

    const DAY: i64 = 86_400_000_000;

    fn certificate(ca: bool, list: Option<Vec<TnEntry>>) -> Certificate {
        let flags = if ca { KeyUsage::CERT_SIGN } else { KeyUsage::DIGITAL_SIGNATURE };
        Certificate {
            sha256: Digest::of(b"any"),
            version: 3,
            serial: vec![1],
            signature: oid::ECDSA_SHA256.to_owned(),
            issuer: Name { raw: vec![1], ..Name::default() },
            subject: Name { raw: vec![2], ..Name::default() },
            not_before: Ts(DAY),
            not_after: Ts(DAY * 100),
            key: Key {
                algorithm: oid::EC_KEY.to_owned(),
                curve: Some(oid::P256.to_owned()),
                bits: Vec::new(),
            },
            extensions: Vec::new(),
            basic: Some(BasicConstraints { ca, path_len: None }),
            key_usage: Some(KeyUsage { flags, unused: (0, 0) }),
            subject_key_id: None,
            authority_key_id: None,
            policies: None,
            crl_points: None,
            tn_auth_list: list.map(|entries| Ok(TnAuthList(entries))),
            claims: None,
        }
    }

    fn range(start: &str, count: u64) -> TnEntry {
        TnEntry::range(start, count).unwrap()
    }

    fn path() -> Vec<Certificate> {
        vec![
            certificate(false, Some(vec![range("12155551000", 10)])),
            certificate(true, Some(vec![range("12155551000", 100)])),
            certificate(true, None),
        ]
    }

    fn told(change: impl Fn(&mut Vec<Certificate>), now: Ts) -> Result<(), DelegateRefusal> {
        let mut path = path();
        change(&mut path);
        judge(&path, now).map(|_| ())
    }

    #[test]
    fn each_rule_has_its_reason() {
        use DelegateRefusal as No;
        type Change = fn(&mut Vec<Certificate>);
        let now = Ts(DAY * 50);
        assert_eq!(told(|_| {}, now), Ok(()));
        let cases: [(Change, No); 13] = [
            (|p| p.truncate(1), No::NoPath),
            (|p| p[1].not_before = Ts(DAY * 60), No::NotYetValid),
            (|p| p[2].not_after = Ts(DAY * 50), No::Expired),
            (|p| p[1].basic = None, No::NotIssuer),
            (|p| p[1].key_usage = None, No::NotIssuer),
            (
                |p| p[2].basic = Some(BasicConstraints { ca: true, path_len: Some(0) }),
                No::NotIssuer,
            ),
            (|p| p[0].key.curve = Some(oid::P384.to_owned()), No::Curve),
            (|p| p[0].key_usage = None, No::KeyUsage),
            (
                |p| p[1].extensions.push(Extension { oid: "2.5.29.30".to_owned(), critical: true }),
                No::Critical,
            ),
            (|p| p[0].tn_auth_list = None, No::NoNumbers),
            (
                |p| p[0].tn_auth_list = Some(Ok(TnAuthList(vec![range("12155551095", 10)]))),
                No::OutsideIssuer,
            ),
            (
                |p| p[2].tn_auth_list = Some(Ok(TnAuthList(vec![range("12155551000", 50)]))),
                No::OutsideIssuer,
            ),
            (|p| p[0].claims = Some(Err(())), No::Claims),
        ];
        for (at, (change, refusal)) in cases.into_iter().enumerate() {
            assert_eq!(told(change, now), Err(refusal), "case {at}");
        }
    }

    #[test]
    fn the_edges_of_its_time() {
        assert_eq!(told(|_| {}, Ts(DAY - 1)), Err(DelegateRefusal::NotYetValid));
        assert_eq!(told(|_| {}, Ts(DAY)), Ok(()));
        assert_eq!(told(|_| {}, Ts(DAY * 100 - 1)), Ok(()));
        assert_eq!(told(|_| {}, Ts(DAY * 100)), Err(DelegateRefusal::Expired));
        assert_eq!(until(&path(), Ts(DAY * 50), 90), Ts(DAY * 100));
        assert_eq!(until(&path(), Ts(DAY * 50), 10), Ts(DAY * 60));
    }

    #[test]
    fn a_proof_is_bound_to_everything() {
        let numbers = [Tn::parse("+12155551000").unwrap(), Tn::parse("+12155551001").unwrap()];
        let terms = ProofTerms {
            store: EpochId(Uuid::from_u128(1)),
            proof: CertificateProofId(Uuid::from_u128(2)),
            customer: CustomerId(Uuid::from_u128(3)),
            certificate: Digest::of(b"a"),
            numbers: &numbers,
            nonce: b"n",
        };
        let other = [
            ProofTerms { store: EpochId(Uuid::from_u128(9)), ..terms.clone() },
            ProofTerms { proof: CertificateProofId(Uuid::from_u128(9)), ..terms.clone() },
            ProofTerms { customer: CustomerId(Uuid::from_u128(9)), ..terms.clone() },
            ProofTerms { certificate: Digest::of(b"b"), ..terms.clone() },
            ProofTerms { numbers: &numbers[..1], ..terms.clone() },
            ProofTerms { nonce: b"m", ..terms.clone() },
        ];
        for other in other {
            assert_ne!(other.message(), terms.message(), "{other:?}");
        }
        assert!(terms.message().starts_with(b"vouch delegate certificate proof v1\n"));
        assert!(!String::from_utf8(terms.message()).unwrap().contains("12155551000"));
    }
}
