//! Numbers on the wire.

use crate::domain::number::Category;

super::choice::pairs! {
    Category = NumberCategory { Unspecified; Assignable, Invalid, Unallocated, Unused, SubscriberDno,
        NotAssignable, AllocationUnknown }
}
