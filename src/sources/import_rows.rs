//! Files of numbers to import: CSV, split into records as the bytes come in.
//!
//! The header names `number` (or `tn`), and where the file has them `end`, `count`, `evidence` and
//! `reference`, in any order. A record that is too long is told as such and passed over: no more of it
//! is ever held than its limit.

use super::bounded::text;

/// Most bytes of one record.
pub const MAX_RECORD: usize = 4_096;
/// Most fields of one record.
const MAX_FIELDS: usize = 32;

/// The columns, the first of them required.
const COLUMNS: [&str; 5] = ["number", "end", "count", "evidence", "reference"];

/// Why a whole file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// No header.
    #[error("the file is empty; start it with a header that names number")]
    Empty,
    /// A column is missing, doubled or unknown.
    #[error("the header must name number once, and may name end, count, evidence and reference")]
    Header,
    /// It stops inside of a quoted field.
    #[error("the file stops inside of a quoted field; send the whole file")]
    Cut,
}

impl RowsError {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "FILE_EMPTY",
            Self::Header => "FILE_COLUMNS",
            Self::Cut => "FILE_CUT",
        }
    }
}

/// The fields of one record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The number, or the first one of a range.
    pub number: String,
    /// The last number of a range.
    pub end: String,
    /// How many numbers.
    pub count: String,
    /// The word of its evidence.
    pub evidence: String,
    /// Its reference.
    pub reference: String,
}

/// One record: its fields, or the stable reason for which it cannot be read.
pub type Record = Result<Fields, &'static str>;

/// Where in a record the next byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// At the start of a record.
    #[default]
    Start,
    /// At the start of a field that is not the first.
    Field,
    /// Inside of a plain field.
    Plain,
    /// Inside of a quoted field.
    Quoted,
    /// Behind a quote inside of a quoted field.
    Quote,
}

/// Takes bytes and gives records.
#[derive(Debug, Default)]
pub struct RowReader {
    place: Place,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    too_long: bool,
    columns: Option<[Option<usize>; 5]>,
    width: usize,
}

impl RowReader {
    /// Takes the next bytes; every record that they end goes to `each`, except for the header.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Record)) -> Result<(), RowsError> {
        for byte in bytes {
            if self.take(*byte)
                && let Some(record) = self.end_record()?
            {
                each(record);
            }
        }
        Ok(())
    }

    /// Ends the file: the last record may lack its line feed.
    pub fn finish(mut self, mut each: impl FnMut(Record)) -> Result<(), RowsError> {
        match self.place {
            Place::Quoted => return Err(RowsError::Cut),
            Place::Start => {}
            Place::Field | Place::Plain | Place::Quote => {
                if let Some(record) = self.end_record()? {
                    each(record);
                }
            }
        }
        if self.columns.is_some() { Ok(()) } else { Err(RowsError::Empty) }
    }

    /// Takes a byte; whether it ends a record.
    fn take(&mut self, byte: u8) -> bool {
        match (self.place, byte) {
            (Place::Quoted, b'"') => self.place = Place::Quote,
            (Place::Quoted, _) => self.keep(byte),
            (Place::Quote, b'"') => {
                self.keep(byte);
                self.place = Place::Quoted;
            }
            (Place::Start | Place::Field, b'"') => self.place = Place::Quoted,
            // A line without anything on it is no record.
            (Place::Start, b'\r' | b'\n') => {}
            (_, b'\r' | b'\n') => return true,
            (_, b',') => {
                self.end_field();
                self.place = Place::Field;
            }
            (Place::Start | Place::Field | Place::Plain | Place::Quote, _) => {
                self.keep(byte);
                self.place = Place::Plain;
            }
        }
        false
    }

    fn keep(&mut self, byte: u8) {
        if self.bytes.len() < MAX_RECORD {
            self.bytes.push(byte);
        } else {
            self.too_long = true;
        }
    }

    fn end_field(&mut self) {
        if self.ends.len() < MAX_FIELDS {
            self.ends.push(self.bytes.len());
        } else {
            self.too_long = true;
        }
    }

    fn end_record(&mut self) -> Result<Option<Record>, RowsError> {
        self.end_field();
        let fields = self.fields();
        let too_long = std::mem::take(&mut self.too_long);
        self.bytes.clear();
        self.ends.clear();
        self.place = Place::Start;
        let Some(columns) = self.columns else {
            let names = fields.filter(|_| !too_long).ok_or(RowsError::Header)?;
            self.width = names.len();
            self.columns = Some(header(&names)?);
            return Ok(None);
        };
        if too_long {
            return Ok(Some(Err("LINE_TOO_LONG")));
        }
        let Some(mut fields) = fields else { return Ok(Some(Err("ENCODING"))) };
        if fields.len() != self.width {
            return Ok(Some(Err("COLUMNS")));
        }
        let mut field = |slot: Option<usize>| {
            slot.and_then(|at| fields.get_mut(at)).map(std::mem::take).unwrap_or_default()
        };
        let [number, end, count, evidence, reference] = columns.map(&mut field);
        Ok(Some(Ok(Fields { number, end, count, evidence, reference })))
    }

    /// The fields as text; `None` where one is none.
    fn fields(&self) -> Option<Vec<String>> {
        let mut from = 0;
        let mut fields = Vec::with_capacity(self.ends.len());
        for end in &self.ends {
            fields.push(text(self.bytes.get(from..*end).unwrap_or_default())?);
            from = *end;
        }
        Some(fields)
    }
}

