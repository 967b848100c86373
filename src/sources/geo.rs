//! In which country an address database (an mmdb file) puts an IP address. What it does not know is
//! unknown, and so is everything without a file.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use maxminddb::{Reader, geoip2};

/// A file that is no address database.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadGeo(#[from] maxminddb::MaxMindDbError);

/// An address database, or none.
#[derive(Clone, Default)]
pub struct Geo(Option<Arc<Reader<Vec<u8>>>>);

impl std::fmt::Debug for Geo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "[address database]" } else { "[no address database]" })
    }
}

impl Geo {
    /// Reads the file whole.
    pub fn open(path: &Path) -> Result<Self, BadGeo> {
        Ok(Self(Some(Arc::new(Reader::open_readfile(path)?))))
    }

    /// The country of an address: where it is, or else where it is registered.
    pub fn country(&self, ip: IpAddr) -> Option<String> {
        let found = self.0.as_ref()?.lookup(ip).ok()?;
        let place = found.decode::<geoip2::Country<'_>>().ok()??;
        let code = place.country.iso_code.or(place.registered_country.iso_code)?;
        Some(code.to_owned())
    }
}
