//! Which room may know which: the table of `docs/architecture.md`, held here, against every path
//! in `src/`. Code for tests only may look anywhere.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

use super::tree::{Text, for_tests, none, parse, rust, sample};

/// A room and the rooms it may import. Its own it may always.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("wire", &["domain"]),
    ("table", &["domain"]),
    ("store", &["domain", "clock"]),
    ("sources", &["domain", "clock"]),
    ("answer", &["domain", "table", "store", "clock"]),
    ("paper", &["domain"]),
    ("app", &["domain", "store", "sources", "paper", "answer", "clock", "config", "telemetry"]),
    ("api", &["wire", "app", "answer", "table", "domain", "clock", "config", "telemetry"]),
    ("console", &["app", "domain", "clock"]),
    ("jobs", &["app", "store", "domain", "clock", "config", "telemetry"]),
    ("client", &["wire", "domain", "table", "clock"]),
    (
        "cli",
        &["client", "wire", "app", "boot", "sources", "config", "telemetry", "domain", "clock"],
    ),
    ("config", &["domain"]),
    ("telemetry", &["domain"]),
    ("clock", &["domain"]),
    ("boot", EVERY),
    ("main", &["cli", "boot"]),
];

/// The one file that wires everything together.
const EVERY: &[&str] = &[
    "domain",
    "wire",
    "table",
    "store",
    "sources",
    "paper",
    "answer",
    "app",
    "api",
    "console",
    "jobs",
    "client",
    "config",
    "telemetry",
    "clock",
];

/// A library and the only rooms that may name it.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("typst", &["paper"]),
    ("typst_as_lib", &["paper"]),
    ("typst_pdf", &["paper"]),
    ("tonic", &["api", "cli", "client", "wire"]),
    ("tonic_prost", &["api", "client", "wire"]),
    ("tonic_types", &["api", "cli", "client", "wire"]),
    ("tonic_health", &["api", "client", "wire"]),
    ("tonic_reflection", &["api", "client", "wire"]),
    ("tonic_web", &["api", "client", "wire"]),
    ("prost", &["api", "cli", "client", "wire"]),
    ("prost_types", &["api", "cli", "client", "wire"]),
];

/// What the rules never touch: they are pure.
const IMPURE: &[&str] = &[
    "tokio",
    "futures_util",
    "aws_lc_rs",
    "hyper",
    "axum",
    "reqwest",
    "tracing",
    "std::fs",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "std::env",
    "std::thread",
    "std::process",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::sync::Mutex",
    "std::sync::RwLock",
];

/// Where a file stands: its room and its module path.
fn place(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<_> = inner.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

fn wrong(file: &Text) -> Vec<String> {
    let here = place(&file.path);
    let Some(room) = here.first() else { return Vec::new() };
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| name == room) else {
        return vec![format!("{}: {room} is no room of the house", file.path)];
    };
    let mut faults = BTreeSet::new();
    for item in parse(file).items.iter().filter(|item| !for_tests(attributes(item))) {
        for path in paths(item.to_token_stream()) {
            let path = absolute(&here, &path);
            if let Some(fault) = refused(room, allowed, &path) {
                faults.insert(format!("{}: {} {fault}", file.path, path.join("::")));
            }
        }
        if room == "domain" && asynchronous(item.to_token_stream()) {
            faults.insert(format!("{}: async in domain", file.path));
        }
    }
    faults.into_iter().collect()
}

fn refused(room: &str, allowed: &[&str], path: &[String]) -> Option<String> {
    let head = path.first()?.as_str();
    if head == "crate" || (room == "main" && head == "vouch") {
        let other = path.get(1)?.as_str();
        let known = ROOMS.iter().any(|(name, _)| *name == other);
        let fine = !known || other == room || allowed.contains(&other);
        return (!fine).then(|| format!("is no arrow from {room}"));
    }
    if let Some((_, rooms)) = LIBRARIES.iter().find(|(name, _)| *name == head)
        && !rooms.contains(&room)
    {
        return Some(format!("belongs to {} only", rooms.join(", ")));
    }
    let whole = path.join("::");
    let impure = |name: &&&str| whole == **name || whole.starts_with(&format!("{name}::"));
    (room == "domain" && IMPURE.iter().any(|name| impure(&name))).then(|| "is not pure".to_owned())
}

