//! Customers on the wire.

use crate::domain::customer::{Active, Condition, Customer, Role, StateWord};
use crate::domain::ids::ContactId;
use crate::domain::profile::Profile;
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::time::to_timestamp;
use crate::wire::validate::etag_of;

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
