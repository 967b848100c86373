//! A file has at most 500 lines of code, a function at most 70: comments and blanks are free, so
//! that nobody saves on the why.

use super::tree::{Text, code_lines, functions, none, parse, rust, sample};

const FILE: usize = 500;
const FUNCTION: usize = 70;

fn too_long(file: &Text) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = code_lines(file.text.parse().expect("tokens")).len();
    if lines > FILE {
        faults.push(format!("{}: {lines} lines of code, {FILE} allowed", file.path));
    }
    for f in functions(&parse(file)) {
        if f.length > FUNCTION {
            let (name, length) = (f.name, f.length);
            let at = format!("{}:{}", file.path, f.line);
            faults.push(format!("{at}: {name} has {length} lines of code, {FUNCTION} allowed"));
        }
    }
    faults
}

#[test]
fn files_and_functions_are_short() {
    none(&rust(true).iter().flat_map(too_long).collect::<Vec<_>>());
}

#[test]
fn a_long_file_and_a_long_function_are_seen() {
    let of = |lines: usize| format!("fn f() {{\n{}}}\n", "    // why\n\n    g();\n".repeat(lines));
    assert!(too_long(&sample("src/a.rs", &of(FUNCTION))).is_empty());
    assert_eq!(too_long(&sample("src/a.rs", &of(FUNCTION + 1))).len(), 1);
    let inside = format!("impl A {{ {} }}", of(FUNCTION + 1));
    assert_eq!(too_long(&sample("src/a.rs", &inside)).len(), 1);
    let consts = |lines: usize| "/// Doc.\nconst A: u8 = 1;\n\n".repeat(lines);
    assert!(too_long(&sample("src/a.rs", &consts(FILE))).is_empty());
    assert_eq!(too_long(&sample("src/a.rs", &consts(FILE + 1))).len(), 1);
}
