//! Domains that hand out mail addresses for an hour (`sources.md` A18): one a line.

use std::collections::BTreeSet;

use super::bounded::Limits;
use super::list::{Folder, ListError, ListFault, Parsed};
use super::table::{Head, Shape, read as read_table};
use crate::domain::list::{Counts, ListRow};

const LIMITS: Limits = Limits { file: 64 << 20, line: 512, rows: 2_000_000 };
const SHAPE: Shape = Shape { head: Head::Columns(1), delimiter: b',', limits: LIMITS };

/// Reads the file.
pub(super) fn read(folder: &Folder) -> Result<Parsed, ListError> {
    let mut parsed = Parsed::default();
    let mut domains = BTreeSet::new();
    for file in folder.all() {
        let table = read_table(file, SHAPE, |row| {
            let domain = row.at(0)?.to_lowercase();
            if domain.is_empty() || domain.starts_with('#') {
                return Ok(());
            }
            if !is_domain(&domain) {
                return Err(row.fault(ListFault::Schema));
            }
            domains.insert(domain);
            Ok(())
        })?;
        parsed.files.push(table.mark);
    }
    for domain in &domains {
        let row = ListRow::new(domain.as_str(), &serde_json::json!({}));
        let fault = |_row| ListError::new(domain, None, ListFault::Encoding);
        parsed.rows.push(row.map_err(fault)?);
    }
    parsed.counts = Counts::of([("entries", domains.len() as u64)]);
    Ok(parsed)
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}
