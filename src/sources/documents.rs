//! Where uploaded documents are kept: outside the database, sealed, each under its own id. The
//! name on disk says nothing of the content, so equal documents of two customers never meet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::disk;
use crate::domain::ids::DocumentId;
use crate::domain::pii::Pii;

/// The largest document that is taken unless configured otherwise: 20 MiB.
pub const DEFAULT_LIMIT: usize = 20 << 20;

/// What a document is, by its own bytes; the sender's word counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/pdf`
    Pdf,
    /// `image/png`
    Png,
    /// `image/jpeg`
    Jpeg,
    /// `text/plain; charset=utf-8`
    Text,
}

impl MediaType {
    /// The media type as HTTP names it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// Why a document was not taken or not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// No bytes.
    #[error("the document is empty; send the file's bytes")]
    Empty,
    /// Beyond the limit.
    #[error("the document is larger than {limit} bytes; send a smaller copy")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// None of the kinds that are kept.
    #[error("send a PDF, PNG, JPEG or plain UTF-8 text; markup and programs are not kept")]
    MediaType,
    /// An id is written once.
    #[error("a document of this id is kept already; upload under a new id")]
    Exists,
    /// Never kept, or erased.
    #[error("the document is not kept, or was erased")]
    NotFound,
    /// The bytes on disk are not those that were kept.
    #[error("the stored document does not match its hash; restore it from a backup")]
    Corrupt,
    /// The key did not seal or open it.
    #[error("the document cannot be sealed or opened; its key was erased or is not the right one")]
    Sealing,
    /// The disk failed.
    #[error("the document store failed; check its space and permissions, then try again")]
    Disk,
}

impl DocumentError {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "DOCUMENT_EMPTY",
            Self::TooLarge { .. } => "DOCUMENT_TOO_LARGE",
            Self::MediaType => "DOCUMENT_MEDIA_TYPE",
            Self::Exists => "DOCUMENT_EXISTS",
            Self::NotFound => "DOCUMENT_NOT_FOUND",
            Self::Corrupt => "DOCUMENT_CORRUPT",
            Self::Sealing => "DOCUMENT_SEALING",
            Self::Disk => "DOCUMENT_STORE",
        }
    }
}

/// A document on its way in, chunk by chunk; refused as soon as that can be known.
#[derive(Debug)]
pub struct Upload {
    bytes: Pii<Vec<u8>>,
    sha: Sha256,
    limit: usize,
}

/// A document that arrived whole and is of a kind that is kept.
#[derive(Debug)]
pub struct Whole {
    bytes: Pii<Vec<u8>>,
    /// Of the document as sent.
    pub sha256: [u8; 32],
    /// By its own bytes.
    pub media_type: MediaType,
}

impl Whole {
    /// Length in bytes.
    pub fn size(&self) -> usize {
        self.bytes.expose().len()
    }
}

impl Upload {
    /// An empty upload that takes at most `limit` bytes. They are held in memory, because a
    /// document never touches the disk unsealed.
    pub fn new(limit: usize) -> Self {
        Self { bytes: Pii::new(Vec::new()), sha: Sha256::new(), limit }
    }

