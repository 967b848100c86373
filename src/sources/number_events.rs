//! Files that tell what happened to numbers: port records, disconnects, changes of carrier, records
//! and authorisations of toll-free numbers.
//!
//! A CSV with the header `event,number,at,reference` and, where an event needs them, `customer_id`,
//! `count`, `until`, `resporg`, `authorized_by` and `status`, in any column order. Rows are judged
//! one by one; a file that is no such file is refused whole. Reading blocks; call it from a blocking
//! task.

use std::io::Read;

use csv::ByteRecord;

use super::bounded::{Bounded, Limits, text};
use crate::domain::number::Tn;
use crate::domain::number_event::{Kind, NumberEvent, RespOrg, TollFreeStatus, run_of};
use crate::domain::time::Ts;

/// How much of a file is taken: 64 MiB, 1,024 bytes a line, 2 million rows, and as many numbers.
pub const LIMITS: Limits = Limits { file: 64 << 20, line: 1_024, rows: 2_000_000 };

/// What stands in the place of a line that is too long.
const TOO_LONG: &[u8] = b"\x01";

/// Columns that every file has, then those that it may have.
const COLUMNS: [&str; 10] = [
    "event",
    "number",
    "at",
    "reference",
    "customer_id",
    "count",
    "until",
    "resporg",
    "authorized_by",
    "status",
];
const REQUIRED: usize = 4;

/// One row, judged: which, and its event on each of its numbers, or the column at fault with the
/// stable reason. A reason holds no value of the row: numbers are personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Which row of the file; the header is row 1.
    pub line: u64,
    /// The event, and on how many numbers from its own on.
    pub read: Result<(NumberEvent, u32), String>,
}

/// Why a whole file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventsError {
    /// No header.
    #[error("the file is empty; start it with event,number,at,reference")]
    Empty,
    /// A column is missing, doubled or unknown.
    #[error("the header must name event, number, at and reference once; see the documentation")]
    Header,
    /// Beyond the limits on bytes, lines or rows.
    #[error("the file is too large; send at most 64 MiB with 2 million rows and numbers")]
    TooLarge,
    /// It stops inside a quoted field or inside its last row.
    #[error("the file stops inside a row; send the whole file")]
    Cut,
    /// The bytes cannot be read.
    #[error("the file cannot be read; check it")]
    Unreadable,
}

impl EventsError {
    /// The stable reason with which the load fails.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::Header => "COLUMNS",
            Self::TooLarge => "TOO_LARGE",
            Self::Cut => "CUT",
            Self::Unreadable => "UNREADABLE",
        }
    }
}

/// Reads a whole file, row by row.
pub fn read<R: Read>(input: R) -> Result<Vec<EventRow>, EventsError> {
    let bytes = shortened(input)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(Bounded::new(bytes.as_slice(), LIMITS));
    let mut record = ByteRecord::new();
    if !next(&mut reader, &mut record)? {
        return Err(EventsError::Empty);
    }
    let columns = Columns::of(&record)?;
    let (mut rows, mut narrow, mut numbers) = (Vec::new(), false, 0_u64);
    while next(&mut reader, &mut record)? {
        // The header is row 1. Rows are counted, because a line feed may stand inside of quotes.
        let line = rows.len() as u64 + 2;
        narrow = record.len() < columns.width;
        let read = columns.judge(&record);
        numbers += read.as_ref().map_or(0, |(_, count)| u64::from(*count));
        rows.push(EventRow { line, read });
        if rows.len() as u64 > LIMITS.rows || numbers > LIMITS.rows {
            return Err(EventsError::TooLarge);
        }
    }
    let seen = reader.get_ref();
    if seen.inside_quotes() || (narrow && !seen.line_ended()) {
        return Err(EventsError::Cut);
    }
    Ok(rows)
}

