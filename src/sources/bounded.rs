//! Reading files that strangers wrote: never more bytes, never longer lines than agreed, with the
//! hash and the signs of a cut taken on the way.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::list::{FileMark, ListError, ListFault};

/// How much of a file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole file.
    pub file: u64,
    /// Bytes between two line feeds.
    pub line: u64,
    /// Rows.
    pub rows: u64,
}

/// Where text files mark their end on some systems; published lists still carry it.
pub(super) const END_MARK: u8 = 0x1a;

/// A reader that stops at the limits.
#[derive(Debug)]
pub(super) struct Bounded<R> {
    inner: R,
    limits: Limits,
    sha: Sha256,
    bytes: u64,
    line: u64,
    odd_quotes: bool,
    last: [u8; 2],
    too_large: bool,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(inner: R, limits: Limits) -> Self {
        Self {
            inner,
            limits,
            sha: Sha256::new(),
            bytes: 0,
            line: 0,
            odd_quotes: false,
            last: [0; 2],
            too_large: false,
        }
    }

    pub(super) const fn too_large(&self) -> bool {
        self.too_large
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn sha256(&self) -> [u8; 32] {
        self.sha.clone().finalize().into()
    }

    /// Whether the file stops inside a quoted field.
    pub(super) const fn inside_quotes(&self) -> bool {
        self.odd_quotes
    }

    /// Whether the last line is ended, by a line feed or by the end mark behind one.
    pub(super) const fn line_ended(&self) -> bool {
        matches!(self.last, [_, b'\n'] | [b'\n', END_MARK])
    }

    /// Whether the end mark is the last byte.
    pub(super) const fn end_mark(&self) -> bool {
        matches!(self.last, [_, END_MARK])
    }

    fn see(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.sha.update(chunk);
        self.bytes += chunk.len() as u64;
        let mut too_long = false;
        for byte in chunk {
            self.line = if *byte == b'\n' { 0 } else { self.line + 1 };
            too_long |= self.line > self.limits.line;
            self.odd_quotes ^= *byte == b'"';
            self.last = [self.last[1], *byte];
        }
        if too_long || self.bytes > self.limits.file {
            self.too_large = true;
            return Err(io::Error::other("longer than the limit"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.see(buf.get(..n).unwrap_or_default())?;
        Ok(n)
    }
}

/// A whole file, with what to remember of it.
pub(super) fn whole(
    file: (&str, &std::path::Path),
    limits: Limits,
) -> Result<(Vec<u8>, FileMark), ListError> {
    let (name, path) = file;
    let fault = |fault| ListError::new(name, None, fault);
    let opened = std::fs::File::open(path).map_err(|_io| fault(ListFault::Unreadable))?;
    // What is read whole has no lines to measure.
    let mut bounded = Bounded::new(opened, Limits { line: limits.file, ..limits });
    let mut bytes = Vec::new();
    let read = bounded.read_to_end(&mut bytes);
    if read.is_err() {
        let large = bounded.too_large();
        return Err(fault(if large { ListFault::TooLarge } else { ListFault::Unreadable }));
    }
    let mark = FileMark {
        name: name.to_owned(),
        sha256: bounded.sha256(),
        bytes: bytes.len() as u64,
        rows: 0,
        end_mark: false,
    };
    Ok((bytes, mark))
}

/// Text of a field: UTF-8, else Windows-1252, which old lists are written in. `None` when it holds
/// control characters: then it is no text at all.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_not_utf8) => bytes.iter().map(|b| windows_1252(*b)).collect(),
    };
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    if text.contains(control) { None } else { Some(text) }
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let high = byte.checked_sub(0x80).and_then(|i| HIGH.get(usize::from(i)));
    high.copied().unwrap_or_else(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_encodings_are_read_and_binary_is_not() {
        assert_eq!(text(b"MU\xd1OZ, Jos\xe9").as_deref(), Some("MUÑOZ, José"));
        assert_eq!(text("ÉCLAT".as_bytes()).as_deref(), Some("ÉCLAT"));
        assert_eq!(text(b"O\x92NEIL").as_deref(), Some("O’NEIL"));
        assert_eq!(text(b"M\0U\0"), None);
    }
}
