//! Closed sets of values: each pair of enums is written once and read in both directions.

/// Pairs a domain enum with its generated one. Both directions are total: a value added on either
/// side fails to compile until it is added here.
macro_rules! pairs {
    ($($domain:path = $wire:ident { $unset:ident; $($value:ident),+ $(,)? })+) => {$(
        impl crate::wire::validate::Choice for $domain {
            type Wire = crate::wire::pb::$wire;

            fn from_wire(wire: Self::Wire) -> Option<Self> {
                match wire {
                    crate::wire::pb::$wire::$unset => None,
                    $(crate::wire::pb::$wire::$value => Some(Self::$value),)+
                }
            }
        }

        impl From<$domain> for crate::wire::pb::$wire {
            fn from(value: $domain) -> Self {
                match value {
                    $(<$domain>::$value => Self::$value,)+
                }
            }
        }
    )+};
}
pub(crate) use pairs;
