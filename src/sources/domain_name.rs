//! The part of a host name that somebody registered: `mail.example.co.uk` belongs to `example.co.uk`.
//! The list of public suffixes comes with the program.

/// The registrable domain of a host; nothing for a public suffix itself.
pub fn registrable(host: &str) -> Option<String> {
    psl::domain_str(host).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::registrable;

    #[test]
    fn hosts() {
        let of = |host: &str| registrable(host);
        assert_eq!(of("mail.example.co.uk").as_deref(), Some("example.co.uk"));
        assert_eq!(of("example.com").as_deref(), Some("example.com"));
        assert_eq!(of("a.b.example.com").as_deref(), Some("example.com"));
        assert_eq!(of("co.uk"), None);
    }
}
