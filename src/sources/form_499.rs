//! The FCC's register of those who file Form 499, in its XML form (`sources.md` A13): ISO-8859-1, and
//! it says how many records it holds.

use std::collections::BTreeMap;

use super::bounded::Limits;
use super::list::{Folder, ListError, ListFault, Parsed};
use super::xml::{self, Node};
use crate::domain::date;
use crate::domain::list::{Counts, ListRow};
use crate::domain::register::{Filer, Filers};

/// Unfiltered it is 64 MB and 20,700 filers.
const LIMITS: Limits = Limits { file: 512 << 20, line: 512 << 20, rows: 500_000 };

/// Reads the file: rows by filer id and by FRN.
pub(super) fn read(folder: &Folder) -> Result<Parsed, ListError> {
    let mut parsed = Parsed::default();
    let mut filers: BTreeMap<String, Filers> = BTreeMap::new();
    let mut count = 0_u64;
    for file in folder.all() {
        let before = count;
        let document = xml::read(file, LIMITS, ("Filer499QueryResults", &["Filer"]), |record| {
            count += 1;
            let filer = filer(record)?;
            if let Some(frn) = &filer.frn {
                filers.entry(format!("frn:{frn}")).or_default().filers.push(filer.clone());
            }
            filers.entry(format!("filer:{}", filer.filer_id)).or_default().filers.push(filer);
            Ok(())
        })?;
        let said = document.root.attribute("RecordCount");
        if !said.is_empty() && said.parse() != Ok(count - before) {
            return Err(ListError::new(file.0, None, ListFault::Cut));
        }
        parsed.as_of = date::read(document.root.attribute("Updated")).or(parsed.as_of);
        parsed.files.push(document.mark);
    }
    for (key, body) in &filers {
        let row = ListRow::new(key.as_str(), body);
        let fault = |_row| ListError::new("form_499", None, ListFault::Encoding);
        parsed.rows.push(row.map_err(fault)?);
    }
    parsed.counts = Counts::of([("entries", count)]);
    Ok(parsed)
}

fn filer(record: &Node) -> Result<Filer, ListFault> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let id = record.of("Form_499_ID");
    let about = record.child("Filer_ID_Info").ok_or(ListFault::Schema)?;
    let name = about.of("Legal_Name");
    if !digits(id) || name.is_empty() {
        return Err(ListFault::Schema);
    }
    let frn = about.of("FRN");
    let frn = (digits(frn) && frn.len() <= 10).then(|| format!("{frn:0>10}"));
    let others = about.all("other_trade_name").chain(about.all("Doing_Business_As"));
    Ok(Filer {
        filer_id: id.to_owned(),
        legal_name: name.to_owned(),
        other_names: others
            .map(Node::text)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        frn,
        contributes: match about.of("USF_Contributor") {
            "Yes" => Some(true),
            "No" => Some(false),
            _ => None,
        },
        kind: about.of("Principal_Communications_Type").to_owned(),
        current_as_of: date::read(about.of("Registration_Current_as_of")),
    })
}
