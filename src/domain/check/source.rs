//! What an outside source answered about a claim, and what that comes to. This is the one result
//! table for registers that are asked and for lists that are loaded.

use serde::{Deserialize, Serialize};

use super::record::Verdict;
use crate::domain::digest::Digest;
use crate::domain::name::{Name, Schema, resemble};
use crate::domain::pii::Pii;
use crate::domain::time::{Span, Ts};

/// Why a source gave no answer. None of them says anything about the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Failure {
    /// It does not let us in: 401, 403, a wall against robots.
    Refused,
    /// It is not set up here, or its list was never loaded.
    NotConfigured,
    /// What we may ask is used up.
    Quota,
    /// It may answer later: 429, 5xx, a timeout, no connection.
    Retry {
        /// How long it asked us to wait.
        after: Option<Span>,
    },
    /// It answered something else than it is known to answer.
    Schema,
    /// What it holds is too old.
    Stale,
}

impl Failure {
    /// To be asked again, without a word on when.
    pub const LATER: Self = Self::Retry { after: None };

    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Refused => "REFUSED",
            Self::NotConfigured => "NOT_CONFIGURED",
            Self::Quota => "QUOTA",
            Self::Retry { .. } => "RETRY",
            Self::Schema => "SCHEMA",
            Self::Stale => "STALE",
        }
    }
}

/// How much of the world a source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Coverage {
    /// Whoever is not in it by the exact identifier is not registered.
    Complete,
    /// Whoever is not in it may well exist.
    Partial,
}

/// How a record stands in its register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecordStanding {
    /// In force.
    Good,
    /// Lapsed, late, unclear, or a kind of record that proves too little.
    Doubtful,
    /// Dissolved, revoked, forfeited, removed: the register itself says that it is over.
    Ended,
}

/// What another name under the right identifier means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OtherName {
    /// The identifier belongs to somebody else.
    Fails,
    /// The source keeps old names and names of groups, so that a person has to look.
    IsReviewed,
}

/// What the claim says about a field, and what the source says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Which field.
    pub field: String,
    /// What the claim says.
    pub asked: Pii<String>,
    /// What the source says.
    pub told: Pii<String>,
    /// Whether they say the same.
    pub agrees: bool,
}

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Whether it was found by the exact identifier, and alone.
    pub exact: bool,
    /// How it stands.
    pub standing: RecordStanding,
    /// The stable reason for a standing that is not good.
    pub reason: String,
    /// Its name now; `None` where the source does not tell names.
    pub name: Option<Pii<String>>,
    /// Names it had, or trades under.
    pub other_names: Vec<Pii<String>>,
    /// What another name means there.
    pub other_name: OtherName,
}

/// What a source said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Told {
    /// It holds a record.
    Found(Found),
    /// It holds none.
    Nothing(Coverage),
    /// It gave no answer.
    Failed(Failure),
}

/// What an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The source's or the list's word.
    pub source: String,
    /// The version of the code that read the answer.
    pub adapter: u32,
    /// What was asked, without secrets.
    pub request: Pii<String>,
    /// When the answer came.
    pub retrieved_at: Ts,
    /// The date the source gives its own data.
    pub source_as_of: Option<Ts>,
    /// SHA-256 of the response, or of the loaded file.
    pub response_sha256: Option<Digest>,
    /// The record's id at the source.
    pub record: Pii<String>,
    /// What was compared.
    pub compared: Vec<Compared>,
    /// From when on the answer is too old to rest on.
    pub expires_at: Ts,
    /// The beginning of a response that could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Pii<String>>,
}

impl Evidence {
    /// Whether it can carry a pass at `now`: who said it, in which bytes, about which record, and
    /// what was compared.
    pub fn carries(&self, now: Ts) -> bool {
        let told = |text: &str| !text.trim().is_empty();
        told(&self.source)
            && self.adapter > 0
            && told(self.request.expose())
            && self.retrieved_at > Ts::NEVER
            && self.response_sha256.is_some()
            && told(self.record.expose())
            && !self.compared.is_empty()
            && now < self.expires_at
    }
}

/// How alike two names must be, in thousandths. Policy says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Likeness {
    /// From here on they name one party.
    pub agree: u16,
    /// From here on they may.
    pub resemble: u16,
}

impl Default for Likeness {
    fn default() -> Self {
        Self { agree: 960, resemble: 720 }
    }
}

