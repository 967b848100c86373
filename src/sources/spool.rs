//! Where the rows of an import wait for their turn: outside of the database, in sealed frames that
//! are read one at a time, beside the documents, so that every instance finds them.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use uuid::Uuid;

use super::disk;

/// The longest frame that is read.
const MAX_FRAME: u32 = 16 << 20;

/// Why rows are not kept or not found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpoolError {
    /// Never kept, or removed.
    #[error("the rows of this import are not kept any more; import the file again")]
    NotFound,
    /// Cut short, or not what was written.
    #[error("the kept rows of this import are damaged; import the file again")]
    Corrupt,
    /// The disk failed.
    #[error("the document folder failed; check its space and permissions, then try again")]
    Disk,
}

impl SpoolError {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotFound => "ROWS_NOT_FOUND",
            Self::Corrupt => "ROWS_CORRUPT",
            Self::Disk => "ROWS_STORE",
        }
    }
}

fn from_io(error: &std::io::Error) -> SpoolError {
    match error.kind() {
        std::io::ErrorKind::NotFound => SpoolError::NotFound,
        std::io::ErrorKind::UnexpectedEof => SpoolError::Corrupt,
        _ => SpoolError::Disk,
    }
}

/// What a frame holds. It stands in the open and is under the seal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameHead {
    /// Which frame, from 0.
    pub nth: u64,
    /// How many results the rows before it have.
    pub before: u64,
    /// How many its own rows have.
    pub results: u64,
    /// No frame comes after it.
    pub last: bool,
}

impl FrameHead {
    const SIZE: usize = 25;

    /// The bytes in front of the frame, and under its seal.
    pub fn bytes(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        let parts = [self.nth, self.before, self.results].map(u64::to_be_bytes);
        for (slot, byte) in bytes.iter_mut().zip(parts.iter().flatten()) {
            *slot = *byte;
        }
        bytes[Self::SIZE - 1] = u8::from(self.last);
        bytes
    }

    fn of(bytes: &[u8; Self::SIZE]) -> Self {
        let (words, rest) = bytes.as_chunks::<8>();
        let word = |nth: usize| words.get(nth).copied().map_or(0, u64::from_be_bytes);
        Self { nth: word(0), before: word(1), results: word(2), last: rest == [1] }
    }
}

/// The folder of rows that wait.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

impl Spool {
    /// The folder under that of the documents.
    pub fn under(documents: &Path) -> Self {
        Self { folder: documents.join("imports") }
    }

    fn place(&self, id: Uuid) -> PathBuf {
        self.folder.join(id.simple().to_string())
    }

    /// A new place for rows; it is not there for readers until it is finished.
    pub async fn create(&self, id: Uuid) -> Result<SpoolWriter, SpoolError> {
        disk::private_folder(&self.folder).map_err(|e| from_io(&e))?;
        let path = self.place(id);
        let part = path.with_added_extension(disk::PART);
        let mut options = OpenOptions::new();
        let opened = options.write(true).create(true).truncate(true).mode(0o600).open(&part).await;
        let file = opened.map_err(|e| from_io(&e))?;
        Ok(SpoolWriter { file, part, path, kept: false })
    }

    /// The rows that were kept under this id.
    pub async fn open(&self, id: Uuid) -> Result<SpoolReader, SpoolError> {
        let file = File::open(self.place(id)).await.map_err(|e| from_io(&e))?;
        Ok(SpoolReader { file, next: 0, before: 0, ended: false })
    }

    /// Removes rows; those that are not there are removed already.
    pub async fn remove(&self, id: Uuid) -> Result<(), SpoolError> {
        match fs::remove_file(self.place(id)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(SpoolError::Disk),
            _ => Ok(()),
        }
    }

    /// The ids of everything kept here, and of what a crash left half written.
    pub async fn all(&self) -> Result<Vec<Uuid>, SpoolError> {
        let mut found = Vec::new();
        let mut entries = match fs::read_dir(&self.folder).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
            entries => entries.map_err(|e| from_io(&e))?,
        };
        while let Some(entry) = entries.next_entry().await.map_err(|e| from_io(&e))? {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let stem = name.split('.').next().unwrap_or_default();
            found.extend(Uuid::try_parse(stem).ok());
        }
        Ok(found)
    }

    /// Removes what was left half written under this id.
    pub async fn remove_part(&self, id: Uuid) -> Result<(), SpoolError> {
        match fs::remove_file(self.place(id).with_added_extension(disk::PART)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(SpoolError::Disk),
            _ => Ok(()),
        }
    }
}

