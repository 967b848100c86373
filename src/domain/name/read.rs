//! From a name to its words and what they are.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::class::Class;
use super::clean::{Plain, Unreadable, words};
use super::form::{forms, is_clear};
use super::vocabulary::{figures, in_firm, in_person, is_widespread, meant};
use super::word::Word;

/// What the name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Schema {
    /// A human being.
    Person,
    /// Anything else that can be a party.
    Firm,
}

/// A word of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub(crate) word: Arc<Word>,
    pub(crate) class: Class,
    /// A person's name that millions bear.
    pub(super) common: bool,
}

impl Token {
    /// The word in plain letters.
    pub fn text(&self) -> &str {
        &self.word.text
    }

    /// What it is.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// How many of its letters count, in halves.
    pub(super) fn halves(&self) -> u32 {
        self.class.halves() * self.word.len() / if self.common { 2 } else { 1 }
    }

    pub(super) fn conflict(&self) -> u32 {
        self.class.conflict(self.word.len())
    }
}

/// Some words of a name in a row, as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) word: Arc<Word>,
    /// Whether every word in it is a legal form, a title or a small word.
    pub(crate) minor: bool,
}

/// A name, read.
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    schema: Schema,
    tokens: Vec<Token>,
    spans: Vec<Span>,
    /// Every letter of it, for names that a field cut.
    letters: String,
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[name]")
    }
}

impl Name {
    /// Reads a name; refuses one that holds nothing to compare.
    pub fn read(name: &str, schema: Schema) -> Result<Self, Unreadable> {
        let tokens = match schema {
            Schema::Person => person(words(name, false)?),
            Schema::Firm => firm(words(name, true)?),
        };
        let spans = spans(&tokens);
        let letters = tokens.iter().map(Token::text).collect();
        Ok(Self { schema, tokens, spans, letters })
    }

    /// Every letter of it.
    pub(crate) fn letters(&self) -> &str {
        &self.letters
    }

    /// Whether it is long enough to be what a field left of a longer name.
    pub(crate) fn may_be_cut_off(&self) -> bool {
        self.letters.len() >= 15
    }

    pub(crate) fn spans(&self) -> &[Span] {
        &self.spans
    }

    pub(crate) fn spans_mut(&mut self) -> &mut [Span] {
        &mut self.spans
    }

    /// Lets the words use the memory of the spans of one word.
    pub(crate) fn share_words(&mut self) {
        for (token, span) in self.tokens.iter_mut().zip(&self.spans) {
            token.word = Arc::clone(&span.word);
        }
    }

    /// What a span costs where the other name contradicts it.
    pub(crate) fn worth(&self, span: &Span) -> u32 {
        let tokens = self.tokens.get(span.from..span.to).unwrap_or_default();
        tokens.iter().map(Token::conflict).sum()
    }

    /// Whether a span is the last word of several, and so may be the beginning of a word.
    pub(crate) fn may_be_cut(&self, span: &Span) -> bool {
        let several = self.spans.iter().filter(|s| !s.minor).count() > 1;
        several && !span.minor && span.to == span.from + 1 && span.to == self.tokens.len()
    }

    /// What it is the name of.
    pub const fn schema(&self) -> Schema {
        self.schema
    }

    /// Its words.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The words that tell it from others, in order.
    pub fn core(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter(|t| !t.class.is_minor()).map(Token::text)
    }

    /// Those words run together.
    pub fn joined(&self) -> String {
        self.core().collect()
    }
}

/// If nothing but legal forms, titles and small words is left, they are the name.
fn never_empty(tokens: Vec<Token>) -> Vec<Token> {
    if tokens.iter().all(|t| t.class.is_minor()) {
        return tokens.into_iter().map(|t| Token { class: Class::Core, ..t }).collect();
    }
    tokens
}

fn firm(words: Vec<Plain>) -> Vec<Token> {
    let words = shortened(&letters_joined(words));
    let words: Vec<(Arc<Word>, Plain)> = words.into_iter().map(as_meant).collect();
    let meant: Vec<Plain> = words.iter().map(|(_, meant)| meant.clone()).collect();
    let forms = forms(&meant);
    let mut first = true;
    let mut tokens = Vec::with_capacity(words.len());
    for ((mut word, meant), form) in words.into_iter().zip(forms) {
        let figures = if form { None } else { figures(&meant.text, first) };
        if let Some(figures) = figures {
            let text = figures.to_owned();
            word = Arc::new(Word::new(Plain { text, ..Plain::default() }));
        }
        let class = if form {
            Class::Form
        } else if word.text.bytes().all(|b| b.is_ascii_digit()) {
            Class::Number
        } else {
            in_firm(&meant.text, first)
        };
        first = first && class.is_minor();
        tokens.push(Token { word, class, common: false });
    }
    // Where nothing else tells the name from others, a small word does: "Des International".
    if tokens.iter().all(|t| t.class != Class::Core) {
        let tells = |t: &&mut Token| {
            let text = t.text();
            t.class == Class::Small
                && text.len() > 2
                && !matches!(text, "the" | "and" | "for" | "del")
        };
        tokens.iter_mut().filter(tells).for_each(|t| t.class = Class::Core);
    }
    never_empty(tokens)
}

