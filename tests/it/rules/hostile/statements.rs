//! Hostile statements, made by class from the catalog and from what is stored: no column of any
//! gate table is left out, because none is named here.

use std::collections::{BTreeMap, BTreeSet};

use super::raw::{Class, Raw, Table, Values};
use super::scene::{Scene, fresh};

/// What kind of write it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A column of a row, to any value.
    Update,
    /// A row under another key, or for another customer.
    Insert,
    /// A row, all of a customer's, all of a table's.
    Delete,
    /// An insert that becomes an update, or that takes a row's place.
    Upsert,
    /// A row moved to another key or customer.
    Key,
    /// ACTIVE together with whatever the counters have to say for it.
    Counter,
    /// Several in one transaction: a fact and then the state, the state and then a fact.
    Sequence,
}

/// Every class.
pub(super) const KINDS: [Kind; 7] = [
    Kind::Update,
    Kind::Insert,
    Kind::Delete,
    Kind::Upsert,
    Kind::Key,
    Kind::Counter,
    Kind::Sequence,
];

/// One or several statements that are tried in one transaction.
#[derive(Clone, Debug)]
pub(super) struct Attack {
    /// Its class.
    pub(super) kind: Kind,
    /// Which table and column it is about.
    pub(super) about: String,
    /// The statements.
    pub(super) steps: Vec<String>,
}

impl Attack {
    fn new(kind: Kind, about: &str, step: String) -> Self {
        Self { kind, about: about.to_owned(), steps: vec![step] }
    }
}

/// Everything that is stored in the gate's tables.
pub(super) struct Stored {
    rows: BTreeMap<String, Vec<Values>>,
}

impl Stored {
    /// Reads it.
    pub(super) async fn read(raw: &mut Raw, scene: &Scene) -> Self {
        let mut rows = BTreeMap::new();
        for (name, table) in &scene.tables {
            rows.insert(name.clone(), raw.rows(table, "1 = 1").await);
        }
        Self { rows }
    }

    /// The values that a column holds anywhere, those of the ACTIVE customer first.
    fn values(&self, scene: &Scene, table: &Table, column: usize) -> Vec<Option<String>> {
        let mut known = BTreeSet::new();
        let mut out = Vec::new();
        for row in ordered(scene, table, &self.rows[&table.name]) {
            if known.insert(row[column].clone()) {
                out.push(row[column].clone());
            }
        }
        out
    }
}

/// The rows of a table, those of the ACTIVE customer first.
fn ordered<'a>(scene: &Scene, table: &Table, rows: &'a [Values]) -> Vec<&'a Values> {
    let owner = if table.name == "customer" { "id" } else { "customer_id" };
    let mut rows: Vec<&Values> = rows.iter().collect();
    if table.has(owner) {
        rows.sort_by_key(|row| table.value(row, owner) != Some(scene.active.as_str()));
    }
    rows
}

/// The words that the tables' checks know, wherever they are allowed.
const WORDS: [&str; 12] = [
    "ACTIVE",
    "VERIFIED",
    "SUSPENDED",
    "END_USER",
    "RESELLER",
    "PASS",
    "FAIL",
    "OPEN",
    "RESOLVED",
    "EXECUTED",
    "TERMINATED",
    "LOW",
];

/// Values that no row holds, for a column of that class.
fn strange(class: Class) -> Vec<Option<String>> {
    let texts: Vec<&str> = match class {
        Class::Int => vec!["-1", "0", "1", "2", "99", "9223372036854775807"],
        Class::Bool => vec!["0", "1"],
        Class::Time => vec!["0", "1", "4000000000000000"],
        Class::Text => {
            let mut words = WORDS.to_vec();
            words.extend(["", "active", "ACTIVE ", "CONFIRMED", "HIGH", "C-01", "SANCTIONS"]);
            words
        }
        Class::Json => vec!["{}", "[]", "\"ACTIVE\""],
        Class::Blob | Class::Bytea | Class::Uuid => vec!["00000000000000000000000000000000"],
    };
    texts.into_iter().map(|text| Some(text.to_owned())).chain([None]).collect()
}

