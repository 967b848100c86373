//! The house rules as tests: which room may know which, how long a file may be, what a door holds,
//! which words have no place here. Each rule is a function of text, and each has a test that shows
//! it going red on a bad sample.

mod arrows;
mod commands;
mod doors;
mod fuzz;
mod interface;
mod lengths;
mod tree;
mod width;
mod words;