/// Where the columns stand.
fn header(names: &[String]) -> Result<[Option<usize>; 5], RowsError> {
    let mut columns = [None; 5];
    for (at, name) in names.iter().enumerate() {
        let name = name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase();
        let name = if name == "tn" { "number" } else { name.as_str() };
        let nth = COLUMNS.iter().position(|column| *column == name).ok_or(RowsError::Header)?;
        let slot = columns.get_mut(nth).ok_or(RowsError::Header)?;
        if slot.replace(at).is_some() {
            return Err(RowsError::Header);
        }
    }
    if columns[0].is_none() { Err(RowsError::Header) } else { Ok(columns) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file in pieces of this many bytes.
    fn read(file: &[u8], piece: usize) -> Result<Vec<Record>, RowsError> {
        let mut reader = RowReader::default();
        let mut records = Vec::new();
        for bytes in file.chunks(piece) {
            reader.push(bytes, |record| records.push(record))?;
        }
        reader.finish(|record| records.push(record))?;
        Ok(records)
    }

    #[test]
    fn order_marks_line_ends_and_quotes() {
        let file = "\u{feff}Reference, NUMBER ,end\r\n\
                    \"PO \"\"7\"\"\nsecond line\",+12126647665,\r\n\
                    \r\n\
                    ,12126640000,\"12126640009\"\r\
                    last,12126640010,";
        for piece in [1, 2, 3, 7, 4_096] {
            let records = read(file.as_bytes(), piece).unwrap();
            let of = |nth: usize| records[nth].clone().unwrap();
            assert_eq!(records.len(), 3, "{piece}");
            assert_eq!((of(0).number.as_str(), of(0).end.as_str()), ("+12126647665", ""));
            assert_eq!(of(0).reference, "PO \"7\"\nsecond line");
            assert_eq!((of(1).number.as_str(), of(1).end.as_str()), ("12126640000", "12126640009"));
            assert_eq!(of(2).reference, "last");
        }
    }

    #[test]
    fn a_bad_record_says_why_and_the_others_stand() {
        let long = "9".repeat(MAX_RECORD + 1);
        let file = format!(
            "number,end\n12126647665\n{long},\n12126647666,\n\"a\0b\",\n{}\n12126647667,\n",
            ",".repeat(MAX_FIELDS + 2)
        );
        let records = read(file.as_bytes(), 64).unwrap();
        let told: Vec<_> = records.iter().map(|record| record.clone().err()).collect();
        let wanted = [
            Some("COLUMNS"),
            Some("LINE_TOO_LONG"),
            None,
            Some("ENCODING"),
            Some("LINE_TOO_LONG"),
            None,
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn no_more_of_a_long_line_is_held_than_its_limit() {
        let mut reader = RowReader::default();
        reader.push(b"number\n", |_| ()).unwrap();
        let piece = vec![b'7'; 1 << 16];
        for _ in 0..64 {
            reader.push(&piece, |_| ()).unwrap();
        }
        assert!(reader.bytes.capacity() <= 2 * MAX_RECORD);
        let mut told = Vec::new();
        reader.push(b"\n+12126647665\n", |record| told.push(record.is_ok())).unwrap();
        assert_eq!(told, [false, true]);
    }

    #[test]
    fn what_is_no_file_of_numbers_is_refused_whole() {
        let long = format!("number,{}\n", "x".repeat(MAX_RECORD));
        let cases: [(&[u8], &str); 8] = [
            (b"", "FILE_EMPTY"),
            (b"\n\r\n", "FILE_EMPTY"),
            (b"<html><body>Login</body></html>\n", "FILE_COLUMNS"),
            (b"number,number\n", "FILE_COLUMNS"),
            (b"number,tn\n", "FILE_COLUMNS"),
            (b"end,count\n", "FILE_COLUMNS"),
            (long.as_bytes(), "FILE_COLUMNS"),
            (b"number\n12126647665\n\"1212", "FILE_CUT"),
        ];
        for (file, reason) in cases {
            assert_eq!(read(file, 5).err().map(RowsError::reason), Some(reason));
        }
    }
}
