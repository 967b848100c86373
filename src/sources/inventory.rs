//! The provider's own number inventory: which numbers it holds, from where, and to which customer
//! it assigned them. Evidence `ASSIGNED_BY_US` comes from here and from nowhere else.
//!
//! A CSV with the header `tn,customer_id,order_ref` and, where the feed has them, `source`,
//! `carrier` and `assigned_at`, in any column order. A file is of one source and carrier, which the
//! caller names; rows that say otherwise are refused. Rows are judged one by one; a file that is no
//! inventory at all is refused whole. Reading blocks; call it from a blocking task.

use std::collections::BTreeSet;
use std::io::Read;

use csv::ByteRecord;

use super::bounded::{Bounded, Limits, text};
use crate::domain::command::admin::InventorySource;
use crate::domain::ids::CustomerId;
use crate::domain::number::Tn;
use crate::domain::time::Ts;

/// How much of an inventory is taken: 256 MB, 1,024 bytes a line, 2 million rows.
pub const LIMITS: Limits = Limits { file: 256 << 20, line: 1_024, rows: 2_000_000 };

/// Columns that every file has, then those that it may have.
const COLUMNS: [&str; 6] = ["tn", "customer_id", "order_ref", "source", "carrier", "assigned_at"];
const REQUIRED: usize = 3;
const MAX_TEXT: usize = 64;

/// What the whole file is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// How the provider came by the numbers.
    pub source: InventorySource,
    /// The carrier they come from; empty for own numbers.
    pub carrier: String,
    /// The time the feed says it is of.
    pub as_of: Ts,
}

/// One number of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryRow {
    /// The number.
    pub tn: Tn,
    /// Whom it was assigned to; none while it is in stock.
    pub customer: Option<CustomerId>,
    /// The order or block it came with; empty only for own numbers.
    pub order_ref: String,
    /// When it was assigned; [`Ts::NEVER`] where the feed does not say.
    pub assigned_at: Ts,
}

/// One row, judged: the number, or what is wrong with it.
pub type Judged = Result<InventoryRow, RowFault>;

/// What is wrong with one row. Its text holds no value of the row: numbers are
/// personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}", .faults.iter().map(|f| format!("{} {}", f.0, f.1)).collect::<Vec<_>>().join(", "))]
pub struct RowFault {
    /// The line it starts on; the header is line 1.
    pub line: u64,
    /// The number, where it could be read: the file names it all the same.
    pub tn: Option<Tn>,
    /// Each column at fault with its stable reason.
    pub faults: Vec<(&'static str, &'static str)>,
}

/// Why a whole file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// No header.
    #[error("the inventory is empty; start it with tn,customer_id,order_ref")]
    Empty,
    /// A column is missing, doubled or unknown.
    #[error(
        "the header must name tn, customer_id and order_ref once, and may name source, carrier and assigned_at; see column {0}"
    )]
    Header(&'static str),
    /// Beyond the limits on bytes, lines or rows.
    #[error("the inventory is too large; send at most 2 million rows of 1,024 bytes a file")]
    TooLarge,
    /// It stops inside a quoted field or inside its last row.
    #[error("the inventory stops inside a row; send the whole file")]
    Cut,
    /// The disk or the connection failed.
    #[error("the inventory cannot be read; check the file and its permissions")]
    Unreadable,
}

impl InventoryError {
    /// The stable reason; goes out under `INVENTORY_REJECTED`.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::Header(_) => "COLUMNS",
            Self::TooLarge => "TOO_LARGE",
            Self::Cut => "CUT",
            Self::Unreadable => "UNREADABLE",
        }
    }
}

/// What a file held, known when its last row was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InventorySummary {
    /// Of the file's bytes.
    pub sha256: [u8; 32],
    /// Rows, good and bad.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// The feed's own time, as given.
    pub as_of: Ts,
}

/// Reads an inventory row by row; holds one row and the numbers seen.
#[derive(Debug)]
pub struct InventoryReader<R> {
    reader: csv::Reader<Bounded<R>>,
    place: [Option<usize>; 6],
    width: usize,
    feed: Feed,
    seen: BTreeSet<u64>,
    rows: u64,
    refused: u64,
    last_narrow: bool,
}

