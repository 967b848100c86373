//! Nothing to do without the `wire` feature.
fn main() {}
