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

        #[cfg(test)]
        impl crate::wire::choice::Named for crate::wire::pb::$wire {
            fn name(self) -> &'static str {
                self.as_str_name()
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

/// Goes through every wire value of a pair: each but zero has a domain value, comes back as itself,
/// and has the same word on both sides. Gives the number of values.
#[cfg(test)]
pub(crate) fn assert_words<C>(prefix: &str) -> usize
where
    C: crate::wire::validate::Choice + serde::Serialize + Copy,
    C::Wire: Named + From<C> + PartialEq + std::fmt::Debug + Copy,
{
    let known = |n: i32| C::Wire::try_from(n).ok();
    assert!(known(0).is_some_and(|zero| C::from_wire(zero).is_none()), "zero is no value");
    assert!(known(-1).is_none() && known(1_000).is_none());
    let mut count = 0;
    for wire in (1..100).filter_map(known) {
        let Some(value) = C::from_wire(wire) else { panic!("{wire:?} has no domain value") };
        assert_eq!(C::Wire::from(value), wire);
        let word = serde_json::to_value(value).unwrap();
        assert_eq!(Some(word.as_str().unwrap()), wire.name().strip_prefix(prefix));
        count += 1;
    }
    count
}

/// The proto name of a value, which the generated enums give without a trait.
#[cfg(test)]
pub(crate) trait Named {
    /// The name, with its prefix.
    fn name(self) -> &'static str;
}
