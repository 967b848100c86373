//! Limits on claims: `JWTClaimConstraints` of RFC 8226 and its successor of RFC 9118.

use der::asn1::AnyRef;
use der::{Tag, Tagged as _};

use super::tn_auth_list::{any, choice, ia5, parts};
use crate::domain::certificate::{BadTnAuthList, ClaimConstraints};

/// Reads the value of either extension; the later one adds the claims that must not be there.
pub fn claim_constraints(bytes: &[u8], enhanced: bool) -> Option<ClaimConstraints> {
    read(bytes, enhanced).ok()
}

fn read(bytes: &[u8], enhanced: bool) -> Result<ClaimConstraints, BadTnAuthList> {
    let mut found = ClaimConstraints::default();
    let mut last = None;
    for part in sequence(any(bytes)?)? {
        let number = choice(part).filter(|number| last.is_none_or(|last| last < *number));
        last = number;
        match number {
            Some(0) => found.must_include = names(any(part.value())?)?,
            Some(1) => found.permitted = values(any(part.value())?)?,
            Some(2) if enhanced => found.must_exclude = names(any(part.value())?)?,
            Some(_) | None => return Err(BadTnAuthList::Choice),
        }
    }
    if last.is_none() {
        return Err(BadTnAuthList::Empty);
    }
    Ok(found)
}

fn sequence(part: AnyRef<'_>) -> Result<Vec<AnyRef<'_>>, BadTnAuthList> {
    if part.tag() != Tag::Sequence {
        return Err(BadTnAuthList::Malformed);
    }
    parts(part.value())
}

fn names(part: AnyRef<'_>) -> Result<Vec<String>, BadTnAuthList> {
    sequence(part)?.into_iter().map(|name| ia5(name).map(str::to_owned)).collect()
}

fn values(part: AnyRef<'_>) -> Result<Vec<(String, Vec<String>)>, BadTnAuthList> {
    sequence(part)?
        .into_iter()
        .map(|pair| match sequence(pair)?.as_slice() {
            [claim, permitted] => {
                let texts = sequence(*permitted)?.into_iter().map(text);
                Ok((ia5(*claim)?.to_owned(), texts.collect::<Result<_, _>>()?))
            }
            _ => Err(BadTnAuthList::Malformed),
        })
        .collect()
}

fn text(part: AnyRef<'_>) -> Result<String, BadTnAuthList> {
    if part.tag() != Tag::Utf8String {
        return Err(BadTnAuthList::Malformed);
    }
    String::from_utf8(part.value().to_vec()).map_err(|_text| BadTnAuthList::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_kept() {
        // permittedValues: attest is "B" or "C".
        let bytes = [
            0x30, 0x16, 0xa1, 0x14, 0x30, 0x12, 0x30, 0x10, 0x16, 0x06, b'a', b't', b't', b'e',
            b's', b't', 0x30, 0x06, 0x0c, 0x01, b'B', 0x0c, 0x01, b'C',
        ];
        let read = claim_constraints(&bytes, false).unwrap();
        assert_eq!(read.permitted, [("attest".to_owned(), vec!["B".to_owned(), "C".to_owned()])]);
        assert!(!read.allows_full());
        assert!(ClaimConstraints::default().allows_full());
        assert_eq!(claim_constraints(&[0x30, 0x00], true), None);
        assert_eq!(claim_constraints(&bytes[1..], false), None);
        // mustExclude is of the later extension only.
        let exclude = [0x30, 0x08, 0xa2, 0x06, 0x30, 0x04, 0x16, 0x02, b'r', b'd'];
        assert_eq!(claim_constraints(&exclude, false), None);
        assert_eq!(claim_constraints(&exclude, true).unwrap().must_exclude, ["rd"]);
    }
}
