//! What the tests of imports share: a file on its way in, its operation, its result file.

use std::collections::BTreeMap;

use tonic::Status;
use vouch::wire::pb;
use vouch::wire::pb::import_numbers_request::Part;

use crate::support::cast::{Actor, Cast, fresh};
use crate::support::server::until;

/// A header for bare claims.
pub(super) fn header(customer: &str, mode: pb::ImportMode) -> pb::ImportHeader {
    pb::ImportHeader {
        request_id: fresh(),
        customer_id: customer.to_owned(),
        mode: mode.into(),
        ..pb::ImportHeader::default()
    }
}

/// Parts of a call: the header, then these.
fn parts(header: pb::ImportHeader, rest: Vec<Part>) -> Vec<pb::ImportNumbersRequest> {
    let all = std::iter::once(Part::Header(header)).chain(rest);
    all.map(|part| pb::ImportNumbersRequest { part: Some(part) }).collect()
}

/// Sends parts behind a header.
pub(super) async fn send(
    who: &Actor,
    header: pb::ImportHeader,
    rest: Vec<Part>,
) -> Result<pb::Operation, Status> {
    let stream = tokio_stream::iter(parts(header, rest));
    let told = who.numbers().import_numbers(stream).await?;
    Ok(told.into_inner().operation.unwrap())
}

/// Sends a file in pieces of an odd size.
pub(super) async fn file(
    who: &Actor,
    header: pb::ImportHeader,
    bytes: &[u8],
) -> Result<pb::Operation, Status> {
    let chunks = bytes.chunks(65_521).map(|chunk| Part::Chunk(chunk.to_vec().into())).collect();
    send(who, header, chunks).await
}

/// Waits for the operation's end.
pub(super) async fn ended(who: &Actor, begun: &pb::Operation) -> pb::Operation {
    until("the import has ended", || async {
        let ask = pb::GetOperationRequest { operation_id: begun.operation_id.clone() };
        let seen = who.operations().get_operation(ask).await.unwrap().into_inner();
        seen.operation.filter(|operation| operation.state() != pb::OperationState::Running)
    })
    .await
}

/// The result file, line by line without its header: row, number, outcome, reason.
pub(super) async fn result(who: &Actor, operation: &pb::Operation) -> Vec<String> {
    let ask = pb::GetImportResultRequest { operation_id: operation.operation_id.clone() };
    let mut stream = who.numbers().get_import_result(ask).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.message().await.unwrap() {
        bytes.extend_from_slice(&piece.chunk);
    }
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.lines().map(str::to_owned);
    assert_eq!(lines.next().as_deref(), Some("row,number,outcome,reason"));
    lines.collect()
}

/// A customer of the portal in DRAFT.
pub(super) async fn customer(cast: &Cast, name: &str) -> String {
    let profile = pb::Profile {
        legal_name: name.to_owned(),
        alternate_phone: "+15072849999".to_owned(),
        ..pb::Profile::default()
    };
    let ask = pb::CreateCustomerRequest {
        request_id: fresh(),
        role: pb::CustomerRole::EndUser.into(),
        parent_id: String::new(),
        profile: Some(profile),
        validate_only: false,
    };
    let made = cast.portal.onboarding().create_customer(ask).await.unwrap().into_inner();
    made.customer.unwrap().customer_id
}

/// The numbers of a customer.
pub(super) async fn numbers(who: &Actor, customer: &str) -> BTreeMap<String, pb::Number> {
    let mut found = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let ask =
            pb::ListNumbersRequest { customer_id: customer.to_owned(), page_size: 500, page_token };
        let page = who.numbers().list_numbers(ask).await.unwrap().into_inner();
        found.extend(page.numbers.into_iter().map(|number| (number.number.clone(), number)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}
