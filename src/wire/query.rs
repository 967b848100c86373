//! Queries on the wire.

use crate::domain::command::query::{
    ListCustomers, ListOfCustomer, ListOperations, ListReviewItems, ListTrunks, OneCustomer, Page,
    ReviewItemKind,
};
use crate::wire::pb;
use crate::wire::validate::{Faults, Reader};

super::choice::pairs! {
    ReviewItemKind = ReviewItemKind { Unspecified; Finding, Check, Proposal, Customer, Evidence }
}

/// Queries that are a page and nothing else.
macro_rules! pages {
    ($($request:ident),+ $(,)?) => {$(
        impl TryFrom<pb::$request> for Page {
            type Error = Faults;

            fn try_from(m: pb::$request) -> Result<Self, Faults> {
                let mut r = Reader::new();
                let page = r.page(m.page_size, &m.page_token);
                r.finish(Some(page))
            }
        }
    )+};
}

pages! { ListClientsRequest, ListKeysRequest, ListUsersRequest, ListPoliciesRequest }

/// Queries for a page of what belongs to one customer.
macro_rules! pages_of_customer {
    ($($request:ident),+ $(,)?) => {$(
        impl TryFrom<pb::$request> for ListOfCustomer {
            type Error = Faults;

            fn try_from(m: pb::$request) -> Result<Self, Faults> {
                let mut r = Reader::new();
                let customer = r.id("customer_id", &m.customer_id);
                let page = r.page(m.page_size, &m.page_token);
                r.finish(customer.map(|customer| Self { customer, page }))
            }
        }
    )+};
}

pages_of_customer! { ListAgreementsRequest, ListLoaReviewsRequest, ListNumbersRequest }

/// Queries for one customer after a write.
macro_rules! one_customer {
    ($($request:ident),+ $(,)?) => {$(
        impl TryFrom<pb::$request> for OneCustomer {
            type Error = Faults;

            fn try_from(m: pb::$request) -> Result<Self, Faults> {
                let mut r = Reader::new();
                let customer = r.id("customer_id", &m.customer_id);
                let change_token = r.token("change_token", &m.change_token);
                r.finish(customer.map(|customer| Self { customer, change_token }))
            }
        }
    )+};
}

one_customer! { GetCustomerRequest, EvaluateCustomerRequest, ListRegistryChannelsRequest }

impl TryFrom<pb::ListCustomersRequest> for ListCustomers {
    type Error = Faults;

    fn try_from(m: pb::ListCustomersRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let page = r.page(m.page_size, &m.page_token);
        let states = r.choices("states", &m.states);
        let roles = r.choices("roles", &m.roles);
        r.finish(Some(Self { page, states, roles }))
    }
}

impl TryFrom<pb::ListReviewItemsRequest> for ListReviewItems {
    type Error = Faults;

    fn try_from(m: pb::ListReviewItemsRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let page = r.page(m.page_size, &m.page_token);
        let kinds = r.choices("kinds", &m.kinds);
        let customer = r.optional_id("customer_id", &m.customer_id);
        r.finish(Some(Self { page, kinds, customer }))
    }
}

impl TryFrom<pb::ListTrunksRequest> for ListTrunks {
    type Error = Faults;

    fn try_from(m: pb::ListTrunksRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let page = r.page(m.page_size, &m.page_token);
        let owner = r.optional_id("owner_id", &m.owner_id);
        r.finish(Some(Self { page, owner }))
    }
}

impl TryFrom<pb::ListOperationsRequest> for ListOperations {
    type Error = Faults;

    fn try_from(m: pb::ListOperationsRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let page = r.page(m.page_size, &m.page_token);
        let states = r.choices("states", &m.states);
        r.finish(Some(Self { page, states }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::customer::{Role, StateWord};

    #[test]
    fn filters_are_read_and_pages_are_bounded() {
        let request = pb::ListCustomersRequest {
            page_size: 10_000,
            page_token: "abc".to_owned(),
            states: vec![pb::CustomerState::Active.into()],
            roles: vec![pb::CustomerRole::Reseller.into()],
        };
        let read = ListCustomers::try_from(request.clone()).unwrap();
        assert_eq!((read.page.size, read.page.token.as_deref()), (500, Some("abc")));
        assert_eq!((read.states, read.roles), (vec![StateWord::Active], vec![Role::Reseller]));
        let bad = pb::ListCustomersRequest { states: vec![0, 99], ..request };
        let faults = ListCustomers::try_from(bad).unwrap_err();
        let told: Vec<_> =
            faults.as_slice().iter().map(|f| (f.path.as_str(), f.reason.as_ref())).collect();
        assert_eq!(told, [("states[0]", "REQUIRED"), ("states[1]", "UNKNOWN_ENUM_VALUE")]);
        let page = Page::try_from(pb::ListKeysRequest::default()).unwrap();
        assert_eq!(page, Page { size: 50, token: None });
    }
}
