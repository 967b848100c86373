//! Customers on the wire.

use crate::domain::command::write::etag_of;
use crate::domain::customer::{Active, Condition, Customer, Role, StateWord};
use crate::domain::customer_file::CustomerFile;
use crate::domain::ids::ContactId;
use crate::domain::profile::Profile;
use crate::domain::requirement::Requirement;
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::time::to_timestamp;

super::choice::pairs! {
    Role = CustomerRole { Unspecified; EndUser, Reseller, VoiceProvider, Intermediate,
        ForeignProvider }
    StateWord = CustomerState { Unspecified; Draft, Submitted, InReview, Verified, Active, Suspended,
        Rejected, Terminated, Legacy }
    Condition = ActiveCondition { Unspecified; ReverifyDue, RepaperDue, Restricted }
}

/// Everything that makes up a customer on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// Its own row.
    pub customer: &'a Customer,
    /// The live revision of its profile; absent once erased.
    pub profile: Option<&'a Profile>,
    /// Its primary contact for tracebacks.
    pub traceback_contact: Option<ContactId>,
    /// The instant it is shown at: time adds conditions.
    pub now: Ts,
}

impl From<Whole<'_>> for pb::Customer {
    fn from(whole: Whole<'_>) -> Self {
        let Whole { customer, profile, traceback_contact, now } = whole;
        Self {
            customer_id: customer.id.to_string(),
            client_id: customer.client.to_string(),
            parent_id: customer.parent.map(|id| id.to_string()).unwrap_or_default(),
            role: pb::CustomerRole::from(customer.role).into(),
            state: pb::CustomerState::from(customer.state.word()).into(),
            active: customer.state.active().map(|active| active_info(active, now)),
            profile: profile.map(Into::into),
            profile_revision: customer.profile_rev,
            etag: etag_of(customer.revision),
            create_time: Some(to_timestamp(customer.created_at)),
            update_time: Some(to_timestamp(customer.last_at)),
            origid: customer.origid.to_string(),
            traceback_contact_id: traceback_contact.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

fn active_info(active: &Active, now: Ts) -> pb::ActiveInfo {
    let conditions = active.conditions_at(now).into_iter();
    pb::ActiveInfo {
        cap: pb::AttestLevel::from(active.cap).into(),
        uncapped_until: Some(to_timestamp(active.uncapped_until)),
        active_until: Some(to_timestamp(active.active_until)),
        conditions: conditions.map(|c| pb::ActiveCondition::from(c).into()).collect(),
    }
}

impl pb::Customer {
    /// A customer from everything that is stored about it.
    pub fn of(file: &CustomerFile, now: Ts) -> Self {
        Whole {
            customer: &file.customer,
            profile: Some(&file.profile),
            traceback_contact: file.primary_contact,
            now,
        }
        .into()
    }
}

impl pb::EvaluateCustomerResponse {
    /// Everything that is still missing, and what is known: checks of the live profile and
    /// findings that stand.
    pub fn of(file: &CustomerFile, missing: &[Requirement], policy: String, now: Ts) -> Self {
        let customer_id = file.customer.id.to_string();
        let checks = file.claim_rows().into_iter().filter_map(|claim| {
            let check = file.live_check(&claim)?;
            Some(pb::Check::of(check, customer_id.clone(), Some(claim.digest), now))
        });
        Self {
            customer: Some(pb::Customer::of(file, now)),
            requirements: missing.iter().map(Into::into).collect(),
            checks: checks.collect(),
            open_findings: file.findings.iter().filter(|f| f.stands()).map(Into::into).collect(),
            policy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Role>("CUSTOMER_ROLE_"), 5);
        assert_eq!(assert_words::<StateWord>("CUSTOMER_STATE_"), 9);
        assert_eq!(assert_words::<Condition>("ACTIVE_CONDITION_"), 3);
    }
}
