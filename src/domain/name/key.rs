//! What two words must share to be paired at all.
//!
//! A word's skeleton is what is left when letters that sound or look alike are one and vowels are
//! gone. Its keys are the skeleton and what the skeleton becomes without any one letter; a short
//! skeleton says too little, so there the word itself and the word without any one letter are keys
//! instead. Two words that differ by one letter, by vowels, by doubled letters or by spelling of
//! sounds share one; long ones may differ by a letter and by vowels.

/// The consonants that carry a word, one letter for each sound.
fn skeleton(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1);
        let (sound, used) = match (byte, next) {
            (b'p', Some(b'h')) => ('f', 2),
            (
                b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'w' | b'h' | b'0' | b'1' | b'3' | b'4',
                _,
            ) => {
                at += 1;
                continue;
            }
            (b'b' | b'p' | b'8', _) => ('b', 1),
            (b'd' | b't' | b'7', _) => ('t', 1),
            (b'c' | b'g' | b'k' | b'q' | b'9', _) => ('k', 1),
            (b'f' | b'v', _) => ('f', 1),
            (b's' | b'z' | b'x' | b'5', _) => ('s', 1),
            (byte, _) => (char::from(*byte), 1),
        };
        // A doubled letter is one; the same letter after a vowel is another.
        let doubled = at > 0 && bytes.get(at - 1) == Some(byte);
        if !doubled {
            out.push(sound);
        }
        at += used;
    }
    out
}

/// The keys of a word, sorted. A number has itself only. Scanners take "rn" for "m", so a word
/// with "rn" has the keys of both readings; the spellings of one name have one key in common.
pub(super) fn keys(text: &str, variant: Option<u16>) -> Vec<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return vec![hash(b'#', text.bytes())];
    }
    let mut keys = Vec::with_capacity(12);
    keys_of(text, &mut keys);
    if text.contains("rn") {
        keys_of(&text.replace("rn", "m"), &mut keys);
    }
    keys.extend(variant.map(of_variant));
    keys.push(exact(text));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The key of every spelling of one name.
pub(super) fn of_variant(id: u16) -> u32 {
    hash(b'v', id.to_be_bytes().into_iter())
}

/// The key of the very same letters.
pub(super) fn exact(text: &str) -> u32 {
    hash(b'=', text.bytes())
}

fn keys_of(text: &str, keys: &mut Vec<u32>) {
    let skeleton = skeleton(text);
    if !skeleton.is_empty() {
        keys.push(hash(b's', skeleton.bytes()));
    }
    if skeleton.len() >= 4 && text.len() >= 6 {
        keys.extend(without_one(b's', &skeleton));
    } else {
        keys.push(hash(b'r', text.bytes()));
        keys.extend(without_one(b'r', text));
    }
}

fn without_one(space: u8, text: &str) -> impl Iterator<Item = u32> {
    let bytes = text.as_bytes();
    (0..bytes.len()).map(move |gone| {
        let rest = bytes.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, b)| *b);
        hash(space, rest)
    })
}

/// FNV-1a: the keys of a list must be the same on every machine.
fn hash(space: u8, bytes: impl Iterator<Item = u8>) -> u32 {
    std::iter::once(space)
        .chain(bytes)
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
