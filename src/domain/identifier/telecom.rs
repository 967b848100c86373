//! Identifiers of the telephone industry. None has a check digit.

use super::digits::{bare, digits};
use super::form::BadForm;

fn shaped(text: &str, well: impl Fn(&str) -> bool, bad: BadForm) -> Result<String, BadForm> {
    let text = bare(text);
    if well(&text) { Ok(text) } else { Err(bad) }
}

fn number(text: &str, length: usize) -> bool {
    text.len() == length && digits(text).is_some_and(|d| d.iter().any(|d| *d != 0))
}

fn code(text: &str, length: usize) -> bool {
    let zeros = text.bytes().all(|b| b == b'0');
    text.len() == length && !zeros && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

pub(super) fn frn(text: &str) -> Result<String, BadForm> {
    let bad = BadForm::new("FRN_FORM", "ten digits, leading zeros kept");
    shaped(text, |t| number(t, 10), bad)
}

pub(super) fn rmd(text: &str) -> Result<String, BadForm> {
    let bad = BadForm::new("RMD_FORM", "RMD and seven digits");
    shaped(text, |t| t.strip_prefix("RMD").is_some_and(|n| number(n, 7)), bad)
}

pub(super) fn filer_499(text: &str) -> Result<String, BadForm> {
    let bad = BadForm::new("FILER_499_FORM", "six digits");
    shaped(text, |t| number(t, 6), bad)
}

pub(super) fn ocn(text: &str) -> Result<String, BadForm> {
    let bad = BadForm::new("OCN_FORM", "four letters or digits");
    shaped(text, |t| code(t, 4), bad)
}

/// A service provider code is the holder's OCN; a responsible organisation has its own code.
pub(super) fn spc(text: &str) -> Result<String, BadForm> {
    let bad = BadForm::new("SPC_FORM", "the OCN, or the RespOrg's five letters and digits");
    shaped(text, |t| code(t, 4) || is_resp_org(t), bad)
}

fn is_resp_org(text: &str) -> bool {
    code(text, 5) && text.bytes().take(2).all(|b| b.is_ascii_alphabetic())
}

/// Two letters for the organisation, three letters or digits for its unit.
pub(super) fn resp_org(text: &str) -> Result<String, BadForm> {
    let bad = BadForm::new("RESPORG_FORM", "two letters and three letters or digits");
    shaped(text, is_resp_org, bad)
}
