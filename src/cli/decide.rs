//! `vouch decide --from FILE|-`: answers worked cases, one JSON object a line, for support and
//! what-if (`decision.md` section 4). Local: no server and no store is asked.

use std::io::{BufRead, Read as _, Write};

use serde::Serialize;

use crate::domain::attestation::{Answer, BadCase, Case};

/// A case is a few kilobytes; a longer line is no case and is skipped to its end.
const LONGEST_LINE: u64 = 1 << 20;

/// What a run saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines that held something.
    pub lines: u64,
    /// Lines that are no case.
    pub bad: u64,
    /// Cases whose expected answer is another.
    pub differing: u64,
}

impl Summary {
    /// 0 when every line was a case and matched what it expects, else 1.
    pub const fn exit_code(self) -> u8 {
        if self.bad == 0 && self.differing == 0 { 0 } else { 1 }
    }
}

/// Why a run broke off.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The input could not be read.
    #[error("cannot read the cases: {0}")]
    Read(#[source] std::io::Error),
    /// The output could not be written.
    #[error("cannot write the answers: {0}")]
    Write(#[source] std::io::Error),
}

#[derive(Serialize)]
struct Answered<'a> {
    name: &'a str,
    #[serde(flatten)]
    answer: Answer,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<bool>,
}

#[derive(Serialize)]
struct Failed {
    name: Option<String>,
    line: u64,
    error: String,
}

#[derive(Debug, thiserror::Error)]
enum BadLine {
    #[error("longer than 1 MiB; give one case a line")]
    TooLong,
    #[error("not UTF-8 text")]
    NotText(#[from] std::str::Utf8Error),
    #[error(transparent)]
    Case(#[from] BadCase),
}

/// Answers every line of `input` with one line of `out`. A line that is no case gives its name (if
/// it has one), its number and the error, and the run goes on. Empty lines give nothing.
pub fn run(mut input: impl BufRead, mut out: impl Write) -> Result<Summary, DecideError> {
    let mut summary = Summary::default();
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let whole = read_line(&mut input, &mut line).map_err(DecideError::Read)?;
        let Some(whole) = whole else { break };
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        summary.lines += 1;
        let json = match parse(&line, whole) {
            Ok(case) => {
                let answer = case.run();
                let matches = case.expect.as_ref().map(|expected| expected.matches(&answer));
                summary.differing += u64::from(matches == Some(false));
                serde_json::to_vec(&Answered { name: &case.name, answer, matches })
            }
            Err(error) => {
                summary.bad += 1;
                let error = error.to_string();
                serde_json::to_vec(&Failed { name: name_of(&line), line: number, error })
            }
        };
        let mut json = json.map_err(|e| DecideError::Write(e.into()))?;
        json.push(b'\n');
        out.write_all(&json).map_err(DecideError::Write)?;
    }
    out.flush().map_err(DecideError::Write)?;
    Ok(summary)
}

fn parse(line: &[u8], whole: bool) -> Result<Case, BadLine> {
    if !whole {
        return Err(BadLine::TooLong);
    }
    Ok(Case::parse(std::str::from_utf8(line)?)?)
}

/// Reads up to the end of the line. `None` at the end of the input; `Some(false)` when the line was
/// too long and its rest was thrown away.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
    let read = input.by_ref().take(LONGEST_LINE).read_until(b'\n', line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') || input.fill_buf()?.is_empty() {
        return Ok(Some(true));
    }
    input.skip_until(b'\n')?;
    Ok(Some(false))
}

fn name_of(line: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(line).ok()?;
    Some(value.get("name")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = r#"{"name":"bare","now":1000,"freshness":{"loaded":false,"age":0},"orig":{"tn":"+12125551212","category":"ASSIGNABLE","cap":"A"}}"#;

    fn answers(input: &str) -> (Summary, Vec<serde_json::Value>) {
        let mut out = Vec::new();
        let summary = run(input.as_bytes(), &mut out).expect("memory does not fail");
        let lines = out.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        (summary, lines.map(|l| serde_json::from_slice(l).expect("JSON")).collect())
    }

    #[test]
    fn one_answer_a_line_and_a_bad_line_does_not_end_the_run() {
        let input = format!("{CASE}\n\n{{\"name\":\"odd\"}}\nnot json\n{CASE}");
        let (summary, lines) = answers(&input);
        assert_eq!(summary, Summary { lines: 4, bad: 2, differing: 0 });
        assert_eq!(summary.exit_code(), 1);
        assert_eq!(lines[0]["reasons"], serde_json::json!(["UNAVAILABLE"]));
        assert_eq!(lines[0]["origid"], "");
        assert_eq!(lines[0].get("matches"), None);
        assert_eq!((&lines[1]["name"], &lines[1]["line"]), (&"odd".into(), &3.into()));
        assert_eq!(lines[2]["name"], serde_json::Value::Null);
        assert_eq!(lines[3]["disposition"], "REJECT");
    }

    #[test]
    fn says_whether_the_expected_answer_came_out() {
        let expect = r#","expect":{"attest":"NONE","disposition":"REJECT","reasons":["UNAVAILABLE"],"origid":"","valid_until":0,"evidence_until":0,"enforced":true}}"#;
        let right = CASE.trim_end_matches('}').to_owned() + "}" + expect;
        let wrong = right.replace(r#""attest":"NONE""#, r#""attest":"A""#);
        let (summary, lines) = answers(&format!("{right}\n{wrong}\n"));
        assert_eq!(summary, Summary { lines: 2, bad: 0, differing: 1 });
        assert_eq!((&lines[0]["matches"], &lines[1]["matches"]), (&true.into(), &false.into()));
    }

    #[test]
    fn a_line_without_end_is_refused_and_skipped() {
        let long = "x".repeat(usize::try_from(LONGEST_LINE).expect("fits") + 7);
        let (summary, lines) = answers(&format!("{long}\n{CASE}\n"));
        assert_eq!(summary, Summary { lines: 2, bad: 1, differing: 0 });
        assert_eq!(lines[1]["name"], "bare");
    }

    #[test]
    fn a_policy_whose_bounds_cross_is_refused() {
        let crossed = CASE.replace(r#""now""#, r#""policy":{"a_bound":900000001},"now""#);
        let (_, lines) = answers(&crossed);
        assert_eq!(lines[0]["error"], "policy: a_bound must not be longer than service_bound");
    }
}
