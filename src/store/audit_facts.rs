//! Whether the fact rows of customers are what the journal tells of them. The gate goes by the
//! rows, so whoever writes to the tables could forge them; but every change is told by an entry
//! with the values it wrote, and the entries are hashed. Read after [`Store::verify_journal`]:
//! a journal that was changed itself is no witness.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::engine::Store;
use super::error::StoreError;
use super::tx::Tx;
use crate::domain::customer_file::CustomerFile;
use crate::domain::digest::Digest;
use crate::domain::ids::CustomerId;

/// Customers, or entries, read at a time.
const PAGE: i64 = 200;

/// A customer of whom something is stored that no entry tells, or is told that is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forged {
    /// Whose rows.
    pub customer: CustomerId,
    /// Which of them: `state`, `profile`, `claims`, `checks`, `findings`, `agreements`, `contact`,
    /// or `rows` where they cannot even be read.
    pub what: &'static str,
}

/// What was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Customers whose rows were compared.
    pub customers: u64,
    /// Customers who were erased: nobody can read any more what was told.
    pub erased: u64,
    /// What differs.
    pub forged: Vec<Forged>,
}

/// What the entries of a customer tell, one after the other.
#[derive(Debug, Default, PartialEq)]
struct Told {
    revision: u64,
    state: Value,
    role: Value,
    profile: Value,
    claims: BTreeMap<String, Value>,
    checks: BTreeMap<String, Value>,
    findings: BTreeMap<String, Value>,
    agreements: BTreeMap<String, Value>,
    contact: Value,
}

impl Store {
    /// Compares every customer's rows with what the journal tells, in one snapshot.
    pub async fn verify_facts(&self) -> Result<Compared, StoreError> {
        self.read(|mut tx| async move { tx.verify_facts().await }).await
    }
}

impl Tx {
    async fn verify_facts(&mut self) -> Result<Compared, StoreError> {
        let mut compared = Compared::default();
        let mut after = CustomerId(uuid::Uuid::nil());
        loop {
            let page = self.customers(after, "", "", PAGE).await?;
            let Some(last) = page.last() else { return Ok(compared) };
            after = last.id;
            for row in page {
                match self.compare(row.id).await {
                    Ok(None) => compared.customers += 1,
                    Ok(Some(what)) => {
                        compared.customers += 1;
                        compared.forged.push(Forged { customer: row.id, what });
                    }
                    Err(StoreError::Erased) => compared.erased += 1,
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn compare(&mut self, id: CustomerId) -> Result<Option<&'static str>, StoreError> {
        let told = self.told(id).await?;
        let stored = match self.file(id).await {
            Ok(Some(file)) => self.stored(file).await,
            Ok(None) => return Ok(Some("rows")),
            Err(error) => Err(error),
        };
        match stored {
            Ok(stored) => Ok(told.differs(&stored)),
            Err(StoreError::Corrupt(_) | StoreError::Seal(_)) => Ok(Some("rows")),
            Err(error) => Err(error),
        }
    }

    async fn told(&mut self, id: CustomerId) -> Result<Told, StoreError> {
        let mut told = Told::default();
        loop {
            let page = self.entries_of(id.0, told.revision, PAGE).await?;
            if page.is_empty() {
                return Ok(told);
            }
            for entry in page {
                told.revision = entry.subject_rev;
                let detail = self.detail(&entry).await?;
                told.take(detail);
            }
        }
    }

    /// The rows in the form in which entries tell them.
    async fn stored(&mut self, file: CustomerFile) -> Result<Told, StoreError> {
        let mut stored = Told {
            revision: file.customer.revision,
            state: value(&file.customer.state)?,
            role: value(&file.customer.role)?,
            profile: value(&file.profile)?,
            contact: value(&file.primary_contact)?,
            ..Told::default()
        };
        for row in self.claims(file.customer.id).await? {
            let digest = <[u8; 32]>::try_from(row.digest.as_slice());
            let digest = Digest(digest.map_err(|_length| StoreError::Corrupt("digest"))?);
            let claim = serde_json::json!({
                "kind": row.kind, "subject": row.subject, "digest": digest.to_string(),
            });
            stored.claims.insert(place(&claim), claim);
        }
        for check in &file.checks {
            let check = value(check)?;
            stored.checks.insert(place(&check), check);
        }
        for finding in &file.findings {
            stored.findings.insert(finding.id.to_string(), value(finding)?);
        }
        for agreement in &file.agreements {
            stored.agreements.insert(agreement.id.to_string(), in_order(value(agreement)?));
        }
        Ok(stored)
    }
}

impl Told {
    /// Takes in what one entry tells.
    fn take(&mut self, mut detail: Value) {
        self.state = took(&mut detail, "after");
        self.role = took(&mut detail, "role");
        let Value::Array(rows) = took(&mut detail, "rows") else { return };
        for row in rows {
            self.take_row(row);
        }
    }

    fn take_row(&mut self, mut row: Value) {
        let word = row.as_object_mut().and_then(|fields| fields.remove("row"));
        match word.as_ref().and_then(Value::as_str).unwrap_or_default() {
            "PROFILE" => {
                self.profile = took(&mut row, "profile");
                let Value::Array(claims) = took(&mut row, "claims") else { return };
                self.claims = claims.into_iter().map(|claim| (place(&claim), claim)).collect();
            }
            "CHECK" | "OVERRIDE" => {
                self.checks.insert(place(&row), row);
            }
            "FINDING" | "RESOLVED" => {
                self.findings.insert(text(&row, "id"), row);
            }
            "PREPARED" => self.take_agreement(took(&mut row, "agreement")),
            "AGREEMENT" => self.take_agreement(row),
            "TRACEBACK_CONTACT" => self.contact = took(&mut row, "contact"),
            // Neither a late result nor a document or a proposal bears ACTIVE.
            _ => {}
        }
    }

    fn take_agreement(&mut self, agreement: Value) {
        self.agreements.insert(text(&agreement, "id"), in_order(agreement));
    }

    fn differs(&self, stored: &Self) -> Option<&'static str> {
        let compared = [
            ("state", self.state == stored.state && self.revision == stored.revision),
            ("role", self.role == stored.role),
            ("profile", self.profile == stored.profile),
            ("claims", self.claims == stored.claims),
            ("checks", self.checks == stored.checks),
            ("findings", self.findings == stored.findings),
            ("agreements", self.agreements == stored.agreements),
            ("contact", self.contact == stored.contact),
        ];
        compared.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
    }
}

fn value<T: Serialize>(what: &T) -> Result<Value, StoreError> {
    serde_json::to_value(what).map_err(|_shape| StoreError::Defect("a row cannot be encoded"))
}

/// A field, taken out; null where there is none.
fn took(value: &mut Value, field: &str) -> Value {
    value.get_mut(field).map(Value::take).unwrap_or_default()
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Kind and subject: of these there is one live check, and one claim.
fn place(row: &Value) -> String {
    format!("{}/{}", text(row, "kind"), text(row, "subject"))
}

/// An agreement's clauses have no order of their own.
fn in_order(mut agreement: Value) -> Value {
    if let Some(clauses) = agreement.get_mut("clauses").and_then(Value::as_array_mut) {
        clauses.sort_by_key(Value::to_string);
    }
    agreement
}
