//! Questions from a file, one CSV line each, answered with one JSON line each, without a service.

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;

use serde::Serialize;

use super::fault::CliFault;
use super::lines::Lines;

/// What `--from` names: a file or, for `-`, standard input.
pub fn input(from: &Path) -> Result<Box<dyn BufRead>, CliFault> {
    if from == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(File::open(from).map_err(|source| unread(from, source))?)))
}

/// Why the input cannot be read.
pub fn unread(from: &Path, source: std::io::Error) -> CliFault {
    CliFault::File { path: from.display().to_string(), source }
}

/// Reads CSV lines without a header from a file or, for `-`, from standard input, and writes what
/// `answer` says of each. A line gives its answer before the next is read.
pub fn each<A: Serialize>(
    from: &Path,
    mut answer: impl FnMut(&[&str]) -> Option<A>,
) -> Result<(), CliFault> {
    let mut lines = Lines::new(input(from)?);
    while let Some(cells) = lines.next_cells().map_err(|why| unread(from, why))? {
        // A cell that is no text has replacement characters and is refused like any other text.
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        if let Some(answer) = answer(&cells) {
            line(&answer)?;
        }
    }
    Ok(())
}

/// One answer on a line of its own.
pub fn line(answer: &impl Serialize) -> Result<(), CliFault> {
    let mut json = serde_json::to_vec(answer).map_err(|why| CliFault::Internal(why.to_string()))?;
    json.push(b'\n');
    std::io::stdout().lock().write_all(&json).map_err(CliFault::Output)
}