/// The file with a mark in the place of each row that is too long, so that it costs no other.
fn shortened<R: Read>(input: R) -> Result<Vec<u8>, EventsError> {
    let mut bytes = Vec::new();
    let read = input.take(LIMITS.file + 1).read_to_end(&mut bytes);
    read.map_err(|_io| EventsError::Unreadable)?;
    let long = |line: &[u8]| line.len() as u64 > LIMITS.line;
    if !bytes.split(|byte| *byte == b'\n').skip(1).any(long) {
        return Ok(bytes);
    }
    let mut short = Vec::with_capacity(bytes.len());
    for (nth, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        if nth > 0 && long(body) {
            short.extend_from_slice(TOO_LONG);
            short.extend_from_slice(line.get(body.len()..).unwrap_or_default());
        } else {
            short.extend_from_slice(line);
        }
    }
    Ok(short)
}

fn next<R: Read>(
    reader: &mut csv::Reader<Bounded<R>>,
    record: &mut ByteRecord,
) -> Result<bool, EventsError> {
    reader.read_byte_record(record).map_err(|_io| {
        if reader.get_ref().too_large() { EventsError::TooLarge } else { EventsError::Unreadable }
    })
}

/// Where each column stands.
struct Columns {
    place: [Option<usize>; COLUMNS.len()],
    width: usize,
}

impl Columns {
    fn of(header: &ByteRecord) -> Result<Self, EventsError> {
        let names: Vec<String> = header
            .iter()
            .map(|name| text(name).unwrap_or_default())
            .map(|name| name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase())
            .collect();
        let mut place = [None; COLUMNS.len()];
        for (nth, (column, slot)) in COLUMNS.iter().zip(&mut place).enumerate() {
            let mut found = names.iter().enumerate().filter(|(_, name)| name == column);
            match (found.next(), found.next()) {
                (Some((index, _)), None) => *slot = Some(index),
                (None, _) if nth >= REQUIRED => {}
                _ => return Err(EventsError::Header),
            }
        }
        if names.len() != place.iter().flatten().count() {
            return Err(EventsError::Header);
        }
        Ok(Self { place, width: names.len() })
    }

    fn judge(&self, record: &ByteRecord) -> Result<(NumberEvent, u32), String> {
        if record.iter().any(|field| field == TOO_LONG) {
            return Err("row.TOO_LONG".to_owned());
        }
        if record.len() != self.width {
            return Err("row.COLUMNS".to_owned());
        }
        let field = |slot: Option<usize>| match slot {
            None => Some(String::new()),
            Some(at) => record.get(at).and_then(text).map(|t| t.trim().to_owned()),
        };
        let fields = self.place.map(field);
        let [
            Some(event),
            Some(number),
            Some(at),
            Some(reference),
            Some(customer),
            Some(count),
            Some(until),
            Some(resporg),
            Some(authorized_by),
            Some(status),
        ] = fields
        else {
            return Err("row.ENCODING".to_owned());
        };
        let kind: Kind = event.parse().map_err(|_word| "event.UNKNOWN".to_owned())?;
        let tn = Tn::parse(&number).map_err(|bad| format!("number.{}", bad.reason()))?;
        let at = time("at", &at)?.ok_or_else(|| "at.REQUIRED".to_owned())?;
        let event = NumberEvent {
            kind,
            tn,
            at,
            reference,
            customer: optional("customer_id", &customer, |id| id.parse().ok())?,
            until: time("until", &until)?,
            resporg: optional("resporg", &resporg, |id| id.parse::<RespOrg>().ok())?,
            authorized_by: optional("authorized_by", &authorized_by, |id| id.parse().ok())?,
            status: optional("status", &status, |word| word.parse::<TollFreeStatus>().ok())?,
        };
        let count = optional("count", &count, |count| count.parse().ok())?.unwrap_or(0);
        let numbers = run_of(&event, count).map_err(|reason| format!("count.{reason}"))?;
        let count = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        Ok((event, count))
    }
}