/// What is tried on a column: at most `most` of the stored values, and the strange ones. Owners are
/// tried whether they own such a row or not.
fn tried(
    stored: &Stored,
    scene: &Scene,
    table: &Table,
    column: usize,
    most: usize,
) -> Vec<Option<String>> {
    let mut values = match table.columns[column].name.as_str() {
        "customer_id" => everybody(scene).take(most.max(3)).cloned().map(Some).collect(),
        _ => stored.values(scene, table, column),
    };
    values.truncate(most.max(3));
    for value in strange(table.columns[column].class) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// How much of each class is made; the campaign makes all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount {
    /// Rows of a table.
    pub(super) rows: usize,
    /// Stored values of a column.
    pub(super) values: usize,
    /// Facts that go into sequences, for each customer.
    pub(super) facts: usize,
}

/// Everything that is tried, in the order of the classes.
pub(super) fn attacks(raw: &Raw, scene: &Scene, stored: &Stored, amount: Amount) -> Vec<Attack> {
    let mut out = Vec::new();
    for table in scene.tables.values() {
        let rows = ordered(scene, table, &stored.rows[&table.name]);
        let rows = spread(&rows, amount.rows);
        updates(&mut out, scene, stored, table, &rows, amount);
        inserts(&mut out, scene, stored, (table, &rows), amount);
        deletes(&mut out, raw, scene, table, &rows);
        upserts(&mut out, raw, scene, stored, (table, &rows), amount);
        keys(&mut out, raw, scene, stored, (table, &rows), amount);
    }
    counters(&mut out, scene);
    sequences(&mut out, scene, amount);
    out
}

/// At most `most`, from the front and from all over.
fn spread<'a>(rows: &[&'a Values], most: usize) -> Vec<&'a Values> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    let front = most.div_ceil(2);
    let rest = &rows[front..];
    let step = rest.len().div_ceil((most - front).max(1)).max(1);
    rows[..front].iter().chain(rest.iter().step_by(step)).copied().collect()
}

fn updates(
    out: &mut Vec<Attack>,
    scene: &Scene,
    stored: &Stored,
    table: &Table,
    rows: &[&Values],
    amount: Amount,
) {
    for (place, column) in table.columns.iter().enumerate() {
        let about = format!("{}.{}", table.name, column.name);
        for (nth, value) in
            tried(stored, scene, table, place, amount.values).into_iter().enumerate()
        {
            let set = format!(
                "UPDATE {} SET {} = {}",
                table.name,
                column.name,
                column.class.literal(value.as_deref())
            );
            for row in rows.iter().filter(|row| row[place] != value) {
                let text = format!("{set} WHERE {}", table.key_of(row));
                out.push(Attack::new(Kind::Update, &about, text));
            }
            // Whole tables are slow: a few values have to do.
            if nth < amount.values {
                out.push(Attack::new(Kind::Update, &about, set));
            }
        }
    }
}

/// The row with fresh keys, so that it stands beside the one it was copied from.
fn beside(table: &Table, row: &Values) -> Values {
    let mut row = row.clone();
    for (column, value) in table.columns.iter().zip(&mut row) {
        if matches!(column.name.as_str(), "id" | "origid") {
            *value = Some(fresh());
        }
        if table.name == "policy" && column.name == "version" {
            *value = Some("77".to_owned());
        }
    }
    row
}

/// Everybody's ids, the ACTIVE customer's first.
fn everybody(scene: &Scene) -> impl Iterator<Item = &String> {
    std::iter::once(&scene.active).chain(scene.others.iter().map(|cast| &cast.id))
}

fn inserts(
    out: &mut Vec<Attack>,
    scene: &Scene,
    stored: &Stored,
    (table, rows): (&Table, &[&Values]),
    amount: Amount,
) {
    // Whose row it is has to be tried on every kind of row.
    let many = ordered(scene, table, &stored.rows[&table.name]);
    for row in many.iter().take(if table.has("customer_id") { 16 } else { 0 }) {
        for customer in everybody(scene).take(amount.values.max(6)) {
            let mut moved = beside(table, row);
            moved[table.at("customer_id")] = Some(customer.clone());
            out.push(Attack::new(Kind::Insert, &table.name, table.insert("INSERT", &moved)));
        }
    }
    for row in rows {
        let row = beside(table, row);
        out.push(Attack::new(Kind::Insert, &table.name, table.insert("INSERT", &row)));
        for (place, column) in table.columns.iter().enumerate() {
            for value in strange(column.class).into_iter().take(amount.values.max(4)) {
                let mut changed = row.clone();
                changed[place] = value;
                let text = table.insert("INSERT", &changed);
                let about = format!("{}.{}", table.name, column.name);
                out.push(Attack::new(Kind::Insert, &about, text));
            }
        }
    }
}

