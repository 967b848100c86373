//! Imports of numbers on the wire.

use crate::domain::command::admin::InventorySource;
use crate::domain::command::number::{CancelOperation, ImportNumbers};
use crate::domain::evidence::Kind;
use crate::domain::number_import::{ImportFeed, Mode, Terms};
use crate::domain::pii::Pii;
use crate::wire::pb;
use crate::wire::validate::{Faults, Reader};

super::choice::pairs! {
    Mode = ImportMode { Unspecified; BestEffort, AllOrNothing }
}

/// Longest name of a party or of a carrier.
const MAX_TEXT: usize = 200;

fn read_feed(r: &mut Reader, feed: &pb::ImportFeed) -> Option<ImportFeed> {
    let source = r.choice("source", feed.source);
    let carrier = r.line("carrier", &feed.carrier, MAX_TEXT);
    if (source == Some(InventorySource::Wholesale)) == carrier.is_empty() {
        let message = "name the carrier of WHOLESALE numbers, and of no others";
        r.fault("carrier", "CARRIER_MISMATCH", message);
    }
    let as_of = r.time("as_of_time", feed.as_of_time);
    Some(ImportFeed { source: source?, carrier, as_of: as_of? })
}

impl TryFrom<pb::ImportHeader> for ImportNumbers {
    type Error = Faults;

    fn try_from(m: pb::ImportHeader) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let read = r.at("header", |r| {
            let write = r.write("ImportNumbers", &m.request_id, &m);
            let customer = r.id("customer_id", &m.customer_id);
            let mode = r.choice("mode", m.mode);
            let word = m.evidence.trim().to_ascii_uppercase();
            let kind = Kind::of_word(&word);
            if kind.is_none() && !word.is_empty() {
                r.fault("evidence", "EVIDENCE_UNKNOWN", "give a word of EvidenceKind, or none");
            }
            let document = r.optional_id("document_id", &m.document_id);
            let signed = r.optional_time("sign_time", m.sign_time);
            let party = Pii::new(r.line("party", &m.party, MAX_TEXT));
            let carrier = r.line("carrier", &m.carrier, MAX_TEXT);
            let feed = m.feed.as_ref().map(|feed| r.at("feed", |r| read_feed(r, feed)));
            let terms = Terms {
                customer: customer?,
                mode: mode?,
                kind,
                document,
                signed,
                party,
                carrier,
                feed: feed.flatten(),
            };
            Some(Self { write, terms })
        });
        r.finish(read)
    }
}

impl TryFrom<pb::CancelOperationRequest> for CancelOperation {
    type Error = Faults;

    fn try_from(m: pb::CancelOperationRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("CancelOperation", &m.request_id, &m);
        let operation = r.id("operation_id", &m.operation_id);
        r.finish(operation.map(|operation| Self { write, operation }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Mode>("IMPORT_MODE_"), 2);
    }

    #[test]
    fn every_fault_of_a_header_is_told() {
        let header = pb::ImportHeader {
            request_id: "r".to_owned(),
            customer_id: "7".to_owned(),
            mode: 0,
            evidence: "LEVEL_A".to_owned(),
            feed: Some(pb::ImportFeed { carrier: "Carrier".to_owned(), ..Default::default() }),
            ..pb::ImportHeader::default()
        };
        let faults = ImportNumbers::try_from(header).unwrap_err();
        let paths: Vec<_> = faults.as_slice().iter().map(|f| f.path.as_str()).collect();
        let wanted = [
            "header.customer_id",
            "header.mode",
            "header.evidence",
            "header.feed.source",
            "header.feed.carrier",
            "header.feed.as_of_time",
        ];
        assert_eq!(paths, wanted);
    }
}
