//! The flat form of a state, as the store keeps it: the columns that SQL reads, and the whole
//! state beside them. The two must agree; a row in which they do not is refused.

use super::{State, StateWord};
use crate::domain::attestation::Cap;
use crate::domain::time::Ts;

/// A state as columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRow {
    /// Column `state`.
    pub state: String,
    /// Column `state_data`: the whole state as JSON; holds no personal data.
    pub state_data: serde_json::Value,
    /// Column `cap`.
    pub cap: Option<String>,
    /// Column `active_until`.
    pub active_until: Option<Ts>,
    /// Column `uncapped_until`.
    pub uncapped_until: Option<Ts>,
}

/// A stored state that cannot be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRow {
    /// The JSON is no state.
    #[error("customer.state_data cannot be read; restore the row from the journal")]
    Unreadable,
    /// A column says something else than the JSON.
    #[error("customer.{column} and customer.state_data differ; restore the row from the journal")]
    Differs {
        /// Which column.
        column: &'static str,
    },
}

const fn cap_word(cap: Cap) -> &'static str {
    match cap {
        Cap::A => "A",
        Cap::B => "B",
    }
}

impl TryFrom<&State> for StateRow {
    type Error = BadRow;

    fn try_from(state: &State) -> Result<Self, BadRow> {
        let active = state.active();
        Ok(Self {
            state: state.word().as_str().to_owned(),
            state_data: serde_json::to_value(state).map_err(|_ignored| BadRow::Unreadable)?,
            cap: active.map(|a| cap_word(a.cap).to_owned()),
            active_until: active.map(|a| a.active_until),
            uncapped_until: active.map(|a| a.uncapped_until),
        })
    }
}

impl TryFrom<StateRow> for State {
    type Error = BadRow;

    fn try_from(row: StateRow) -> Result<Self, BadRow> {
        let state: Self = serde_json::from_value(row.state_data.clone())
            .map_err(|_ignored| BadRow::Unreadable)?;
        let want = StateRow::try_from(&state)?;
        let differs = |column| Err(BadRow::Differs { column });
        if row.state.parse::<StateWord>() != Ok(state.word()) {
            differs("state")
        } else if row.cap != want.cap {
            differs("cap")
        } else if row.active_until != want.active_until {
            differs("active_until")
        } else if row.uncapped_until != want.uncapped_until {
            differs("uncapped_until")
        } else {
            Ok(state)
        }
    }
}