fn deletes(out: &mut Vec<Attack>, raw: &Raw, scene: &Scene, table: &Table, rows: &[&Values]) {
    let mut push = |text: String| out.push(Attack::new(Kind::Delete, &table.name, text));
    for row in rows {
        push(format!("DELETE FROM {} WHERE {}", table.name, table.key_of(row)));
    }
    if table.has("customer_id") {
        for customer in everybody(scene) {
            let customer = scene.customer(customer);
            push(format!("DELETE FROM {} WHERE customer_id = {customer}", table.name));
        }
    }
    push(format!("DELETE FROM {}", table.name));
    if raw.is_pg() {
        push(format!("TRUNCATE {}", table.name));
        push(format!("TRUNCATE {} CASCADE", table.name));
    }
}

fn upserts(
    out: &mut Vec<Attack>,
    raw: &Raw,
    scene: &Scene,
    stored: &Stored,
    (table, rows): (&Table, &[&Values]),
    amount: Amount,
) {
    let few = &rows[..rows.len().min(amount.rows.div_ceil(2))];
    // Whose row it is has to be tried on every kind of row.
    let many = ordered(scene, table, &stored.rows[&table.name]);
    let many = &many[..many.len().min(16)];
    for (place, column) in table.columns.iter().enumerate() {
        let about = format!("{}.{}", table.name, column.name);
        for value in tried(stored, scene, table, place, amount.values.div_ceil(2)) {
            let literal = column.class.literal(value.as_deref());
            let rows = if column.name == "customer_id" { many } else { few };
            for row in rows.iter().filter(|row| row[place] != value) {
                let (insert, name) = (table.insert("INSERT", row), &column.name);
                let text = format!(
                    "{insert} ON CONFLICT ({}) DO UPDATE SET {name} = {literal}",
                    table.keys()
                );
                out.push(Attack::new(Kind::Upsert, &about, text));
                if !raw.is_pg() {
                    let mut changed = (*row).clone();
                    changed[place].clone_from(&value);
                    let text = table.insert("INSERT OR REPLACE", &changed);
                    out.push(Attack::new(Kind::Upsert, &about, text));
                }
            }
        }
    }
}

/// Keys, references and owners, to those of other rows.
fn keys(
    out: &mut Vec<Attack>,
    raw: &Raw,
    scene: &Scene,
    stored: &Stored,
    (table, rows): (&Table, &[&Values]),
    amount: Amount,
) {
    let moves = |name: &str| name.ends_with("_id") || matches!(name, "id" | "subject" | "kind");
    let all = ordered(scene, table, &stored.rows[&table.name]);
    let strangers = &all[all.len().saturating_sub(2)..];
    let columns = table.columns.iter().enumerate();
    for (place, column) in columns.filter(|(_, column)| column.key || moves(&column.name)) {
        let about = format!("{}.{}", table.name, column.name);
        let mut values = match column.name.as_str() {
            "customer_id" => everybody(scene).cloned().map(Some).collect(),
            _ => stored.values(scene, table, place),
        };
        // Whose row makes way is another question than whose row moves.
        values.truncate(if column.name == "id" { 16 } else { amount.values.max(4) });
        values.push(Some(fresh()));
        for value in values {
            let literal = column.class.literal(value.as_deref());
            if matches!(column.class, Class::Int | Class::Bool | Class::Time)
                && value.as_ref().is_some_and(|v| v.len() == 32)
            {
                continue;
            }
            for row in rows.iter().chain(strangers).filter(|row| row[place] != value) {
                let (set, key) = (format!("SET {} = {literal}", column.name), table.key_of(row));
                let text = format!("UPDATE {} {set} WHERE {key}", table.name);
                out.push(Attack::new(Kind::Key, &about, text));
                if !raw.is_pg() {
                    let text = format!("UPDATE OR REPLACE {} {set} WHERE {key}", table.name);
                    out.push(Attack::new(Kind::Key, &about, text));
                }
            }
        }
    }
}

/// What stands in a row of `customer` for the counters.
const COUNTERS: [&str; 4] = ["checks_missing", "high_open", "clauses_missing", "primary_contacts"];

/// The values that open the gate.
const PASSING: [&str; 4] = ["0", "0", "0", "1"];

