//! Companies House: the register of companies of the United Kingdom.

use serde::Deserialize;

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::reading::{day, found, same, spoken};
use super::secret::basic;
use crate::domain::check::{Coverage, Failure, Question, RecordStanding, Told};
use crate::domain::pii::Pii;

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the documented answer")]
struct Company {
    company_name: String,
    company_number: String,
    company_status: String,
    #[serde(default)]
    company_status_detail: Option<String>,
    #[serde(default)]
    date_of_creation: Option<String>,
    #[serde(default)]
    previous_company_names: Vec<Previous>,
    #[serde(default)]
    has_insolvency_history: bool,
    #[serde(default)]
    registered_office_is_in_dispute: bool,
    #[serde(default)]
    undeliverable_registered_office_address: bool,
    #[serde(default)]
    accounts: Duty,
    #[serde(default)]
    confirmation_statement: Duty,
}

#[derive(Deserialize)]
struct Previous {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Duty {
    overdue: bool,
}

/// What the register says of a number that is none.
#[derive(Deserialize)]
struct Faults {
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    error: String,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let number = number(question.value.expose());
    let url = call.line.at(&["company", &number]);
    let credential = basic(call.line.key(), b"");
    let ask = Ask::get(url).header("authorization", &credential, true).accept(&[404]);
    read(&call.send(ask).await?, &number, question)
}

/// Numbers have eight characters; people leave out the zeros in front.
fn number(text: &str) -> String {
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{:0>8}", bare.to_ascii_uppercase())
}

fn read(reply: &Reply, number: &str, question: &Question) -> Result<Seen, Failure> {
    if reply.status == 404 {
        // Any gateway says 404 of a path that it does not know; only the register says it so.
        let errors = json::<Faults>(reply)?.errors;
        let none = errors.iter().any(|fault| fault.error == "company-profile-not-found");
        let nothing = Seen::of(Told::Nothing(Coverage::Complete), "");
        return if none { Ok(nothing) } else { Err(Failure::Schema) };
    }
    let company: Company = json(reply)?;
    same(&company.company_number, number)?;
    let (standing, reason) = standing(&company)?;
    let mut record = found(&company.company_name, standing, reason)?;
    record.other_names =
        company.previous_company_names.into_iter().map(|p| Pii::new(p.name)).collect();
    let mut seen = spoken(record, &company.company_number, question);
    seen = seen.compare("company_number", number, &company.company_number, true);
    seen.since = company.date_of_creation.as_deref().and_then(day);
    Ok(seen)
}

fn standing(company: &Company) -> Result<(RecordStanding, &'static str), Failure> {
    use RecordStanding::{Doubtful, Ended, Good};
    let of_status = match company.company_status.as_str() {
        "active" | "open" | "registered" => (Good, ""),
        "dissolved" => (Ended, "DISSOLVED"),
        "converted-closed" | "closed" | "removed" => (Ended, "CLOSED"),
        "liquidation"
        | "receivership"
        | "voluntary-arrangement"
        | "insolvency-proceedings"
        | "administration" => (Doubtful, "INSOLVENCY"),
        _ => return Err(Failure::Schema),
    };
    if of_status.0 != Good {
        return Ok(of_status);
    }
    let doubts = [
        (company.company_status_detail.is_some(), "STATUS_DETAIL"),
        (company.has_insolvency_history, "INSOLVENCY_HISTORY"),
        (company.registered_office_is_in_dispute, "OFFICE_IN_DISPUTE"),
        (company.undeliverable_registered_office_address, "OFFICE_UNDELIVERABLE"),
        (company.accounts.overdue || company.confirmation_statement.overdue, "FILING_OVERDUE"),
    ];
    let doubt = doubts.into_iter().find(|(is_so, _)| *is_so);
    Ok(doubt.map_or((Good, ""), |(_, reason)| (Doubtful, reason)))
}
