//! Files as strangers write them: each row gets its reason, the rest goes on, or nothing does.

use tokio::time::Instant;
use tonic::Code;
use vouch::store::EngineKind;
use vouch::wire::pb;
use vouch::wire::pb::import_numbers_request::Part;
use vouch::wire::pb::{ImportMode, OperationState};

use super::work::{customer, ended, file, header, numbers, result, send};
use crate::support::cast::{Cast, fresh, refused, violations};
use crate::support::server::Site;
use crate::support::stores::on_both_engines;

async fn claim_range(cast: &Cast, customer: &str, range: (&str, &str, u64)) -> Vec<String> {
    let ask = pb::ClaimNumbersRequest {
        request_id: fresh(),
        customer_id: customer.to_owned(),
        ranges: vec![pb::NumberRange {
            start: range.0.to_owned(),
            end: range.1.to_owned(),
            count: range.2,
        }],
        ..pb::ClaimNumbersRequest::default()
    };
    match cast.portal.numbers().claim_numbers(ask).await {
        Ok(told) => told.into_inner().results.into_iter().map(|one| one.number).collect(),
        Err(status) => violations(&status).into_iter().map(|(_, reason)| reason).collect(),
    }
}

async fn ranges_are_claimed_and_lose_single_numbers(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    let heron = customer(&cast, "Heron Lake Dental LLC").await;
    let began = Instant::now();
    for (range, reason) in [
        (("+12126647100", "", 1_000_000_000), "RANGE_TOO_LONG"),
        (("+12126647100", "+12126647099", 0), "RANGE_BACKWARDS"),
        (("+12126647100", "+12136647100", 0), "RANGE_CROSSES_EXCHANGE"),
        (("+12126647100", "+12126647101", 2), "RANGE_MIXED"),
    ] {
        assert_eq!(claim_range(&cast, &heron, range).await, [reason]);
    }
    assert!(began.elapsed().as_secs() < 5, "a refusal was dear: {:?}", began.elapsed());
    let claimed = claim_range(&cast, &heron, ("+12126647100", "+12126647149", 0)).await;
    assert_eq!((claimed.len(), claimed[49].as_str()), (50, "+12126647149"));
    // A number of it is given back, as a port-out would take it: a hole, and nothing more.
    let ask = pb::ReleaseNumbersRequest {
        request_id: fresh(),
        customer_id: heron.clone(),
        numbers: vec!["+12126647120".to_owned()],
    };
    cast.portal.numbers().release_numbers(ask).await.unwrap();
    let left = numbers(&cast.portal, &heron).await;
    assert_eq!((left.len(), left.contains_key("+12126647120")), (49, false));
    site.close().await;
}

on_both_engines!(ranges, |kind| ranges_are_claimed_and_lose_single_numbers(kind));

/// Another order, a byte order mark, CRLF, quoted line ends, several countries.
const BAD_ROWS: &str = "\u{feff}Reference,NUMBER,evidence,count,end\r\n\
    PO-1,+1 (212) 664-0001,,,\r\n\
    \"PO\r\n\"\"2\"\"\",12126640002,CUSTOMER_SELF_CERT,,\r\n\
    ,+442079460000,,,\r\n\
    ,+14165550100,,,\r\n\
    ,911,,,\r\n\
    ,+12125550123,,,\r\n\
    ,+12126640001,,,\r\n\
    ,+12126640050,,,\r\n\
    ,+12126640003,,3,\r\n\
    ,+12126640004,,,+12126640006\r\n\
    ,+12126640009,,,+12126640008\r\n\
    ,+12126640009,,,+12136640008\r\n\
    ,+12126640009,,1000000000,\r\n\
    ,+12126640009,ASSIGNED_BY_US,,\r\n\
    ,+12126640009,LEVEL_A,,\r\n\
    ,+15072849999,,,\r\n\
    two,columns\r\n\
    ,+12126640010,,,";

