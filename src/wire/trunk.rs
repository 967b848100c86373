//! Trunks on the wire.

use crate::domain::attestation::{TrunkAuth, TrunkKind, TrunkMode};
use crate::domain::command::trunk::{CreateTrunk, UpdateTrunk};
use crate::domain::command::write::{Write, etag_of};
use crate::domain::trunk::Trunk;
use crate::wire::pb;
use crate::wire::time::to_timestamp;
use crate::wire::validate::{Choice, Faults, Reader};

super::choice::pairs! {
    TrunkKind = TrunkKind { Unspecified; Customer, Reseller, ProviderIngress, GatewayIngress }
    TrunkAuth = TrunkAuth { Unspecified; None, Digest, Mtls, IpList }
    TrunkMode = TrunkMode { Unspecified; Shadow, Enforce }
}

/// Whether a trunk is in use.
#[derive(Clone, Copy, PartialEq, Eq)]
struct InUse(bool);

impl Choice for InUse {
    type Wire = pb::TrunkState;

    fn from_wire(wire: pb::TrunkState) -> Option<Self> {
        match wire {
            pb::TrunkState::Unspecified => None,
            pb::TrunkState::Enabled => Some(Self(true)),
            pb::TrunkState::Disabled => Some(Self(false)),
        }
    }
}

impl TryFrom<pb::CreateTrunkRequest> for CreateTrunk {
    type Error = Faults;

    fn try_from(m: pb::CreateTrunkRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("CreateTrunk", &m.request_id, &m);
        let trunk = new_id(&mut r, &m.trunk_id);
        let kind = r.choice("kind", m.kind);
        let auth = r.choice("auth", m.auth);
        let owner = r.id("owner_id", &m.owner_id);
        let mode = r.choice("mode", m.mode);
        let read = || {
            Some(Self {
                write,
                trunk: trunk?,
                kind: kind?,
                auth: auth?,
                owner: owner?,
                foreign: m.foreign,
                mode: mode?,
            })
        };
        r.finish(read())
    }
}

/// A name that the caller chooses, unlike the ids that Vouch makes.
fn new_id(r: &mut Reader, text: &str) -> Option<crate::domain::ids::TrunkId> {
    if text.is_empty() {
        r.required("trunk_id");
        return None;
    }
    let id = text.parse().ok();
    if id.is_none() {
        r.fault("trunk_id", "BAD_CHARACTER", "1 to 64 of a-z, 0-9 and . _ -");
    }
    id
}

impl TryFrom<pb::UpdateTrunkRequest> for UpdateTrunk {
    type Error = Faults;

    fn try_from(m: pb::UpdateTrunkRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = Write { etag: r.etag(&m.etag), ..r.write("UpdateTrunk", &m.request_id, &m) };
        let trunk = r.id("trunk_id", &m.trunk_id);
        let mode = r.optional_choice("mode", m.mode);
        let auth = r.optional_choice("auth", m.auth);
        let enabled = r.optional_choice("state", m.state).map(|InUse(enabled)| enabled);
        if (m.mode, m.auth, m.state) == (0, 0, 0) {
            r.fault("", "NOTHING_TO_CHANGE", "give a new mode, auth or state");
        }
        r.finish(trunk.map(|trunk| Self { write, trunk, mode, auth, enabled }))
    }
}

impl From<&Trunk> for pb::Trunk {
    fn from(trunk: &Trunk) -> Self {
        let state = match trunk.retired {
            None => pb::TrunkState::Enabled,
            Some(_) => pb::TrunkState::Disabled,
        };
        Self {
            trunk_id: trunk.id.to_string(),
            kind: pb::TrunkKind::from(trunk.facts.kind).into(),
            auth: pb::TrunkAuth::from(trunk.facts.auth).into(),
            owner_id: trunk.facts.owner.to_string(),
            foreign: trunk.facts.foreign,
            mode: pb::TrunkMode::from(trunk.facts.mode).into(),
            state: state.into(),
            origid: trunk.facts.origid.to_string(),
            etag: etag_of(trunk.revision),
            create_time: Some(to_timestamp(trunk.created)),
            update_time: Some(to_timestamp(trunk.changed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    fn request() -> pb::CreateTrunkRequest {
        pb::CreateTrunkRequest {
            request_id: "r-1".to_owned(),
            trunk_id: "acme.1".to_owned(),
            kind: pb::TrunkKind::Customer.into(),
            auth: pb::TrunkAuth::Digest.into(),
            owner_id: "0198c9a0-0000-7000-8000-000000000001".to_owned(),
            foreign: false,
            mode: pb::TrunkMode::Shadow.into(),
        }
    }

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<TrunkKind>("TRUNK_KIND_"), 4);
        assert_eq!(assert_words::<TrunkAuth>("TRUNK_AUTH_"), 4);
        assert_eq!(assert_words::<TrunkMode>("TRUNK_MODE_"), 2);
    }

    #[test]
    fn a_trunk_is_read() {
        let read = CreateTrunk::try_from(request()).unwrap();
        assert_eq!(read.write.call, "CreateTrunk");
        assert_eq!(
            (read.kind, read.auth, read.mode),
            (TrunkKind::Customer, TrunkAuth::Digest, TrunkMode::Shadow)
        );
        let same = CreateTrunk::try_from(request()).unwrap();
        assert_eq!(same.write, read.write);
        let other = CreateTrunk::try_from(pb::CreateTrunkRequest { foreign: true, ..request() });
        assert_ne!(other.unwrap().write.body, read.write.body);
    }

    #[test]
    fn every_fault_is_told() {
        let bad = pb::CreateTrunkRequest {
            request_id: "\u{1F4DE}".to_owned(),
            trunk_id: "UPPER".to_owned(),
            kind: 99,
            auth: 0,
            owner_id: "1".to_owned(),
            foreign: true,
            mode: -1,
        };
        let faults = CreateTrunk::try_from(bad).unwrap_err();
        let told: Vec<_> =
            faults.as_slice().iter().map(|f| (f.path.as_str(), f.reason.as_ref())).collect();
        let expected = [
            ("request_id", "BAD_CHARACTER"),
            ("trunk_id", "BAD_CHARACTER"),
            ("kind", "UNKNOWN_ENUM_VALUE"),
            ("auth", "REQUIRED"),
            ("owner_id", "BAD_ID"),
            ("mode", "UNKNOWN_ENUM_VALUE"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn an_update_changes_something() {
        let nothing = pb::UpdateTrunkRequest {
            request_id: "r".to_owned(),
            trunk_id: "acme.1".to_owned(),
            etag: "7".to_owned(),
            ..pb::UpdateTrunkRequest::default()
        };
        let faults = UpdateTrunk::try_from(nothing.clone()).unwrap_err();
        let reasons: Vec<_> = faults.as_slice().iter().map(|f| f.reason.as_ref()).collect();
        assert_eq!(reasons, ["BAD_TOKEN", "NOTHING_TO_CHANGE"]);
        let off = pb::UpdateTrunkRequest {
            state: pb::TrunkState::Disabled.into(),
            etag: "r7".to_owned(),
            ..nothing
        };
        let read = UpdateTrunk::try_from(off).unwrap();
        assert_eq!((read.enabled, read.write.etag, read.mode), (Some(false), Some(7), None));
    }
}
