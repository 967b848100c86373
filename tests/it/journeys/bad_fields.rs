//! Bad values made from the descriptors: every enum of every request with a value that is none, every
//! text with far too much of it. Each is refused by its own path, and nothing is written.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};
use tonic::{Code, Status};
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::access::calls;
use super::bad_input::fingerprint;
use crate::support::cast::{Cast, violations};
use crate::support::raw::send;
use crate::support::server::Site;

/// One field of a request, and how to get there.
#[derive(Clone)]
struct Place {
    /// Its path as faults name it.
    path: String,
    /// Numbers of the fields on the way, the field itself last.
    way: Vec<u32>,
    repeated: bool,
    kind: Type,
}

impl Place {
    /// A request that holds nothing but this field.
    fn message(&self, value: &[u8]) -> Bytes {
        let wire = |last: bool| {
            if last && self.kind == Type::Enum {
                WireType::Varint
            } else {
                WireType::LengthDelimited
            }
        };
        let mut message = value.to_vec();
        for (nth, number) in self.way.iter().rev().enumerate() {
            let mut outer = Vec::with_capacity(message.len() + 16);
            let wire = wire(nth == 0);
            encode_key(*number, wire, &mut outer);
            if wire == WireType::LengthDelimited {
                encode_varint(message.len() as u64, &mut outer);
            }
            outer.extend_from_slice(&message);
            message = outer;
        }
        message.into()
    }

    fn of_enum(&self, value: u64) -> Bytes {
        let mut bytes = Vec::new();
        encode_varint(value, &mut bytes);
        self.message(&bytes)
    }
}

/// Every message of the API by its full name.
fn messages() -> (FileDescriptorSet, BTreeMap<String, DescriptorProto>) {
    let set = FileDescriptorSet::decode(pb::FILE_DESCRIPTOR_SET).unwrap();
    let mut all = BTreeMap::new();
    for file in &set.file {
        for message in &file.message_type {
            all.insert(format!(".{}.{}", file.package(), message.name()), message.clone());
        }
    }
    (set, all)
}

/// Every field of a message, and of the messages in it.
fn places(
    all: &BTreeMap<String, DescriptorProto>,
    name: &str,
    before: &Place,
    found: &mut Vec<Place>,
) {
    let Some(message) = all.get(name) else { return };
    for field in &message.field {
        let place = step(before, field);
        if field.r#type() == Type::Message && before.way.len() < 5 {
            places(all, field.type_name(), &place, found);
        } else {
            found.push(place);
        }
    }
}

fn step(before: &Place, field: &FieldDescriptorProto) -> Place {
    let repeated = field.label() == Label::Repeated;
    let dot = if before.path.is_empty() { "" } else { "." };
    let index = if repeated { "[0]" } else { "" };
    let number = u32::try_from(field.number()).unwrap();
    Place {
        path: format!("{}{dot}{}{index}", before.path, field.name()),
        way: before.way.iter().copied().chain([number]).collect(),
        repeated,
        kind: field.r#type(),
    }
}

/// Every field of every request that is one message, or begins with a header.
fn fields(kind: Type) -> Vec<(String, Place)> {
    let (set, all) = messages();
    let mut found = Vec::new();
    for file in set.file {
        for service in &file.service {
            for method in &service.method {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                let root = Place {
                    path: String::new(),
                    way: Vec::new(),
                    repeated: false,
                    kind: Type::Message,
                };
                let mut here = Vec::new();
                places(&all, method.input_type(), &root, &mut here);
                here.retain(|place| place.kind == kind);
                if method.client_streaming() {
                    here.retain(|place| place.path.starts_with("header."));
                }
                found.extend(here.into_iter().map(|place| (path.clone(), place)));
            }
        }
    }
    found
}

/// Enums that may be left out: zero says nothing there.
const OPTIONAL: [&str; 16] = [
    "/vouch.v1.AdminService/UpdateTrunk mode",
    "/vouch.v1.AdminService/UpdateTrunk auth",
    "/vouch.v1.AdminService/UpdateTrunk state",
    "/vouch.v1.JournalService/ListEntries subject_kind",
    "/vouch.v1.OnboardingService/CreateCustomer profile.physical_address.kind",
    "/vouch.v1.OnboardingService/CreateCustomer profile.billing_model",
    "/vouch.v1.OnboardingService/CreateCustomer profile.organization_kind",
    "/vouch.v1.OnboardingService/CreateCustomer profile.use_category",
    "/vouch.v1.OnboardingService/CreateCustomer profile.provider.implementation",
    "/vouch.v1.OnboardingService/CreateCustomer profile.signup.payment_method",
    "/vouch.v1.OnboardingService/UpdateProfile profile.organization_kind",
    "/vouch.v1.OnboardingService/UpdateProfile profile.use_category",
    "/vouch.v1.OnboardingService/UpdateProfile profile.provider.implementation",
    "/vouch.v1.OnboardingService/UpdateProfile profile.signup.payment_method",
    "/vouch.v1.OnboardingService/UpdateProfile profile.physical_address.kind",
    "/vouch.v1.OnboardingService/UpdateProfile profile.billing_model",
];

