//! The score of two names.

use super::class::Class;
use super::lay::{How, Laid, Pair, Why, lay};
use super::read::{Name, Schema, Span, Token};
use crate::domain::pii::Pii;

/// What two names have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Likeness in thousandths.
    pub score: u16,
    /// Word by word.
    pub why: Vec<Why>,
}

/// Compares the name asked about with another one.
pub fn compare(asked: &Name, other: &Name) -> Comparison {
    let laid = lay(asked, other);
    let score = score(asked, other, &laid);
    Comparison { score, why: why(asked, other, &laid) }
}

/// Whether two names may name one party, whichever is asked about, or one is the other shortened
/// to its first letters.
pub fn resemble(one: &Name, two: &Name) -> Comparison {
    let (there, back) = (compare(one, two), compare(two, one));
    let mut better = if back.score > there.score { back } else { there };
    if abbreviates(one, two) || abbreviates(two, one) {
        better.score = better.score.max(ABBREVIATED);
    }
    better
}

/// What first letters score. Screening does not use them: lists name their parties' abbreviations,
/// and any three letters begin the words of somebody.
const ABBREVIATED: u16 = 730;

/// Whether the one word that tells a firm from others is made of the first letters of the other
/// name's words.
fn abbreviates(short: &Name, long: &Name) -> bool {
    let firm = short.schema() == Schema::Firm && long.schema() == Schema::Firm;
    let telling = |t: &&Token| !t.class.is_minor() && t.class != Class::Place;
    let mut words = short.tokens().iter().filter(telling);
    let (Some(word), None) = (words.next(), words.next()) else { return false };
    let firsts = long.tokens().iter().filter(|t| !t.class.is_minor());
    let firsts: String = firsts.filter_map(|t| t.text().chars().next()).collect();
    firm && firsts.len() >= 3 && word.text() == firsts
}

/// The score alone.
pub(crate) fn likeness(asked: &Name, other: &Name) -> u16 {
    score(asked, other, &lay(asked, other))
}

/// What a name scores that is the beginning of the other, letter by letter.
pub(crate) const CUT_OFF: u16 = 760;

/// A word that only one name has, where the other has nothing against it.
const GENERIC_ALONE: u32 = 40;
/// So many half letters of common words tell a name from others together.
const MANY: u32 = 14;
const LETTER_ALONE: u32 = 15;
/// A legal form that the other name lacks, where that one has a word that this one lacks.
const OTHER_FORM: u32 = 170;
const NUMBER_ALONE: u32 = 250;
const NUMBERS_DIFFER: u32 = 130;
const NAME_ALONE: u32 = 60;
const ONLY_NAME_ALONE: u32 = 200;
/// From here on a contradiction grows with what is allowed.
const CONTRADICTED: u32 = 240;

fn score(asked: &Name, other: &Name, laid: &Laid<'_>) -> u16 {
    let cut = asked.may_be_cut_off() && other.letters().starts_with(asked.letters());
    of_words(asked, other, laid).max(if cut { CUT_OFF } else { 0 })
}

fn of_words(asked: &Name, other: &Name, laid: &Laid<'_>) -> u16 {
    let strong = laid.pairs.iter().filter(|p| !p.asked.minor);
    let known = strong.clone().filter(|p| is_known(asked, p.asked, false)).count();
    let named = strong.clone().filter(|p| is_known(asked, p.asked, true)).count();
    if strong.clone().next().is_none() {
        return 0;
    }
    let distinct = known > 0 || strong.clone().any(|p| is_known(other, p.other, true));
    let mut cost: u32 =
        laid.pairs.iter().map(|p| if p.asked.minor { p.cost / 10 } else { p.cost }).sum();
    cost += numbers(laid);
    let halves = halves(asked, laid, |p| p.asked).min(halves(other, laid, |p| p.other));
    let alone = |t: &&Token, named: usize| match (t.class, asked.schema()) {
        _ if is_repeated(asked, t) || is_repeated(other, t) => 0,
        (Class::Core, Schema::Person) if named >= 2 => NAME_ALONE,
        (Class::Core, Schema::Person) => ONLY_NAME_ALONE,
        (Class::Core, Schema::Firm) => t.conflict() * 2 / 5,
        (Class::Generic | Class::Place, _) if distinct => GENERIC_ALONE,
        (Class::Generic | Class::Place, _) if halves >= MANY => t.conflict() / 2,
        (Class::Generic | Class::Place, _) => t.conflict(),
        (Class::Initial, _) => GENERIC_ALONE,
        (Class::Letter, _) => LETTER_ALONE,
        (Class::Form | Class::Title | Class::Small, _) => t.conflict() / 2,
        (Class::Number, _) => 0,
    };
    let sum = |left: &[&Token], named: usize| -> (u32, u32) {
        (left.iter().map(|t| t.conflict()).sum(), left.iter().map(|t| alone(t, named)).sum())
    };
    // A part of a listed name is often all that people give of it; a name that goes on where the
    // listed one ends needs more than one rare word in common.
    let (mine, yours) = (sum(&laid.asked_left, known), sum(&laid.other_left, named));
    let (less, more) = if mine.0 <= yours.0 { (mine, yours) } else { (yours, mine) };
    let allowed = allowed(halves);
    // What is against something costs whole, and no length of the rest makes up for it; what is
    // left then stands alone.
    let form = laid.asked_left.iter().any(|t| t.class == Class::Form);
    let formed = if form && mine.0 <= yours.0 { OTHER_FORM.min(more.0 - less.0) } else { 0 };
    cost += contradicted(less.0 + formed, allowed);
    cost += ((more.0 - less.0 - formed) * more.1).checked_div(more.0).unwrap_or(0);
    from_cost(cost, allowed)
}

