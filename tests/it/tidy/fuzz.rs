//! Every parser has a target that feeds it with noise: `tests/fuzz_targets.txt` says which, and why
//! where none does. What is a parser is read from the code: in `src/sources/`, what takes bytes, text,
//! a file or a stream and may refuse it; in `src/domain/`, of those, what is named like one.

use std::collections::BTreeMap;

use quote::ToTokens as _;
use syn::visit::Visit;

use super::tree::{Text, for_tests, none, parse, rust, sample, top, written};

/// How readers are called in the rules; the others there take what was read already.
const NAMES: [&str; 6] = ["parse", "read", "normal", "from_iso", "decode", "expand"];

#[derive(Default)]
struct Parsers {
    /// In the rules, where names count.
    named: bool,
    found: Vec<String>,
}

impl Parsers {
    fn look(&mut self, visibility: &syn::Visibility, signature: &syn::Signature) {
        let name = signature.ident.to_string();
        let open = matches!(visibility, syn::Visibility::Public(_));
        let known = !self.named || NAMES.contains(&name.as_str());
        if open && known && signature.asyncness.is_none() && refuses(signature) && takes(signature)
        {
            self.found.push(name);
        }
    }
}

impl<'ast> Visit<'ast> for Parsers {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !for_tests(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.look(&item.vis, &item.sig);
    }
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        for inner in &item.items {
            if let syn::ImplItem::Fn(item) = inner {
                self.look(&item.vis, &item.sig);
            }
        }
    }
}

fn refuses(signature: &syn::Signature) -> bool {
    let told = signature.output.to_token_stream().to_string();
    ["-> Result <", "-> Option <"].iter().any(|head| told.starts_with(head))
}

/// Whether an argument is bytes, text, a path or something to read from.
fn takes(signature: &syn::Signature) -> bool {
    signature.inputs.iter().any(|input| {
        let syn::FnArg::Typed(typed) = input else { return false };
        let told = typed.ty.to_token_stream().to_string();
        matches!(told.as_str(), "& [u8]" | "& str" | "& Path" | "R" | "Vec < u8 >")
            || told.starts_with("impl Read")
            || told.starts_with("impl BufRead")
    })
}

/// Every parser as `path name`.
fn parsers(files: &[Text]) -> Vec<String> {
    let mut all = Vec::new();
    for file in files {
        let named = file.path.starts_with("src/domain/");
        if !named && !file.path.starts_with("src/sources/") {
            continue;
        }
        let mut found = Parsers { named, ..Parsers::default() };
        found.visit_file(&parse(file));
        all.extend(found.found.into_iter().map(|name| format!("{} {name}", file.path)));
    }
    all.sort();
    all.dedup();
    all
}

/// What the list says of each parser: a target's path, or `-` and why there is none.
fn listed(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let (file, name) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            (format!("{file} {name}"), words.collect::<Vec<_>>().join(" "))
        })
        .collect()
}

/// The targets there are: the tests below `tests/it/fuzz/`, as `fuzz::file::name`.
fn targets(files: &[Text]) -> Vec<String> {
    let mut all = Vec::new();
    for file in files {
        let Some(name) = file.path.strip_prefix("tests/it/fuzz/") else { continue };
        let name = name.trim_end_matches(".rs");
        for item in parse(file).items {
            let syn::Item::Fn(item) = item else { continue };
            if item.attrs.iter().any(|attribute| attribute.path().is_ident("test")) {
                all.push(format!("fuzz::{name}::{}", item.sig.ident));
            }
        }
    }
    all
}

fn wrong(parsers: &[String], listed: &BTreeMap<String, String>, targets: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    for parser in parsers {
        match listed.get(parser) {
            None => faults.push(format!("{parser}: a parser that is not listed")),
            Some(told) if told.starts_with("- ") && told.len() > 10 => {}
            Some(told) if targets.contains(told) => {}
            Some(told) => faults.push(format!("{parser}: no target {told:?}")),
        }
    }
    for (parser, _) in listed.iter().filter(|(parser, _)| !parsers.contains(*parser)) {
        faults.push(format!("{parser}: listed, and no parser"));
    }
    for target in targets.iter().filter(|target| !listed.values().any(|told| told == *target)) {
        faults.push(format!("{target}: a target that feeds nothing listed"));
    }
    faults
}

#[test]
fn every_parser_is_fed() {
    let text = std::fs::read_to_string(top().join("tests/fuzz_targets.txt")).unwrap();
    let (parsers, targets) = (parsers(&rust(false)), targets(&written_rust()));
    assert!(parsers.len() > 10 && targets.len() > 10, "{} {}", parsers.len(), targets.len());
    none(&wrong(&parsers, &listed(&text), &targets));
}

fn written_rust() -> Vec<Text> {
    let mut files = written();
    files.retain(|file| file.path.starts_with("tests/it/fuzz/"));
    files
}

#[test]
fn a_parser_without_a_target_is_seen() {
    let code = "pub fn read(bytes: &[u8]) -> Result<u8, ()> { Ok(1) }\nfn own(b: &[u8]) -> Option<u8> { None }\npub fn tell(a: u8) -> Option<u8> { None }\n";
    let file = sample("src/sources/a.rs", code);
    let found = parsers(std::slice::from_ref(&file));
    assert_eq!(found, ["src/sources/a.rs read"]);
    let target = vec!["fuzz::a::b".to_owned()];
    assert_eq!(wrong(&found, &listed(""), &[]).len(), 1);
    assert_eq!(wrong(&found, &listed("src/sources/a.rs read fuzz::a::b\n"), &target).len(), 0);
    assert_eq!(wrong(&found, &listed("src/sources/a.rs read fuzz::a::c\n"), &[]).len(), 1);
    assert_eq!(wrong(&found, &listed("src/sources/a.rs read - it is a setting\n"), &[]).len(), 0);
    assert_eq!(wrong(&[], &listed("src/sources/a.rs read fuzz::a::b\n"), &target).len(), 1);
    assert!(parsers(&[sample("src/domain/a.rs", &code.replace("read", "made"))]).is_empty());
}
