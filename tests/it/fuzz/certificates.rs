//! Certificates, their extensions, chains and lists of revoked ones. Nothing that was changed passes
//! for what it was.

use vouch::domain::certificate::{Certificate, current, former, judge};
use vouch::domain::digest::Digest;
use vouch::domain::time::Ts;
use vouch::sources::certificate::{
    bundle, chain, claim_constraints, crl, path, read, tn_auth_list,
};

use super::noise::{edited, feed};
use crate::support::authority::{Authority, Wanted, one, range, spc, tlv};

const NOW: Ts = Ts(1_800_000_000_000_000);

fn lists() -> Vec<Vec<u8>> {
    let all = [spc("709J"), range("12155551000", 100), one("12155551212")];
    vec![tlv(0x30, &all.concat()), tlv(0x30, &spc("709J"))]
}

#[test]
fn tn_auth_lists() {
    let known = lists();
    feed("tn_auth_list", |input| {
        for bytes in [input.to_vec(), edited(&known, input)] {
            if let Ok(list) = tn_auth_list(&bytes) {
                assert!(!list.0.is_empty());
                assert!(list.within(&list), "{list:?}");
            }
        }
    });
}

#[test]
fn claims() {
    let permitted = [tlv(0x16, b"attest"), tlv(0x30, &tlv(0x0c, b"B"))].concat();
    let known = vec![
        tlv(0x30, &tlv(0xa1, &tlv(0x30, &tlv(0x30, &permitted)))),
        tlv(0x30, &tlv(0xa2, &tlv(0x30, &tlv(0x16, b"rcd")))),
    ];
    feed("claims", |input| {
        let bytes = edited(&known, input);
        for enhanced in [false, true] {
            if let Some(read) = claim_constraints(&bytes, enhanced) {
                let _full = read.allows_full();
            }
        }
    });
}

fn look(certificate: &Certificate) {
    let _lints = (current(certificate), former(certificate));
    let _key = (certificate.revocation_key(), certificate.serial_text());
}

#[test]
fn certificate() {
    let authority = Authority::new(&[]);
    let issued = |wanted: Wanted| authority.issue(&wanted).der;
    let known = vec![
        issued(Wanted::of(&[one("12155551212"), range("12155551000", 100)])),
        issued(Wanted { p384: true, ..Wanted::of(&[spc("709J")]) }),
    ];
    feed("certificate", |input| {
        for bytes in [input.to_vec(), edited(&known, input)] {
            if let Ok(read) = read(&bytes) {
                assert_eq!(read.sha256, Digest::of(&bytes));
                look(&read);
            }
        }
    });
}

/// Whatever is changed in a chain, a path never speaks for more than the certificate that was issued.
#[test]
fn chains() {
    let authority = Authority::new(&[range("12155551000", 100)]);
    let held = authority.issue(&Wanted::of(&[one("12155551010")]));
    let roots = chain(&authority.roots()).unwrap();
    let known = vec![held.chain.clone(), held.der.clone()];
    let issued = Digest::of(&held.der);
    feed("chain", |input| {
        for bytes in [input.to_vec(), edited(&known, input)] {
            let Ok(given) = chain(&bytes) else { continue };
            assert_eq!(bundle(&bytes).as_ref(), Ok(&given));
            let Ok(walked) = path(&given, &roots) else { continue };
            if judge(&walked, NOW).is_ok() {
                assert_eq!(walked[0].sha256, issued);
            }
        }
    });
}

#[test]
fn revoked() {
    let authority = Authority::new(&[]);
    let signers = chain(&authority.roots()).unwrap();
    let known = vec![authority.crl("270114", &[7, 0x7956_dded_a2b1_5be4], true)];
    let told = crl(&known[0], &signers).unwrap();
    feed("crl", |input| {
        for bytes in [input.to_vec(), edited(&known, input)] {
            if let Ok(read) = crl(&bytes, &signers) {
                assert_eq!(read, told, "what was signed and nothing else");
            }
        }
    });
}