/// How the asked name and the names of a record go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The record bears the name.
    Agrees,
    /// It bore it, or trades under it.
    Former,
    /// It bears one like it.
    Similar,
    /// It bears another.
    Other,
    /// One of the two is not told, or cannot be read.
    Untold,
}

/// Compares the asked name with a record's, by the project's own matcher.
pub fn fit(asked: &str, found: &Found, likeness: Likeness) -> Fit {
    let Ok(asked) = Name::read(asked, Schema::Firm) else { return Fit::Untold };
    let score = |name: &Pii<String>| {
        Name::read(name.expose(), Schema::Firm).map_or(0, |name| resemble(&asked, &name).score)
    };
    let Some(name) = &found.name else { return Fit::Untold };
    if Name::read(name.expose(), Schema::Firm).is_err() {
        return Fit::Untold;
    }
    let now = score(name);
    let others = found.other_names.iter().map(score).max().unwrap_or(0);
    if now >= likeness.agree {
        Fit::Agrees
    } else if others >= likeness.agree {
        Fit::Former
    } else if now.max(others) >= likeness.resemble {
        Fit::Similar
    } else {
        Fit::Other
    }
}

/// What an answer comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// The stable reason.
    pub reason: &'a str,
}

/// The result table. `asked` is the name that the record has to bear; without one, the record alone
/// is the proof. A pass needs evidence that carries it.
pub fn judge<'a>(
    told: &'a Told,
    evidence: &Evidence,
    asked: Option<&str>,
    likeness: Likeness,
    now: Ts,
) -> Judged<'a> {
    let of = |verdict, reason| Judged { verdict, reason };
    let found = match told {
        Told::Failed(failure) => return of(Verdict::Unavailable, failure.reason()),
        Told::Nothing(Coverage::Complete) => return of(Verdict::Fail, "NOT_FOUND"),
        Told::Nothing(Coverage::Partial) => return of(Verdict::Unavailable, "NO_COVERAGE"),
        Told::Found(found) => found,
    };
    let fit = asked.map_or(Fit::Agrees, |asked| fit(asked, found, likeness));
    match (found.standing, fit, found.other_name) {
        // What was found by its name only may be somebody else's end.
        (RecordStanding::Ended, _, _) if !found.exact => of(Verdict::Review, "SEVERAL_CANDIDATES"),
        (RecordStanding::Ended, _, _) => of(Verdict::Fail, reason_of(found, "ENDED")),
        (_, Fit::Other, OtherName::Fails) if found.exact => of(Verdict::Fail, "NAME_MISMATCH"),
        (_, Fit::Other, _) => of(Verdict::Review, "NAME_MISMATCH"),
        (_, Fit::Similar, _) => of(Verdict::Review, "NAME_SIMILAR"),
        (_, Fit::Former, _) => of(Verdict::Review, "NAME_FORMER"),
        (_, Fit::Untold, _) => of(Verdict::Review, "NAME_NOT_TOLD"),
        (RecordStanding::Doubtful, Fit::Agrees, _) => {
            of(Verdict::Review, reason_of(found, "DOUBTFUL"))
        }
        (RecordStanding::Good, Fit::Agrees, _) if !found.exact => {
            of(Verdict::Review, "SEVERAL_CANDIDATES")
        }
        (RecordStanding::Good, Fit::Agrees, _) => {
            if evidence.compared.iter().any(|field| !field.agrees) {
                of(Verdict::Review, "FIELD_DIFFERS")
            } else if now >= evidence.expires_at {
                of(Verdict::Unavailable, "STALE")
            } else if evidence.carries(now) {
                of(Verdict::Pass, "MATCHED")
            } else {
                of(Verdict::Unavailable, "SCHEMA")
            }
        }
    }
}

fn reason_of<'a>(found: &'a Found, otherwise: &'static str) -> &'a str {
    if found.reason.is_empty() { otherwise } else { &found.reason }
}

