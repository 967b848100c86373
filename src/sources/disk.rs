//! Files put down whole: written beside their place, synced, moved into it, so that a crash leaves
//! the old file or the new one and never half of one.

use std::fs::{DirBuilder, File, OpenOptions, rename};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// The ending of a file that is still being written; a crash may leave one behind.
pub(super) const PART: &str = "part";

/// Makes a folder that only this user may enter, with the folders above it.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a file that only this user may read, replacing an older one.
pub(super) fn put_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_added_extension(PART);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    rename(&part, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
