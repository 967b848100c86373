//! Everything in `proto/` is explained where it stands: each service, call, message, field, enum
//! and value has a comment.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet};
use vouch::wire::pb::FILE_DESCRIPTOR_SET;

use super::tree::none;

/// Field numbers of `google.protobuf.descriptor`, by which a comment names what it belongs to.
const MESSAGE: i32 = 4;
const ENUM: i32 = 5;
const SERVICE: i32 = 6;
const FIELD: i32 = 2;
const CALL: i32 = 2;
const NESTED_MESSAGE: i32 = 3;
const NESTED_ENUM: i32 = 4;
const VALUE: i32 = 2;

struct Reader<'a> {
    file: &'a str,
    explained: BTreeSet<&'a [i32]>,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn need(&mut self, path: &[i32], name: &str) {
        if !self.explained.contains(path) {
            self.faults.push(format!("{}: {name} has no comment", self.file));
        }
    }

    fn message(&mut self, path: &[i32], message: &DescriptorProto) {
        if message.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry) {
            return;
        }
        self.need(path, message.name());
        for (index, field) in (0..).zip(&message.field) {
            let name = format!("{}.{}", message.name(), field.name());
            self.need(&join(path, FIELD, index), &name);
        }
        for (index, nested) in (0..).zip(&message.nested_type) {
            self.message(&join(path, NESTED_MESSAGE, index), nested);
        }
        for (index, nested) in (0..).zip(&message.enum_type) {
            self.choice(&join(path, NESTED_ENUM, index), nested);
        }
    }

    fn choice(&mut self, path: &[i32], choice: &EnumDescriptorProto) {
        self.need(path, choice.name());
        for (index, value) in (0..).zip(&choice.value) {
            self.need(&join(path, VALUE, index), value.name());
        }
    }
}

fn join(path: &[i32], field: i32, index: i32) -> Vec<i32> {
    [path, &[field, index]].concat()
}

fn unexplained(file: &FileDescriptorProto) -> Vec<String> {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let told = locations.filter(|at| {
        !at.leading_comments().trim().is_empty() || !at.trailing_comments().trim().is_empty()
    });
    let explained = told.map(|at| at.path.as_slice()).collect();
    let mut reader = Reader { file: file.name(), explained, faults: Vec::new() };
    for (index, message) in (0..).zip(&file.message_type) {
        reader.message(&[MESSAGE, index], message);
    }
    for (index, choice) in (0..).zip(&file.enum_type) {
        reader.choice(&[ENUM, index], choice);
    }
    for (index, service) in (0..).zip(&file.service) {
        reader.need(&[SERVICE, index], service.name());
        for (at, call) in (0..).zip(&service.method) {
            let name = format!("{}/{}", service.name(), call.name());
            reader.need(&[SERVICE, index, CALL, at], &name);
        }
    }
    reader.faults
}

#[test]
fn everything_in_proto_is_explained() {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("the descriptor set");
    let own: Vec<_> = set.file.iter().filter(|file| file.package() == "vouch.v1").collect();
    assert!(own.iter().any(|file| !file.service.is_empty()), "services are read");
    none(&own.into_iter().flat_map(unexplained).collect::<Vec<_>>());
}

#[test]
fn a_call_or_a_field_without_a_comment_is_seen() {
    use prost_types::source_code_info::Location;
    use prost_types::{
        FieldDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto, SourceCodeInfo,
    };
    let name = |name: &str| Some(name.to_owned());
    let call = MethodDescriptorProto { name: name("Do"), ..Default::default() };
    let field = FieldDescriptorProto { name: name("id"), ..Default::default() };
    let mut file = FileDescriptorProto {
        name: name("a.proto"),
        service: vec![ServiceDescriptorProto {
            name: name("S"),
            method: vec![call],
            ..Default::default()
        }],
        message_type: vec![DescriptorProto {
            name: name("M"),
            field: vec![field],
            ..Default::default()
        }],
        ..Default::default()
    };
    assert_eq!(unexplained(&file).len(), 4);
    let told = |path: &[i32]| Location {
        path: path.to_vec(),
        leading_comments: name(" Why."),
        ..Default::default()
    };
    let location = vec![told(&[4, 0]), told(&[6, 0]), told(&[6, 0, 2, 0])];
    file.source_code_info = Some(SourceCodeInfo { location });
    assert_eq!(unexplained(&file), ["a.proto: M.id has no comment"]);
}