/// The word as it is written, and the common word that it is a slip of.
fn as_meant(mut word: Plain) -> (Arc<Word>, Plain) {
    let written = Arc::new(Word::new(word.clone()));
    if let Some(meant) = meant(&written) {
        meant.clone_into(&mut word.text);
    }
    (written, word)
}

/// Countries whose names are shortened more often than not.
const SHORT: [(&[&str], &str); 5] = [
    (&["united", "states", "of", "america"], "us"),
    (&["united", "states"], "us"),
    (&["usa"], "us"),
    (&["united", "kingdom"], "uk"),
    (&["great", "britain"], "uk"),
];

fn shortened(words: &[Plain]) -> Vec<Plain> {
    let mut out: Vec<Plain> = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((word, more)) = rest.split_first() {
        let says = |long: &[&str]| {
            rest.len() >= long.len() && rest.iter().zip(long).all(|(w, l)| w.text == *l)
        };
        if let Some((long, short)) = SHORT.iter().find(|(long, _)| says(long)) {
            out.push(Plain { text: (*short).to_owned(), ..Plain::default() });
            rest = rest.get(long.len()..).unwrap_or_default();
        } else {
            out.push(word.clone());
            rest = more;
        }
    }
    out
}

/// "C I M E X" is one word; a letter that stands alone stays.
fn letters_joined(words: Vec<Plain>) -> Vec<Plain> {
    let mut out: Vec<Plain> = Vec::with_capacity(words.len());
    let mut run = false;
    for word in words {
        let letter = word.text.len() == 1 && word.text.bytes().all(|b| b.is_ascii_alphabetic());
        match out.last_mut() {
            Some(last) if run && letter => last.text.push_str(&word.text),
            _ => out.push(word),
        }
        run = letter;
    }
    out
}

fn person(words: Vec<Plain>) -> Vec<Token> {
    let several = words.len() > 2;
    let mut tokens: Vec<Token> = Vec::with_capacity(words.len());
    let mut words = words.into_iter().peekable();
    while let Some(mut word) = words.next() {
        let article = |w: &Plain| matches!(w.text.as_str(), "al" | "el" | "ul" | "ur");
        // "Abd al-Rahman" is "Abdul Rahman".
        if word.text == "abd" && words.next_if(article).is_some() {
            "abdul".clone_into(&mut word.text);
        }
        let word = Arc::new(Word::new(word));
        let known = in_person(&word);
        let last = several && words.peek().is_none();
        let stray = last && known == Class::Core && is_clear(word.text());
        let class = if stray { Class::Form } else { known };
        let common = is_widespread(word.text());
        tokens.push(Token { word, class, common });
    }
    never_empty(tokens)
}

/// Every word, every two neighbours run together, and the whole run together.
fn spans(tokens: &[Token]) -> Vec<Span> {
    let one = tokens.iter().enumerate().map(|(at, token)| Span {
        from: at,
        to: at + 1,
        word: Arc::clone(&token.word),
        minor: token.class.is_minor(),
    });
    let mut spans: Vec<Span> = one.collect();
    for from in 0..tokens.len().saturating_sub(1) {
        spans.extend(joined(tokens, from, from + 2));
    }
    let minor = |t: &Token| t.class.is_minor();
    let from = tokens.iter().position(|t| !minor(t)).unwrap_or(0);
    let to = tokens.iter().rposition(|t| !minor(t)).map_or(0, |at| at + 1);
    if to > from + 2 {
        spans.extend(joined(tokens, from, to));
    }
    spans
}

fn joined(tokens: &[Token], from: usize, to: usize) -> Option<Span> {
    let parts = tokens.get(from..to)?;
    let minor = parts.iter().all(|t| t.class.is_minor());
    let apart = |t: &Token| matches!(t.class, Class::Form | Class::Number);
    if minor || parts.iter().any(apart) {
        return None;
    }
    let text: String = parts.iter().map(Token::text).collect();
    Some(Span { from, to, word: Arc::new(Word::joined(text)), minor: false })
}
