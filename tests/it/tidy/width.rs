//! Closed sets are enums. A trait needs two real implementers, so there are few: under one in a
//! thousand lines. How often `dyn` is written is printed, to be looked at.

use syn::visit::Visit;

use super::tree::{Text, code_lines, parse, rust, sample};

#[derive(Default)]
struct Count {
    lines: usize,
    traits: usize,
    dynamic: usize,
}

impl<'ast> Visit<'ast> for Count {
    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.traits += 1;
        syn::visit::visit_item_trait(self, item);
    }
    fn visit_type_trait_object(&mut self, object: &'ast syn::TypeTraitObject) {
        self.dynamic += 1;
        syn::visit::visit_type_trait_object(self, object);
    }
}

fn count(files: &[Text]) -> Count {
    let mut count = Count::default();
    for file in files {
        count.lines += code_lines(file.text.parse().expect("tokens")).len();
        count.visit_file(&parse(file));
    }
    count
}

impl Count {
    fn few(&self) -> bool {
        self.traits * 1_000 < self.lines
    }
}

#[test]
fn traits_are_few() {
    let count = count(&rust(false));
    let Count { lines, traits, dynamic } = count;
    println!("{lines} lines of code in src/, {traits} traits, {dynamic} times dyn");
    assert!(count.few(), "{traits} traits in {lines} lines: under one in a thousand is allowed");
}

#[test]
fn many_traits_are_seen() {
    let one = sample("src/a.rs", "trait A { fn a(&self) -> Box<dyn A>; }\n");
    let seen = count(&[one]);
    assert_eq!((seen.traits, seen.dynamic), (1, 1));
    assert!(!seen.few());
    let long = sample("src/b.rs", &format!("trait A {{}}\n{}", "const B: u8 = 1;\n".repeat(1_000)));
    assert!(count(&[long]).few());
}
