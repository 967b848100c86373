//! What may be asked without changing anything, where it takes more than an id.

use uuid::Uuid;

use crate::domain::customer::{Role, StateWord};
use crate::domain::ids::{CustomerId, EntryId};
use crate::domain::journal::SubjectKind;
use crate::domain::operation;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many at most; 1 to 500.
    pub size: u32,
    /// The opaque token of the page before; bound to the filter.
    pub token: Option<String>,
}

/// One customer, as it stands after a write that the caller names.
#[derive(Clone, Debug)]
pub struct OneCustomer {
    /// Which.
    pub customer: CustomerId,
    /// Names a write that has to be seen.
    pub change_token: Option<String>,
}

/// A page of what belongs to one customer: agreements, numbers.
#[derive(Clone, Debug)]
pub struct ListOfCustomer {
    /// Whose.
    pub customer: CustomerId,
    /// Which page.
    pub page: Page,
}

/// A page of customers.
#[derive(Clone, Debug)]
pub struct ListCustomers {
    /// Which page.
    pub page: Page,
    /// Only those in one of these states; empty means all.
    pub states: Vec<StateWord>,
    /// Only those in one of these roles; empty means all.
    pub roles: Vec<Role>,
}

/// What kinds of item wait for a reviewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewItemKind {
    /// An open finding.
    Finding,
    /// A check in REVIEW.
    Check,
    /// A proposal that waits for a second person.
    Proposal,
    /// A customer that waits for approval.
    Customer,
    /// A letter or a bill that waits for its review.
    Evidence,
}

/// A page of what waits for a reviewer.
#[derive(Clone, Debug)]
pub struct ListReviewItems {
    /// Which page.
    pub page: Page,
    /// Only these kinds; empty means all.
    pub kinds: Vec<ReviewItemKind>,
    /// Only about this customer.
    pub customer: Option<CustomerId>,
}

/// A page of trunks.
#[derive(Clone, Debug)]
pub struct ListTrunks {
    /// Which page.
    pub page: Page,
    /// Only those of this customer.
    pub owner: Option<CustomerId>,
}

/// A page of operations.
#[derive(Clone, Debug)]
pub struct ListOperations {
    /// Which page.
    pub page: Page,
    /// Only those in one of these states; empty means all.
    pub states: Vec<operation::State>,
}

/// Which entry of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryName {
    /// By its id.
    Id(EntryId),
    /// By its place in the order, from 1.
    Position(u64),
}

/// A page of the journal, in its order.
#[derive(Clone, Debug)]
pub struct ListEntries {
    /// Which page.
    pub page: Page,
    /// Only about subjects of this kind.
    pub kind: Option<SubjectKind>,
    /// Only about this subject.
    pub subject: Option<Uuid>,
    /// Only from this position on; at least 1.
    pub from: u64,
}

/// Asks for a proof that an entry is in a tree.
#[derive(Clone, Copy, Debug)]
pub struct InclusionAsk {
    /// Which entry.
    pub entry: EntryName,
    /// Size of the tree; absent means the latest checkpoint's.
    pub size: Option<u64>,
}

/// Asks for a proof that a later tree only adds to an earlier one.
#[derive(Clone, Copy, Debug)]
pub struct ConsistencyAsk {
    /// Size of the earlier tree; at least 1.
    pub from: u64,
    /// Size of the later tree; absent means the latest checkpoint's.
    pub to: Option<u64>,
}
