//! Reads fields so that every fault of a message is told at once, each with its path and a stable
//! reason. Nothing of what was sent is repeated in a fault: it may be personal data.

use std::borrow::Cow;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::domain::command::query::Page;
use crate::domain::command::write::{Write, revision_of};
use crate::domain::fault::FieldFault;
use crate::domain::number::Tn;
use crate::domain::pii::Pii;
use crate::domain::time::Ts;

/// Faults told in one answer. More would not fit into the trailers that carry them.
pub const MAX_FAULTS: usize = 32;
/// Longest `request_id`.
pub const MAX_REQUEST_ID: usize = 64;
/// Longest page token or change token.
pub const MAX_TOKEN: usize = 1_024;
/// Largest page.
pub const MAX_PAGE: u32 = 500;
/// Page size where none is asked for.
pub const DEFAULT_PAGE: u32 = 50;

/// Every fault of one message; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} field(s) of the request are wrong; see the field violations", .0.len())]
pub struct Faults(Vec<FieldFault>);

impl Faults {
    /// The faults in the order of the fields.
    pub fn as_slice(&self) -> &[FieldFault] {
        &self.0
    }

    /// A single fault, for what is found after the fields were read.
    pub fn one(
        path: impl Into<String>,
        reason: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(vec![FieldFault::new(path, reason, message)])
    }

    /// The faults that a domain value's own validation found, under `path`.
    pub fn of_validator(path: &str, errors: &ValidationErrors) -> Self {
        let mut reader = Reader::new();
        reader.at(path, |r| r.add_validator(errors));
        Self(reader.faults)
    }
}

/// A closed set of values on the wire, and what it means in the domain.
pub trait Choice: Sized {
    /// The generated enum.
    type Wire: TryFrom<i32>;

    /// The domain's value; `None` for the zero value.
    fn from_wire(wire: Self::Wire) -> Option<Self>;
}

/// Reads the fields of one message and keeps their faults.
#[derive(Debug, Default)]
pub struct Reader {
    path: String,
    faults: Vec<FieldFault>,
    dropped: usize,
}

impl Reader {
    /// A reader at the root of a message.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads inside of the field named `field`.
    pub fn at<T>(&mut self, field: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.path.len();
        if outer > 0 && !field.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(field);
        let value = read(self);
        self.path.truncate(outer);
        value
    }

    /// Reads inside of item `index` of the list named `field`.
    pub fn item<T>(&mut self, field: &str, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        self.at(&format!("{field}[{index}]"), read)
    }

    /// Records a fault of `field`; an empty `field` means the message the reader stands in.
    pub fn fault(
        &mut self,
        field: &str,
        reason: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) {
        if self.faults.len() >= MAX_FAULTS {
            self.dropped += 1;
            return;
        }
        let path = self.at(field, |r| r.path.clone());
        self.faults.push(FieldFault::new(path, reason, message));
    }