/// `super::x` told from the top.
fn absolute(here: &[String], path: &[String]) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    if ups == 0 {
        return path.to_vec();
    }
    let kept = here.len().saturating_sub(ups);
    let base = here.iter().take(kept).cloned();
    let rest = path.iter().skip(ups).cloned();
    std::iter::once("crate".to_owned()).chain(base).chain(rest).collect()
}

/// Every path in `tokens`, inside of macros too; `a::{b, c::d}` is two.
fn paths(tokens: TokenStream) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    collect(tokens, &[], &mut found);
    found
}

fn collect(tokens: TokenStream, prefix: &[String], found: &mut Vec<Vec<String>>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(word) => {
                let mut path = prefix.to_vec();
                path.push(word.to_string());
                at += 1;
                while colons(&tokens, at) {
                    match tokens.get(at + 2) {
                        Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                            collect(group.stream(), &path, found);
                        }
                        _ => {}
                    }
                    at += 3;
                }
                if path.len() > 1 {
                    found.push(path);
                }
            }
            TokenTree::Group(group) => {
                collect(group.stream(), &[], found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

fn colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    colon(at) && colon(at + 1)
}

fn asynchronous(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "async" || word == "await",
        TokenTree::Group(group) => asynchronous(group.stream()),
        _ => false,
    })
}

/// The module paths that only tests compile.
fn test_only(files: &[Text]) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for file in files {
        for item in parse(file).items {
            if let syn::Item::Mod(module) = &item
                && for_tests(&module.attrs)
            {
                let mut path = place(&file.path);
                path.push(module.ident.to_string());
                found.insert(path);
            }
        }
    }
    found
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[test]
fn every_arrow_is_in_the_table() {
    let mut files = rust(false);
    let skipped = test_only(&files);
    files.retain(|file| !skipped.contains(&place(&file.path)));
    none(&files.iter().flat_map(wrong).collect::<Vec<_>>());
}

#[test]
fn a_wrong_arrow_is_seen() {
    let faults = |path: &str, text: &str| wrong(&sample(path, text)).len();
    assert_eq!(faults("src/domain/a.rs", "use crate::domain::b::C;"), 0);
    assert_eq!(faults("src/domain/a.rs", "use crate::store::b::C;"), 1);
    assert_eq!(faults("src/domain/a.rs", "use super::super::store::b::C;"), 1);
    assert_eq!(faults("src/domain/a/b.rs", "use super::super::c::D;"), 0);
    assert_eq!(faults("src/wire/a.rs", "use crate::{domain::b, store::c};"), 1);
    assert_eq!(faults("src/app/a.rs", "fn f() { crate::api::b(); }"), 1);
    assert_eq!(faults("src/app/a.rs", "fn f() { say!(crate::wire::B); }"), 1);
    assert_eq!(faults("src/app/a.rs", "fn f(a: sqlx::Error) {}"), 1);
    assert_eq!(faults("src/store/a.rs", "fn f(a: sqlx::Error) {}"), 0);
    assert_eq!(faults("src/app/a.rs", "use tonic::Status;"), 1);
    assert_eq!(faults("src/api/a.rs", "use tonic::Status;"), 0);
    assert_eq!(faults("src/domain/a.rs", "async fn f() {}"), 1);
    assert_eq!(faults("src/domain/a.rs", "fn f() { std::fs::read(1); }"), 1);
    assert_eq!(faults("src/domain/a.rs", "use std::net::IpAddr;"), 0);
    assert_eq!(faults("src/shed/a.rs", ""), 1);
    assert_eq!(faults("src/main.rs", "fn main() { vouch::store::open(); }"), 1);
    assert_eq!(faults("src/app/a.rs", "#[cfg(test)]\nmod tests { use crate::api::B; }"), 0);
}

#[test]
fn what_only_tests_compile_is_known() {
    let door = sample("src/domain/mod.rs", "#[cfg(test)]\nmod fixture;\nmod word;\n");
    let found: Vec<_> = test_only(&[door]).into_iter().collect();
    assert_eq!(found, [["domain", "fixture"]]);
}

#[test]
fn the_table_names_its_rooms() {
    for (room, allowed) in ROOMS {
        for other in *allowed {
            assert!(ROOMS.iter().any(|(name, _)| name == other), "{room} -> {other}");
        }
    }
}
