//! Legal forms, in the words of their countries.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::clean::Plain;
use super::vocabulary::is_common;
use super::word::Word;

/// Forms of one word, and abbreviations as they are once dots are gone.
const WORDS: &str = "inc incorporated incorporation corp corporation co company ltd limited llc llp lllp \
    lp pllc pc plc pcc spc lc lllc unltd unlimited chartered icav icvc oeic ucits sicav sicaf fcp \
    jsc pjsc ojsc cjsc psc qsc wll qpjsc kscc ksc saoc saog bsc fze fzc fzco fzllc dmcc fzllco \
    ooo oao zao pao ao too tov pat prat dp gup fgup mup kfkh nko ip chp pp ad ead ood eood doo dd dooel jp \
    gmbh mbh ggmbh ag akg kg kgaa ohg gbr ug ev eg eu og se sce vvag stiftung aktiengesellschaft \
    gesellschaft kommanditgesellschaft genossenschaft \
    sa sas sasu sarl eurl snc scs sca scp sci scm sprl bvba sc scrl gie sal sàrl societe anonyme \
    sl slu slp slne slu sll sau cb sociedad limitada anonima ltda cia compania eirl spr ri rl cv sab sapi sofom \
    sociedade lda ltd eireli me epp ss \
    srl spa sapa sas snc scarl scrl sncc srls societa \
    bv nv vof cv cvba comm ba bvba stichting vereniging cooperatie \
    oy oyj ab aktiebolag hb kb aktieselskab aps as asa ans da ba is ks ivs amba \
    kft bt nyrt zrt rt kkt sro spol akc sp zoo spzoo spk sk sca srodo ska as vos \
    sia uab mb oü ou osauhing tu \
    ae epe ike oe ee \
    as ltdsti sti anonim sirketi san tic ve \
    pt tbk cvtbk bhd sdn sdnbhd pte pty proprietary pvt private berhad \
    kk gk yk kabushiki kaisha godo \
    gaisha jongmok jusik hoesa yugen \
    trust cooperative coop";

/// Forms of several words. Single ones of them may be words of a name.
const PHRASES: [&str; 69] = [
    "company stock joint open",
    "company stock joint",
    "open stock company",
    "limited liability company",
    "limited liability co",
    "limited liability partnership",
    "limited partnership",
    "limited company",
    "private limited",
    "private limited company",
    "public limited company",
    "public joint stock company",
    "open joint stock company",
    "closed joint stock company",
    "private joint stock company",
    "joint stock company",
    "joint stock co",
    "joint stock",
    "stock company",
    "general partnership",
    "professional corporation",
    "professional limited liability company",
    "free zone company",
    "free zone establishment",
    "community interest company",
    "state owned enterprise",
    "federal state unitary enterprise",
    "private enterprise",
    "s a",
    "s l",
    "s p a",
    "s r l",
    "s a s",
    "sa de cv",
    "s de rl",
    "s de rl de cv",
    "srl de cv",
    "sapi de cv",
    "sab de cv",
    "spr de rl",
    "spr de ri",
    "s de pr de rl",
    "s de pr de rl de cv",
    "sp z oo",
    "sp z o o",
    "spolka z ograniczona odpowiedzialnoscia",
    "spolka akcyjna",
    "spol s r o",
    "s r o",
    "j s a",
    "d o o",
    "a s",
    "gmbh and co kg",
    "gmbh co kg",
    "societe anonyme",
    "societe a responsabilite limitee",
    "societa per azioni",
    "societa a responsabilita limitata",
    "sociedad anonima",
    "sociedad anonima de capital variable",
    "sociedad de responsabilidad limitada",
    "sociedade limitada",
    "societatea cu raspundere limitata",
    "gesellschaft mit beschrankter haftung",
    "besloten vennootschap",
    "naamloze vennootschap",
    "aktsionernoe obshchestvo",
    "obshchestvo s ogranichennoi otvetstvennostiu",
    "otkrytoe aktsionernoe obshchestvo",
];

static FORMS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    WORDS.split_whitespace().map(|form| any_ascii::any_ascii(form).to_lowercase()).collect()
});

static LONG: LazyLock<Vec<Vec<&str>>> =
    LazyLock::new(|| PHRASES.iter().map(|phrase| phrase.split(' ').collect()).collect());

const LONGEST: usize = 6;

