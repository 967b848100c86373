//! Readable lines, coloured only on a terminal.

use std::io::{IsTerminal as _, Write as _};

/// Where the demonstration speaks.
#[derive(Debug)]
pub(super) struct Stage {
    out: std::io::Stdout,
    colour: bool,
    step: u32,
}

impl Stage {
    /// Standard output; colours when it is a terminal and `NO_COLOR` is not asked for.
    pub(super) fn new(no_colour: bool) -> Self {
        let out = std::io::stdout();
        Self { colour: !no_colour && out.is_terminal(), out, step: 0 }
    }

    /// A new step with its title.
    pub(super) fn step(&mut self, title: &str) {
        self.step += 1;
        let head = format!("{:>2}. {title}", self.step);
        self.line(&format!("\n{}", self.paint("1;36", &head)));
    }

    /// Something that went as it must.
    pub(super) fn good(&self, text: &str) {
        self.line(&format!("    {} {text}", self.paint("32", "ok")));
    }

    /// A refusal that had to come.
    pub(super) fn refused(&self, text: &str) {
        self.line(&format!("    {} {text}", self.paint("33", "refused")));
    }

    /// A detail.
    pub(super) fn note(&self, text: &str) {
        self.line(&format!("       {text}"));
    }

    /// A plain line.
    pub(super) fn line(&self, text: &str) {
        // A reader that went away (a closed pipe) ends the talk, not the demonstration.
        drop(writeln!(&self.out, "{text}"));
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