/// Texts that are no fault wherever they stand: a signer's call is answered whatever it holds (rule
/// 13), a batch without calls is refused for that, each number of a list has its own result, a range is
/// told as one, and an identifier without a kind has no form.
fn answered(path: &str, place: &Place) -> bool {
    path.starts_with("/vouch.v1.AttestationService/") && place.path.contains("call")
        || path.ends_with("/BatchGetAttestations")
        || path.ends_with("/WatchChanges")
        || place.path == "numbers[0]"
        || path.ends_with("/CheckNumber")
        || in_a_row(place)
        || place.path.starts_with("ranges[0]")
        || place.path.ends_with("numbers[0].last")
        || place.path.starts_with("profile.identifiers[0]")
}

/// Events come in many, and what is wrong with one is told in its own result.
fn in_a_row(place: &Place) -> bool {
    place.path.starts_with("events[0]")
}

struct Desk {
    site: Site,
    tokens: BTreeMap<&'static str, String>,
}

impl Desk {
    async fn open() -> Self {
        let site = Site::open(EngineKind::Sqlite).await;
        let cast = Cast::assemble(&site).await;
        let tokens = [
            ("PORTAL", &cast.portal),
            ("SIGNER", &cast.signer),
            ("PROVISIONING", &cast.provisioning),
            ("REVIEWER", &cast.ada),
            ("AUDITOR", &cast.auditor),
            ("OPERATOR", &cast.operator),
            ("EVERYBODY", &cast.auditor),
            ("USERS", &cast.ada),
            ("OPEN", &cast.auditor),
        ];
        let tokens = tokens.map(|(role, actor)| (role, actor.token().to_owned())).into();
        Self { site, tokens }
    }

    /// Makes a call as somebody who may.
    async fn ask(&self, path: &str, message: Bytes) -> Result<Bytes, Status> {
        let (_, who) = calls().find(|(written, _)| *written == path).unwrap();
        let token = self.tokens[who[0]].as_str();
        send(self.site.channel(0).await, path, Some(token), message).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_enum_refuses_what_is_no_value_of_it() {
    let desk = Desk::open().await;
    let before = fingerprint(&desk.site).await;
    let mut asked = 0;
    for (path, place) in fields(Type::Enum) {
        if in_a_row(&place) {
            continue;
        }
        let name = format!("{path} {}", place.path);
        for (value, reason) in
            [(99, "UNKNOWN_ENUM_VALUE"), (1 << 20, "UNKNOWN_ENUM_VALUE"), (0, "REQUIRED")]
        {
            let done = desk.ask(&path, place.of_enum(value)).await;
            let told = match &done {
                Ok(_) => Vec::new(),
                Err(status) => {
                    assert_eq!(status.code(), Code::InvalidArgument, "{name} = {value}: {status}");
                    violations(status)
                }
            };
            let expected = (place.path.clone(), reason.to_owned());
            let optional = value == 0 && !place.repeated && OPTIONAL.contains(&name.as_str());
            assert_eq!(told.contains(&expected), !optional, "{name} = {value}: {told:?}");
            asked += 1;
        }
    }
    println!("{asked} enum values were refused or passed over");
    assert!(asked > 60, "{asked}");
    assert_eq!(fingerprint(&desk.site).await, before);
    desk.site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_text_has_its_end() {
    let desk = Desk::open().await;
    let before = fingerprint(&desk.site).await;
    let long = "9".repeat(900_000);
    let (mut asked, mut silent) = (0, Vec::new());
    for (path, place) in fields(Type::String) {
        if answered(&path, &place) {
            continue;
        }
        let name = format!("{path} {}", place.path);
        let status = desk.ask(&path, place.message(long.as_bytes())).await;
        let status = status.expect_err(&name);
        assert_eq!(status.code(), Code::InvalidArgument, "{name}: {status}");
        assert!(status.details().len() < 8_192 && !status.message().contains("9999"), "{name}");
        let told = violations(&status);
        if !told.iter().any(|(field, _)| *field == place.path) {
            silent.push(format!("{name}: {told:?}"));
        }
        asked += 1;
    }
    assert!(silent.is_empty(), "faults that were not told:\n{}", silent.join("\n"));
    println!("{asked} texts of 900,000 characters were refused by their path");
    assert!(asked > 120, "{asked}");
    assert_eq!(fingerprint(&desk.site).await, before);
    desk.site.close().await;
}
