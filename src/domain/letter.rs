//! What a letter of authorisation says before anybody signs it, from the record.

use super::command::letter::{RenderLoa, Subscriber};
use super::customer_file::CustomerFile;
use super::digest::Digest;
use super::evidence::{Listed, rows, same_firm};
use super::number::Tn;
use super::pii::Pii;
use super::profile::{Address, Contact};
use super::time::Ts;

/// A letter, ready to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Names the letter; made of what it says, so that the same letter bears the same reference.
    pub reference: String,
    /// The provider's name.
    pub provider: String,
    /// The day of the record it was made from.
    pub prepared: Ts,
    /// Who has the numbers.
    pub subscriber: Pii<String>,
    /// Whether a passed check stands behind the subscriber's name.
    pub name_verified: bool,
    /// Its service address, line by line.
    pub address: Vec<Pii<String>>,
    /// Who signs for it; empty where that is left to be written by hand.
    pub signer: Pii<String>,
    /// As what.
    pub title: Pii<String>,
    /// Who may show the numbers.
    pub grantee: Pii<String>,
    /// Who serves the numbers.
    pub carrier: String,
    /// The account there.
    pub account: Pii<String>,
    /// The number that is billed, as it is printed.
    pub billing_number: Pii<String>,
    /// The numbers.
    pub rows: Vec<Listed>,
    /// When the authorisation ends; `life_days` after the signature where it does not say.
    pub ends_at: Option<Ts>,
    /// How long a letter counts.
    pub life_days: u32,
}

/// A contact that the profile does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoContact;

impl Letter {
    /// The letter for these numbers. Without a subscriber of its own the customer is the subscriber,
    /// and the provider the only one who is authorised: such a letter is the customer's own word.
    pub fn of(
        file: &CustomerFile,
        ask: &RenderLoa,
        provider: &str,
        life_days: u32,
        now: Ts,
    ) -> Result<Self, NoContact> {
        let legal_name = &file.profile.legal_name;
        let verified = file.verified_name(now).is_some();
        let own = || -> Result<Subscriber, NoContact> {
            let contact = signer(file, ask)?;
            Ok(Subscriber {
                name: legal_name.clone(),
                address: file.profile.physical_address.as_ref().map(lines).unwrap_or_default(),
                signer: contact.map(|c| c.name.clone()).unwrap_or_default(),
                title: contact.map(|c| c.role_title.clone()).unwrap_or_default(),
            })
        };
        let (subscriber, grantee, name_verified) = match &ask.subscriber {
            Some(other) => (other.clone(), legal_name.clone(), false),
            None => (own()?, Pii::new(provider.to_owned()), verified),
        };
        let mut letter = Self {
            reference: String::new(),
            provider: provider.to_owned(),
            prepared: file.customer.last_at,
            subscriber: subscriber.name,
            name_verified,
            address: subscriber.address,
            signer: subscriber.signer,
            title: subscriber.title,
            grantee,
            carrier: ask.carrier.clone(),
            account: ask.account.clone(),
            billing_number: Pii::new(ask.billing_number.map(printed).unwrap_or_default()),
            rows: rows(&ask.numbers),
            ends_at: ask.ends,
            life_days,
        };
        letter.reference = letter.digest();
        Ok(letter)
    }

    /// Whether it would be the customer's own word: that is never evidence.
    pub fn is_self_certified(&self, legal_name: &str) -> bool {
        same_firm(self.subscriber.as_str(), legal_name)
    }

    /// How many numbers it lists.
    pub fn count(&self) -> u64 {
        self.rows.iter().map(|row| row.last.as_u64() - row.first.as_u64() + 1).sum()
    }

    /// The numbers as they are printed, rows with their first and last.
    pub fn printed_numbers(&self) -> Vec<String> {
        let print = |row: &Listed| {
            if row.first == row.last {
                printed(row.first)
            } else {
                format!("{} to {}", printed(row.first), printed(row.last))
            }
        };
        self.rows.iter().map(print).collect()
    }