/// What several sources together come to: the worst word counts, and a source that said nothing
/// counts only where nobody else spoke.
pub fn together(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Fail => 4,
        Verdict::Review => 3,
        Verdict::Pass => 2,
        Verdict::Unavailable => 1,
        Verdict::Superseded => 0,
    };
    verdicts.into_iter().max_by_key(rank).unwrap_or(Verdict::Unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::{START as NOW, text};

    fn found() -> Found {
        Found {
            exact: true,
            standing: RecordStanding::Good,
            reason: String::new(),
            name: Some(text("EXAMPLE WIDGETS LLC")),
            other_names: vec![text("Example Gadgets LLC")],
            other_name: OtherName::Fails,
        }
    }

    fn evidence() -> Evidence {
        Evidence {
            source: "US_CO".to_owned(),
            adapter: 1,
            request: text("GET /resource/4ykn-tg5h.json?entityid=20201234567"),
            retrieved_at: NOW,
            source_as_of: None,
            response_sha256: Some(Digest::of(b"body")),
            record: text("20201234567"),
            compared: vec![Compared {
                field: "name".to_owned(),
                asked: text("Example Widgets, LLC"),
                told: text("EXAMPLE WIDGETS LLC"),
                agrees: true,
            }],
            expires_at: NOW.plus(Span::days(1)),
            raw: None,
        }
    }

    fn judged(told: &Told, asked: &str) -> (Verdict, String) {
        let judged = judge(told, &evidence(), Some(asked), Likeness::default(), NOW);
        (judged.verdict, judged.reason.to_owned())
    }

    #[test]
    fn every_row_of_the_table() {
        let name = "Example Widgets, L.L.C.";
        let with = |change: &dyn Fn(&mut Found)| {
            let mut record = found();
            change(&mut record);
            Told::Found(record)
        };
        let later = Failure::Retry { after: Some(Span::secs(7)) };
        let rows = [
            (with(&|_| {}), name, Verdict::Pass, "MATCHED"),
            (with(&|f| f.standing = RecordStanding::Ended), name, Verdict::Fail, "ENDED"),
            (with(&|_| {}), "Hudson Valley Dental", Verdict::Fail, "NAME_MISMATCH"),
            (
                with(&|f| f.other_name = OtherName::IsReviewed),
                "Hudson Valley Dental",
                Verdict::Review,
                "NAME_MISMATCH",
            ),
            (with(&|_| {}), "Example Widgets Holding LLC", Verdict::Review, "NAME_SIMILAR"),
            (with(&|_| {}), "Example Gadgets LLC", Verdict::Review, "NAME_FORMER"),
            (with(&|f| f.name = None), name, Verdict::Review, "NAME_NOT_TOLD"),
            (with(&|f| f.standing = RecordStanding::Doubtful), name, Verdict::Review, "DOUBTFUL"),
            (with(&|f| f.exact = false), name, Verdict::Review, "SEVERAL_CANDIDATES"),
            (Told::Nothing(Coverage::Complete), name, Verdict::Fail, "NOT_FOUND"),
            (Told::Nothing(Coverage::Partial), name, Verdict::Unavailable, "NO_COVERAGE"),
            (Told::Failed(Failure::Refused), name, Verdict::Unavailable, "REFUSED"),
            (Told::Failed(Failure::NotConfigured), name, Verdict::Unavailable, "NOT_CONFIGURED"),
            (Told::Failed(Failure::Quota), name, Verdict::Unavailable, "QUOTA"),
            (Told::Failed(later), name, Verdict::Unavailable, "RETRY"),
            (Told::Failed(Failure::Schema), name, Verdict::Unavailable, "SCHEMA"),
            (Told::Failed(Failure::Stale), name, Verdict::Unavailable, "STALE"),
        ];
        for (told, asked, verdict, reason) in rows {
            let came = judged(&told, asked);
            assert_eq!(came, (verdict, reason.to_owned()), "{asked} {told:?}");
        }
    }

    #[test]
    fn no_pass_without_evidence() {
        type Spoil = fn(&mut Evidence);
        let spoil: [Spoil; 8] = [
            |e| e.source.clear(),
            |e| e.adapter = 0,
            |e| e.request = text(" "),
            |e| e.retrieved_at = Ts::NEVER,
            |e| e.response_sha256 = None,
            |e| e.record = text(""),
            |e| e.compared.clear(),
            |e| e.expires_at = NOW,
        ];
        let told = Told::Found(found());
        for (nth, spoil) in spoil.into_iter().enumerate() {
            let mut evidence = evidence();
            spoil(&mut evidence);
            let judged = judge(&told, &evidence, None, Likeness::default(), NOW);
            assert_eq!(judged.verdict, Verdict::Unavailable, "{nth}");
        }
    }

    #[test]
    fn the_worst_word_counts_and_silence_does_not() {
        use Verdict::{Fail, Pass, Review, Unavailable};
        assert_eq!(together([Pass, Unavailable]), Pass);
        assert_eq!(together([Pass, Review]), Review);
        assert_eq!(together([Review, Fail, Pass]), Fail);
        assert_eq!(together([Unavailable, Unavailable]), Unavailable);
        assert_eq!(together([]), Unavailable);
    }
}
