//! Loads that wait for two people, on the wire.

use crate::domain::command::hold::DecideHold;
use crate::wire::pb;
use crate::wire::validate::{Faults, Reader};

impl TryFrom<pb::ConfirmHeldLoadRequest> for DecideHold {
    type Error = Faults;

    fn try_from(m: pb::ConfirmHeldLoadRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("ConfirmHeldLoad", &m.request_id, &m);
        let operation = r.id("operation_id", &m.operation_id);
        let reason = r.reason(&m.reason);
        r.finish(operation.map(|operation| Self { write, operation, reason }))
    }
}

impl TryFrom<pb::RejectHeldLoadRequest> for DecideHold {
    type Error = Faults;

    fn try_from(m: pb::RejectHeldLoadRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("RejectHeldLoad", &m.request_id, &m);
        let operation = r.id("operation_id", &m.operation_id);
        let reason = r.reason(&m.reason);
        r.finish(operation.map(|operation| Self { write, operation, reason }))
    }
}