    fn digest(&self) -> String {
        let mut parts = vec![
            self.provider.clone(),
            self.prepared.0.to_string(),
            self.carrier.clone(),
            self.ends_at.map_or(0, |at| at.0).to_string(),
        ];
        let texts = [
            &self.subscriber,
            &self.signer,
            &self.title,
            &self.grantee,
            &self.account,
            &self.billing_number,
        ];
        parts.extend(texts.into_iter().chain(&self.address).map(|text| text.as_str().to_owned()));
        parts.extend(self.printed_numbers());
        let digest = Digest::of_parts(parts.iter().map(String::as_bytes)).to_string();
        digest.chars().take(16).collect::<String>().to_uppercase()
    }
}

/// The contact that signs: the one that was named, else the first who may.
fn signer<'a>(file: &'a CustomerFile, ask: &RenderLoa) -> Result<Option<&'a Contact>, NoContact> {
    match ask.contact {
        Some(id) => file.profile.contact(id).map(Some).ok_or(NoContact),
        None => Ok(file.profile.contacts.iter().find(|contact| contact.authorized_signer)),
    }
}

fn lines(address: &Address) -> Vec<Pii<String>> {
    let place = [&address.city, &address.region, &address.postal_code];
    let place: Vec<&str> = place.into_iter().map(Pii::as_str).collect();
    let place = place.join(" ").trim().to_owned();
    let country = address.country.clone();
    let rest = [place, country].into_iter().filter(|line| !line.is_empty()).map(Pii::new);
    address.lines.iter().cloned().chain(rest).collect()
}

/// A number as people read it.
fn printed(tn: Tn) -> String {
    let digits = tn.digits();
    match (tn.nanp(), digits.get(1..4), digits.get(4..7), digits.get(7..)) {
        (Some(_), Some(area), Some(exchange), Some(line)) => format!("+1 {area}-{exchange}-{line}"),
        _ => tn.e164(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::{CONTACT, START, policy, ready, text};

    fn ask(numbers: &[&str]) -> RenderLoa {
        RenderLoa {
            customer: crate::domain::ids::CustomerId(crate::domain::fixture::id(1)),
            numbers: numbers.iter().map(|n| Tn::parse(n).unwrap()).collect(),
            subscriber: None,
            contact: None,
            billing_number: None,
            carrier: String::new(),
            account: Pii::default(),
            ends: None,
        }
    }

    #[test]
    fn a_letter_is_made_of_the_record() {
        let file = ready(crate::domain::customer::Role::EndUser, &policy());
        let own = ask(&["+12126647601", "+12126647600", "+442079460000"]);
        let letter = Letter::of(&file, &own, "Lakeside Telephone", 365, START).unwrap();
        assert_eq!(letter.count(), 3);
        assert_eq!(
            letter.printed_numbers(),
            ["+1 212-664-7600 to +1 212-664-7601", "+442079460000"]
        );
        assert_eq!(letter.subscriber, file.profile.legal_name);
        assert!(letter.name_verified && letter.is_self_certified(file.profile.legal_name.as_str()));
        assert!(!letter.address.is_empty() && !letter.signer.as_str().is_empty());
        let again = Letter::of(&file, &own, "Lakeside Telephone", 365, START).unwrap();
        assert_eq!(letter, again);
        let subscriber = Subscriber { name: text("Blue Ridge Dental PC"), ..Subscriber::default() };
        let theirs = RenderLoa { subscriber: Some(subscriber), ..own.clone() };
        let other = Letter::of(&file, &theirs, "Lakeside Telephone", 365, START).unwrap();
        assert!(!other.is_self_certified(file.profile.legal_name.as_str()));
        assert_eq!(other.grantee, file.profile.legal_name);
        assert!(!other.name_verified && other.reference != letter.reference);
        let named = RenderLoa { contact: Some(CONTACT), ..own.clone() };
        assert!(Letter::of(&file, &named, "Lakeside Telephone", 365, START).is_ok());
        let nobody = crate::domain::ids::ContactId(crate::domain::fixture::id(404));
        let nobody = RenderLoa { contact: Some(nobody), ..own };
        assert_eq!(Letter::of(&file, &nobody, "P", 365, START), Err(NoContact));
    }
}