/// For each word whether it belongs to a legal form: those the name ends with and those it begins
/// with, as long as another word is left.
pub(super) fn forms(words: &[Plain]) -> Vec<bool> {
    let (mut start, mut end) = (0, words.len());
    loop {
        let longest = LONGEST.min(end - start);
        let at_end = (1..=longest).rev().find(|n| is_form(words.get(end - n..end)));
        let begun = |n: &usize| begins(words.get(start)) && is_form(words.get(start..start + n));
        if let Some(n) = at_end.filter(|n| start + n < end) {
            end -= n;
        } else if let Some(n) = (1..=longest).rev().find(begun).filter(|n| start + n < end) {
            start += n;
        } else if start + 1 < end && joins(words.get(end - 1), words.get(end)) {
            end -= 1;
        } else if let Some(form) = short_form(words, start, end) {
            end = form;
        } else if start > 0 && start + 1 < end && joins(words.get(start), words.get(start - 1)) {
            start += 1;
        } else {
            break;
        }
    }
    if end == words.len() && is_slip(words.get(start..end).unwrap_or_default()) {
        end -= 1;
    }
    let inside = |at: usize| words.get(at).is_some_and(|w| CLEAR.contains(&w.text.as_str()));
    (0..words.len()).map(|at| at < start || at >= end || (at > start && inside(at))).collect()
}

/// Whether a word at the edge belongs to the form beside it, or is what is left of one: a single
/// letter, "de" beside a form, two letters beside "de".
fn joins(word: Option<&Plain>, form: Option<&Plain>) -> bool {
    let Some(word) = word else { return false };
    let numeral = matches!(word.text.as_str(), "v" | "x" | "i" | "ii" | "iv" | "vi" | "ix");
    let letter = word.text.len() == 1 && word.text.bytes().all(|b| b.is_ascii_lowercase());
    let letter = letter && !numeral;
    let of = form.is_some_and(|f| f.text == "de") && word.text.len() == 2 && !numeral;
    letter || of || (form.is_some() && word.text == "de")
}

/// Where a form begins whose end is misspelt: a run of words of one or two letters at the end, the
/// first of them a form, as in "S.A. de K.V.".
fn short_form(words: &[Plain], start: usize, end: usize) -> Option<usize> {
    let short = |at: &usize| words.get(*at).is_some_and(|w| w.text.len() <= 2);
    let run = (start + 1..end).rev().take_while(short).last()?;
    (run..end).find(|at| is_form(words.get(*at..at + 1)))
}

/// Whether the last of several words is a short form with one letter wrong.
fn is_slip(words: &[Plain]) -> bool {
    let Some((last, rest)) = words.split_last() else { return false };
    let own =
        rest.iter().filter(|w| !is_common(&w.text) && !is_form(Some(std::slice::from_ref(*w))));
    let enough = own.map(|w| w.text.len()).sum::<usize>() >= 6;
    let short = (2..=5).contains(&last.text.len());
    enough && short && !is_common(&last.text) && {
        let word = Word::new(last.clone());
        SLIPS.iter().any(|form| word.cost(form).is_some_and(|cost| cost <= 100))
    }
}

/// Short forms that are known when a letter is wrong.
static SLIPS: LazyLock<Vec<Word>> = LazyLock::new(|| {
    let short =
        "ltd llc ltda inc corp gmbh sarl srl ood ooo oao dmcc fze plc pte jsc pvt sal spa sas sa";
    let word = |text: &str| Word::new(Plain { text: text.to_owned(), ..Plain::default() });
    short.split_whitespace().map(word).collect()
});

/// Forms that are no other word, wherever they stand.
const CLEAR: [&str; 19] = [
    "ltd",
    "ltda",
    "limited",
    "llc",
    "inc",
    "incorporated",
    "gmbh",
    "sarl",
    "eurl",
    "srl",
    "plc",
    "pte",
    "pty",
    "pvt",
    "jsc",
    "ojsc",
    "cjsc",
    "pjsc",
    "sal",
];

/// Whether a word at the end of a person's name is a legal form that does not belong there.
pub(super) fn is_clear(word: &str) -> bool {
    CLEAR.contains(&word) || matches!(word, "sa" | "corp" | "corporation" | "company")
}

/// Short forms that a name may begin with; longer ones all may, where words were turned round.
fn begins(word: Option<&Plain>) -> bool {
    const SHORT: &str = "ao pt pp sa cv co ip ud eu bv nv ag ab oy kg sl ad lp ca ri rl";
    word.is_some_and(|w| w.text.len() > 2 || SHORT.split(' ').any(|short| short == w.text))
}

fn is_form(words: Option<&[Plain]>) -> bool {
    match words {
        Some([word]) => FORMS.contains(&word.text),
        Some(words) => LONG.iter().any(|phrase| {
            phrase.len() == words.len() && phrase.iter().zip(words).all(|(p, w)| *p == w.text)
        }),
        None => false,
    }
}
