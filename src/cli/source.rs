//! `vouch source`: the outside parties that claims are checked with.

use clap::Subcommand;
use serde_json::json;

use super::connect::Reach;
use super::exit::Exit;
use super::fault::CliFault;
use super::output::Output;
use super::settings::SettingFlags;
use super::words::{short, time};
use crate::boot;
use crate::clock::Clock;
use crate::domain::check::{Answer, Likeness, Question, Source, Verdict, judge};
use crate::wire::pb;
use crate::wire::pb::admin_service_client::AdminServiceClient;

/// What to do with sources.
#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// Show how every source stands, as the running service sees it.
    Status,
    /// Ask a source one question with these settings, without a service. Nothing is kept.
    Try {
        /// Its name, such as `gleif`, `us_co` or `usps`.
        #[arg(value_parser = source)]
        source: Source,
        /// The identifier, number, domain, website or address: `street, city, ST ZIP`.
        value: String,
        /// The name that the record has to bear.
        #[arg(long)]
        name: Option<String>,
        /// Where the record has to be: `US-DE` or a country.
        #[arg(long, default_value = "")]
        region: String,
        /// The name is a person's.
        #[arg(long)]
        person: bool,
        /// The settings to ask with.
        #[command(flatten)]
        flags: Box<SettingFlags>,
    },
}

fn source(text: &str) -> Result<Source, String> {
    let known = || {
        let words: Vec<_> = Source::ALL.iter().map(|s| s.as_str().to_ascii_lowercase()).collect();
        format!("is no source; give one of {}", words.join(", "))
    };
    text.to_ascii_uppercase().replace('-', "_").parse().map_err(|_word| known())
}

/// Carries the command out.
pub async fn run(command: SourceCommand, reach: &Reach, out: &Output) -> Result<Exit, CliFault> {
    match command {
        SourceCommand::Status => status(reach, out).await.map(|()| Exit::Done),
        SourceCommand::Try { source, value, name, region, person, flags } => {
            let clock = Clock::system();
            let sources = boot::sources(&flags.load()?, &clock)?;
            let mut question = Question { person, ..Question::of(&value).within(&region) };
            if let Some(name) = &name {
                question = question.named(name);
            }
            let answer = sources.ask(source, &question).await;
            tell(&answer, &question, &clock, out)
        }
    }
}

fn tell(
    answer: &Answer,
    question: &Question,
    clock: &Clock,
    out: &Output,
) -> Result<Exit, CliFault> {
    let asked = question.asked_name();
    let judged = judge(&answer.told, &answer.evidence, asked, Likeness::default(), clock.now());
    out.value(&json!({
        "source": answer.evidence.source,
        "result": judged.verdict,
        "reason": judged.reason,
        "answer": answer,
    }))?;
    out.line(&format!("{}: {}", judged.verdict, judged.reason))?;
    for compared in &answer.evidence.compared {
        let sign = if compared.agrees { "=" } else { "!" };
        let (asked, told) = (compared.asked.expose(), compared.told.expose());
        out.line(&format!("  {sign} {}: {asked:?}, source says {told:?}", compared.field))?;
    }
    for remark in &answer.remarks {
        out.line(&format!("  remark: {remark}"))?;
    }
    Ok(match judged.verdict {
        Verdict::Pass => Exit::Done,
        Verdict::Fail | Verdict::Review => Exit::Refused,
        Verdict::Unavailable | Verdict::Superseded => Exit::Unavailable,
    })
}

async fn status(reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let mut admin = AdminServiceClient::new(reach.service()?);
    let sources = admin.list_sources(pb::ListSourcesRequest {}).await?.into_inner().sources;
    let rows: Vec<Vec<String>> = sources
        .into_iter()
        .map(|source| {
            let breaker = short(source.breaker().as_str_name(), "SOURCE_BREAKER_");
            let configured = if source.configured { "yes" } else { "no" };
            vec![
                source.source.to_ascii_lowercase(),
                configured.to_owned(),
                time(source.last_success_time.as_ref()),
                time(source.last_failure_time.as_ref()),
                source.last_failure_reason,
                breaker,
            ]
        })
        .collect();
    out.rows(&["source", "configured", "last_success", "last_failure", "reason", "breaker"], &rows)
}
