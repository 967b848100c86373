//! The rules themselves, each on one property of a certificate.

use super::rule::say;
use crate::domain::certificate::record::{Certificate, KeyUsage, Name, oid};
use crate::domain::certificate::tn_auth_list::BadTnAuthList;

/// The extensions that ATIS-1000080 specifies.
const SPECIFIED: [&str; 7] = [
    oid::KEY_USAGE,
    oid::BASIC_CONSTRAINTS,
    oid::POLICIES,
    oid::SUBJECT_KEY_ID,
    oid::AUTHORITY_KEY_ID,
    oid::CRL_POINTS,
    oid::TN_AUTH_LIST,
];

pub(super) fn version(c: &Certificate) -> Option<String> {
    say(c.version != 3, "STI certificates shall contain Version field specifying version 3")
}

fn is_positive(serial: &[u8]) -> bool {
    serial.first().is_some_and(|first| *first < 0x80) && serial.iter().any(|byte| *byte != 0)
}

fn bits(serial: &[u8]) -> usize {
    let digits: Vec<u8> = serial.iter().copied().skip_while(|byte| *byte == 0).collect();
    let head = digits.first().map_or(0, |first| first.leading_zeros() as usize);
    (digits.len() * 8).saturating_sub(head)
}

pub(super) fn serial(c: &Certificate) -> Option<String> {
    say(
        !is_positive(&c.serial),
        "STI certificates shall include a Serial Number field containing an integer greater than zero",
    )
}

pub(super) fn serial_size(c: &Certificate) -> Option<String> {
    let bits = bits(&c.serial);
    (bits < 64).then(|| {
        format!(
            "STI certificates shall have a serial number that contains at least 64 bits, got {bits}"
        )
    })
}

/// SHA-384 came with version 5 of ATIS-1000080.
pub(super) fn signature(c: &Certificate) -> Option<String> {
    let later = c.signature == oid::ECDSA_SHA384
        && crate::domain::time::Ts::from_iso("2022-12-12").is_some_and(|from| from <= c.not_before);
    (c.signature != oid::ECDSA_SHA256 && !later).then(|| {
        format!("SignatureAlgorithm field is not 'ecdsa-with-SHA256', got {}", c.signature)
    })
}

pub(super) fn signature_sha256(c: &Certificate) -> Option<String> {
    say(
        c.signature != oid::ECDSA_SHA256,
        "STI certificates shall contain a Signature Algorithm field with the value 'ecdsa-with-SHA256'",
    )
}

/// Keys of 384 bits came with version 1.4 of the certificate policy.
pub(super) fn key(c: &Certificate) -> Option<String> {
    let larger = c.key.curve.as_deref() == Some(oid::P384) && c.under(oid::POLICY_1_4);
    if c.key.algorithm != oid::EC_KEY {
        return Some(
            "Subject Public Key Info field specifies another algorithm than \"id-ecPublicKey\""
                .to_owned(),
        );
    }
    say(
        c.key.curve.as_deref() != Some(oid::P256) && !larger,
        "Subject Public Key Info field contains a public key that is not 256 bits",
    )
}

pub(super) fn key_256(c: &Certificate) -> Option<String> {
    say(
        c.key.algorithm != oid::EC_KEY || c.key.curve.as_deref() != Some(oid::P256),
        "STI certificates shall contain a Subject Public Key Info field specifying a Public Key Algorithm of \"id-ecPublicKey\" and containing a 256-bit public key",
    )
}

fn single(name: &Name, kind: &str, word: &str) -> Option<String> {
    match name.all(kind).count() {
        0 => Some(format!("Subject DN does not contain a {word} attribute")),
        1 => None,
        _ => Some(format!("Subject DN contains multiple {word} attributes")),
    }
}

pub(super) fn subject(c: &Certificate) -> Option<String> {
    single(&c.subject, oid::COUNTRY, "Country (C=)")
        .or_else(|| single(&c.subject, oid::COMMON_NAME, "Common Name (CN=)"))
}