    /// Takes the next chunk.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), DocumentError> {
        let mut bytes = std::mem::take(&mut self.bytes).into_inner();
        if chunk.len() > self.limit.saturating_sub(bytes.len()) {
            return Err(DocumentError::TooLarge { limit: self.limit });
        }
        bytes.extend_from_slice(chunk);
        self.sha.update(chunk);
        let hopeless = bytes.len() >= LONGEST_MAGIC && sniff_head(&bytes).is_none();
        self.bytes = Pii::new(bytes);
        if hopeless { Err(DocumentError::MediaType) } else { Ok(()) }
    }

    /// Ends the upload.
    pub fn finish(self) -> Result<Whole, DocumentError> {
        let bytes = self.bytes.expose();
        if bytes.is_empty() {
            return Err(DocumentError::Empty);
        }
        let media_type = match sniff_head(bytes).ok_or(DocumentError::MediaType)? {
            MediaType::Text if !plain_text(bytes) => return Err(DocumentError::MediaType),
            known => known,
        };
        Ok(Whole { sha256: self.sha.finalize().into(), media_type, bytes: self.bytes })
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const LONGEST_MAGIC: usize = 8;

fn sniff_head(bytes: &[u8]) -> Option<MediaType> {
    let text = |b: u8| b >= 0x20 || matches!(b, b'\t' | b'\n' | b'\r' | 0x0c);
    if bytes.starts_with(b"%PDF-") {
        Some(MediaType::Pdf)
    } else if bytes.starts_with(PNG) {
        Some(MediaType::Png)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some(MediaType::Jpeg)
    } else if bytes.iter().take(LONGEST_MAGIC).all(|b| text(*b)) {
        Some(MediaType::Text)
    } else {
        None
    }
}

/// Text that no reader takes for markup, a script or a program.
fn plain_text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    let start = text.trim_start_matches('\u{feff}').trim_start();
    !text.contains(control) && !start.starts_with(['<', '#', '{']) && !start.is_empty()
}

/// Where documents are kept.
#[derive(Clone, Debug)]
pub enum DocumentStore {
    /// In a folder of this machine or of a mounted volume.
    Folder(FolderStore),
}

/// A folder that only this user may enter, in 256 smaller ones.
#[derive(Clone, Debug)]
pub struct FolderStore {
    root: PathBuf,
}

impl DocumentStore {
    /// Opens a folder, making it when it is not there.
    pub fn folder(root: &Path) -> Result<Self, DocumentError> {
        disk::private_folder(root).map_err(|_io| DocumentError::Disk)?;
        Ok(Self::Folder(FolderStore { root: root.to_owned() }))
    }

    /// Keeps a document under a new id: sealed by `seal` (`None` when it fails), on disk when this
    /// returns.
    pub async fn put(
        &self,
        id: DocumentId,
        document: &Whole,
        seal: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(), DocumentError> {
        let sealed = seal(document.bytes.expose()).ok_or(DocumentError::Sealing)?;
        let Self::Folder(folder) = self;
        let path = folder.place(id);
        blocking(move || put_new(&path, &sealed)).await
    }

    /// Gives a document back, opened by `open` (`None` when the key is gone) and compared with the
    /// hash that was recorded when it was kept.
    pub async fn get(
        &self,
        id: DocumentId,
        sha256: [u8; 32],
        open: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>,
    ) -> Result<Pii<Vec<u8>>, DocumentError> {
        let Self::Folder(folder) = self;
        let path = folder.place(id);
        let sealed = blocking(move || fs::read(path).map_err(|e| from_io(&e))).await?;
        let bytes = open(sealed).ok_or(DocumentError::Sealing)?;
        let found: [u8; 32] = Sha256::digest(&bytes).into();
        if found == sha256 { Ok(Pii::new(bytes)) } else { Err(DocumentError::Corrupt) }
    }

    /// Removes a document; one that is not there is removed already.
    pub async fn remove(&self, id: DocumentId) -> Result<(), DocumentError> {
        let Self::Folder(folder) = self;
        let path = folder.place(id);
        blocking(move || match fs::remove_file(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(DocumentError::Disk),
            _ => Ok(()),
        })
        .await
    }
}

impl FolderStore {
    fn place(&self, id: DocumentId) -> PathBuf {
        let name = id.0.simple().to_string();
        // Ids start with their time, so the end spreads documents evenly.
        let drawer = name.get(30..).unwrap_or("00").to_owned();
        self.root.join(drawer).join(name)
    }
}

fn put_new(path: &Path, sealed: &[u8]) -> Result<(), DocumentError> {
    let exists = path.try_exists().map_err(|e| from_io(&e))?;
    if exists {
        return Err(DocumentError::Exists);
    }
    let shelf = path.parent().ok_or(DocumentError::Disk)?;
    disk::private_folder(shelf).map_err(|e| from_io(&e))?;
    disk::put_whole(path, sealed).map_err(|_io| DocumentError::Disk)
}

fn from_io(error: &io::Error) -> DocumentError {
    match error.kind() {
        io::ErrorKind::NotFound => DocumentError::NotFound,
        _ => DocumentError::Disk,
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DocumentError> + Send + 'static,
) -> Result<T, DocumentError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(DocumentError::Disk))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const ID: &str = "018f3f7e-0000-7000-8000-0000000000ab";

