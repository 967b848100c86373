//! Keyset paging: an opaque token that is bound to the list it continues.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::error::AppError;
use super::parts::App;
use crate::domain::command::query::Page;

/// Where a page starts and how much it holds.
#[derive(Debug)]
pub struct Keyset {
    bound: Vec<u8>,
    after: Vec<u8>,
    size: usize,
}

/// Bytes of the keyed hash that bind a token to its list.
const MARK: usize = 16;

fn bad() -> AppError {
    let message = "send the page token exactly as the list returned it, with the same filter";
    AppError::field("page_token", "BAD_PAGE_TOKEN", message)
}

impl Keyset {
    /// Reads the token of a page. `bound` names the list, its filter and who asks: a token of one
    /// list continues no other.
    pub fn open(app: &App, bound: &str, page: &Page) -> Result<Self, AppError> {
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let bound = bound.as_bytes().to_vec();
        let Some(token) = page.token.as_deref().filter(|token| !token.is_empty()) else {
            return Ok(Self { bound, after: Vec::new(), size });
        };
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_letters| bad())?;
        let (mark, after) = bytes.split_at_checked(MARK).ok_or_else(bad)?;
        let keyset = Self { bound, after: after.to_vec(), size };
        if keyset.mark(app, after) == mark { Ok(keyset) } else { Err(bad()) }
    }

    fn mark(&self, app: &App, after: &[u8]) -> Vec<u8> {
        let text = [self.bound.as_slice(), b"|", after].concat();
        let mut mark = app.store.sealer().index("page token", &text);
        mark.truncate(MARK);
        mark
    }

    /// How many rows to ask for: one more than the page, to know whether it is the last.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(i64::MAX - 1).saturating_add(1)
    }

    /// The id the page starts behind; nil for the first page.
    pub fn after_id(&self) -> Result<Uuid, AppError> {
        match self.after.as_slice() {
            [] => Ok(Uuid::nil()),
            bytes => Uuid::from_slice(bytes).map_err(|_length| bad()),
        }
    }

    /// The number the page starts behind; 0 for the first page.
    pub fn after_i64(&self) -> Result<i64, AppError> {
        match self.after.as_slice() {
            [] => Ok(0),
            bytes => <[u8; 8]>::try_from(bytes).map(i64::from_be_bytes).map_err(|_length| bad()),
        }
    }

    /// The text the page starts behind; empty for the first page.
    pub fn after_text(&self) -> Result<String, AppError> {
        String::from_utf8(self.after.clone()).map_err(|_text| bad())
    }

    /// A kind and the id behind it; the first kind and nil for the first page.
    pub fn after_pair(&self) -> Result<(u8, Uuid), AppError> {
        match self.after.split_first() {
            None => Ok((0, Uuid::nil())),
            Some((kind, id)) => Uuid::from_slice(id).map(|id| (*kind, id)).map_err(|_length| bad()),
        }
    }

    /// Cuts the rows to the page and makes the token of the next one; empty when this is the last.
    pub fn next<T, K: KeyBytes>(
        &self,
        app: &App,
        rows: &mut Vec<T>,
        key: impl Fn(&T) -> K,
    ) -> Result<String, AppError> {
        if rows.len() <= self.size {
            return Ok(String::new());
        }
        rows.truncate(self.size);
        let after = rows.last().map(|row| key(row).key_bytes()).unwrap_or_default();
        Ok(self.token(app, &after))
    }

    /// The token of a page that goes on behind `key`, for a list that stops before its page is full.
    pub fn go_on<K: KeyBytes>(&self, app: &App, key: &K) -> String {
        self.token(app, &key.key_bytes())
    }

    fn token(&self, app: &App, after: &[u8]) -> String {
        let mut bytes = self.mark(app, after);
        bytes.extend_from_slice(after);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// What a page can start behind.
pub trait KeyBytes {
    /// Its bytes in the token.
    fn key_bytes(&self) -> Vec<u8>;
}

impl KeyBytes for Uuid {
    fn key_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl KeyBytes for i64 {
    fn key_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }
}

impl KeyBytes for String {
    fn key_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}