fn whole(name: &Name) -> Option<String> {
    let missing = [oid::COUNTRY, oid::COMMON_NAME, oid::ORGANIZATION]
        .iter()
        .any(|kind| name.first(kind).is_none());
    say(
        missing,
        "The DN shall contain a Country (C=) attribute, a Common Name (CN=) attribute and an Organization (O=) attribute",
    )
}

pub(super) fn subject_whole(c: &Certificate) -> Option<String> {
    whole(&c.subject)
}

pub(super) fn issuer_whole(c: &Certificate) -> Option<String> {
    whole(&c.issuer)
}

pub(super) fn country(c: &Certificate) -> Option<String> {
    let values: Vec<&str> = c.subject.all(oid::COUNTRY).collect();
    match values.as_slice() {
        [one] if one.len() == 2 && one.bytes().all(|b| b.is_ascii_uppercase()) => None,
        [one] => Some(format!(
            "Country (C=) attribute '{one}' does not contain an ISO 3166-1 alpha-2 country code."
        )),
        _ => Some(
            "Subject MUST be present and MUST contain exactly one value for Country (C=)."
                .to_owned(),
        ),
    }
}

pub(super) fn country_us(c: &Certificate) -> Option<String> {
    let wrong = c.under(oid::POLICY_1_4) && c.subject.first(oid::COUNTRY) != Some("US");
    say(wrong, "Subject MUST contain a Country (C=) of \"US\".")
}

pub(super) fn organization(c: &Certificate) -> Option<String> {
    say(
        c.subject.all(oid::ORGANIZATION).count() != 1,
        "The DN does not contain exactly one Organization (O=) attribute.",
    )
}

