//! CSV lines that anybody may have written: never more of one in memory than agreed, and one bad
//! line costs no other.

use std::io::BufRead;

/// Bytes of a line that are looked at; what is longer is no question.
const LONGEST: usize = 64 << 10;
/// Lines that one quoted cell may run over.
const RUN: usize = 8;

/// The lines of an input.
pub struct Lines<R> {
    input: R,
    /// Lines that were looked at as the rest of a quoted cell, and were not.
    ahead: std::collections::VecDeque<Vec<u8>>,
    first: bool,
}

impl<R: BufRead> Lines<R> {
    /// Reads from `input`.
    pub fn new(input: R) -> Self {
        Self { input, ahead: std::collections::VecDeque::new(), first: true }
    }

    /// The cells of the next line that holds anything; `None` at the end. A line whose quotes do
    /// not add up is taken as it stands, cut at its commas.
    pub fn next_cells(&mut self) -> std::io::Result<Option<Vec<String>>> {
        loop {
            let Some(line) = self.take()? else { return Ok(None) };
            if line.is_empty() {
                continue;
            }
            let whole = String::from_utf8_lossy(&line).into_owned();
            return Ok(Some(match cells(&whole) {
                Cells::Whole(cells) => cells,
                Cells::Broken => as_it_stands(&whole),
                Cells::Open => self.run_on(&whole)?,
            }));
        }
    }

    /// The next line that holds anything, as it stands; `None` at the end. Bytes that are no text
    /// become replacement characters.
    pub fn next_line(&mut self) -> std::io::Result<Option<String>> {
        while let Some(line) = self.take()? {
            if !line.trim_ascii().is_empty() {
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
        }
        Ok(None)
    }

    /// A quoted cell may hold line breaks: its end is looked for in the lines behind.
    fn run_on(&mut self, first: &str) -> std::io::Result<Vec<String>> {
        let mut whole = first.to_owned();
        let mut taken = Vec::new();
        for _ in 0..RUN {
            let Some(line) = self.take()? else { break };
            whole.push('\n');
            whole.push_str(&String::from_utf8_lossy(&line));
            taken.push(line);
            match cells(&whole) {
                Cells::Whole(cells) => return Ok(cells),
                Cells::Broken => break,
                Cells::Open => {}
            }
        }
        for line in taken.into_iter().rev() {
            self.ahead.push_front(line);
        }
        Ok(as_it_stands(first))
    }

    /// The next line without its ending, and the first one without its byte order mark.
    fn take(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.ahead.pop_front() {
            return Ok(Some(line));
        }
        let mut line = Vec::new();
        let mut any = false;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let piece = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            let room = LONGEST.saturating_sub(line.len());
            line.extend_from_slice(piece.get(..piece.len().min(room)).unwrap_or_default());
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if std::mem::take(&mut self.first) && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        Ok(Some(line))
    }
}

impl<R> std::fmt::Debug for Lines<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

fn as_it_stands(line: &str) -> Vec<String> {
    line.split(',').map(str::to_owned).collect()
}

enum Cells {
    Whole(Vec<String>),
    /// It ends inside of a quoted cell.
    Open,
    /// A quoted cell ends and something else than a comma follows.
    Broken,
}

fn cells(line: &str) -> Cells {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let cell;
        (cell, rest) = match rest.strip_prefix('"') {
            None => match rest.split_once(',') {
                None => {
                    cells.push(rest.to_owned());
                    return Cells::Whole(cells);
                }
                Some((cell, rest)) => (cell.to_owned(), rest),
            },
            Some(inside) => {
                let Some((cell, after)) = quoted(inside) else { return Cells::Open };
                if after.is_empty() {
                    cells.push(cell);
                    return Cells::Whole(cells);
                }
                let Some(after) = after.strip_prefix(',') else { return Cells::Broken };
                (cell, after)
            }
        };
        cells.push(cell);
    }
}

/// A quoted cell without its quotes, and what follows the closing one.
fn quoted(inside: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    let mut rest = inside;
    loop {
        let (piece, after) = rest.split_once('"')?;
        cell.push_str(piece);
        match after.strip_prefix('"') {
            None => return Some((cell, after)),
            Some(more) => {
                cell.push('"');
                rest = more;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<Vec<String>> {
        let mut lines = Lines::new(text);
        std::iter::from_fn(|| lines.next_cells().unwrap()).collect()
    }

    #[test]
    fn lines_are_cut_as_they_were_meant() {
        type Case = (&'static [u8], &'static [&'static [&'static str]]);
        let cases: [Case; 9] = [
            (b"US,1\nCA,2", &[&["US", "1"], &["CA", "2"]]),
            (b"\xef\xbb\xbfUS,1\r\n\r\nCA,2\r\n", &[&["US", "1"], &["CA", "2"]]),
            (b"US,\"1,2\"\n", &[&["US", "1,2"]]),
            (b"US,\"a\"\"b\"\n", &[&["US", "a\"b"]]),
            (b"US,\"a\nb\"\nCA,2\n", &[&["US", "a\nb"], &["CA", "2"]]),
            (b"US,\"(800) 1\nCA,2\n", &[&["US", "\"(800) 1"], &["CA", "2"]]),
            (b"US,\"a\nCA,\"b\n", &[&["US", "\"a"], &["CA", "\"b"]]),
            (b"US,a\"b\nUS,\"a\"b\n", &[&["US", "a\"b"], &["US", "\"a\"b"]]),
            (b"1\n,\n", &[&["1"], &["", ""]]),
        ];
        for (text, expected) in cases {
            assert_eq!(all(text), expected, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_line_that_is_no_text_costs_no_other() {
        let mut lines = Lines::new(&b"\xef\xbb\xbfone\r\n \ntw\xf6\n\nthree"[..]);
        let told: Vec<_> = std::iter::from_fn(|| lines.next_line().unwrap()).collect();
        assert_eq!(told, ["one", "tw\u{fffd}", "three"]);
    }

    #[test]
    fn a_line_without_end_is_cut_and_costs_no_other() {
        let mut text = vec![b'9'; 3 * LONGEST];
        text.extend_from_slice(b"\nUS,2\n");
        let told = all(&text);
        assert_eq!((told.len(), told[0][0].len()), (2, LONGEST));
        assert_eq!(told[1], ["US", "2"]);
    }
}
