//! Origids on the wire.

use crate::domain::command::origid::{OrigidOf, RotateOrigid};
use crate::domain::ids::Origid;
use crate::wire::pb;
use crate::wire::pb::rotate_origid_request::Subject;
use crate::wire::validate::{Faults, Reader};

impl TryFrom<pb::RotateOrigidRequest> for RotateOrigid {
    type Error = Faults;

    fn try_from(m: pb::RotateOrigidRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("RotateOrigid", &m.request_id, &m);
        let of = match &m.subject {
            Some(Subject::CustomerId(id)) => r.id("customer_id", id).map(OrigidOf::Customer),
            Some(Subject::TrunkId(id)) => r.id("trunk_id", id).map(OrigidOf::Trunk),
            None => {
                r.required("subject");
                None
            }
        };
        let reason = r.reason(&m.reason);
        r.finish(of.map(|of| Self { write, of, reason }))
    }
}

impl TryFrom<pb::ResolveOrigidRequest> for Origid {
    type Error = Faults;

    fn try_from(m: pb::ResolveOrigidRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let origid = r.id("origid", &m.origid);
        r.finish(origid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_one_subject() {
        let ask = |subject| {
            RotateOrigid::try_from(pb::RotateOrigidRequest {
                request_id: "r".to_owned(),
                subject,
                reason: "re-papered".to_owned(),
            })
        };
        let id = "0198c9a0-0000-7000-8000-000000000001".to_owned();
        assert!(matches!(ask(Some(Subject::CustomerId(id))).unwrap().of, OrigidOf::Customer(_)));
        let trunk = ask(Some(Subject::TrunkId("edge-1".to_owned()))).unwrap();
        assert!(matches!(trunk.of, OrigidOf::Trunk(_)));
        assert_eq!(ask(None).unwrap_err().as_slice()[0].reason, "REQUIRED");
        assert!(ask(Some(Subject::CustomerId("mine".to_owned()))).is_err());
    }
}
