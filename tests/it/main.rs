//! One binary for everything that needs more than one room.

#[cfg(test)]
mod sources;
mod vectors;
