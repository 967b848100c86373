//! The rules of the design, each under its number: `rule_01_` to `rule_13_`. What the decision
//! alone keeps is shown on random facts; what a store has to keep is shown on both stores.

mod answers;
mod callback;
mod daily;
mod digests;
mod gate;
mod history;
mod hostile;
mod limits;
mod links;
mod people;
mod persons;
mod privacy;
mod pure;
mod retries;
mod time;
