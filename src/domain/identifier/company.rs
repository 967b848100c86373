//! Identifiers of companies outside of tax: the world, Canada, the United Kingdom, Australia.

use super::digits::{bare, digits, exactly, luhn, mod_97_10, weighted};
use super::form::BadForm;

/// ISO 17442: eighteen letters or digits and two check digits.
pub(super) fn lei(text: &str) -> Result<String, BadForm> {
    let code = bare(text);
    let tail = code.bytes().rev().take(2).all(|b| b.is_ascii_digit());
    if code.len() != 20 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) || !tail {
        return Err(BadForm::new("LEI_FORM", "20 letters and digits, two digits at the end"));
    }
    let rest = mod_97_10(&code);
    if rest == 1 || is_early_german(&code) { Ok(code) } else { Err(check("LEI_CHECK_DIGITS")) }
}

/// Before ISO 17442 was in force everywhere, one issuer wrote the remainder itself where the
/// standard wants what it lacks to 98. GLEIF's register keeps such codes, so they are real.
fn is_early_german(code: &str) -> bool {
    let Some((body, check)) = code.split_at_checked(18) else { return false };
    code.starts_with("3912") && Ok(mod_97_10(&format!("{body}00"))) == check.parse()
}

const fn check(reason: &'static str) -> BadForm {
    BadForm::new(reason, "the check digits do not fit; compare it with the register")
}

pub(super) fn duns(text: &str) -> Result<String, BadForm> {
    let number = bare(text);
    match exactly::<9>(&number) {
        Some(d) if d.iter().any(|d| *d != 0) => Ok(number),
        _ => Err(BadForm::new("DUNS_FORM", "nine digits")),
    }
}

/// SAM.gov gives no rule for a check digit. No letter O or I, no zero in front, and never nine
/// digits in a row, so that it is taken for no DUNS number.
pub(super) fn uei(text: &str) -> Result<String, BadForm> {
    let bad = BadForm::new("UEI_FORM", "twelve letters and digits without O and I");
    let code = bare(text);
    let well = |b: u8| b.is_ascii_alphanumeric() && !matches!(b, b'O' | b'I');
    let digits = |run: &[u8]| run.iter().all(u8::is_ascii_digit);
    let shaped = code.len() == 12 && code.bytes().all(well) && !code.starts_with('0');
    if shaped && !code.as_bytes().windows(9).any(digits) { Ok(code) } else { Err(bad) }
}

/// The programme accounts of the Canada Revenue Agency.
const CA_PROGRAMMES: [&str; 10] = ["RC", "RM", "RP", "RT", "RR", "RZ", "RD", "RE", "RG", "RN"];

pub(super) fn ca_bn(text: &str) -> Result<String, BadForm> {
    let bad = BadForm::new("CA_BN_FORM", "nine digits, or with an account such as RC0001");
    let code = bare(text);
    let (number, account) = code.split_at_checked(9).ok_or(bad)?;
    let number = exactly::<9>(number).ok_or(bad)?;
    if !account.is_empty() {
        let (programme, serial) = account.split_at_checked(2).ok_or(bad)?;
        exactly::<4>(serial).ok_or(bad)?;
        if !CA_PROGRAMMES.contains(&programme) {
            return Err(BadForm::new("CA_BN_PROGRAMME", "RC, RM, RP, RT or another programme"));
        }
    }
    if luhn(&number) == 0 && number != [0; 9] { Ok(code) } else { Err(check("CA_BN_CHECK")) }
}

/// What Companies House writes in front of six digits.
const UK_PREFIXES: [&str; 38] = [
    "AC", "CE", "CS", "FC", "FE", "GE", "GN", "GS", "IC", "IP", "LP", "NA", "NC", "NF", "NI", "NL",
    "NO", "NP", "NV", "NZ", "OC", "OE", "PC", "R0", "RC", "RS", "SA", "SC", "SE", "SF", "SG", "SI",
    "SL", "SO", "SP", "SR", "SZ", "ZC",
];

/// Eight digits, or two letters and six digits; societies may end in R or RS. Leading zeros that
/// people leave out are put back.
pub(super) fn uk_crn(text: &str) -> Result<String, BadForm> {
    let bad = BadForm::new("UK_CRN_FORM", "eight digits, or two letters and six digits");
    let code = bare(text);
    let zero = |n: &str| n.bytes().all(|b| b == b'0');
    if digits(&code).is_some() {
        let whole = (4..=8).contains(&code.len()) && !zero(&code);
        return if whole { Ok(format!("{code:0>8}")) } else { Err(bad) };
    }
    let (prefix, rest) = code.split_at_checked(2).ok_or(bad)?;
    if !UK_PREFIXES.contains(&prefix) {
        return Err(BadForm::new("UK_CRN_PREFIX", "two letters that Companies House uses"));
    }
    let society = matches!(prefix, "IP" | "SP" | "NP" | "RS") && rest.ends_with(['R', 'S']);
    let serial = if society { rest.trim_end_matches(['R', 'S']) } else { rest };
    let whole = digits(serial).is_some() && !zero(serial);
    match (whole, society) {
        (true, false) if (3..=6).contains(&rest.len()) => Ok(format!("{prefix}{rest:0>6}")),
        (true, true) if rest.len() == 6 => Ok(code),
        _ => Err(bad),
    }
}

/// Eleven digits; the first counts one less, and the weighted sum is a multiple of 89.
pub(super) fn au_abn(text: &str) -> Result<String, BadForm> {
    const WEIGHTS: [u32; 11] = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
    let number = bare(text);
    let d = exactly::<11>(&number).ok_or(BadForm::new("AU_ABN_FORM", "eleven digits"))?;
    let fits = d[0] != 0 && (weighted(&d, &WEIGHTS) - WEIGHTS[0]).is_multiple_of(89);
    if fits { Ok(number) } else { Err(check("AU_ABN_CHECK")) }
}

/// Nine digits, the last makes the weighted sum a multiple of ten.
pub(super) fn au_acn(text: &str) -> Result<String, BadForm> {
    let number = bare(text);
    let d = exactly::<9>(&number).ok_or(BadForm::new("AU_ACN_FORM", "nine digits"))?;
    let fits = (weighted(&d, &[8, 7, 6, 5, 4, 3, 2, 1, 1])).is_multiple_of(10);
    if fits && d != [0; 9] { Ok(number) } else { Err(check("AU_ACN_CHECK")) }
}
