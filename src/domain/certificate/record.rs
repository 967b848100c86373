//! What a certificate says, field by field, as far as rules and lints ask.

use super::tn_auth_list::{BadTnAuthList, TnAuthList};
use crate::domain::digest::{Digest, hex};
use crate::domain::time::Ts;
use crate::domain::words::words;

/// The names of fields and algorithms that the rules know.
pub mod oid {
    /// An attribute.
    pub const COMMON_NAME: &str = "2.5.4.3";
    /// An attribute: to tell successive certificates of one subject apart.
    pub const SERIAL_NUMBER: &str = "2.5.4.5";
    /// An attribute.
    pub const COUNTRY: &str = "2.5.4.6";
    /// An attribute.
    pub const ORGANIZATION: &str = "2.5.4.10";
    /// An extension.
    pub const SUBJECT_KEY_ID: &str = "2.5.29.14";
    /// An extension.
    pub const KEY_USAGE: &str = "2.5.29.15";
    /// An extension.
    pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
    /// An extension.
    pub const CRL_POINTS: &str = "2.5.29.31";
    /// An extension.
    pub const POLICIES: &str = "2.5.29.32";
    /// An extension.
    pub const AUTHORITY_KEY_ID: &str = "2.5.29.35";
    /// An extension of RFC 8226.
    pub const TN_AUTH_LIST: &str = "1.3.6.1.5.5.7.1.26";
    /// An extension of RFC 8226.
    pub const CLAIM_CONSTRAINTS: &str = "1.3.6.1.5.5.7.1.27";
    /// An extension of RFC 9118.
    pub const ENHANCED_CLAIM_CONSTRAINTS: &str = "1.3.6.1.5.5.7.1.33";
    /// A signature algorithm.
    pub const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
    /// A signature algorithm.
    pub const ECDSA_SHA384: &str = "1.2.840.10045.4.3.3";
    /// A key algorithm.
    pub const EC_KEY: &str = "1.2.840.10045.2.1";
    /// A curve.
    pub const P256: &str = "1.2.840.10045.3.1.7";
    /// A curve.
    pub const P384: &str = "1.3.132.0.34";
    /// The SHAKEN certificate policy of the United States, version 1.3.
    pub const POLICY_1_3: &str = "2.16.840.1.114569.1.1.3";
    /// The same, version 1.4.
    pub const POLICY_1_4: &str = "2.16.840.1.114569.1.1.4";
}

words! {
    /// Why bytes are no certificate. Stable reasons.
    pub enum BadCertificate as "certificate fault" {
        /// Nothing there.
        Empty = "CERTIFICATE_EMPTY",
        /// More certificates, or larger ones, than a chain has.
        TooLarge = "CERTIFICATE_TOO_LARGE",
        /// No certificate, or bytes behind it.
        Malformed = "CERTIFICATE_MALFORMED",
        /// One extension twice.
        Twice = "CERTIFICATE_EXTENSION_TWICE",
        /// An extension that the rules need cannot be read.
        Unreadable = "CERTIFICATE_EXTENSION_UNREADABLE",
    }
}

words! {
    /// Why a list of revoked certificates is not taken. Stable reasons.
    pub enum CrlFault as "revocation list fault" {
        /// Larger than any there is.
        TooLarge = "CRL_TOO_LARGE",
        /// No list, or bytes behind it.
        Malformed = "CRL_MALFORMED",
        /// An extension that has to be understood and is not.
        Unreadable = "CRL_EXTENSION_UNREADABLE",
        /// Of another publisher than the STI-PA: an authority's own list is none of all authorities.
        OtherPublisher = "CRL_OF_ANOTHER_PUBLISHER",
        /// It says that it holds a part of what was revoked.
        Partial = "CRL_PARTIAL",
        /// None of the loaded roots issued it.
        UnknownIssuer = "CRL_ISSUER_UNKNOWN",
        /// Its signature does not fit its issuer's key.
        Signature = "CRL_SIGNATURE",
        /// Its own end has passed.
        Stale = "CRL_STALE",
        /// Its number is lower than that of the list in force, or it has none.
        Number = "CRL_NUMBER",
    }
}

/// One attribute of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its type.
    pub kind: String,
    /// Its text; what is no text is shown in hexadecimal digits.
    pub value: String,
}

/// A distinguished name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// Its attributes in order.
    pub attributes: Vec<Attribute>,
    /// Its bytes: names are compared by them.
    pub raw: Vec<u8>,
}

impl Name {
    /// The values of one attribute type.
    pub fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes.iter().filter(move |a| a.kind == kind).map(|a| a.value.as_str())
    }

    /// What two names have in common that are one by RFC 5280 section 7.1, whatever kind of string
    /// each was written as: letters of either case and runs of spaces are alike.
    pub fn key(&self) -> Digest {
        let folded: Vec<String> = self
            .attributes
            .iter()
            .flat_map(|a| {
                let words: Vec<String> =
                    a.value.split_whitespace().map(str::to_lowercase).collect();
                [a.kind.clone(), words.join(" ")]
            })
            .collect();
        Digest::of_parts(folded.iter().map(String::as_bytes))
    }

    /// The first value of one attribute type.
    pub fn first(&self, kind: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.kind == kind).map(|a| a.value.as_str())
    }
}