/// ACTIVE with everything it needs beside it, and the counters as they are given.
pub(super) fn activation(scene: &Scene, customer: &str, counters: &[(&str, String)]) -> String {
    let table = &scene.tables["customer"];
    let far = |column| table.literal(column, Some(&scene.soon));
    let mut set = vec![
        "state = 'ACTIVE'".to_owned(),
        "cap = 'A'".to_owned(),
        format!("active_until = {}", far("active_until")),
        format!("uncapped_until = {}", far("uncapped_until")),
    ];
    set.extend(counters.iter().map(|(column, value)| format!("{column} = {value}")));
    format!("UPDATE customer SET {} WHERE id = {}", set.join(", "), scene.customer(customer))
}

/// The counters that open the gate.
pub(super) fn passing() -> Vec<(&'static str, String)> {
    COUNTERS.into_iter().zip(PASSING.map(str::to_owned)).collect()
}

/// The counters as the database itself would count them.
fn counted(scene: &Scene, customer: &str) -> Vec<(&'static str, String)> {
    let id = scene.customer(customer);
    let of =
        |column: &str| format!("(SELECT g.{column} FROM gate_facts g WHERE g.customer_id = {id})");
    COUNTERS.into_iter().map(|column| (column, of(column))).collect()
}

fn counters(out: &mut Vec<Attack>, scene: &Scene) {
    let table = &scene.tables["customer"];
    let active = scene.customer(&scene.active);
    for customer in everybody(scene) {
        let about = "customer.counters";
        for mask in 0..16_u8 {
            let mixed: Vec<_> = passing()
                .into_iter()
                .zip(counted(scene, customer))
                .enumerate()
                .map(|(bit, (lie, truth))| if mask >> bit & 1 == 1 { lie } else { truth })
                .collect();
            let text = activation(scene, customer, &mixed);
            out.push(Attack::new(Kind::Counter, about, text));
        }
        for wrong in ["-1", "1", "2"] {
            for place in 0..4 {
                let mut given = passing();
                given[place].1 = wrong.to_owned();
                out.push(Attack::new(Kind::Counter, about, activation(scene, customer, &given)));
            }
        }
        // For longer than anything lasts.
        let soon = table.literal("active_until", Some(&scene.soon));
        let far = table.literal("active_until", Some("4000000000000000"));
        let text = activation(scene, customer, &passing()).replace(&soon, &far);
        out.push(Attack::new(Kind::Counter, about, text));
        // As the ACTIVE one is, in every column but its names.
        let names: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .filter(|name| !matches!(*name, "id" | "origid"))
            .collect();
        let same: Vec<String> = names.iter().map(|name| format!("a.{name}")).collect();
        let text = format!(
            "UPDATE customer SET ({}) = (SELECT {} FROM customer a WHERE a.id = {active}) WHERE id = {}",
            names.join(", "),
            same.join(", "),
            scene.customer(customer)
        );
        out.push(Attack::new(Kind::Counter, about, text));
    }
}

/// A fact before the state, after it, and on both sides of it.
fn sequences(out: &mut Vec<Attack>, scene: &Scene, amount: Amount) {
    let facts: Vec<Attack> = out
        .iter()
        .filter(|attack| attack.kind != Kind::Counter && !attack.about.starts_with("customer"))
        .cloned()
        .collect();
    let mut next = 0_usize;
    let mut fact = |wanted: &str| {
        // A step that shares no factor with any length worth having, so that all come up.
        for _ in 0..400 {
            next = (next + 7_919) % facts.len();
            if facts[next].steps[0].contains(wanted) {
                return facts[next].clone();
            }
        }
        facts[next].clone()
    };
    for cast in &scene.others {
        let up = activation(scene, &cast.id, &passing());
        let down = format!(
            "UPDATE customer SET state = 'SUSPENDED' WHERE id = {}",
            scene.customer(&cast.id)
        );
        for _ in 0..amount.facts {
            let (first, second) = (fact(&cast.id), fact(&cast.id));
            let orders = [
                vec![first.steps[0].clone(), up.clone()],
                vec![up.clone(), first.steps[0].clone()],
                vec![first.steps[0].clone(), up.clone(), second.steps[0].clone()],
                vec![up.clone(), down.clone(), first.steps[0].clone(), up.clone()],
            ];
            for steps in orders {
                let about = first.about.clone();
                out.push(Attack { kind: Kind::Sequence, about, steps });
            }
        }
    }
}