async fn every_bad_row_gets_its_reason(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    let heron = customer(&cast, "Heron Lake Dental LLC").await;
    let other = customer(&cast, "Other LLC").await;
    claim_range(&cast, &other, ("+12126640050", "", 1)).await;
    let best = header(&heron, ImportMode::BestEffort);
    let begun = file(&cast.portal, best, BAD_ROWS.as_bytes()).await.unwrap();
    let done = ended(&cast.portal, &begun).await;
    assert_eq!((done.state(), done.percent), (OperationState::Done, 100), "{done:?}");
    let told = result(&cast.portal, &done).await;
    let wanted = [
        "1,+12126640001,DONE,",
        "2,+12126640002,DONE,",
        "3,+442079460000,DONE,",
        "4,+14165550100,REFUSED,NOT_ASSIGNABLE",
        "5,,REFUSED,TN_TOO_SHORT",
        "6,+12125550123,REFUSED,NOT_ASSIGNABLE",
        "7,+12126640001,REFUSED,DUPLICATE",
        "8,+12126640050,DONE,",
        "9,+12126640003,DONE,",
        "9,+12126640004,DONE,",
        "9,+12126640005,DONE,",
        "10,+12126640004,REFUSED,DUPLICATE",
        "10,+12126640005,REFUSED,DUPLICATE",
        "10,+12126640006,DONE,",
        "11,,REFUSED,RANGE_BACKWARDS",
        "12,,REFUSED,RANGE_CROSSES_EXCHANGE",
        "13,,REFUSED,RANGE_TOO_LONG",
        "14,+12126640009,REFUSED,ROLE_REQUIRED",
        "15,+12126640009,REFUSED,EVIDENCE_UNKNOWN",
        "16,+15072849999,REFUSED,ALTERNATE_PHONE",
        "17,,REFUSED,COLUMNS",
        "18,+12126640010,DONE,",
    ];
    assert_eq!(told, wanted);
    assert_eq!((done.result["done"].as_str(), done.result["refused"].as_str()), ("9", "13"));
    assert_eq!(done.result["refused.DUPLICATE"], "3");
    let there = numbers(&cast.portal, &heron).await;
    assert_eq!(there.len(), 9);
    assert_eq!(there["+12126640002"].evidence[0].state(), pb::EvidenceState::Pending);
    assert!(there["+442079460000"].foreign);
    // The same file once more changes nothing; a stranger finds neither import nor result.
    let again = header(&heron, ImportMode::BestEffort);
    let begun = file(&cast.portal, again, BAD_ROWS.as_bytes()).await.unwrap();
    let done = ended(&cast.portal, &begun).await;
    assert_eq!(done.result["unchanged"], "9");
    let ask = pb::GetOperationRequest { operation_id: done.operation_id.clone() };
    refused(cast.stranger.operations().get_operation(ask).await, Code::NotFound, "NOT_FOUND");
    let ask = pb::GetImportResultRequest { operation_id: done.operation_id.clone() };
    let hidden = cast.stranger.numbers().get_import_result(ask).await;
    refused(hidden.map(drop), Code::NotFound, "NOT_FOUND");
    site.close().await;
}

on_both_engines!(bad_rows, |kind| every_bad_row_gets_its_reason(kind));

async fn what_is_no_import_is_refused_whole(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    let heron = customer(&cast, "Heron Lake Dental LLC").await;
    let before = site.number("SELECT count(*) FROM operation").await;
    let best = || header(&heron, ImportMode::BestEffort);
    let files: [(&[u8], &str); 5] = [
        (b"", "NO_ROWS"),
        (b"number\n", "NO_ROWS"),
        (b"<html>Login</html>\n", "FILE_COLUMNS"),
        (b"number\n12126640001\n\"1212", "FILE_CUT"),
        (b"tn,level\n12126640001,A\n", "FILE_COLUMNS"),
    ];
    for (bytes, reason) in files {
        let status = file(&cast.portal, best(), bytes).await.unwrap_err();
        assert_eq!(violations(&status), [("chunk".to_owned(), reason.to_owned())]);
    }
    let own = pb::ImportHeader { evidence: "PORTED_TO_US".to_owned(), ..best() };
    let status = file(&cast.portal, own.clone(), b"number\n12126640001\n").await.unwrap_err();
    assert_eq!(violations(&status)[0].1, "ROLE_REQUIRED");
    let status = file(&cast.provisioning, own, b"number\n12126640001\n").await.unwrap_err();
    assert_eq!(violations(&status)[0].1, "FEED_REQUIRED");
    let missing = file(&cast.stranger, best(), b"number\n12126640001\n").await;
    refused(missing, Code::NotFound, "NOT_FOUND");
    // More numbers than an import may have are refused before they are laid out.
    let mut many = b"number,count\n".to_vec();
    for exchange in 200..410 {
        many.extend_from_slice(format!("1212{exchange}0000,10000\n").as_bytes());
    }
    let status = file(&cast.portal, best(), &many).await.unwrap_err();
    assert_eq!(violations(&status), [("chunk".to_owned(), "TOO_LARGE".to_owned())]);
    assert_eq!(site.number("SELECT count(*) FROM operation").await, before);
    assert_eq!(site.number("SELECT count(*) FROM number_state").await, 0);
    site.close().await;
}

on_both_engines!(no_import, |kind| what_is_no_import_is_refused_whole(kind));

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_200_mb_is_one_bad_row() {
    let site = Site::open(EngineKind::Sqlite).await;
    let cast = Cast::assemble(&site).await;
    let heron = customer(&cast, "Heron Lake Dental LLC").await;
    let piece: bytes::Bytes = vec![b'7'; 512 << 10].into();
    let mut rest = vec![Part::Chunk("number\n12126640001\n".into())];
    rest.extend((0..400).map(|_| Part::Chunk(piece.clone())));
    rest.push(Part::Chunk("\n12126640002\n".into()));
    let begun = send(&cast.portal, header(&heron, ImportMode::BestEffort), rest).await.unwrap();
    let done = ended(&cast.portal, &begun).await;
    let wanted = ["1,+12126640001,DONE,", "2,,REFUSED,LINE_TOO_LONG", "3,+12126640002,DONE,"];
    assert_eq!(result(&cast.portal, &done).await, wanted);
    site.close().await;
}