/// A field that may be empty.
fn optional<T>(
    column: &str,
    given: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, String> {
    if given.is_empty() {
        return Ok(None);
    }
    read(given).map(Some).ok_or_else(|| format!("{column}.INVALID"))
}

fn time(column: &str, given: &str) -> Result<Option<Ts>, String> {
    optional(column, given, Ts::from_iso)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "018f3f7e-0000-7000-8000-000000000001";

    #[test]
    fn any_column_order_bom_and_crlf() {
        let file = format!(
            "\u{feff}Reference,at,EVENT,number,customer_id,count\r\n\
             \"P,1\",2026-11-20,PORTED_OUT,+1 (507) 284-7100,,\r\n\
             R-2,2026-11-20T10:00:00Z,RANGE_ALLOCATED,15072847200,{ID},3"
        );
        let rows = read(file.as_bytes()).unwrap();
        let (out, numbers) = rows[0].read.clone().unwrap();
        assert_eq!((out.kind, out.reference.as_str()), (Kind::PortedOut, "P,1"));
        assert_eq!((rows[0].line, numbers), (2, 1));
        let (range, numbers) = rows[1].read.clone().unwrap();
        assert_eq!(range.customer.map(|c| c.to_string()).as_deref(), Some(ID));
        assert_eq!(numbers, 3);
    }

    #[test]
    fn each_bad_row_says_why_and_the_others_stand() {
        let file = "event,number,at,reference,customer_id,resporg,status,count\n\
                    MOVED,15072847100,2026-11-20,R,,,,\n\
                    PORTED_OUT,911,2026-11-20,R,,,,\n\
                    PORTED_OUT,15072847100,yesterday,R,,,,\n\
                    PORTED_OUT,15072847100,,R,,,,\n\
                    PORTED_IN,15072847100,2026-11-20,R,mine,,,\n\
                    RESPORG_RECORD,18007654321,2026-11-20,R,,abc,,\n\
                    RESPORG_RECORD,18007654321,2026-11-20,R,,ABC01,GONE,\n\
                    PORTED_OUT,15072847100,2026-11-20,R,,,,2\n\
                    PORTED_OUT,15072847100\n\
                    PORTED_OUT,15072847100,2026-11-20,R,,,,\n";
        let rows = read(file.as_bytes()).unwrap();
        let told: Vec<_> = rows.iter().map(|row| row.read.as_ref().err().cloned()).collect();
        let want = [
            "event.UNKNOWN",
            "number.TN_TOO_SHORT",
            "at.INVALID",
            "at.REQUIRED",
            "customer_id.INVALID",
            "resporg.INVALID",
            "status.INVALID",
            "count.COUNT_ONLY_OF_RANGES",
            "row.COLUMNS",
        ];
        assert_eq!(told[..9], want.map(|reason| Some(reason.to_owned())));
        assert_eq!(told[9], None);
    }

    #[test]
    fn a_line_that_is_too_long_costs_no_other() {
        let long = "1".repeat(2_000);
        let good = "PORTED_OUT,15072847100,2026-11-20,R\n";
        let file = format!("event,number,at,reference\n{good}{long},\"{long}\n{good}");
        let rows = read(file.as_bytes()).unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.line, row.read.as_ref().err())).collect();
        let reason = "row.TOO_LONG".to_owned();
        assert_eq!(told, [(2, None), (3, Some(&reason)), (4, None)]);
    }

    #[test]
    fn ranges_count_with_their_numbers() {
        let row = format!("RANGE_ALLOCATED,15072847000,2026-11-20,R,{ID},1000\n");
        let head = "event,number,at,reference,customer_id,count\n";
        let rows = |count: usize| read(format!("{head}{}", row.repeat(count)).as_bytes());
        assert_eq!(rows(2_000).map(|rows| rows.len()), Ok(2_000));
        assert_eq!(rows(2_001).err(), Some(EventsError::TooLarge));
    }

    #[test]
    fn what_is_no_such_file_is_refused_whole() {
        let long = format!("event,number,at,reference{}\n", "1".repeat(2_000));
        let cases: [(&[u8], &str); 7] = [
            (b"", "EMPTY"),
            (b"<html><body>Login</body></html>\n", "COLUMNS"),
            (b"event,event,number,at,reference\n", "COLUMNS"),
            (b"event,number,at,reference,level\n", "COLUMNS"),
            (long.as_bytes(), "TOO_LARGE"),
            (b"event,number,at,reference\nPORTED_OUT,15072847100,2026-11-20,\"", "CUT"),
            (b"event,number,at,reference\nPORTED_OUT,15072847100", "CUT"),
        ];
        for (file, want) in cases {
            assert_eq!(read(file).err().map(EventsError::reason), Some(want), "{want}");
        }
    }
}
