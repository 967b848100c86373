//! The letter as PDF: sound by `qpdf --check`, its fonts inside, the same bytes twice; long names, hundreds
//! of numbers and names in other scripts break nothing. Without the tools the looks at them are left out.

use std::path::{Path, PathBuf};
use std::process::Command;

use vouch::domain::evidence::rows;
use vouch::domain::letter::Letter;
use vouch::domain::number::Tn;
use vouch::domain::pii::Pii;
use vouch::domain::time::Ts;
use vouch::paper;

fn text(text: &str) -> Pii<String> {
    Pii::new(text.to_owned())
}

/// Invented data; what the picture in the documentation shows.
fn letter() -> Letter {
    let numbers = (0..24)
        .map(|n| Tn::from_digits(18_285_550_200 + n * 7))
        .chain((0..10).map(|n| Tn::from_digits(18_285_551_400 + n)));
    let numbers: Vec<Tn> = numbers.collect::<Result<_, _>>().unwrap();
    Letter {
        reference: "4B1D77C09E52A3F8".to_owned(),
        provider: "Lakeside Telephone Company".to_owned(),
        prepared: Ts::from_iso("2026-09-14T09:30:00Z").unwrap(),
        subscriber: text("Blue Ridge Dental, P.C."),
        name_verified: false,
        address: vec![text("1200 Hill Road, Suite 4"), text("Asheville NC 28801"), text("US")],
        signer: text("Ann Berg"),
        title: text("President"),
        grantee: text("Heron Lake Reminders LLC"),
        carrier: "Great Lakes Telephone Cooperative".to_owned(),
        account: text("GL-100-4471"),
        billing_number: text("+1 828-555-0200"),
        rows: rows(&numbers),
        ends_at: None,
        life_days: 365,
    }
}

fn have(tool: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output();
    let found = found.is_ok_and(|out| out.status.success());
    if !found {
        println!("skipped: no {tool}; apt-get install qpdf poppler-utils");
    }
    found
}

fn written(name: &str, pdf: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, pdf).unwrap();
    path
}

fn tool(name: &str, args: &[&str], file: &Path) -> String {
    let done = Command::new(name).args(args).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{name}: {said}{}", String::from_utf8_lossy(&done.stderr));
    said
}

fn sound(name: &str, letter: &Letter) -> (Vec<u8>, PathBuf) {
    let pdf = paper::letter(letter).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(paper::letter(letter).unwrap(), pdf, "{name}: the same bytes twice");
    let path = written(name, &pdf);
    if have("qpdf") {
        let said = tool("qpdf", &["--check"], &path);
        assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
    }
    if have("pdffonts") {
        let said = tool("pdffonts", &[], &path);
        let fonts: Vec<&str> = said.lines().skip(2).collect();
        assert!(!fonts.is_empty(), "{said}");
        for font in fonts {
            let words: Vec<&str> = font.split_whitespace().rev().collect();
            // From the right: object id (two words), unicode, subset, embedded.
            assert_eq!(words[4], "yes", "{font}");
        }
    }
    (pdf, path)
}

/// The text of the pages in reading order; `None` without the tool.
fn read(path: &Path) -> Option<String> {
    have("pdftotext").then(|| {
        let text = path.with_extension("txt");
        let done = Command::new("pdftotext").args([path, &text]).status().unwrap();
        assert!(done.success());
        std::fs::read_to_string(text).unwrap()
    })
}

#[test]
fn the_letter_is_a_sound_pdf() {
    let (_, path) = sound("letter.pdf", &letter());
    if let Some(text) = read(&path) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in [
            "Letter of Authorization",
            "Blue Ridge Dental, P.C.",
            "Heron Lake Reminders LLC",
            "Lakeside Telephone Company",
            "Great Lakes Telephone Cooperative",
            "GL-100-4471",
            "+1 828-555-0200",
            "+1 828-555-1400 to +1 828-555-1409",
            "34 TELEPHONE NUMBERS",
            "365 days after the day of the signature",
            "4B1D77C09E52A3F8",
            "2026-09-14",
            "Page 1 of 1",
            "Ann Berg",
            "President",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
}

#[test]
fn nothing_on_a_letter_breaks_it() {
    let numbers = (0..500).map(|n| Tn::from_digits(12_126_640_000 + n * 13));
    let numbers: Vec<Tn> = numbers.collect::<Result<_, _>>().unwrap();
    let many = Letter { rows: rows(&numbers), ..letter() };
    let (_, path) = sound("many.pdf", &many);
    if have("pdfinfo") {
        let said = tool("pdfinfo", &[], &path);
        let pages = said.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap();
        assert!(pages.trim().parse::<u32>().unwrap() >= 3, "{said}");
    }
    if let Some(text) = read(&path) {
        assert_eq!(text.matches("+1 212-664-").count(), 500);
    }
    let long = "W".repeat(200);
    let hostile = [
        long.as_str(),
        "#pagebreak() $x$ *b* _i_ `r` <l> @r \\ // /* */ [c] = h",
        "上海电话有限公司 株式会社 한국전화",
        "شركة الهاتف שלום ไทย हिन्दी",
        "Ελληνική Τηλεφωνία Москва Łódź İstanbul",
        "\u{202e}evil\u{200b}\u{0000}\u{fffd}🎈",
        "",
    ];
    for (nth, name) in hostile.into_iter().enumerate() {
        let odd = Letter {
            provider: name.to_owned(),
            subscriber: text(name),
            grantee: text(name),
            signer: text(name),
            title: text(name),
            carrier: name.to_owned(),
            account: text(name),
            address: vec![text(name); 8],
            ..letter()
        };
        sound(&format!("odd{nth}.pdf"), &odd);
    }
}
