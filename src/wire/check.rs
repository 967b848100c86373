//! Checks on the wire.

use crate::domain::check::{Check, Kind, Method, Standing, Verdict};
use crate::domain::digest::Digest;
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::time::to_timestamp;

super::choice::pairs! {
    Kind = CheckKind { Unspecified; IdentifierForm, Sanctions, AddressKind, ContactEmail,
        ContactPhone, AlternatePhone, Existence, TaxIdToName, Representation, CallerName, RmdRecord,
        FlowDown }
    Verdict = CheckResult { Unspecified; Pass, Fail, Review, Unavailable, Superseded }
    Method = CheckMethod { Unspecified; Form, List, Challenge, Document, Callback, Registry }
    Standing = CheckStanding { Unspecified; Live, Expired, Superseded }
}

impl pb::Check {
    /// A check of a customer as it counts at `now`, where `live` is the digest of the live claim.
    pub fn of(check: &Check, customer_id: String, live: Option<Digest>, now: Ts) -> Self {
        Self {
            check_id: check.id.to_string(),
            customer_id,
            kind: pb::CheckKind::from(check.kind).into(),
            result: pb::CheckResult::from(check.result).into(),
            method: pb::CheckMethod::from(check.method).into(),
            standing: pb::CheckStanding::from(check.standing(live, now)).into(),
            claim_digest: check.claim_digest.as_bytes().to_vec().into(),
            reason: check.reason.clone(),
            document_id: check.document.map(|id| id.to_string()).unwrap_or_default(),
            subject: check.subject.clone(),
            check_time: Some(to_timestamp(check.at)),
            expire_time: Some(to_timestamp(check.expires_at)),
            actor: check.by.clone(),
            overridden: check.overridden.is_some_and(|by| now < by.until),
            source: check.source.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Kind>("CHECK_KIND_"), 12);
        assert_eq!(assert_words::<Verdict>("CHECK_RESULT_"), 5);
        assert_eq!(assert_words::<Method>("CHECK_METHOD_"), 6);
        assert_eq!(assert_words::<Standing>("CHECK_STANDING_"), 3);
    }
}
