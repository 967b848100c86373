//! Whether a number can be given to a customer, for feeds that name many: each customer is looked at
//! once a command.

use std::collections::BTreeMap;

use super::error::AppError;
use crate::domain::customer::StateWord;
use crate::domain::ids::CustomerId;
use crate::domain::number::Tn;
use crate::store::{StoreError, Tx};

/// What a customer is to numbers.
#[derive(Clone, Copy)]
enum Assignee {
    Unknown,
    Ended,
    /// It can have numbers, but not the one at which it is reached when its own fail.
    Good(Option<Tn>),
}

/// The customers that a command has met.
#[derive(Default)]
pub(super) struct Assignees(BTreeMap<CustomerId, Assignee>);

impl Assignees {
    /// The stable reason why this customer cannot have this number, if there is one.
    pub(super) async fn refuses(
        &mut self,
        tx: &mut Tx,
        customer: CustomerId,
        tn: Tn,
    ) -> Result<Option<&'static str>, AppError> {
        let known = if let Some(known) = self.0.get(&customer) {
            *known
        } else {
            let found = look(tx, customer).await?;
            self.0.insert(customer, found);
            found
        };
        Ok(match known {
            Assignee::Unknown => Some("customer_id.NOT_FOUND"),
            Assignee::Ended => Some("customer_id.CUSTOMER_TERMINATED"),
            Assignee::Good(alternate) if alternate == Some(tn) => Some("ALTERNATE_PHONE"),
            Assignee::Good(_) => None,
        })
    }
}

async fn look(tx: &mut Tx, customer: CustomerId) -> Result<Assignee, AppError> {
    let Some(row) = tx.customer(customer).await? else { return Ok(Assignee::Unknown) };
    tx.saw_of(customer.0, row.last_at);
    let ended = [StateWord::Terminated, StateWord::Rejected].map(StateWord::as_str);
    if ended.contains(&row.state.as_str()) {
        return Ok(Assignee::Ended);
    }
    match tx.profile_of(customer, row.profile_rev).await {
        Ok(profile) => Ok(Assignee::Good(profile.alternate_tn())),
        // Nobody can read any more what it said; it is on its way out.
        Err(StoreError::Erased) => Ok(Assignee::Ended),
        Err(error) => Err(error.into()),
    }
}
