use super::*;

fn score(schema: Schema, one: &str, other: &str) -> u16 {
    let read = |name| Name::read(name, schema).unwrap();
    resemble(&read(one), &read(other)).score
}

#[test]
fn what_people_do_to_names_is_folded() {
    let same = [
        (Schema::Firm, "Crédit Agricole S.A.", "CREDIT AGRICOLE"),
        (Schema::Firm, "Volkswagen Bank G.m.b.H.", "Volkswagen Bank GmbH"),
        (Schema::Firm, "ООО Газпром", "Gazprom OOO"),
        (Schema::Firm, "Global Tеxtiles", "GLOBAL TEXTILES"),
        (Schema::Firm, "Good Will Trading", "GOODWILL TRADING LTD"),
        (Schema::Firm, "Lnvestment 0rion Group", "Orion Investment Group"),
        (Schema::Firm, "People's Liberation Army", "PLA"),
        (Schema::Firm, "U.S. Steel Corp", "United States Steel Corporation"),
        (Schema::Person, "Putin, Vladimir", "Vladimir Putin"),
        (Schema::Person, "Usama bin Ladin", "Osama ibn Laden"),
        (Schema::Person, "Abd al-Rahman Saleh", "Abdul Rahman Salih"),
        (Schema::Person, "J. Norman Hyde", "HYDE, James Norman"),
        (Schema::Person, "فرناندو بيريز", "Fernando Pérez"),
        (Schema::Person, "Grffn, Pl Nchls", "GRIFFIN, Paul Nicholas"),
    ];
    for (schema, one, other) in same {
        let score = score(schema, one, other);
        assert!(score >= 720, "{one} and {other}: {score}");
    }
}

#[test]
fn another_word_is_another_party() {
    let other = [
        (Schema::Firm, "BAE Systems, Inc.", "BAE Industries, Inc."),
        (Schema::Firm, "Bowne of Dallas, L.P.", "Bowne of Phoenix, Inc."),
        (Schema::Firm, "Management Company", "Westminster Management Company"),
        (Schema::Firm, "Kite Fund 1", "Kite Fund 2"),
        (Schema::Person, "Boris Netanyahu", "Benjamin Netanyahu"),
        (Schema::Person, "Hans O Friedrich", "Hans Joachim Friedrich"),
        (Schema::Person, "Saddam Hussein al-Dulaimi", "Saddam Hussein al-Tikriti"),
        (Schema::Person, "高石早苗", "高市早苗"),
    ];
    for (schema, one, other) in other {
        let score = score(schema, one, other);
        assert!(score < 720, "{one} and {other}: {score}");
    }
}

#[test]
fn another_legal_form_stands_against_a_word_that_is_missing() {
    let asked = |name| {
        let read = |name| Name::read(name, Schema::Firm).unwrap();
        compare(&read(name), &read("Meadowbrook Investments Limited")).score
    };
    assert!(asked("Meadowbrook Ltd.") >= 720 && asked("Meadowbrook") >= 720);
    assert!(asked("Meadowbrook S.A.") < asked("Meadowbrook"));
    assert!(asked("Meadowbrook Investments S.A.") >= 720);
}

#[test]
fn a_name_is_itself_and_its_classes_are_told() {
    use Class::{Core, Form, Generic, Number, Place, Small};
    let name = Name::read("The Orion Shipping Co. of Panama III, Ltd.", Schema::Firm).unwrap();
    assert_eq!(compare(&name, &name).score, 1_000);
    let classes: Vec<Class> = name.tokens().iter().map(Token::class).collect();
    assert_eq!(classes, [Small, Core, Generic, Generic, Small, Place, Number, Form]);
    assert_eq!(Name::read("...", Schema::Person).unwrap_err(), Unreadable::Empty);
}