    /// The value, or every fault that was recorded. A value may be absent only after a fault.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Faults> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => {
                if self.faults.is_empty() {
                    self.fault("", "INVALID", "the request cannot be read");
                }
                if self.dropped > 0 {
                    let more =
                        format!("{} more faults are not shown; correct these first", self.dropped);
                    self.faults.push(FieldFault::new("", "MORE_FAULTS", more));
                }
                Err(Faults(self.faults))
            }
        }
    }

    /// One line of text, trimmed, of at most `max` characters; may be empty.
    pub fn line(&mut self, field: &str, text: &str, max: usize) -> String {
        self.text(field, text, max, |c| !c.is_control())
    }

    /// Text of several lines, trimmed, of at most `max` characters; may be empty.
    pub fn paragraph(&mut self, field: &str, text: &str, max: usize) -> String {
        self.text(field, text, max, |c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
    }

    /// One line of text that has to be given.
    pub fn required_line(&mut self, field: &str, text: &str, max: usize) -> String {
        let read = self.line(field, text, max);
        if text.trim().is_empty() {
            self.required(field);
        }
        read
    }

    /// Text of several lines that has to be given.
    pub fn required_paragraph(&mut self, field: &str, text: &str, max: usize) -> String {
        let read = self.paragraph(field, text, max);
        if text.trim().is_empty() {
            self.required(field);
        }
        read
    }

    fn text(
        &mut self,
        field: &str,
        text: &str,
        max: usize,
        allowed: impl Fn(char) -> bool,
    ) -> String {
        let text = text.trim();
        // A character has at most four bytes: a huge text is refused without being counted.
        if text.len() > max.saturating_mul(4) || text.chars().count() > max {
            self.fault(field, "TOO_LONG", format!("at most {max} characters"));
            return String::new();
        }
        if !text.chars().all(allowed) {
            self.fault(field, "BAD_CHARACTER", "control characters are not allowed");
            return String::new();
        }
        text.to_owned()
    }

    /// Records that `field` is missing.
    pub fn required(&mut self, field: &str) {
        self.fault(field, "REQUIRED", "this field has to be given");
    }

    /// At most `max` items; a longer list is read no further than that.
    pub fn list<T>(&mut self, field: &str, items: Vec<T>, max: usize) -> Vec<T> {
        if items.len() > max {
            self.fault(field, "TOO_MANY", format!("at most {max} items"));
        }
        let mut items = items;
        items.truncate(max);
        items
    }

    /// An id that has to be given.
    pub fn id<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T> {
        if text.is_empty() {
            self.required(field);
            return None;
        }
        self.optional_id(field, text)
    }

    /// An id that may be empty.
    pub fn optional_id<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        let id = text.parse().ok();
        if id.is_none() {
            self.fault(field, "BAD_ID", "send the id exactly as Vouch returned it");
        }
        id
    }

    /// A value of a closed set that has to be given.
    pub fn choice<C: Choice>(&mut self, field: &str, value: i32) -> Option<C> {
        if value == 0 {
            self.required(field);
            return None;
        }
        self.optional_choice(field, value)
    }

    /// A value of a closed set; zero means that none is given.
    pub fn optional_choice<C: Choice>(&mut self, field: &str, value: i32) -> Option<C> {
        if value == 0 {
            return None;
        }
        let known = C::Wire::try_from(value).ok().and_then(C::from_wire);
        if known.is_none() {
            self.fault(field, "UNKNOWN_ENUM_VALUE", "not a value this server knows");
        }
        known
    }

    /// Values of a closed set, as a filter or a set of roles: at most 32, none of them zero.
    pub fn choices<C: Choice>(&mut self, field: &str, values: &[i32]) -> Vec<C> {
        if values.len() > 32 {
            self.fault(field, "TOO_MANY", "at most 32 items");
            return Vec::new();
        }
        let read = |(index, value): (usize, &i32)| {
            let mut known = None;
            self.item(field, index, |r| known = r.choice("", *value));
            known
        };
        values.iter().enumerate().filter_map(read).collect()
    }

    /// A telephone number that has to be given.
    pub fn tn(&mut self, field: &str, text: &str) -> Option<Tn> {
        match Tn::parse(text) {
            Ok(tn) => Some(tn),
            Err(why) => {
                self.fault(field, why.reason(), why.to_string());
                None
            }
        }
    }

    /// A time that may be absent.
    pub fn optional_time(
        &mut self,
        field: &str,
        time: Option<prost_types::Timestamp>,
    ) -> Option<Ts> {
        let ts = super::time::from_timestamp(time?);
        if ts.is_none() {
            self.fault(
                field,
                "OUT_OF_RANGE",
                "a time from 1970 to 9999, with nanos below a second",
            );
        }
        ts
    }

    /// A time that has to be given.
    pub fn time(&mut self, field: &str, time: Option<prost_types::Timestamp>) -> Option<Ts> {
        if time.is_none() {
            self.required(field);
        }
        self.optional_time(field, time)
    }

    /// The id that names a write: 1 to 64 visible ASCII characters.
    pub fn request_id(&mut self, text: &str) -> String {
        const FIELD: &str = "request_id";
        if text.is_empty() {
            self.required(FIELD);
        } else if text.len() > MAX_REQUEST_ID {
            self.fault(FIELD, "TOO_LONG", format!("at most {MAX_REQUEST_ID} characters"));
        } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
            self.fault(FIELD, "BAD_CHARACTER", "use visible ASCII characters without spaces");
        } else {
            return text.to_owned();
        }
        String::new()
    }

    /// What names a write: its `request_id` and the digest of the whole message.
    pub fn write(
        &mut self,
        call: &'static str,
        request_id: &str,
        message: &impl prost::Message,
    ) -> Write {
        Write {
            call,
            request_id: self.request_id(request_id),
            body: Sha256::digest(message.encode_to_vec()).into(),
            etag: None,
            validate_only: false,
        }
    }

    /// A reason in a person's words, 1 to 1,000 characters.
    pub fn reason(&mut self, text: &str) -> Pii<String> {
        Pii::new(self.required_paragraph("reason", text, 1_000))
    }

    /// The etag of a resource: the revision that the caller saw. Empty means none.
    pub fn etag(&mut self, text: &str) -> Option<u64> {
        if text.is_empty() {
            return None;
        }
        let revision = revision_of(text);
        if revision.is_none() {
            self.fault("etag", "BAD_TOKEN", "send it exactly as Vouch returned it");
        }
        revision
    }

    /// A page token, change token or the like, given back as it was received; empty means none.
    pub fn token(&mut self, field: &str, text: &str) -> Option<String> {
        if text.is_empty() {
            return None;
        }
        if text.len() > MAX_TOKEN || !text.bytes().all(|b| b.is_ascii_graphic()) {
            self.fault(field, "BAD_TOKEN", "send it exactly as Vouch returned it");
            return None;
        }
        Some(text.to_owned())
    }

    /// The page that is asked for.
    pub fn page(&mut self, size: i32, token: &str) -> Page {
        let size = match u32::try_from(size) {
            Ok(0) => DEFAULT_PAGE,
            Ok(size) => size.min(MAX_PAGE),
            Err(_negative) => {
                self.fault("page_size", "OUT_OF_RANGE", format!("from 0 to {MAX_PAGE}"));
                DEFAULT_PAGE
            }
        };
        Page { size, token: self.token("page_token", token) }
    }

    /// A SHA-256 digest that has to be given.
    pub fn sha256(&mut self, field: &str, bytes: &[u8]) -> Option<[u8; 32]> {
        let digest = bytes.try_into().ok();
        if digest.is_none() {
            self.fault(field, "BAD_DIGEST", "a SHA-256 digest has 32 bytes");
        }
        digest
    }

    /// Adds what a domain value's own validation found.
    pub fn add_validator(&mut self, errors: &ValidationErrors) {
        // The map has no order of its own, and answers must not differ between two runs.
        let mut fields: Vec<_> = errors.errors().iter().collect();
        fields.sort_by(|a, b| a.0.cmp(b.0));
        for (field, kind) in fields {
            // "__all__" holds faults of the whole struct.
            let field = if field == "__all__" { "" } else { field };
            match kind {
                ValidationErrorsKind::Struct(inner) => self.at(field, |r| r.add_validator(inner)),
                ValidationErrorsKind::List(items) => {
                    for (index, inner) in items {
                        self.item(field, *index, |r| r.add_validator(inner));
                    }
                }
                ValidationErrorsKind::Field(faults) => {
                    for fault in faults {
                        let (reason, message) = of_validation_error(fault);
                        self.fault(field, reason, message);
                    }
                }
            }
        }
    }
}

