//! VAT numbers by the public algorithms of each tax office. VIES knows whether one was issued.

mod east;
mod north;
mod person;
mod south;
mod state;
mod uk;
mod west;

pub(super) use state::eu;
pub(super) use uk::uk;