/// How many letters of a name are laid against something, in halves.
fn halves<'n>(name: &Name, laid: &Laid<'n>, side: fn(&Pair<'n>) -> &'n Span) -> u32 {
    let tokens = |p| {
        let span: &Span = side(p);
        name.tokens().get(span.from..span.to).unwrap_or_default()
    };
    laid.pairs.iter().flat_map(tokens).map(Token::halves).sum()
}

/// A name written twice says nothing more.
fn is_repeated(name: &Name, token: &Token) -> bool {
    let same = |t: &&Token| t.word.text == token.word.text;
    name.tokens().iter().filter(same).nth(1).is_some()
}

pub(super) fn contradicted(cost: u32, allowed: u32) -> u32 {
    cost * allowed.max(CONTRADICTED) / CONTRADICTED
}

/// How much two names with so many half letters in common may differ and still be one party.
pub(super) fn allowed(halves: u32) -> u32 {
    // Too short to tell a slip from another name; then 70 for each square root of a letter: one
    // difference in six letters, two in twelve.
    match halves {
        0..=8 => 45,
        9..=10 => 100,
        11..=12 => 130,
        _ => (70 * 70 * halves / 2).isqrt().saturating_sub(35),
    }
}

/// What is allowed exactly is 700.
pub(super) fn from_cost(cost: u32, allowed: u32) -> u16 {
    let lost = (300 * cost).div_ceil(allowed.max(1));
    u16::try_from(1_000_u32.saturating_sub(lost)).unwrap_or(0)
}

/// Whether a span tells of a name in full.
fn is_known(name: &Name, span: &Span, common: bool) -> bool {
    let tokens = name.tokens().get(span.from..span.to).unwrap_or_default();
    tokens.iter().any(|t| t.class == Class::Core && (common || !t.common))
}

fn numbers(laid: &Laid<'_>) -> u32 {
    let count =
        |left: &[&Token]| -> u32 { left.iter().map(|t| u32::from(t.class == Class::Number)).sum() };
    let (mine, yours) = (count(&laid.asked_left), count(&laid.other_left));
    mine.min(yours) * NUMBERS_DIFFER + mine.abs_diff(yours) * NUMBER_ALONE
}

fn why(asked: &Name, other: &Name, laid: &Laid<'_>) -> Vec<Why> {
    let class =
        |name: &Name, span: &Span| name.tokens().get(span.from).map_or(Class::Core, Token::class);
    let text = |name: &Name, span: &Span| {
        let tokens = name.tokens().get(span.from..span.to).unwrap_or_default();
        let words: Vec<&str> = tokens.iter().map(Token::text).collect();
        Some(Pii::new(words.join(" ")))
    };
    let mut why: Vec<Why> = laid
        .pairs
        .iter()
        .map(|p| Why {
            asked: text(asked, p.asked),
            other: text(other, p.other),
            how: p.how,
            class: class(asked, p.asked),
            cost: p.cost,
        })
        .collect();
    let alone = |t: &&Token| (Some(Pii::new(t.text().to_owned())), t.class, t.conflict());
    why.extend(laid.asked_left.iter().map(alone).map(|(asked, class, cost)| Why {
        asked,
        other: None,
        how: How::OnlyAsked,
        class,
        cost,
    }));
    why.extend(laid.other_left.iter().map(alone).map(|(other, class, cost)| Why {
        asked: None,
        other,
        how: How::OnlyOther,
        class,
        cost,
    }));
    why
}