/// Reason and message of one fault. Its `value` parameter is left out: it may be personal data.
fn of_validation_error(error: &ValidationError) -> (Cow<'static, str>, Cow<'static, str>) {
    let limit = |name: &str| error.params.get(name).and_then(serde_json::Value::as_f64);
    let size = || match error.params.get("value") {
        Some(serde_json::Value::String(text)) => Some(text.chars().count()),
        Some(serde_json::Value::Array(items)) => Some(items.len()),
        _ => None,
    };
    let (reason, message): (Cow<'static, str>, Cow<'static, str>) = match error.code.as_ref() {
        "length" if size() == Some(0) => ("REQUIRED".into(), "this field has to be given".into()),
        "length" => match (limit("min"), limit("max"), limit("equal")) {
            (_, _, Some(n)) => ("BAD_LENGTH".into(), format!("exactly {n} long").into()),
            (Some(min), Some(max), None) => {
                ("BAD_LENGTH".into(), format!("{min} to {max} long").into())
            }
            (None, Some(max), None) => ("TOO_LONG".into(), format!("at most {max} long").into()),
            (Some(min), None, None) => ("TOO_SHORT".into(), format!("at least {min} long").into()),
            (None, None, None) => ("BAD_LENGTH".into(), "not of the allowed length".into()),
        },
        "range" => ("OUT_OF_RANGE".into(), range_message(limit("min"), limit("max")).into()),
        "required" => ("REQUIRED".into(), "this field has to be given".into()),
        "email" => ("BAD_EMAIL".into(), "give an address such as name@example.com".into()),
        "url" => ("BAD_URL".into(), "give an address such as https://www.example.com".into()),
        _ => (error.code.to_ascii_uppercase().into(), "not allowed here".into()),
    };
    (reason, error.message.clone().unwrap_or(message))
}