impl<R: Read> InventoryReader<R> {
    /// Reads the header of a file of this feed.
    pub fn open(input: R, feed: Feed) -> Result<Self, InventoryError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(Bounded::new(input, LIMITS));
        let mut header = ByteRecord::new();
        if !read(&mut reader, &mut header)? {
            return Err(InventoryError::Empty);
        }
        let names: Vec<String> = header
            .iter()
            .map(|name| text(name).unwrap_or_default())
            .map(|name| name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase())
            .collect();
        let mut place = [None; 6];
        for (nth, (column, slot)) in COLUMNS.iter().zip(&mut place).enumerate() {
            let mut found = names.iter().enumerate().filter(|(_, name)| name == column);
            match (found.next(), found.next()) {
                (Some((index, _)), None) => *slot = Some(index),
                (None, _) if nth >= REQUIRED => {}
                _ => return Err(InventoryError::Header(column)),
            }
        }
        if names.len() != place.iter().flatten().count() {
            return Err(InventoryError::Header("unknown"));
        }
        Ok(Self {
            reader,
            place,
            width: names.len(),
            feed,
            seen: BTreeSet::new(),
            rows: 0,
            refused: 0,
            last_narrow: false,
        })
    }

    /// The next row, or what is wrong with it; `None` at the end.
    pub fn next_row(&mut self) -> Result<Option<Judged>, InventoryError> {
        let mut record = ByteRecord::new();
        if !read(&mut self.reader, &mut record)? {
            return Ok(None);
        }
        self.rows += 1;
        if self.rows > LIMITS.rows {
            return Err(InventoryError::TooLarge);
        }
        self.last_narrow = record.len() < self.width;
        let row = self.judge(&record);
        self.refused += u64::from(row.is_err());
        Ok(Some(row))
    }

    /// What the file held. Call it after the last row: only then is it known to be whole, and only
    /// then may its rows be kept.
    pub fn finish(mut self) -> Result<InventorySummary, InventoryError> {
        while self.next_row()?.is_some() {}
        let seen = self.reader.get_ref();
        if seen.inside_quotes() || (self.last_narrow && !seen.line_ended()) {
            return Err(InventoryError::Cut);
        }
        Ok(InventorySummary {
            sha256: seen.sha256(),
            rows: self.rows,
            refused: self.refused,
            as_of: self.feed.as_of,
        })
    }

    fn judge(&mut self, record: &ByteRecord) -> Judged {
        let line = record.position().map_or(0, csv::Position::line);
        let refuse = |tn, faults| Err(RowFault { line, tn, faults });
        if record.len() != self.width {
            return refuse(None, vec![("row", "COLUMNS")]);
        }
        let field = |slot: Option<usize>| match slot {
            None => Some(None),
            Some(at) => record.get(at).and_then(text).map(|t| Some(t.trim().to_owned())),
        };
        let [Some(tn), Some(customer), Some(order_ref), Some(source), Some(carrier), Some(at)] =
            self.place.map(field)
        else {
            return refuse(None, vec![("row", "ENCODING")]);
        };
        let (tn, customer) = (tn.unwrap_or_default(), customer.unwrap_or_default());
        let order_ref = order_ref.unwrap_or_default();
        let mut faults = Vec::new();
        let tn = match Tn::parse(&tn) {
            Ok(tn) if self.seen.insert(tn.as_u64()) => Some(tn),
            Ok(_again) => fault(&mut faults, "tn", "DUPLICATE"),
            Err(bad) => fault(&mut faults, "tn", bad.reason()),
        };
        let customer = match customer.as_str() {
            "" => Some(None),
            id => match id.parse() {
                Ok(id) => Some(Some(id)),
                Err(_bad) => fault(&mut faults, "customer_id", "ID_INVALID"),
            },
        };
        for (column, told, feed) in [
            ("source", source, self.feed.source.as_str()),
            ("carrier", carrier, self.feed.carrier.as_str()),
        ] {
            if told.is_some_and(|told| told != feed) {
                faults.push((column, "NOT_THIS_FEED"));
            }
        }
        if order_ref.len() > MAX_TEXT {
            faults.push(("order_ref", "TOO_LONG"));
        } else if order_ref.is_empty() && self.feed.source == InventorySource::Wholesale {
            faults.push(("order_ref", "REQUIRED"));
        }
        let assigned_at = match at.as_deref() {
            None | Some("") => Some(Ts::NEVER),
            Some(at) => match Ts::from_iso(at) {
                Some(at) if at <= self.feed.as_of => Some(at),
                Some(_later) => fault(&mut faults, "assigned_at", "AFTER_AS_OF"),
                None => fault(&mut faults, "assigned_at", "TIME_INVALID"),
            },
        };
        match (tn, customer, assigned_at) {
            (Some(tn), Some(customer), Some(assigned_at)) if faults.is_empty() => {
                Ok(InventoryRow { tn, customer, order_ref, assigned_at })
            }
            _ => refuse(tn, faults),
        }
    }
}

fn fault<T>(
    faults: &mut Vec<(&'static str, &'static str)>,
    column: &'static str,
    reason: &'static str,
) -> Option<T> {
    faults.push((column, reason));
    None
}

