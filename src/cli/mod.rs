//! The commands of `vouch`, one file each.

pub mod decide;
