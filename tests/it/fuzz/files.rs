//! Files: inventories and lists, as tables.

use std::sync::atomic::{AtomicU64, Ordering};

use vouch::domain::command::admin::InventorySource;
use vouch::domain::list::{List, Purpose};
use vouch::domain::time::{Span, Ts};
use vouch::sources::import_rows::RowReader;
use vouch::sources::inventory::{Feed, InventoryReader};
use vouch::sources::list::{self, ListError, ListExpect};
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
    for bytes in &known {
        let mut reader = InventoryReader::open(bytes.as_slice(), of.clone()).unwrap();
        assert!(reader.next_row().unwrap().is_some());
    }
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

/// What a file of imported rows holds; `None` where it is none.
fn records(bytes: &[u8]) -> Option<usize> {
    let mut reader = RowReader::default();
    let mut records = 0;
    reader.push(bytes, |_record| records += 1).ok()?;
    reader.finish(|_record| records += 1).ok()?;
    Some(records)
}

#[test]
fn imports() {
    let known = vec![
        b"number,evidence,reference\n+12126647665,,PO-1\n+12126647600,LOA,PO-2\n".to_vec(),
        b"\xef\xbb\xbfreference,number,end,count\r\n\"PO\n1\",+12126647600,+12126647699,\r\n"
            .to_vec(),
    ];
    assert_eq!(known.iter().map(|bytes| records(bytes)).collect::<Vec<_>>(), [Some(2), Some(1)]);
    let read = AtomicU64::new(0);
    feed("imports", |input| {
        for bytes in [input.to_vec(), edited(&known, input)] {
            if records(&bytes).is_some_and(|records| records > 0) {
                read.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert!(read.into_inner() > 0, "no input came past the header");
}

#[test]
fn number_events() {
    let known = vec![
        b"event,number,at,reference\nDISCONNECTED,+12126647665,2026-11-20T10:00:00Z,R-1\n".to_vec(),
        b"\xef\xbb\xbfreference,at,number,event,customer_id\r\nR-2,2026-11-20,+12126647665,PORTED_OUT,\r\n".to_vec(),
    ];
    for bytes in &known {
        assert_eq!(number_events::read(bytes.as_slice()).unwrap().len(), 1);
    }
    feed("number_events", |input| {
        for bytes in [input.to_vec(), edited(&known, input)] {
            if let Ok(rows) = number_events::read(bytes.as_slice()) {
                let _rows = rows.len();
            }
        }
    });
}

/// A sample of each list that is read from files: its file's name, its bytes, and of when it is.
const LISTS: [(List, &str, &[u8], &str); 18] = [
    (List::OfacSdn, "sdn.csv", OFAC, "2026-02-27"),
    (List::OfacCons, "cons_prim.csv", OFAC, "2026-02-27"),
    (List::Un, "consolidated.xml", include_bytes!("../sources/bodies/un.xml"), "2026-02-27"),
    (List::Uk, "uk_sanctions_list.csv", include_bytes!("../sources/bodies/uk.csv"), "2026-02-05"),
    (List::UsCsl, "consolidated.csv", include_bytes!("../sources/bodies/csl.csv"), "2026-02-27"),
    (List::UsCsl, "consolidated.json", include_bytes!("../sources/bodies/csl.json"), "2026-02-27"),
    (List::Sam, "sam_exclusions.csv", include_bytes!("../sources/bodies/sam.csv"), "2026-02-27"),
    (
        List::Rmd,
        "rmd.csv",
        b"business_name,frn,previous_dba_names,other_dba_names,foreign_voice_provider,\
          implementation,voice_service_provider_choice,gateway_provider_choice,\
          intermediate_provider_choice,sys_updated_on\n\
          PRAIRIE RESALE LLC,0018570812,None,\"A, B\",No,Complete,Yes,No,No,2026-02-20\n",
        "2026-02-27",
    ),
    (
        List::RmdRemovals,
        "removals.csv",
        b"frn,rmd_number,business_name,da_number,order_date,effective_date,reinstated_date,\
          source_url\n\
          24926677,RMD0000001,EXAMPLE VOIP LLC,DA 25-694,2025-08-06,2025-08-25,,\n",
        "2026-02-27",
    ),
    (List::Form499, "499.xml", include_bytes!("../sources/bodies/form_499.xml"), "2021-06-22"),
    (
        List::Sec,
        "submissions.json",
        b"{\"cik\":\"0000320193\",\"name\":\"Apple Inc.\",\"ein\":\"942404110\",\"formerNames\":[]}",
        "2026-02-27",
    ),
    (
        List::EoBmf,
        "eo2.csv",
        b"EIN,NAME,ICO,STREET,CITY,STATE,ZIP,GROUP,SUBSECTION,SORT_NAME\n\
          010202467,ALABAMA COUNCIL INC,,PO BOX 409,AUBURN,AL,36831-0409,0000,03,\n",
        "2026-02-27",
    ),
    (
        List::Form5500,
        "f_5500_sf_2024.csv",
        b"ACK_ID,SF_SPONSOR_NAME,SF_SPONSOR_DBA_NAME,SF_SPONS_EIN\n1,SMALL LLC,,411234567\n",
        "2026-02-27",
    ),
    (List::Disposable, "disposable.conf", b"mailinator.com\n10minutemail.com\n", "2026-02-27"),
    (
        List::Npa,
        "npa_report.csv",
        b"File Date,03/04/2020\n\
          NPA_ID,TYPE,ASSIGNABLE,NOTE,RESERVED,ASSIGNED,DT,USE,LOCATION,COUNTRY,IN_SERVICE,SERVICE\n\
          201,General,Yes,,No,Yes,01-JAN-47,G,NJ,US,Y,\n",
        "2020-03-04",
    ),
    (
        List::CoCodes,
        "cocodeassignment.txt",
        b"State\tNPA-NXX\tOCN\tCompany\tUse\nMN\t507-333\t1234\tA provider\tAS\n",
        "2026-02-27",
    ),
    (
        List::Blocks,
        "thousandsblockassignment.csv",
        b"Region,State,NPA,NXX,X,STATUS,Code Holder,OCN\nR1,TX,214,300,0,AS,\"A, INC.\",1234\n",
        "2026-02-27",
    ),
    (
        List::Dno,
        "dno.csv",
        b"prefix_or_tn,category,requester,added_on,source\n\
          202456,SUBSCRIBER,\"A bank, N.A.\",2026-01-02,operator\n800222,UNUSED,,,registry\n",
        "2026-02-27",
    ),
];

const OFAC: &[u8] = b"100,\"NORTHERN ICE CARRIERS\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\
    101,\"EXAMPLE, Ivan\",\"individual\",\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"a.k.a. 'X'\" \r\n";

/// Loads a list from a folder with one file; how many rows it has.
fn rows_of(list: List, name: &str, bytes: &[u8], of: &str) -> Result<usize, ListError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let now = Ts::from_iso(of).unwrap();
    let expect = ListExpect { as_of: Some(now), now, max_age: Span::days(30), last: None };
    list::load(list, folder.path(), &expect).map(|load| load.rows.len())
}

/// Every list that is read from files, whichever the first byte picks; the rest edits its sample.
#[test]
fn lists() {
    let mut all =
        LISTS.map(|(list, name, bytes, of)| (list, name, vec![bytes.to_vec()], of)).to_vec();
    // A list of unused numbers is written as the one of others that must not call.
    let (_, _, dno, of) = all.last().unwrap().clone();
    all.push((List::Unused, "unused.csv", dno, of));
    for list in List::ALL.iter().filter(|list| list.purpose() != Purpose::Certificates) {
        let given = all.iter().any(|(of, ..)| of == list);
        assert_eq!(given, !list.files().is_empty(), "{list} has a sample where it has a file");
    }
    for (list, name, sample, of) in &all {
        let rows = rows_of(*list, name, &sample[0], of);
        assert!(rows.as_ref().is_ok_and(|rows| *rows > 0), "{list}: {rows:?}");
    }
    let loaded = AtomicU64::new(0);
    feed("lists", |input| {
        let [first, rest @ ..] = input else { return };
        let (list, name, sample, of) = &all[usize::from(*first) % all.len()];
        for bytes in [rest.to_vec(), edited(sample, rest)] {
            if let Ok(rows) = rows_of(*list, name, &bytes, of) {
                assert!(rows > 0);
                loaded.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert!(loaded.into_inner() > 0, "no edited list was read");
}
