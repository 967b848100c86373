//! Enums whose values are words: the same text in the store, in policies and in the journal.

/// The text is not one of the words allowed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known {what}; the documentation of the policy lists the words")]
pub struct BadWord {
    /// What the word should have named.
    pub what: &'static str,
}

/// Makes an enum without data whose values have stable words: `ALL`, `as_str`, `Display`,
/// `FromStr` and serde all use them.
macro_rules! words {
    (
        $(#[$doc:meta])*
        $vis:vis enum $name:ident as $what:literal {
            $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        $vis enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of the design.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::words::BadWord;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::domain::words::BadWord { what: $what }),
                }
            }
        }
    };
}

pub(crate) use words;
