//! What it costs to turn one word into another.

use std::sync::LazyLock;

/// A known spelling of the same name.
pub(super) const VARIANT: u32 = 15;
/// One side was written without its vowels.
pub(super) const NO_VOWELS: u32 = 30;
/// The shortest beginning that still says which word was cut.
pub(super) const SHORTEST_CUT: u32 = 3;

const LETTER: u32 = 100;
const SWAP: u32 = 90;
const VOWEL: u32 = 50;
const DOUBLED: u32 = 25;

/// The most that two words may differ and still be one, by the length of the shorter.
const fn limit(length: usize) -> u32 {
    match length {
        0..=2 => 40,
        3 => 100,
        4 | 5 => 110,
        6 | 7 => 160,
        8 | 9 => 210,
        _ => 250,
    }
}

const fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

const fn is_open(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u')
}

/// The word without its vowels.
pub(super) fn bones(text: &str) -> String {
    text.bytes().filter(|b| !is_open(*b)).map(char::from).collect()
}

/// Whether there is no vowel between the first and the last letter.
pub(super) fn has_no_vowels(text: &str) -> bool {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let open = text.bytes().filter(|b| is_open(*b)).count();
    !inner.bytes().any(is_open) && (text.len() > 2 || (text.len() == 2 && open == 0))
}

/// Letters that sound or look alike in some hand, font or language.
const fn alike(one: u8, two: u8) -> Option<u32> {
    let (low, high) = if one < two { (one, two) } else { (two, one) };
    match (low, high) {
        (b'0', b'o' | b'q')
        | (b'1', b'i' | b'l')
        | (b'i', b'j' | b'l' | b'y')
        | (b'3', b'e')
        | (b'4', b'a')
        | (b'5', b's')
        | (b'6', b'g')
        | (b'8', b'b')
        | (b'9', b'g' | b'q')
        | (b'c', b'k' | b's')
        | (b'k', b'q')
        | (b's', b'z')
        | (b'v', b'w') => Some(25),
        (b'b', b'p' | b'v')
        | (b'd', b't')
        | (b'g', b'j' | b'k' | b'q')
        | (b'c', b'q' | b'z')
        | (b'f', b'v')
        | (b'j', b'y')
        | (b's', b'x')
        | (b'o' | b'u', b'w') => Some(40),
        _ => None,
    }
}

const fn replacing(one: u8, two: u8) -> u32 {
    match alike(one, two) {
        Some(cost) => cost,
        None if one == two => 0,
        None if is_vowel(one) && is_vowel(two) => VOWEL,
        None => LETTER,
    }
}

/// The costs of replacing a letter by another, in rows of 128.
static REPLACING: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pairs = (0..128_u8).flat_map(|one| (0..128_u8).map(move |two| replacing(one, two)));
    pairs.map(|cost| u8::try_from(cost).unwrap_or(u8::MAX)).collect()
});

fn replaced(costs: &[u8], one: u8, two: u8) -> u32 {
    let at = usize::from(one) << 7 | usize::from(two);
    costs.get(at).map_or(LETTER, |cost| u32::from(*cost))
}

/// A letter that only one side has, beside the letters around it.
fn dropped(costs: &[u8], letter: u8, before: Option<u8>, loose: bool) -> u32 {
    if before.is_some_and(|before| replaced(costs, before, letter) <= DOUBLED) {
        DOUBLED
    } else if is_vowel(letter) {
        if loose { VOWEL / 3 } else { VOWEL }
    } else if letter == b'h' || (letter == b'w' && loose) {
        DOUBLED * 2
    } else {
        LETTER
    }
}

/// The cost, if it is within the limit for words so long.
pub(super) fn cost(one: &str, two: &str, loose: bool) -> Option<u32> {
    let limit = limit(one.len().min(two.len()));
    let plain = distance(one.as_bytes(), two.as_bytes(), loose, limit);
    // Scanners take "rn" for "m" and back.
    let scanned = || {
        let (one, two) = (one.replace("rn", "m"), two.replace("rn", "m"));
        DOUBLED + distance(one.as_bytes(), two.as_bytes(), loose, limit)
    };
    let cost = if plain > DOUBLED && (one.contains("rn") || two.contains("rn")) {
        plain.min(scanned())
    } else {
        plain
    };
    (cost <= limit).then_some(cost)
}

/// Longer words are compared letter by letter only when they are the same.
const LONGEST: usize = 31;

type Row = [u32; LONGEST + 1];

/// Weighted edit distance with swaps of neighbours; anything over the limit is some figure over it.
fn distance(one: &[u8], two: &[u8], loose: bool, limit: u32) -> u32 {
    if one.len() > LONGEST || two.len() > LONGEST {
        return limit + 1;
    }
    let costs = REPLACING.as_slice();
    let mut rows: [Row; 3] = [[0; LONGEST + 1]; 3];
    let [older, old, new] = &mut rows;
    let (mut older, mut old, mut new) = (older, old, new);
    let mut sum = 0;
    let mut before = None;
    for (cell, letter) in old.iter_mut().skip(1).zip(two) {
        sum += dropped(costs, *letter, before, loose);
        *cell = sum;
        before = Some(*letter);
    }
    let mut above = None;
    for letter in one {
        let gone = dropped(costs, *letter, above, loose);
        let mut diagonal = old[0];
        let mut last = diagonal + gone;
        new[0] = last;
        let mut lowest = last;
        let mut left = None;
        // What stood two rows up and two columns back: where a swap comes from.
        let swapped = std::iter::once(&u32::MAX).chain(older.iter());
        let cells = new.iter_mut().zip(old.iter()).skip(1);
        for (((cell, up), other), swapped) in cells.zip(two).zip(swapped) {
            let mut best = diagonal + replaced(costs, *letter, *other);
            best = best.min(up + gone).min(last + dropped(costs, *other, left, loose));
            if above == Some(*other) && left == Some(*letter) && letter != other {
                best = best.min(swapped.saturating_add(SWAP));
            }
            (*cell, last, diagonal) = (best, best, *up);
            lowest = lowest.min(best);
            left = Some(*other);
        }
        if lowest > limit {
            return limit + 1;
        }
        (older, old, new) = (old, new, older);
        above = Some(*letter);
    }
    old.get(two.len()).copied().unwrap_or(limit + 1)
}
