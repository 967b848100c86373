//! The run: both servers up, then rounds, each server first in every other one.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use vouch::wire::pb::AttestLevel;

use super::load::Target;
use super::report::{Ratios, say};
use super::service::Running;
use super::{echo, meter, service};

/// Answers on one stream before the next is opened.
const PACE: u64 = 20_000;

/// How the run is done.
struct Plan {
    rounds: usize,
    span: Duration,
    check: bool,
}

impl Plan {
    fn read(words: &[String]) -> anyhow::Result<Self> {
        let mut plan = Self { rounds: 7, span: Duration::from_secs(3), check: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut number = || -> anyhow::Result<u64> {
                Ok(words.next().context("a number is missing")?.parse()?)
            };
            match word.as_str() {
                "--rounds" => plan.rounds = usize::try_from(number()?)?,
                "--seconds" => plan.span = Duration::from_secs(number()?),
                "--check" => plan.check = true,
                // Given by cargo itself.
                "--bench" => {}
                other => anyhow::bail!("{other}: use --rounds N, --seconds N, --check"),
            }
        }
        ensure!(plan.rounds >= 5, "fewer than 5 rounds tell nothing");
        Ok(plan)
    }
}

pub(super) fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.as_slice() {
        [word, unary, stream] if word == "echo" => {
            bytes(unary).and_then(|unary| echo::serve(&unary, &bytes(stream)?)).map(|()| true)
        }
        words => Plan::read(words).and_then(|plan| measure(&plan)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            // Nowhere else to tell it.
            let _told = say(&format!("{fault:#}"));
            ExitCode::from(2)
        }
    }
}

fn bytes(hex: &str) -> anyhow::Result<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?)).collect()
}

#[derive(Clone, Copy)]
enum Kind {
    Unary,
    Stream,
}

/// CPU nanoseconds of the server for one answer.
async fn cost(
    kind: Kind,
    server: &Running,
    target: &Target,
    span: Duration,
) -> anyhow::Result<f64> {
    let before = meter::cpu_nanos(server.pid)?;
    let answers = match kind {
        Kind::Unary => target.unary(span).await?,
        Kind::Stream => target.stream(span, PACE).await?,
    };
    let spent = meter::cpu_nanos(server.pid)?.saturating_sub(before);
    ensure!(answers > 1_000, "only {answers} answers in {span:?}");
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52, and a ratio is wanted")]
    Ok(spent as f64 / answers as f64)
}

fn measure(plan: &Plan) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let vouch = service::vouch(folder.path())?;
    runtime.block_on(async {
        let mut ours = Target::connect(&vouch.address, &vouch.token, vouch.call.clone()).await?;
        let unary = ours.ask().await.context("Vouch does not answer")?;
        ensure!(unary.attest() == AttestLevel::A, "the call gets {:?}, not A", unary.attest());
        let on_stream = ours.ask_on_stream().await.context("Vouch does not answer on a stream")?;
        let echo = service::echo(&vouch.call, &unary, &on_stream)?;
        let theirs = Target::connect(&echo.address, &echo.token, echo.call.clone()).await?;

        let mut all = [
            Ratios { name: "unary, 64 in flight", promise: 1.4, each: Vec::new() },
            Ratios { name: "stream, window 64", promise: 1.6, each: Vec::new() },
        ];
        for (ratios, kind) in all.iter_mut().zip([Kind::Unary, Kind::Stream]) {
            let warm = Duration::from_secs(1);
            cost(kind, &echo, &theirs, warm).await?;
            cost(kind, &vouch, &ours, warm).await?;
            for round in 0..plan.rounds {
                let (echo_cost, vouch_cost) = if round % 2 == 0 {
                    let echo_cost = cost(kind, &echo, &theirs, plan.span).await?;
                    (echo_cost, cost(kind, &vouch, &ours, plan.span).await?)
                } else {
                    let vouch_cost = cost(kind, &vouch, &ours, plan.span).await?;
                    (cost(kind, &echo, &theirs, plan.span).await?, vouch_cost)
                };
                let ratio = vouch_cost / echo_cost;
                say(&format!(
                    "{}: echo {:.2} us, Vouch {:.2} us of server CPU an answer, ratio {ratio:.3}",
                    ratios.name,
                    echo_cost / 1_000.0,
                    vouch_cost / 1_000.0
                ))?;
                ratios.each.push(ratio);
            }
        }
        say("")?;
        let mut kept = true;
        for ratios in &all {
            kept &= ratios.print()?;
        }
        Ok(kept || !plan.check)
    })
}