async fn all_rows_or_none(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    let heron = customer(&cast, "Heron Lake Dental LLC").await;
    let whole = || header(&heron, ImportMode::AllOrNothing);
    let mut rows = "number,count\n+12126640000,3000\n".to_owned();
    rows.push_str("+12125550123,\n+12126650000,10\n");
    let begun = file(&cast.portal, whole(), rows.as_bytes()).await.unwrap();
    let failed = ended(&cast.portal, &begun).await;
    assert_eq!((failed.state(), failed.error.as_str()), (OperationState::Failed, "ROWS_REFUSED"));
    assert_eq!(site.number("SELECT count(*) FROM number_state").await, 0);
    let told = result(&cast.portal, &failed).await;
    assert_eq!(told.len(), 3_011);
    assert_eq!(told[0], "1,+12126640000,NOT_DONE,");
    assert_eq!(told[3_000], "2,+12125550123,REFUSED,NOT_ASSIGNABLE");
    assert_eq!(told[3_010], "3,+12126650009,NOT_DONE,");

    let good = rows.replace("+12125550123,\n", "");
    let ask = whole();
    let begun = file(&cast.portal, ask.clone(), good.as_bytes()).await.unwrap();
    let done = ended(&cast.portal, &begun).await;
    assert_eq!((done.state(), done.result["done"].as_str()), (OperationState::Done, "3010"));
    assert_eq!(site.number("SELECT count(*) FROM number_claim").await, 3_010);
    // A retry finds the first import; the same name with other rows is another write.
    let again = file(&cast.portal, ask.clone(), good.as_bytes()).await.unwrap();
    assert_eq!(again.operation_id, done.operation_id);
    let reused = file(&cast.portal, ask, rows.as_bytes()).await;
    refused(reused, Code::InvalidArgument, "REQUEST_ID_REUSED");
    let ask = pb::CancelOperationRequest { request_id: fresh(), operation_id: done.operation_id };
    let late = cast.portal.operations().cancel_operation(ask).await;
    refused(late, Code::FailedPrecondition, "OPERATION_ENDED");
    site.close().await;
}

on_both_engines!(all_or_nothing, |kind| all_rows_or_none(kind));

async fn the_providers_rows_give_a_level(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    let heron = customer(&cast, "Heron Lake Dental LLC").await;
    let other = customer(&cast, "Other LLC").await;
    let now = site.clock.now().0;
    let feed = pb::ImportFeed {
        source: pb::InventorySource::Wholesale.into(),
        carrier: "Prairie Telephone".to_owned(),
        as_of_time: Some(prost_types::Timestamp { seconds: now / 1_000_000 - 60, nanos: 0 }),
    };
    let ours = |customer: &str| pb::ImportHeader {
        evidence: "ASSIGNED_BY_US".to_owned(),
        feed: Some(feed.clone()),
        ..header(customer, ImportMode::BestEffort)
    };
    let row = |number: &str, evidence: &str| pb::ImportRow {
        number: number.to_owned(),
        evidence: evidence.to_owned(),
        reference: "PO-7".to_owned(),
        ..pb::ImportRow::default()
    };
    let rows = vec![
        row("+12126640001", ""),
        row("+12126640002", "PORTED_TO_US"),
        row("+12126640003", "CALLBACK"),
        row("+12126640004", "LOA"),
    ];
    let part = Part::Rows(pb::ImportRows { rows });
    let begun = send(&cast.provisioning, ours(&heron), vec![part.clone()]).await.unwrap();
    let done = ended(&cast.provisioning, &begun).await;
    let wanted = [
        "1,+12126640001,DONE,",
        "2,+12126640002,DONE,",
        "3,+12126640003,REFUSED,NOT_BY_IMPORT",
        "4,+12126640004,REFUSED,EVIDENCE_DOCUMENT_REQUIRED",
    ];
    assert_eq!(result(&cast.provisioning, &done).await, wanted);
    let there = numbers(&cast.portal, &heron).await;
    for number in there.values() {
        let piece = &number.evidence[0];
        assert_eq!(
            (piece.source.as_str(), piece.reference.as_str()),
            ("WHOLESALE Prairie Telephone", "PO-7")
        );
        assert!(number.full_until.is_some(), "{number:?}");
    }
    assert_eq!(there.len(), 2);
    // Nothing of it can be taken over by an import for somebody else.
    let begun = send(&cast.provisioning, ours(&other), vec![part]).await.unwrap();
    let done = ended(&cast.provisioning, &begun).await;
    let told = result(&cast.provisioning, &done).await;
    let wanted =
        ["1,+12126640001,REFUSED,HELD_BY_ANOTHER", "2,+12126640002,REFUSED,HELD_BY_ANOTHER"];
    assert_eq!(told[..2], wanted);
    assert_eq!(site.number("SELECT count(*) FROM inventory WHERE to_entry IS NULL").await, 1);
    site.close().await;
}

on_both_engines!(own_feed, |kind| the_providers_rows_give_a_level(kind));
