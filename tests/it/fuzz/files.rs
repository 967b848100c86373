//! Files: inventories and lists, as tables.

use vouch::domain::command::admin::InventorySource;
use vouch::domain::list::{List, Purpose};
use vouch::domain::time::{Span, Ts};
use vouch::sources::import_rows::RowReader;
use vouch::sources::inventory::{Feed, InventoryReader};
use vouch::sources::list::{self, ListExpect};
use vouch::sources::number_events;

use super::noise::{edited, feed};

#[test]
fn inventory() {
    let known = vec![
        b"tn,customer_id,order_ref\n+12126647665,,PO-1\n12126647666,,PO-2\n".to_vec(),
        b"\xef\xbb\xbforder_ref,tn,customer_id,source\r\n\"PO\n1\",+12126647665,,OWN_OCN\r\n"
            .to_vec(),
    ];
    let of = Feed { source: InventorySource::OwnOcn, carrier: String::new(), as_of: Ts(1) };
    feed("inventory", |input| {
        for bytes in [input.to_vec(), edited(&known, input)] {
            let Ok(mut reader) = InventoryReader::open(bytes.as_slice(), of.clone()) else {
                continue;
            };
            while let Ok(Some(_row)) = reader.next_row() {}
            let _summary = reader.finish();
        }
    });
}

#[test]
fn imports() {
    let known = vec![
        b"number,kind,reference\n+12126647665,,PO-1\n+12126647600,,PO-2\n".to_vec(),
        b"\xef\xbb\xbfreference,first,last\r\n\"PO\n1\",+12126647600,+12126647699\r\n".to_vec(),
    ];
    feed("imports", |input| {
        for bytes in [input.to_vec(), edited(&known, input)] {
            let mut reader = RowReader::default();
            let mut records = 0_u32;
            if reader.push(&bytes, |_record| records += 1).is_ok() {
                let _end = reader.finish(|_record| records += 1);
            }
        }
    });
}

#[test]
fn number_events() {
    let known = vec![
        b"event,number,at,reference\nDISCONNECTED,+12126647665,2026-11-20T10:00:00Z,R-1\n".to_vec(),
        b"\xef\xbb\xbfreference,at,number,event,customer_id\r\nR-2,2026-11-20,+12126647665,PORTED_OUT,\r\n".to_vec(),
    ];
    feed("number_events", |input| {
        for bytes in [input.to_vec(), edited(&known, input)] {
            if let Ok(rows) = number_events::read(bytes.as_slice()) {
                let _rows = rows.len();
            }
        }
    });
}

/// Every list that is read from files, whichever the first byte picks.
#[test]
fn sanctions() {
    let folder = tempfile::tempdir().unwrap();
    let row =
        "100,\"NORTHERN ICE CARRIERS\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n";
    let known = vec![
        row.as_bytes().to_vec(),
        row.repeat(3).into_bytes(),
        b"<CONSOLIDATED_LIST dateGenerated=\"2026-02-01T00:00:00Z\"><ENTITIES><ENTITY>\
          <DATAID>1</DATAID><FIRST_NAME>NORTHERN ICE</FIRST_NAME></ENTITY></ENTITIES>\
          </CONSOLIDATED_LIST>"
            .to_vec(),
        b"frn,rmd_number,business_name,da_number\n0024926677,RMD0001410,NORTHERN ICE,DA 25-1\n"
            .to_vec(),
    ];
    let now = Ts(1_800_000_000_000_000);
    let expect = ListExpect { as_of: Some(now), now, max_age: Span::days(1), last: None };
    let from_files =
        |list: &List| list.purpose() != Purpose::Certificates && !list.files().is_empty();
    let lists: Vec<List> = List::ALL.iter().copied().filter(from_files).collect();
    feed("sanctions", |input| {
        let list = lists[usize::from(input.first().copied().unwrap_or(0)) % lists.len()];
        let file = folder.path().join(list.files()[0].name);
        std::fs::write(&file, edited(&known, input)).unwrap();
        if let Ok(load) = list::load(list, folder.path(), &expect) {
            assert!(!load.rows.is_empty());
        }
        std::fs::remove_file(&file).unwrap();
    });
}
