//! What commands show: tables and lines for people, one JSON value for programs, colour on a
//! terminal only.

use std::io::{IsTerminal as _, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use super::fault::CliFault;

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON value for programs.
    Json,
}

/// Where results go.
#[derive(Debug)]
pub struct Output {
    format: Format,
    colour: bool,
}

impl Output {
    /// Standard output in this format.
    pub fn new(format: Format) -> Self {
        Self { format, colour: std::io::stdout().is_terminal() }
    }

    /// Whether a program reads along.
    pub const fn json(&self) -> bool {
        matches!(self.format, Format::Json)
    }

    /// One line for people; programs get none.
    pub fn line(&self, text: &str) -> Result<(), CliFault> {
        if self.json() { Ok(()) } else { Self::write(text) }
    }

    /// A line that has to be seen, such as a secret that is shown once.
    pub fn strong(&self, text: &str) -> Result<(), CliFault> {
        if self.colour && !self.json() {
            return self.line(&format!("\u{1b}[1m{text}\u{1b}[0m"));
        }
        self.line(text)
    }

    /// One JSON value; people get nothing.
    pub fn value(&self, value: &Value) -> Result<(), CliFault> {
        if self.json() { Self::write(&value.to_string()) } else { Ok(()) }
    }

    /// Text as it stands, in both formats.
    pub fn raw(&self, text: &str) -> Result<(), CliFault> {
        Self::write(text.trim_end_matches('\n'))
    }

    /// Rows: a table for people, an array of objects for programs.
    pub fn rows(&self, heads: &[&str], rows: &[Vec<String>]) -> Result<(), CliFault> {
        if self.json() {
            let objects: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let cells = heads.iter().zip(row);
                    cells
                        .map(|(head, cell)| ((*head).to_owned(), Value::from(cell.as_str())))
                        .collect()
                })
                .collect();
            return self.value(&Value::Array(objects));
        }
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(heads.iter().map(|head| head.to_uppercase()));
        for row in rows {
            table.add_row(row);
        }
        Self::write(&table.trim_fmt())
    }

    fn write(text: &str) -> Result<(), CliFault> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(CliFault::Output)
    }
}

/// Says on standard error why a command failed.
pub fn complain(fault: &CliFault) {
    let mut err = std::io::stderr().lock();
    let mark = if std::io::stderr().is_terminal() { "\u{1b}[31merror\u{1b}[0m" } else { "error" };
    // Nothing can be said any more where even this cannot be written.
    drop(writeln!(err, "{mark}: {fault}"));
}
