//! One request and what comes back.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde::de::DeserializeOwned;

use crate::domain::check::{Compared, Failure, HeldChannel, Remark, Told};
use crate::domain::digest::Digest;
use crate::domain::pii::Pii;
use crate::domain::time::Ts;

/// A request to a source. What is secret is kept apart from what is shown.
#[derive(Clone, Debug)]
pub(in crate::sources) struct Ask {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
    pub(super) secret_query: Vec<(&'static str, Vec<u8>)>,
    pub(super) accept: &'static [u16],
    pub(super) max_body: Option<usize>,
}

impl Ask {
    fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            secret_query: Vec::new(),
            accept: &[],
            max_body: None,
        }
    }

    pub(in crate::sources) fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// Sends one JSON value.
    pub(in crate::sources) fn post(url: Url, body: &serde_json::Value) -> Self {
        let ask = Self::new(Method::POST, url).header("content-type", b"application/json", false);
        Self { body: Some(body.to_string().into_bytes()), ..ask }
    }

    /// A part of the query.
    pub(in crate::sources) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// A part of the query that is never shown.
    pub(in crate::sources) fn secret_query(mut self, name: &'static str, value: &[u8]) -> Self {
        self.secret_query.push((name, value.to_vec()));
        self
    }

    /// A header. One that no header can hold is left out: the source will refuse us, and say so.
    pub(in crate::sources) fn header(
        mut self,
        name: &'static str,
        value: &[u8],
        secret: bool,
    ) -> Self {
        if let Ok(mut value) = HeaderValue::from_bytes(value) {
            value.set_sensitive(secret);
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Statuses besides 2xx that are answers of this source.
    pub(in crate::sources) fn accept(self, accept: &'static [u16]) -> Self {
        Self { accept, ..self }
    }

    /// A larger body than this source's usual ones.
    pub(in crate::sources) fn up_to(self, max_body: usize) -> Self {
        Self { max_body: Some(max_body), ..self }
    }

    /// The request without its secrets.
    pub(super) fn shown(&self) -> String {
        let query = self.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        format!("{} {}{query} {body}", self.method, self.url.path()).trim_end().to_owned()
    }

    /// The URL as it is sent.
    pub(super) fn full_url(&self) -> Url {
        let mut url = self.url.clone();
        for (name, value) in &self.secret_query {
            url.query_pairs_mut().append_pair(name, &String::from_utf8_lossy(value));
        }
        url
    }
}

/// What came back: a success, or a status that the request said it accepts.
#[derive(Clone, Debug)]
pub(in crate::sources) struct Reply {
    /// The HTTP status.
    pub(in crate::sources) status: u16,
    /// The body.
    pub(in crate::sources) body: Vec<u8>,
    /// SHA-256 of the body.
    pub(in crate::sources) digest: Digest,
    /// When it came.
    pub(in crate::sources) at: Ts,
}

/// What an adapter read in an answer.
#[derive(Clone, Debug)]
pub(in crate::sources) struct Seen {
    pub(in crate::sources) told: Told,
    /// The record's id there.
    pub(in crate::sources) record: String,
    pub(in crate::sources) compared: Vec<Compared>,
    /// The date the source gives its data.
    pub(in crate::sources) as_of: Option<Ts>,
    pub(in crate::sources) remarks: Vec<Remark>,
    pub(in crate::sources) channels: Vec<HeldChannel>,
    pub(in crate::sources) since: Option<Ts>,
    pub(in crate::sources) changed: Option<Ts>,
}

impl Seen {
    pub(in crate::sources) fn of(told: Told, record: &str) -> Self {
        Self {
            told,
            record: record.to_owned(),
            compared: Vec::new(),
            as_of: None,
            remarks: Vec::new(),
            channels: Vec::new(),
            since: None,
            changed: None,
        }
    }

    /// Notes what was compared and whether both say the same.
    pub(in crate::sources) fn compare(
        mut self,
        field: &str,
        asked: &str,
        told: &str,
        agrees: bool,
    ) -> Self {
        self.compared.push(Compared {
            field: field.to_owned(),
            asked: Pii::new(asked.to_owned()),
            told: Pii::new(told.to_owned()),
            agrees,
        });
        self
    }
}

/// A body of this shape. Anything else is no answer: a page, half of an answer, another field.
pub(in crate::sources) fn json<T: DeserializeOwned>(reply: &Reply) -> Result<T, Failure> {
    serde_json::from_slice(&reply.body).map_err(|_quotes| Failure::Schema)
}
