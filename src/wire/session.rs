//! Logging in on the wire.

use crate::domain::command::session::Login;
use crate::domain::pii::{Pii, Secret};
use crate::wire::pb;
use crate::wire::validate::{Faults, Reader};

/// Longest password in bytes: hashing takes time with length.
const MAX_PASSWORD: usize = 1_024;
/// Shortest new password in characters (NIST SP 800-63B asks for eight at least).
const MIN_PASSWORD: usize = 12;

impl TryFrom<pb::LoginRequest> for Login {
    type Error = Faults;

    fn try_from(m: pb::LoginRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let login = Pii::new(r.required_line("login", &m.login, 64));
        if m.password.is_empty() {
            r.required("password");
        }
        let new = (!m.new_password.is_empty()).then_some(&m.new_password);
        if new.is_some_and(|text| text.chars().take(MIN_PASSWORD).count() < MIN_PASSWORD) {
            r.fault("new_password", "TOO_SHORT", format!("at least {MIN_PASSWORD} characters"));
        }
        for (field, text) in [("password", &m.password), ("new_password", &m.new_password)] {
            if text.len() > MAX_PASSWORD {
                r.fault(field, "TOO_LONG", format!("at most {MAX_PASSWORD} bytes"));
            }
        }
        let new_password = new.map(|text| Secret::new(text.clone().into_bytes()));
        let password = Secret::new(m.password.into_bytes());
        r.finish(Some(Self { login, password, new_password }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(password: &str, new: &str) -> Result<Login, Faults> {
        Login::try_from(pb::LoginRequest {
            login: "ada".to_owned(),
            password: password.to_owned(),
            new_password: new.to_owned(),
        })
    }

    #[test]
    fn passwords_are_taken_as_they_are_and_bounded() {
        let read = login(" \u{0661} pass ", "").unwrap();
        assert_eq!(read.password.expose(), " \u{0661} pass ".as_bytes());
        assert!(read.new_password.is_none());
        assert!(login("x", &"n".repeat(12)).unwrap().new_password.is_some());
        assert!(login("", "").is_err());
        assert!(login("x", "short").is_err());
        assert!(login(&"x".repeat(10 << 20), "").is_err());
        assert!(!format!("{read:?}").contains("pass "));
    }
}