/// An extension that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Which.
    pub oid: String,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
}

/// Whether it may issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// It is an authority.
    pub ca: bool,
    /// How many authorities may stand below it.
    pub path_len: Option<u32>,
}

/// What the key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    /// Bit 0 is digitalSignature, bit 5 keyCertSign, bit 6 cRLSign.
    pub flags: u16,
    /// How many unused bits the encoding declares, and how many it should.
    pub unused: (u8, u8),
}

impl KeyUsage {
    /// Signing messages.
    pub const DIGITAL_SIGNATURE: u16 = 1;
    /// Signing certificates.
    pub const CERT_SIGN: u16 = 1 << 5;
    /// Signing lists of revoked certificates.
    pub const CRL_SIGN: u16 = 1 << 6;

    /// Whether it may be used for all of `flags`.
    pub const fn allows(self, flags: u16) -> bool {
        self.flags & flags == flags
    }
}

/// Under which policies it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies(pub Vec<String>);

/// Where revocations are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlPoint {
    /// The addresses.
    pub urls: Vec<String>,
    /// Whether it names who issues the list.
    pub issuer: bool,
}

/// Limits on what may be signed with it (RFC 8226 section 8, RFC 9118).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ClaimConstraints {
    /// Claims that must be there.
    pub must_include: Vec<String>,
    /// Claims and the values they may have.
    pub permitted: Vec<(String, Vec<String>)>,
    /// Claims that must not be there.
    pub must_exclude: Vec<String>,
}

impl ClaimConstraints {
    /// Whether a full attestation may be signed under it.
    pub fn allows_full(&self) -> bool {
        let attest = |name: &String| name == "attest";
        !self.must_exclude.iter().any(attest)
            && self
                .permitted
                .iter()
                .filter(|(claim, _)| attest(claim))
                .all(|(_, values)| values.iter().any(|value| value == "A"))
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its algorithm.
    pub algorithm: String,
    /// Its curve, where its algorithm has one.
    pub curve: Option<String>,
    /// Its bits: the point of a curve.
    pub bits: Vec<u8>,
}

/// A certificate that was read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// 1, 2 or 3.
    pub version: u32,
    /// The bytes of the number.
    pub serial: Vec<u8>,
    /// The signature's algorithm.
    pub signature: String,
    /// Who issued it.
    pub issuer: Name,
    /// Whose it is.
    pub subject: Name,
    /// From when it holds.
    pub not_before: Ts,
    /// The last instant at which it holds.
    pub not_after: Ts,
    /// Its key.
    pub key: Key,
    /// Its extensions in order.
    pub extensions: Vec<Extension>,
    /// Whether it may issue.
    pub basic: Option<BasicConstraints>,
    /// What the key may be used for.
    pub key_usage: Option<KeyUsage>,
    /// Names its key.
    pub subject_key_id: Option<Vec<u8>>,
    /// Names the issuer's key; empty where the extension names it otherwise.
    pub authority_key_id: Option<Vec<u8>>,
    /// Policies.
    pub policies: Option<Policies>,
    /// Where revocations are published.
    pub crl_points: Option<Vec<CrlPoint>>,
    /// Numbers and codes.
    pub tn_auth_list: Option<Result<TnAuthList, BadTnAuthList>>,
    /// Limits on claims; a fault where they cannot be read.
    pub claims: Option<Result<ClaimConstraints, ()>>,
}

impl Certificate {
    /// Whether it says that it may issue.
    pub fn is_ca(&self) -> bool {
        self.basic.is_some_and(|basic| basic.ca)
    }

    /// Whether it names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.issuer.raw == self.subject.raw
    }

    /// An extension, where it is there.
    pub fn extension(&self, oid: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.oid == oid)
    }

    /// Whether an extension is there and critical.
    pub fn critical(&self, oid: &str) -> bool {
        self.extension(oid).is_some_and(|extension| extension.critical)
    }

    /// The numbers and codes, where they could be read.
    pub fn numbers(&self) -> Option<&TnAuthList> {
        self.tn_auth_list.as_ref().and_then(|list| list.as_ref().ok())
    }

    /// Whether it was issued under that policy.
    pub fn under(&self, policy: &str) -> bool {
        self.policies.as_ref().is_some_and(|policies| policies.0.iter().any(|p| p == policy))
    }

    /// The number of the certificate in hexadecimal digits, without zeros in front.
    pub fn serial_text(&self) -> String {
        format!("0x{}", serial_digits(&self.serial))
    }

    /// How a list of revoked certificates names it.
    pub fn revocation_key(&self) -> String {
        revocation_key(&self.issuer, &self.serial)
    }
}

fn serial_digits(serial: &[u8]) -> String {
    let text = hex(serial);
    let text = text.trim_start_matches('0');
    if text.is_empty() { "0".to_owned() } else { text.to_owned() }
}

/// Names a root by its bytes, beside the certificates below it.
pub fn root_key(sha256: &str) -> String {
    format!("root:{sha256}")
}

/// Names one certificate by who issued it and its number.
pub fn revocation_key(issuer: &Name, serial: &[u8]) -> String {
    format!("{}:{}", issuer.key(), serial_digits(serial))
}
