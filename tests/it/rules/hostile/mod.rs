//! Rule 1 against somebody who writes to the tables: whatever is written, nobody is ACTIVE whom
//! the stored facts do not carry, and every part of the gate is needed for that.

mod bite;
mod campaign;
mod forged;
mod judge;
mod race;
mod raw;
mod scene;
mod statements;
mod walls;
