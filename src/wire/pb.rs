//! The generated messages, clients and servers of package `vouch.v1`.
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::clone_on_ref_ptr,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    reason = "generated from proto/, whose comments buf lint checks; which lints fire depends on the generator"
)]

tonic::include_proto!("vouch.v1");

/// Descriptors of every file of the package and of what they import, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/vouch.v1.bin"));

#[cfg(test)]
mod tests {
    use prost::Message as _;

    #[test]
    fn the_descriptor_set_is_whole() {
        let set = prost_types::FileDescriptorSet::decode(super::FILE_DESCRIPTOR_SET).unwrap();
        let services: usize = set.file.iter().map(|file| file.service.len()).sum();
        assert_eq!(services, 10);
        for file in &set.file {
            for import in &file.dependency {
                assert!(set.file.iter().any(|other| other.name.as_ref() == Some(import)));
            }
            for message in &file.message_type {
                for field in &message.field {
                    assert!(field.json_name.is_some(), "generated clients need json_name");
                }
            }
        }
    }
}
