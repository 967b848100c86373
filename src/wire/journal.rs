//! The journal on the wire.

use prost::bytes::Bytes;

use crate::domain::command::query::{ConsistencyAsk, EntryName, InclusionAsk, ListEntries};
use crate::domain::journal::{Checkpoint, Entry, Hash, SubjectKind};
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::pb::get_inclusion_proof_request::Entry as NamedEntry;
use crate::wire::time::to_timestamp;
use crate::wire::validate::{Faults, Reader};

super::choice::pairs! {
    SubjectKind = SubjectKind { Unspecified; Customer, Number, Trunk, Policy, List, Key, User,
        Client, Operation, Store, Objection }
}

impl TryFrom<pb::ListEntriesRequest> for ListEntries {
    type Error = Faults;

    fn try_from(m: pb::ListEntriesRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let page = r.page(m.page_size, &m.page_token);
        let kind = r.optional_choice("subject_kind", m.subject_kind);
        let subject = r.optional_id("subject_id", &m.subject_id);
        r.finish(Some(Self { page, kind, subject, from: m.from_position.max(1) }))
    }
}

impl TryFrom<pb::GetInclusionProofRequest> for InclusionAsk {
    type Error = Faults;

    fn try_from(m: pb::GetInclusionProofRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let entry = match m.entry {
            Some(NamedEntry::EntryId(id)) => r.id("entry_id", &id).map(EntryName::Id),
            Some(NamedEntry::Position(0)) => {
                r.fault("position", "OUT_OF_RANGE", "positions start at 1");
                None
            }
            Some(NamedEntry::Position(position)) => Some(EntryName::Position(position)),
            None => {
                r.required("entry");
                None
            }
        };
        let size = (m.size > 0).then_some(m.size);
        r.finish(entry.map(|entry| Self { entry, size }))
    }
}

impl TryFrom<pb::GetConsistencyProofRequest> for ConsistencyAsk {
    type Error = Faults;

    fn try_from(m: pb::GetConsistencyProofRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        if m.from_size == 0 {
            r.required("from_size");
        }
        if m.to_size > 0 && m.to_size < m.from_size {
            r.fault("to_size", "OUT_OF_RANGE", "the later tree is not smaller than the earlier");
        }
        let to = (m.to_size > 0).then_some(m.to_size);
        r.finish(Some(Self { from: m.from_size, to }))
    }
}

impl pb::Entry {
    /// An entry at its place. `detail_json` is what its sealed detail says; empty once erased, and
    /// for those who may not read it.
    pub fn of(entry: &Entry, position: u64, sequenced: Ts, detail_json: String) -> Self {
        Self {
            position,
            entry_id: entry.id.to_string(),
            subject_kind: pb::SubjectKind::from(entry.subject_kind).into(),
            subject_id: entry.subject.hyphenated().to_string(),
            subject_rev: entry.subject_rev,
            event_time: Some(to_timestamp(entry.at)),
            sequence_time: Some(to_timestamp(sequenced)),
            kind: entry.kind.clone(),
            actor: entry.actor.clone(),
            command_id: entry.command.to_string(),
            leaf_hash: entry.leaf().0.to_vec().into(),
            leaf_input: entry.canonical_bytes().into(),
            detail_json,
        }
    }
}

impl pb::Checkpoint {
    /// A checkpoint with its signed note and the key to verify it with.
    pub fn of(checkpoint: &Checkpoint, note: String, verifier_key: String) -> Self {
        Self {
            note,
            size: checkpoint.size,
            root_hash: checkpoint.root.0.to_vec().into(),
            verifier_key,
        }
    }
}

/// The hashes of a proof.
pub fn hashes(proof: &[Hash]) -> Vec<Bytes> {
    proof.iter().map(|hash| hash.0.to_vec().into()).collect()
}

/// The hashes of a proof as they came; `None` if one has not 32 bytes.
pub fn read_hashes(proof: &[Bytes]) -> Option<Vec<Hash>> {
    proof.iter().map(|hash| hash.as_ref().try_into().ok().map(Hash)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CommandId, EntryId};
    use crate::wire::choice::assert_words;
    use sha2::{Digest as _, Sha256};
    use uuid::Uuid;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<SubjectKind>("SUBJECT_KIND_"), 11);
    }

    #[test]
    fn an_entry_can_be_checked_from_what_is_shown() {
        let entry = Entry {
            id: EntryId(Uuid::from_u128(1)),
            subject_kind: SubjectKind::Customer,
            subject: Uuid::from_u128(2),
            subject_rev: 3,
            at: Ts(4),
            kind: "customer.suspended".to_owned(),
            actor: "system:test".to_owned(),
            command: CommandId(Uuid::from_u128(5)),
            owner: None,
            facts: None,
            detail: vec![6; 40],
        };
        let shown = pb::Entry::of(&entry, 7, Ts(8), String::new());
        let mut hash = Sha256::new_with_prefix([0_u8]);
        hash.update(&shown.leaf_input);
        let hash: [u8; 32] = hash.finalize().into();
        assert_eq!(shown.leaf_hash.as_ref(), hash);
        assert_eq!((shown.position, shown.subject_rev), (7, 3));
    }

    #[test]
    fn proofs_name_an_entry_and_sizes_in_order() {
        let ask =
            |entry, size| InclusionAsk::try_from(pb::GetInclusionProofRequest { entry, size });
        assert!(ask(None, 0).is_err());
        assert!(ask(Some(NamedEntry::Position(0)), 0).is_err());
        assert!(ask(Some(NamedEntry::EntryId("7".to_owned())), 0).is_err());
        let read = ask(Some(NamedEntry::Position(7)), 0).unwrap();
        assert_eq!((read.entry, read.size), (EntryName::Position(7), None));
        let sizes = |from_size, to_size| {
            let request = pb::GetConsistencyProofRequest { from_size, to_size };
            ConsistencyAsk::try_from(request).is_ok()
        };
        assert!(sizes(3, 0) && sizes(3, 3));
        assert!(!sizes(0, 3) && !sizes(4, 3));
    }

    #[test]
    fn hashes_go_there_and_back() {
        let proof = [Hash([1; 32]), Hash([2; 32])];
        assert_eq!(read_hashes(&hashes(&proof)).as_deref(), Some(proof.as_slice()));
        assert_eq!(read_hashes(&[Bytes::from_static(b"short")]), None);
    }
}