fn range_message(min: Option<f64>, max: Option<f64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "outside of the allowed range".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::CustomerId;
    use validator::Validate;

    fn faults(read: impl FnOnce(&mut Reader)) -> Vec<(String, String)> {
        let mut reader = Reader::new();
        read(&mut reader);
        let Err(faults) = reader.finish(Some(())) else { return Vec::new() };
        let pair = |f: &FieldFault| (f.path.clone(), f.reason.to_string());
        faults.as_slice().iter().map(pair).collect()
    }

    fn pair(path: &str, reason: &str) -> (String, String) {
        (path.to_owned(), reason.to_owned())
    }

    #[test]
    fn tells_every_fault_with_its_path() {
        let told = faults(|r| {
            r.request_id("");
            r.at("profile", |r| {
                r.required_line("legal_name", " \t ", 200);
                r.item("contacts", 1, |r| r.tn("phone", "+1 212 555"));
                r.at("physical_address", |r| r.line("city", "a\0b", 120));
            });
            r.id::<CustomerId>("customer_id", "42");
            r.sha256("sha256", &[0; 31]);
            r.page(-1, "a token");
        });
        let expected = [
            pair("request_id", "REQUIRED"),
            pair("profile.legal_name", "REQUIRED"),
            pair("profile.contacts[1].phone", "TN_BAD_NANP"),
            pair("profile.physical_address.city", "BAD_CHARACTER"),
            pair("customer_id", "BAD_ID"),
            pair("sha256", "BAD_DIGEST"),
            pair("page_size", "OUT_OF_RANGE"),
            pair("page_token", "BAD_TOKEN"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn huge_and_strange_texts_are_refused_without_being_repeated() {
        let huge = "x".repeat(10 << 20);
        let mut reader = Reader::new();
        assert_eq!(reader.line("a", &huge, 200), "");
        assert_eq!(reader.paragraph("b", &huge, 10_000), "");
        assert_eq!(reader.request_id(&huge), "");
        assert_eq!(reader.token("c", &huge), None);
        assert_eq!(reader.tn("d", &huge), None);
        assert_eq!(reader.tn("e", "+\u{0661}\u{0662}\u{0661}\u{0662}6647665"), None);
        assert_eq!(reader.optional_id::<CustomerId>("f", &huge), None);
        let Err(faults) = reader.finish(Some(())) else { panic!("accepted") };
        assert_eq!(faults.as_slice().len(), 7);
        assert!(faults.as_slice().iter().all(|f| f.message.len() < 200));
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(faults(|r| drop(r.line("a", &"\u{1F4DE}".repeat(15), 15))), []);
        let told = faults(|r| drop(r.line("a", &"\u{1F4DE}".repeat(16), 15)));
        assert_eq!(told, [pair("a", "TOO_LONG")]);
    }

    #[test]
    fn many_faults_are_cut_and_counted() {
        let told = faults(|r| (0..1_000).for_each(|i| r.item("numbers", i, |r| r.required(""))));
        assert_eq!(told.len(), MAX_FAULTS + 1);
        assert_eq!(told.last(), Some(&pair("", "MORE_FAULTS")));
    }

    #[test]
    fn a_missing_value_without_a_fault_is_still_refused() {
        assert!(Reader::new().finish::<()>(None).is_err());
    }

    #[derive(Validate)]
    struct Inner {
        #[validate(email)]
        email: String,
    }

    #[derive(Validate)]
    struct Outer {
        #[validate(length(min = 1, max = 3))]
        name: String,
        #[validate(nested)]
        inner: Vec<Inner>,
    }

    #[test]
    fn validator_faults_become_paths_without_values() {
        let inner = ["a@example.com", "secret"].map(|email| Inner { email: email.to_owned() });
        let value = Outer { name: String::new(), inner: inner.into() };
        let faults = Faults::of_validator("profile", &value.validate().unwrap_err());
        let told: Vec<_> =
            faults.as_slice().iter().map(|f| (f.path.as_str(), f.reason.as_ref())).collect();
        assert_eq!(told, [("profile.inner[1].email", "BAD_EMAIL"), ("profile.name", "REQUIRED")]);
        assert!(!format!("{faults:?}").contains("secret"));
    }
}
