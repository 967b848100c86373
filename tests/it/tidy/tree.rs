//! Reads the tree: every file that a person wrote, and the syntax of the Rust ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{LineColumn, TokenStream, TokenTree};
use syn::visit::Visit;

/// One text file: its path from the top of the tree, with `/` between the parts, and its text.
pub(super) struct Text {
    pub(super) path: String,
    pub(super) text: String,
}

/// Where people write. Build output and local data lie elsewhere.
const WRITTEN: &[&str] = &[
    ".ci",
    "benches",
    "docs",
    "fuzz",
    "helm",
    "migrations",
    "policies",
    "proto",
    "scripts",
    "src",
    "tests",
];

pub(super) fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file that a person wrote, in the order of the paths.
pub(super) fn written() -> Vec<Text> {
    let top = top();
    let mut found = Vec::new();
    for entry in fs::read_dir(&top).expect("the top of the tree") {
        let path = entry.expect("an entry of the top").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() && WRITTEN.contains(&name.as_str()) {
            walk(&top, &path, &mut found);
        } else if path.is_file() && name != "Cargo.lock" && name != ".git" {
            keep(&top, &path, &mut found);
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(top: &Path, folder: &Path, found: &mut Vec<Text>) {
    for entry in fs::read_dir(folder).expect("a folder of the tree") {
        let path = entry.expect("an entry of the tree").path();
        if path.is_dir() {
            walk(top, &path, found);
        } else {
            keep(top, &path, found);
        }
    }
}

fn keep(top: &Path, path: &Path, found: &mut Vec<Text>) {
    let bytes = fs::read(path).expect("a file of the tree");
    if let Ok(text) = String::from_utf8(bytes) {
        let path = path.strip_prefix(top).expect("below the top").to_string_lossy();
        found.push(Text { path: path.replace('\\', "/"), text });
    }
}

/// The Rust files of `src/`, or with `everywhere` those of the tests and benches too.
pub(super) fn rust(everywhere: bool) -> Vec<Text> {
    let mut files = written();
    let rust = |path: &str| Path::new(path).extension().is_some_and(|ending| ending == "rs");
    files.retain(|file| rust(&file.path) && (everywhere || file.path.starts_with("src/")));
    assert!(files.len() > 10, "only {} Rust files found: is this the tree?", files.len());
    files
}

pub(super) fn parse(file: &Text) -> syn::File {
    syn::parse_file(&file.text).unwrap_or_else(|fault| panic!("{}: {fault}", file.path))
}

/// Fails with every fault on a line of its own.
pub(super) fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
}

/// Whether an item is compiled for tests only.
pub(super) fn for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// The lines of `tokens` that hold code: no comment, no documentation, nothing blank.
pub(super) fn code_lines(tokens: TokenStream) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    gather(tokens, &mut lines);
    lines
}

fn gather(tokens: TokenStream, lines: &mut BTreeSet<usize>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '#') {
            let mut ahead = tokens.clone();
            let next = ahead.next();
            let bang = matches!(&next, Some(TokenTree::Punct(mark)) if mark.as_char() == '!');
            let body = if bang { ahead.next() } else { next };
            if body.as_ref().is_some_and(documents) {
                tokens = ahead;
                continue;
            }
        }
        let LineColumn { line: first, .. } = token.span().start();
        let LineColumn { line: last, .. } = token.span().end();
        if let TokenTree::Group(group) = token {
            lines.extend([first, last]);
            gather(group.stream(), lines);
        } else {
            lines.extend(first..=last);
        }
    }
}

fn documents(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "doc")
}

/// A function with a body: its name, its line, and how many lines of code the body has.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) length: usize,
}

/// Every function of a file, those inside of others too.
pub(super) fn functions(file: &syn::File) -> Vec<Function> {
    struct Finder(Vec<Function>);
    impl Finder {
        fn add(&mut self, name: &syn::Ident, block: &syn::Block) {
            let tokens = quote::ToTokens::to_token_stream(block);
            let length = code_lines(tokens).len().saturating_sub(2);
            self.0.push(Function {
                name: name.to_string(),
                line: name.span().start().line,
                length,
            });
        }
    }
    impl<'ast> Visit<'ast> for Finder {
        fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
            self.add(&item.sig.ident, &item.block);
            syn::visit::visit_item_fn(self, item);
        }
        fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
            self.add(&item.sig.ident, &item.block);
            syn::visit::visit_impl_item_fn(self, item);
        }
        fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
            if let Some(block) = &item.default {
                self.add(&item.sig.ident, block);
            }
            syn::visit::visit_trait_item_fn(self, item);
        }
    }
    let mut finder = Finder(Vec::new());
    finder.visit_file(file);
    finder.0
}

pub(super) fn sample(path: &str, text: &str) -> Text {
    Text { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn comments_and_documentation_are_no_code() {
    let file = "//! Door.\n\n/// Doc.\n/* a\n b */\n#[inline]\nfn f() {\n    // why\n    g(\n        1,\n    );\n}\n";
    let tokens: TokenStream = file.parse().expect("tokens");
    assert_eq!(code_lines(tokens).into_iter().collect::<Vec<_>>(), [6, 7, 9, 10, 11, 12]);
    let text = "const T: &str = \"a\n\nb\";\n";
    assert_eq!(code_lines(text.parse().expect("tokens")).len(), 3);
}
