//! A command that the documentation names exists: the command line reads it, the Makefile has its
//! goal, the script lies where it is said to.

use clap::CommandFactory as _;
use clap::error::ErrorKind;
use vouch::cli::args::Args;

use super::tree::{Text, top, written};

/// Commands in code of a Markdown file: inline, or lines of a block without a language or of `sh`.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<bool> = None;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = match block {
                Some(_) => None,
                None => Some(matches!(language, "" | "sh")),
            };
            continue;
        }
        match block {
            Some(true) => found.push(line.trim().to_owned()),
            Some(false) => {}
            None => {
                found.extend(line.split('`').skip(1).step_by(2).map(|code| code.trim().to_owned()));
            }
        }
    }
    found
}

/// The words of a command, quotes removed; a comment ends it.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in command.split_whitespace() {
        if word.starts_with('#') {
            break;
        }
        words.push(word.trim_matches(['\'', '"']).to_owned());
    }
    words
}

/// What is wrong with a command; `None` where it can be given, or is none of ours.
fn wrong(command: &str, makefile: &str) -> Option<String> {
    let words = words(command);
    let first = words.first()?;
    if first == "vouch" || first == "target/debug/vouch" {
        let read = Args::command().try_get_matches_from(&words);
        return match read.map_err(|why| why.kind()) {
            Err(ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument) => {
                Some(format!("{command}: the command line does not know it"))
            }
            // Help, a command named without all it needs, or a word that stands for a value.
            _ => None,
        };
    }
    if first == "make" {
        let goal = words.get(1)?;
        let there = makefile.lines().any(|line| line.starts_with(&format!("{goal}:")));
        return (!there).then(|| format!("{command}: the Makefile has no such goal"));
    }
    if first == "bash" {
        let script = words.get(1)?;
        return (!top().join(script).is_file())
            .then(|| format!("{command}: there is no such file"));
    }
    None
}

fn of_documents() -> Vec<(String, String)> {
    let documents = written()
        .into_iter()
        .filter(|text| std::path::Path::new(&text.path).extension() == Some("md".as_ref()));
    documents
        .flat_map(|Text { path, text }| {
            commands(&text).into_iter().map(move |command| (path.clone(), command))
        })
        .collect()
}

#[test]
fn every_documented_command_exists() {
    let makefile = std::fs::read_to_string(top().join("Makefile")).unwrap();
    let all = of_documents();
    let ours = |word: &str| all.iter().filter(|(_, c)| c.starts_with(word)).count();
    assert!(ours("make ") >= 5 && ours("vouch ") + ours("target/debug/vouch ") >= 8, "{all:?}");
    let faults: Vec<_> = all
        .iter()
        .filter_map(|(path, command)| Some(format!("{path}: {}", wrong(command, &makefile)?)))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_command_that_is_none_is_found() {
    for bad in ["vouch frobnicate", "vouch attest --level A", "make tea", "bash scripts/none.sh"] {
        assert!(wrong(bad, "demo:\n").is_some(), "{bad}");
    }
    for good in ["vouch --help", "vouch decide", "make demo ARGS=--keep", "bash .ci/run", "ls"] {
        assert_eq!(wrong(good, "demo:\n"), None, "{good}");
    }
    let text = "a `make x` b\n```\nmake y\n```\n```json\nmake z\n```\n";
    assert_eq!(commands(text), ["make x", "make y"]);
}
