//! `mod.rs` and `lib.rs` are doors: documentation, `mod` lines, and names of their own modules
//! shown at the door. Nothing is shown again anywhere else, and no file is called after nothing.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit::Visit;

use super::tree::{Text, none, parse, rust, sample};

/// File names that say nothing about what is inside.
const NAMELESS: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc"];

fn is_door(path: &str) -> bool {
    path.ends_with("/mod.rs") || path == "src/lib.rs" || path == "tests/it/main.rs"
}

fn wrong(file: &Text) -> Vec<String> {
    let mut faults = Vec::new();
    let stem = file.path.rsplit('/').next().and_then(|name| name.split('.').next());
    if stem.is_some_and(|stem| NAMELESS.contains(&stem)) {
        faults.push(format!("{}: name the file after a word of the design", file.path));
    }
    let syntax = parse(file);
    if is_door(&file.path) {
        let rooms: BTreeSet<_> = syntax.items.iter().filter_map(module).collect();
        for item in &syntax.items {
            if let Some(what) = not_at_a_door(item, &rooms) {
                faults.push(format!("{}: a door holds no {what}", file.path));
            }
        }
    } else {
        let mut shown = Shown(Vec::new());
        shown.visit_file(&syntax);
        for line in shown.0 {
            faults.push(format!("{}:{line}: `pub use` outside of a door", file.path));
        }
    }
    faults
}

fn module(item: &syn::Item) -> Option<String> {
    let syn::Item::Mod(item) = item else { return None };
    item.content.is_none().then(|| item.ident.to_string())
}

fn not_at_a_door(item: &syn::Item, rooms: &BTreeSet<String>) -> Option<&'static str> {
    match item {
        syn::Item::Mod(item) if item.content.is_none() => None,
        syn::Item::Mod(_) => Some("module with a body"),
        syn::Item::Use(item) if matches!(item.vis, syn::Visibility::Inherited) => Some("import"),
        syn::Item::Use(item) => match &item.tree {
            syn::UseTree::Path(path) if rooms.contains(&path.ident.to_string()) => None,
            _ => Some("name from another room"),
        },
        _ => Some("item of its own"),
    }
}

/// The lines of every `pub use`, `pub(crate) use` and the like. A macro of the file itself, a bare
/// name, can be shown in no other way.
struct Shown(Vec<usize>);

impl<'ast> Visit<'ast> for Shown {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let own_macro = matches!(&item.tree, syn::UseTree::Name(_));
        if !matches!(item.vis, syn::Visibility::Inherited) && !own_macro {
            let tokens = item.to_token_stream();
            self.0.extend(tokens.into_iter().next().map(|token| token.span().start().line));
        }
    }
}

#[test]
fn doors_hold_nothing_of_their_own() {
    none(&rust(true).iter().flat_map(wrong).collect::<Vec<_>>());
}

#[test]
fn a_full_door_and_a_second_door_are_seen() {
    let door = |text: &str| wrong(&sample("src/a/mod.rs", text)).len();
    assert_eq!(door("//! Doc.\n#![deny(x)]\nmod b;\npub mod c;\npub use b::{D, E};\n"), 0);
    assert_eq!(door("mod b;\nfn f() {}\n"), 1);
    assert_eq!(door("mod b;\nuse crate::c::D;\n"), 1);
    assert_eq!(door("mod b;\npub use crate::c::D;\n"), 1);
    assert_eq!(door("mod b { fn f() {} }\n"), 1);
    assert_eq!(wrong(&sample("src/a/b.rs", "use c::D;\n")).len(), 0);
    assert_eq!(wrong(&sample("src/a/b.rs", "pub(super) use by_hand;\n")).len(), 0);
    assert_eq!(wrong(&sample("src/a/b.rs", "pub use c::D;\n")).len(), 1);
    assert_eq!(wrong(&sample("src/a/b.rs", "mod c { pub(crate) use d::E; }\n")).len(), 1);
    assert_eq!(wrong(&sample("src/a/utils.rs", "")).len(), 1);
}