fn read<R: Read>(
    reader: &mut csv::Reader<Bounded<R>>,
    record: &mut ByteRecord,
) -> Result<bool, InventoryError> {
    reader.read_byte_record(record).map_err(|_io| {
        if reader.get_ref().too_large() {
            InventoryError::TooLarge
        } else {
            InventoryError::Unreadable
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "018f3f7e-0000-7000-8000-000000000001";

    fn as_of() -> Ts {
        Ts::from_iso("2026-11-20T00:00:00Z").unwrap()
    }

    fn rows(file: &[u8], source: InventorySource) -> Result<Vec<Judged>, InventoryError> {
        let carrier = match source {
            InventorySource::OwnOcn => String::new(),
            InventorySource::Wholesale => "Carrier, Inc.".to_owned(),
        };
        let mut reader = InventoryReader::open(file, Feed { source, carrier, as_of: as_of() })?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row()? {
            rows.push(row);
        }
        let summary = reader.finish()?;
        assert_eq!(summary.rows, rows.len() as u64);
        Ok(rows)
    }

    type Faults = Vec<(&'static str, &'static str)>;

    fn faults(rows: &[Judged]) -> Vec<Option<Faults>> {
        rows.iter().map(|r| r.as_ref().err().map(|e| e.faults.clone())).collect()
    }

    #[test]
    fn any_column_order_bom_and_crlf() {
        let file = format!(
            "\u{feff}order_ref,TN, assigned_at,customer_id\r\n\
             ,+1 (212) 664-7665,2026-01-02,{ID}\r\n\
             PO-7,12126647666,,"
        );
        let rows = rows(file.as_bytes(), InventorySource::OwnOcn).unwrap();
        let first = rows[0].as_ref().unwrap();
        assert_eq!(first.tn.digits(), "12126647665");
        assert_eq!(first.customer.map(|c| c.to_string()).as_deref(), Some(ID));
        assert_eq!(Some(first.assigned_at), Ts::from_iso("2026-01-02T00:00:00Z"));
        let second = rows[1].as_ref().unwrap();
        assert_eq!((second.customer, second.assigned_at), (None, Ts::NEVER));
        assert_eq!(second.order_ref, "PO-7");
    }

    #[test]
    fn three_columns_are_enough_and_others_must_name_the_feed() {
        let file = format!("tn,customer_id,order_ref\n12126647665,{ID},PO-1\n12126647666,,\n");
        let short = rows(file.as_bytes(), InventorySource::Wholesale).unwrap();
        assert_eq!(faults(&short), [None, Some(vec![("order_ref", "REQUIRED")])]);
        let file = "tn,customer_id,order_ref,source,carrier\n\
                    12126647665,,PO-1,WHOLESALE,\"Carrier, Inc.\"\n\
                    12126647666,,PO-1,OWN_OCN,Other\n";
        let long = rows(file.as_bytes(), InventorySource::Wholesale).unwrap();
        let other = vec![("source", "NOT_THIS_FEED"), ("carrier", "NOT_THIS_FEED")];
        assert_eq!(faults(&long), [None, Some(other)]);
    }

    #[test]
    fn each_bad_row_says_why_and_the_others_stand() {
        let file = format!(
            "tn,customer_id,order_ref,assigned_at\n12126647665,x,,never\n\
             12126647665,{ID},,2027-01-01\n12126647667\n911,,,\n\
             12126647668,{ID},,2026-01-01\n12126647668,,,\n"
        );
        let rows = rows(file.as_bytes(), InventorySource::OwnOcn).unwrap();
        let told = [
            Some(vec![("customer_id", "ID_INVALID"), ("assigned_at", "TIME_INVALID")]),
            Some(vec![("tn", "DUPLICATE"), ("assigned_at", "AFTER_AS_OF")]),
            Some(vec![("row", "COLUMNS")]),
            Some(vec![("tn", "TN_TOO_SHORT")]),
            None,
            Some(vec![("tn", "DUPLICATE")]),
        ];
        assert_eq!(faults(&rows), told);
    }

    #[test]
    fn what_is_no_inventory_is_refused_whole() {
        let long = format!("tn,customer_id,order_ref\n{}\n", "1".repeat(2_000));
        let cases: [(&[u8], &str); 8] = [
            (b"", "EMPTY"),
            (b"<html><body>Login</body></html>\n", "COLUMNS"),
            (b"tn,tn,customer_id,order_ref\n", "COLUMNS"),
            (b"tn,customer_id\n", "COLUMNS"),
            (b"tn,customer_id,order_ref,level\n", "COLUMNS"),
            (long.as_bytes(), "TOO_LARGE"),
            (b"tn,customer_id,order_ref\n12126647665,,\"", "CUT"),
            (b"tn,customer_id,order_ref\n12126647665,", "CUT"),
        ];
        for (file, want) in cases {
            let told = rows(file, InventorySource::OwnOcn).err().map(|e| e.reason());
            assert_eq!(told, Some(want), "{want}");
        }
    }
}