    fn upload(chunks: &[&[u8]], limit: usize) -> Result<Whole, DocumentError> {
        let mut upload = Upload::new(limit);
        for chunk in chunks {
            upload.push(chunk)?;
        }
        upload.finish()
    }

    #[test]
    fn the_bytes_say_what_a_document_is() {
        let kind = |bytes: &[u8]| upload(&[bytes], 1_000).map(|d| d.media_type);
        assert_eq!(kind(b"%PDF-1.7\n..."), Ok(MediaType::Pdf));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...."), Ok(MediaType::Png));
        assert_eq!(kind(b"\xff\xd8\xff\xe0\0\x10JFIF"), Ok(MediaType::Jpeg));
        assert_eq!(kind("Statuts de la société\n".as_bytes()), Ok(MediaType::Text));
        let refused: [&[u8]; 8] = [
            b"<html><script>",
            b" \n<svg onload=x>",
            b"#!/bin/sh\n",
            b"MZ\x90\0\x03\0\0\0",
            b"PK\x03\x04\x14\0\0\0",
            b"\x7fELF\x02\x01\x01\0",
            b"text then \0 binary",
            b"caf\xe9 in latin-1",
        ];
        for bytes in refused {
            assert_eq!(kind(bytes), Err(DocumentError::MediaType));
        }
        assert_eq!(kind(b""), Err(DocumentError::Empty));
    }

    #[test]
    fn the_limit_holds_across_chunks() {
        let limit = DocumentError::TooLarge { limit: 12 };
        assert_eq!(upload(&[b"%PDF-1", b".7 12345"], 12).err(), Some(limit));
        assert!(upload(&[b"%PDF-1", b".7 123"], 12).is_ok());
    }

    #[tokio::test]
    async fn kept_sealed_once_and_compared_when_read() {
        let dir = tempfile::tempdir().unwrap();
        let store = DocumentStore::folder(&dir.path().join("documents")).unwrap();
        let id: DocumentId = ID.parse().unwrap();
        let flip = |bytes: &[u8]| Some(bytes.iter().map(|b| !b).collect::<Vec<u8>>());
        let document = upload(&[b"%PDF-1.7 secret"], 1_000).unwrap();
        store.put(id, &document, flip).await.unwrap();
        let again = store.put(id, &document, flip).await;
        assert_eq!(again, Err(DocumentError::Exists));

        let path = dir.path().join("documents/ab").join(ID.replace('-', ""));
        let on_disk = fs::read(&path).unwrap();
        assert!(!on_disk.windows(6).any(|w| w == b"secret"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1);

        let back = store.get(id, document.sha256, |b| flip(&b)).await.unwrap();
        assert_eq!(back.expose(), b"%PDF-1.7 secret");
        let other = store.get(id, [0; 32], |b| flip(&b)).await;
        assert_eq!(other.err(), Some(DocumentError::Corrupt));
        let no_key = store.get(id, document.sha256, |_| None).await;
        assert_eq!(no_key.err(), Some(DocumentError::Sealing));
        store.remove(id).await.unwrap();
        store.remove(id).await.unwrap();
        let gone = store.get(id, document.sha256, |b| flip(&b)).await;
        assert_eq!(gone.err(), Some(DocumentError::NotFound));
    }
}
