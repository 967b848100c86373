//! Documents on the wire.

use crate::domain::document::{Document, Kind};
use crate::wire::pb;
use crate::wire::time::to_timestamp;

super::choice::pairs! {
    Kind = DocumentKind { Unspecified; FormationRecord, GoodStanding, TaxIdLetter, AuthorityToSign,
        LetterOfAuthorization, PhoneBill, AddressProof, Other }
}

impl pb::Document {
    /// A document and the name its file has at the customer, which is sealed apart from it.
    pub fn of(document: &Document, file_name: String) -> Self {
        Self {
            document_id: document.id.to_string(),
            customer_id: document.customer.to_string(),
            kind: pb::DocumentKind::from(document.kind).into(),
            media_type: document.media_type.clone(),
            file_name,
            size_bytes: document.size,
            sha256: document.sha256.as_bytes().to_vec().into(),
            create_time: Some(to_timestamp(document.at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Kind>("DOCUMENT_KIND_"), 8);
    }
}