/// Rows on their way in. Dropped before it is finished, it leaves nothing behind.
#[derive(Debug)]
pub struct SpoolWriter {
    file: File,
    part: PathBuf,
    path: PathBuf,
    kept: bool,
}

impl SpoolWriter {
    /// Adds a sealed frame.
    pub async fn put(&mut self, head: FrameHead, sealed: &[u8]) -> Result<(), SpoolError> {
        let size = u32::try_from(sealed.len()).map_err(|_range| SpoolError::Corrupt)?;
        let frame = [size.to_be_bytes().as_slice(), &head.bytes(), sealed].concat();
        self.file.write_all(&frame).await.map_err(|e| from_io(&e))
    }

    /// Puts the rows in their place; they are on the disk when this returns.
    pub async fn finish(mut self) -> Result<(), SpoolError> {
        self.file.flush().await.map_err(|e| from_io(&e))?;
        self.file.sync_all().await.map_err(|e| from_io(&e))?;
        fs::rename(&self.part, &self.path).await.map_err(|e| from_io(&e))?;
        self.kept = true;
        let folder = self.path.parent().ok_or(SpoolError::Disk)?;
        let folder = File::open(folder).await.map_err(|e| from_io(&e))?;
        folder.sync_all().await.map_err(|e| from_io(&e))
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        if !self.kept && std::fs::remove_file(&self.part).is_err() {
            tracing::warn!("rows that did not arrive whole were left behind");
        }
    }
}

/// Rows as they are read again, frame by frame.
#[derive(Debug)]
pub struct SpoolReader {
    file: File,
    next: u64,
    before: u64,
    ended: bool,
}

impl SpoolReader {
    /// The next frame that holds a result from `from` on; what comes before is passed over unread.
    /// `None` after the last.
    pub async fn next(&mut self, from: u64) -> Result<Option<(FrameHead, Vec<u8>)>, SpoolError> {
        while !self.ended {
            let mut size = [0; 4];
            self.file.read_exact(&mut size).await.map_err(|e| from_io(&e))?;
            let mut head = [0; FrameHead::SIZE];
            self.file.read_exact(&mut head).await.map_err(|e| from_io(&e))?;
            let (size, head) = (u32::from_be_bytes(size), FrameHead::of(&head));
            if head.nth != self.next || head.before != self.before || size > MAX_FRAME {
                return Err(SpoolError::Corrupt);
            }
            self.next += 1;
            self.before += head.results;
            self.ended = head.last;
            if self.before <= from {
                let over = SeekFrom::Current(i64::from(size));
                self.file.seek(over).await.map_err(|e| from_io(&e))?;
                continue;
            }
            let mut sealed = vec![0; usize::try_from(size).unwrap_or(0)];
            self.file.read_exact(&mut sealed).await.map_err(|e| from_io(&e))?;
            return Ok(Some((head, sealed)));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_back_from_any_place_and_a_cut_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::under(folder.path());
        let id = Uuid::from_u128(7);
        assert_eq!(spool.open(id).await.err(), Some(SpoolError::NotFound));
        let mut writer = spool.create(id).await.unwrap();
        for nth in 0..3_u64 {
            let head = FrameHead { nth, before: nth * 10, results: 10, last: nth == 2 };
            writer.put(head, &[u8::try_from(nth).unwrap(); 5]).await.unwrap();
        }
        assert_eq!(spool.open(id).await.err(), Some(SpoolError::NotFound), "not finished");
        writer.finish().await.unwrap();
        assert_eq!(spool.all().await, Ok(vec![id]));
        for (from, first) in [(0, 0), (9, 0), (10, 1), (29, 2)] {
            let mut reader = spool.open(id).await.unwrap();
            let mut seen = Vec::new();
            while let Some((head, bytes)) = reader.next(from).await.unwrap() {
                assert_eq!(bytes, [u8::try_from(head.nth).unwrap(); 5]);
                seen.push(head.nth);
            }
            assert_eq!(seen, (first..3).collect::<Vec<_>>(), "from {from}");
        }
        let path = folder.path().join("imports").join(id.simple().to_string());
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let mut reader = spool.open(id).await.unwrap();
        for _ in 0..2 {
            reader.next(0).await.unwrap();
        }
        assert_eq!(reader.next(0).await, Err(SpoolError::Corrupt));
        spool.remove(id).await.unwrap();
        spool.remove(id).await.unwrap();
        drop(spool.create(id).await.unwrap());
        assert_eq!(spool.all().await, Ok(Vec::new()), "a dropped writer leaves nothing");
    }
}
