//! Folding: what two spellings of one name have in common. Script, case, accents, punctuation and
//! word order go; legal forms and small words stay but weigh nothing.

/// The longest name that is compared, in bytes.
pub const MAX_NAME: usize = 1_000;

/// Why a name cannot be screened; the check is then REVIEW, never a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unscreenable {
    /// Nothing is left of the name after folding.
    #[error("the name holds no letter or digit that can be compared; ask for its Latin spelling")]
    Empty,
    /// Longer than [`MAX_NAME`] bytes.
    #[error("the name is too long to be compared; at most 1000 bytes are")]
    TooLong,
}

impl Unscreenable {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "NAME_EMPTY",
            Self::TooLong => "NAME_TOO_LONG",
        }
    }
}

/// What is known of the name's bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// A listed person: every word is a part of the name, "SA" too.
    Person,
    /// An organisation, or not known: legal forms weigh nothing unless the other side has them as
    /// a part of a person's name.
    Any,
}

/// A folded name: its distinct words in order, and which of them are minor.
#[derive(Clone, PartialEq, Eq)]
pub struct Folded {
    tokens: Vec<(String, bool)>,
}

impl std::fmt::Debug for Folded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[folded name]")
    }
}

impl Folded {
    /// Every word, with whether it is a legal form or small word.
    pub fn tokens(&self) -> impl Iterator<Item = (&str, bool)> {
        self.tokens.iter().map(|(t, minor)| (t.as_str(), *minor))
    }

    /// The words that weigh.
    pub fn core(&self) -> impl Iterator<Item = &str> {
        self.tokens().filter(|(_, minor)| !minor).map(|(t, _)| t)
    }

    /// The weighing words without spaces: "AERO-CARIBBEAN" and "AEROCARIBBEAN" meet here.
    pub fn joined(&self) -> String {
        self.core().collect()
    }

    /// Whether a word is there, minor or not.
    pub fn has(&self, token: &str) -> bool {
        self.tokens.iter().any(|(t, _)| t == token)
    }
}

/// Folds a name. Any script becomes Latin letters as `any_ascii` spells them.
pub fn fold(name: &str, kind: NameKind) -> Result<Folded, Unscreenable> {
    if name.len() > MAX_NAME {
        return Err(Unscreenable::TooLong);
    }
    let words = join_initials(words(&any_ascii::any_ascii(name)));
    let minor = match kind {
        NameKind::Person => vec![false; words.len()],
        NameKind::Any => minor_words(&words),
    };
    let mut tokens: Vec<(String, bool)> = Vec::with_capacity(words.len());
    for (word, minor) in words.into_iter().zip(minor) {
        match tokens.iter_mut().find(|(t, _)| *t == word) {
            Some(seen) => seen.1 &= minor,
            None => tokens.push((word, minor)),
        }
    }
    if tokens.is_empty() { Err(Unscreenable::Empty) } else { Ok(Folded { tokens }) }
}

fn words(ascii: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in ascii.chars() {
        match c {
            'a'..='z' | '0'..='9' => push(&mut words, c),
            'A'..='Z' => push(&mut words, c.to_ascii_lowercase()),
            '\'' | '`' => {}
            _ => words.push(String::new()),
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

fn push(words: &mut [String], c: char) {
    if let Some(word) = words.last_mut() {
        word.push(c);
    }
}

/// "S.A." and "J P" become one word each, so that dots and spaces between initials do not matter.
fn join_initials(words: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut in_run = false;
    for word in words {
        let initial = word.len() == 1 && word.bytes().all(|b| b.is_ascii_alphabetic());
        match out.last_mut() {
            Some(run) if in_run && initial => run.push_str(&word),
            _ => out.push(word),
        }
        in_run = initial;
    }
    out
}

/// Legal forms at the end or the start, and words such as "the" anywhere. At least one word
/// always keeps its weight.
fn minor_words(words: &[String]) -> Vec<bool> {
    let mut end = words.len();
    while let Some(n) = ENDINGS.iter().map(|f| ends_with(words.get(..end), f)).max()
        && n > 0
        && n < end
    {
        end -= n;
    }
    let starts = words.first().is_some_and(|w| STARTS.contains(&w.as_str())) && end > 1;
    let mut minor: Vec<bool> = words
        .iter()
        .enumerate()
        .map(|(i, w)| i >= end || (i == 0 && starts) || SMALL.contains(&w.as_str()))
        .collect();
    if minor.iter().all(|m| *m) {
        minor.fill(false);
    }
    minor
}

fn ends_with(words: Option<&[String]>, form: &str) -> usize {
    let words = words.unwrap_or_default();
    let parts = form.split(' ').count();
    let tail = words.len().checked_sub(parts).and_then(|from| words.get(from..));
    match tail {
        Some(tail) if tail.iter().map(String::as_str).eq(form.split(' ')) => parts,
        _ => 0,
    }
}

const SMALL: [&str; 4] = ["the", "and", "et", "und"];

const STARTS: [&str; 12] =
    ["ooo", "oao", "zao", "pao", "ao", "pt", "pp", "fop", "fgup", "cv", "ud", "tov"];

const ENDINGS: [&str; 84] = [
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "limited",
    "llc",
    "limited liability company",
    "limited liability co",
    "limited partnership",
    "limited liability partnership",
    "llp",
    "lllp",
    "lp",
    "pllc",
    "pc",
    "plc",
    "public limited company",
    "public joint stock company",
    "open joint stock company",
    "closed joint stock company",
    "joint stock company",
    "jsc",
    "pjsc",
    "ojsc",
    "cjsc",
    "psc",
    "ooo",
    "oao",
    "zao",
    "pao",
    "gmbh",
    "mbh",
    "kg",
    "kgaa",
    "ag",
    "ug",
    "ev",
    "se",
    "sa",
    "s a",
    "sas",
    "sarl",
    "sal",
    "snc",
    "sca",
    "sl",
    "slu",
    "sc",
    "srl",
    "spa",
    "sapi",
    "sa de cv",
    "s de rl",
    "s de rl de cv",
    "srl de cv",
    "sapi de cv",
    "ltda",
    "limitada",
    "cia",
    "eirl",
    "bv",
    "nv",
    "oy",
    "oyj",
    "ab",
    "asa",
    "aps",
    "kft",
    "zrt",
    "sro",
    "doo",
    "ood",
    "eood",
    "as",
    "fze",
    "fzc",
    "fzco",
    "fz llc",
    "pty",
    "pte",
    "bhd",
];