/// Whether `word` stands in `text` as a word of its own.
fn stands(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

/// The word that marks the certificates of this world.
pub(super) fn common_name(c: &Certificate) -> Option<String> {
    let name = c.subject.first(oid::COMMON_NAME).unwrap_or_default();
    (!stands(name, "SHAKEN"))
        .then(|| format!("Common Name attribute '{name}' does not contain 'SHAKEN'"))
}

pub(super) fn common_name_root(c: &Certificate) -> Option<String> {
    let name = c.subject.first(oid::COMMON_NAME).unwrap_or_default();
    (!stands(&name.to_uppercase(), "ROOT")).then(|| {
        format!(
            "Common Name attribute '{name}' does not include the text string 'ROOT' (case insensitive)."
        )
    })
}

/// The name a provider's certificate should have.
fn wanted(c: &Certificate) -> Option<String> {
    Some(format!("SHAKEN {}", c.numbers()?.only_spc()?))
}

/// What follows the word. Where there is neither word nor code, the other rules say so.
pub(super) fn common_name_spc(c: &Certificate) -> Option<String> {
    let name = c.subject.first(oid::COMMON_NAME).unwrap_or_default();
    let Some(wanted) = wanted(c) else {
        return say(stands(name, "SHAKEN"), "Cannot get SPC value from the TNAuthList extension");
    };
    (!name.contains(&wanted)).then(|| {
        format!("Common name shall contain the text string '{wanted}', but common name is '{name}'")
    })
}

pub(super) fn ambiguous(c: &Certificate) -> Option<String> {
    let Some(wanted) = wanted(c) else {
        return Some("STI certificate shall contain TNAuthorizationList extension".to_owned());
    };
    say(
        c.subject.first(oid::COMMON_NAME) != Some(&wanted),
        "Names used in the STI certificates shall represent an unambiguous identifier for the SP Subject",
    )
}

pub(super) fn subject_serial(c: &Certificate) -> Option<String> {
    let asked = c.under(oid::POLICY_1_3) && c.extension(oid::TN_AUTH_LIST).is_some();
    say(
        asked && c.subject.first(oid::SERIAL_NUMBER).is_none(),
        "The DN does not contain a serialNumber attribute.",
    )
}

pub(super) fn subject_serial_once(c: &Certificate) -> Option<String> {
    say(
        c.subject.all(oid::SERIAL_NUMBER).count() != 1,
        "STI certificate shall include a 'serialNumber' attribute along with the CN",
    )
}

fn only(c: &Certificate, kinds: &[&str], text: &str) -> Option<String> {
    let odd = c.subject.attributes.iter().any(|a| !kinds.contains(&a.kind.as_str()));
    say(odd, text)
}

pub(super) fn issuer_attributes(c: &Certificate) -> Option<String> {
    only(
        c,
        &[oid::COMMON_NAME, oid::COUNTRY, oid::ORGANIZATION],
        "Only CN, C, and O can be included. Additional RNDs may introduce ambiguity and may not be verifiable",
    )
}

pub(super) fn end_attributes(c: &Certificate) -> Option<String> {
    only(
        c,
        &[oid::COMMON_NAME, oid::COUNTRY, oid::ORGANIZATION, oid::SERIAL_NUMBER],
        "Only CN, C, O, and SERIALNUMBER can be included. Additional RNDs may introduce ambiguity and may not be verifiable",
    )
}

pub(super) fn basic(c: &Certificate) -> Option<String> {
    if c.extension(oid::BASIC_CONSTRAINTS).is_none() {
        return Some("BasicConstraints extension not found".to_owned());
    }
    say(
        !c.critical(oid::BASIC_CONSTRAINTS),
        "STI certificates shall contain a BasicConstraints extension marked critical",
    )
}

pub(super) fn key_usage(c: &Certificate) -> Option<String> {
    if c.extension(oid::KEY_USAGE).is_none() {
        return Some("Key Usage extension not found".to_owned());
    }
    say(
        !c.critical(oid::KEY_USAGE),
        "STI certificates shall contain a Key Usage extension marked as critical",
    )
}

pub(super) fn key_usage_end(c: &Certificate) -> Option<String> {
    let usage = c.key_usage?;
    say(
        usage.flags != KeyUsage::DIGITAL_SIGNATURE,
        "The Key Usage extension for STI end-entity certificates shall contain a single key usage value of digitalSignature (0).",
    )
}

/// Version 5 of ATIS-1000080, and with it version 1.4 of the policy, wants one use alone.
pub(super) fn key_usage_issuer(c: &Certificate) -> Option<String> {
    let usage = c.key_usage?;
    if c.under(oid::POLICY_1_4) {
        return say(
            usage.flags != KeyUsage::CERT_SIGN,
            "The Key Usage extension shall contain a single key usage value of keyCertSign (5).",
        );
    }
    let may = KeyUsage::CERT_SIGN | KeyUsage::CRL_SIGN | KeyUsage::DIGITAL_SIGNATURE;
    say(
        !usage.allows(KeyUsage::CERT_SIGN) || usage.flags & !may != 0,
        "The Key Usage extension shall contain the key usage value keyCertSign, and may contain the key usage values digitalSignature and/or cRLSign",
    )
}

pub(super) fn key_usage_end_whole(c: &Certificate) -> Option<String> {
    key_usage(c).or_else(|| {
        say(
            key_usage_end(c).is_some(),
            "The Key Usage extension shall contain a single key usage value of digitalSignature",
        )
    })
}

pub(super) fn key_usage_issuer_whole(c: &Certificate) -> Option<String> {
    key_usage(c).or_else(|| key_usage_issuer(c))
}

pub(super) fn key_usage_single(c: &Certificate) -> Option<String> {
    say(
        c.key_usage.is_none_or(|usage| usage.flags != KeyUsage::CERT_SIGN),
        "For CA certificates, the Key Usage extension should contain a single key usage value of keyCertSign",
    )
}

pub(super) fn key_usage_encoding(c: &Certificate) -> Option<String> {
    let (told, right) = c.key_usage?.unused;
    (told != right).then(|| {
        format!("KeyUsage contains an inefficient encoding wherein the number of 'unused bits' is declared to be {told}, but it should be {right}.")
    })
}

pub(super) fn subject_key_id(c: &Certificate) -> Option<String> {
    say(c.subject_key_id.is_none(), "Subject Key Identifier extension not found")
}

/// 160 bits of SHA-1, or the 60 of them of the short method in 64 (RFC 5280 section 4.2.1.2).
pub(super) fn subject_key_id_size(c: &Certificate) -> Option<String> {
    match c.subject_key_id.as_ref().map(Vec::len) {
        None => Some("Subject Key Identifier extension not found".to_owned()),
        Some(8 | 20) => None,
        Some(other) => Some(format!("Subject Key Identifier has {other} bytes")),
    }
}

pub(super) fn subject_key_id_missing(c: &Certificate) -> Option<String> {
    say(c.subject_key_id.is_none(), "the certificate names its own key nowhere")
}

pub(super) fn authority_key_id(c: &Certificate) -> Option<String> {
    say(
        c.authority_key_id.as_ref().is_none_or(Vec::is_empty),
        "STI certificates shall contain an Authority Key Identifier extension",
    )
}

/// A root need not name its issuer's key, and where it does it names its own.
pub(super) fn authority_key_id_root(c: &Certificate) -> Option<String> {
    let named = c.authority_key_id.as_ref()?;
    say(
        c.subject_key_id.as_ref() != Some(named),
        "Authority Key Identifier shall contain a keyIdentifier field with a value that matches the Subject Key Identifier",
    )
}

pub(super) fn authority_key_id_missing(c: &Certificate) -> Option<String> {
    say(
        c.authority_key_id.is_none() && !c.is_self_issued(),
        "the certificate names its issuer's key nowhere",
    )
}

pub(super) fn authority_key_id_empty(c: &Certificate) -> Option<String> {
    let excused = c.is_ca() && c.is_self_issued();
    say(
        c.authority_key_id.as_ref().is_none_or(Vec::is_empty) && !excused,
        "the certificate names its issuer's key by no identifier",
    )
}

pub(super) fn policies(c: &Certificate) -> Option<String> {
    let Some(policies) = &c.policies else {
        return Some("The Certificate Policies extension is not present".to_owned());
    };
    if c.critical(oid::POLICIES) {
        return Some("The Certificate Policies extension is marked as critical".to_owned());
    }
    say(
        policies.0.len() != 1,
        "The Certificate Policies extension does not contain a single OID value",
    )
}

pub(super) fn policies_none(c: &Certificate) -> Option<String> {
    say(
        c.policies.is_some(),
        "STI root certificates shall not contain a Certificate Policies extension",
    )
}

pub(super) fn policy(c: &Certificate) -> Option<String> {
    match c.policies.as_ref().map(|policies| policies.0.as_slice()) {
        Some([one]) if one == oid::POLICY_1_3 || one == oid::POLICY_1_4 => None,
        Some([one]) => Some(format!(
            "The Certificate Policies extension contains an invalid OID value: {one}. Available OIDs: {}, {}",
            oid::POLICY_1_3,
            oid::POLICY_1_4
        )),
        Some(_) | None => Some(
            "The Certificate Policies extension does not contain a single OID value that identifies the SHAKEN Certificate Policy established by the STI-PA".to_owned(),
        ),
    }
}

pub(super) fn policy_single(c: &Certificate) -> Option<String> {
    let one = c.policies.as_ref().is_some_and(|policies| policies.0.len() == 1);
    say(
        !one,
        "STI certificate shall include a Certificate Policies extension containing a single SHAKEN Certificate Policy",
    )
}

pub(super) fn policy_critical(c: &Certificate) -> Option<String> {
    say(c.critical(oid::POLICIES), "The Certificate Policies extension should not be critical")
}

pub(super) fn crl_point(c: &Certificate) -> Option<String> {
    let Some(points) = &c.crl_points else {
        return Some(
            "STI End-Entity certificates shall contain a CRL Distribution Points extension"
                .to_owned(),
        );
    };
    match points.as_slice() {
        [one] => match one.urls.as_slice() {
            [url] if url.starts_with("http://") || url.starts_with("https://") => None,
            [_] | [] => Some(
                "DistributionPoint field shall contain the HTTP URL reference to the CRL"
                    .to_owned(),
            ),
            _ => Some(
                "CRL Distribution Points extension should contain a single DistributionPoint entry"
                    .to_owned(),
            ),
        },
        _ => Some(
            "CRL Distribution Points extension should contain a single DistributionPoint entry"
                .to_owned(),
        ),
    }
}

/// The certificates of version 1.4 of the policy have to name who issues the list.
pub(super) fn crl_issuer(c: &Certificate) -> Option<String> {
    let points = c.crl_points.as_ref().filter(|_| c.under(oid::POLICY_1_4))?;
    say(
        !points.iter().all(|point| point.issuer),
        "CRL Distribution Point shall contain a CRLIssuer field",
    )
}

pub(super) fn crl_none(c: &Certificate) -> Option<String> {
    say(
        c.crl_points.is_some(),
        "STI root certificates shall not contain a CRL Distribution Points extension",
    )
}

pub(super) fn extensions(c: &Certificate) -> Option<String> {
    let odd: Vec<&str> =
        c.extensions.iter().map(|e| e.oid.as_str()).filter(|e| !SPECIFIED.contains(e)).collect();
    (!odd.is_empty()).then(|| {
        format!("Certificate contains extensions that are not specified: {}", odd.join(", "))
    })
}

pub(super) fn extensions_former(c: &Certificate) -> Option<String> {
    say(
        extensions(c).is_some(),
        "STI certificate shall not include extensions that are not specified",
    )
}

fn spc(c: &Certificate) -> Result<&str, String> {
    match &c.tn_auth_list {
        None => Err("STI certificate shall contain TNAuthorizationList extension".to_owned()),
        Some(Err(BadTnAuthList::Empty)) => Err("TNAuthorizationList has no TN Entry".to_owned()),
        Some(Err(bad)) => Err(format!("bad TNAuthorizationList, {bad}")),
        Some(Ok(list)) if list.0.len() != 1 => {
            Err("TNAuthorizationList shall have only one TN Entry".to_owned())
        }
        Some(Ok(list)) => {
            list.only_spc().ok_or_else(|| "TN Entry shall be an SPC value".to_owned())
        }
    }
}

pub(super) fn tn_auth_list(c: &Certificate) -> Option<String> {
    if c.extension(oid::TN_AUTH_LIST).is_none() {
        return Some("the TNAuthList extension is not present".to_owned());
    }
    if c.critical(oid::TN_AUTH_LIST) {
        return Some("the TNAuthList extension is marked as critical".to_owned());
    }
    spc(c).err()
}

pub(super) fn tn_auth_list_none(c: &Certificate) -> Option<String> {
    say(
        c.extension(oid::TN_AUTH_LIST).is_some(),
        "STI root and intermediate certificates shall not contain a TNAuthList extension",
    )
}

/// RFC 8226 leaves the letters of a code open; ATIS-1000080 does not.
pub(super) fn spc_format(c: &Certificate) -> Option<String> {
    match spc(c) {
        Err(why) => Some(why),
        Ok(spc) => {
            let fits = spc.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            (!fits).then(|| {
                format!("the SPC value '{spc}' contains characters other than uppercase letters and numbers")
            })
        }
    }
}

/// Company codes have four characters; what has more or fewer is no code of this country's.
pub(super) fn spc_length(c: &Certificate) -> Option<String> {
    let spc = spc(c).ok()?;
    (spc.len() != 4).then(|| format!("the SPC value '{spc}' has {} characters, not 4", spc.len()))
}
