//! Trunks on the wire.

use crate::domain::attestation::{TrunkAuth, TrunkKind, TrunkMode};
use crate::domain::command::trunk::{CreateTrunk, UpdateTrunk};
use crate::domain::command::write::Write;
use crate::domain::trunk::Trunk;
use crate::wire::pb;
use crate::wire::time::to_timestamp;
use crate::wire::validate::{Choice, Faults, Reader, etag_of};

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
        let write =
            Write { etag: r.etag(&m.etag), ..r.write("UpdateTrunk", &m.request_id, &m) };
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
