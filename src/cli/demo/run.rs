//! The order of the steps.

use std::path::PathBuf;

use super::cast::Cast;
use super::desk::{self, Numbers};
use super::fault::DemoError;
use super::portal::Applicant;
use super::server::Server;
use super::stage::Stage;
use super::{portal, signer};

/// How the demonstration runs.
#[derive(Debug, Default, clap::Args)]
pub struct DemoArgs {
    /// Leave the service running afterwards, with the calls to try.
    #[arg(long)]
    pub keep: bool,
    /// Stop before the suspension, so that the calls to try get a level.
    #[arg(long, requires = "keep")]
    pub active: bool,
    /// Where to put the store, documents and outbox; a new folder under the system's temporary
    /// folder when absent.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Never colour the output.
    #[arg(long, env = "NO_COLOR", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_colour: bool,
}

/// Plays the main job through the real service.
pub async fn run(args: DemoArgs) -> Result<(), DemoError> {
    let mut stage = Stage::new(args.no_colour);
    let made_here = args.folder.is_none();
    let folder = match args.folder {
        Some(folder) => folder,
        None => std::env::temp_dir().join(format!("vouch-demo-{}", std::process::id())),
    };
    std::fs::create_dir_all(folder.join("outbox")).map_err(DemoError::io("make the folder"))?;
    stage.step("A new store and the real service");
    let server = Server::start(&folder).await?;
    stage.good(&format!("gRPC, gRPC-Web and HTTP on {}", server.address()));
    stage.good(&format!("metrics and probes on {}", server.admin_address()));
    let cast = Cast::assemble(&server).await?;
    stage.good("one bootstrap key made a client, four keys and two reviewers");
    let applicant = play(&mut stage, &server, &cast).await?;
    if args.active {
        return keep(&stage, server, &cast).await;
    }
    signer::suspension(&mut stage, &cast, &applicant).await?;
    signer::proof(&mut stage, &cast, &applicant).await?;
    stage.line("\nThe main job is done.");
    if args.keep {
        return keep(&stage, server, &cast).await;
    }
    server.stop().await?;
    if made_here {
        std::fs::remove_dir_all(&folder).map_err(DemoError::io("clear the folder"))?;
    }
    Ok(())
}

async fn play(stage: &mut Stage, server: &Server, cast: &Cast) -> Result<Applicant, DemoError> {
    desk::load_list(stage, &cast.operator).await?;
    portal::show_faults(stage, &cast.portal).await?;
    let mut applicant = portal::apply(stage, &cast.portal).await?;
    portal::submit(stage, &cast.portal, &mut applicant).await?;
    portal::prove_contacts(stage, server, &cast.portal, &applicant).await?;
    portal::refused_at_the_gate(stage, &cast.portal, &applicant).await?;
    desk::resolve_hit(stage, cast, &applicant).await?;
    desk::verify(stage, cast, &applicant).await?;
    desk::sign_agreement(stage, cast, &applicant).await?;
    portal::activate(stage, &cast.portal, &mut applicant).await?;
    desk::provision(stage, cast, &applicant).await?;
    signer::levels(stage, server, cast).await?;
    Ok(applicant)
}

async fn keep(stage: &Stage, server: Server, cast: &Cast) -> Result<(), DemoError> {
    let number = Numbers::OURS.trim_start_matches('+');
    stage.line("\nIt keeps running; stop it with Ctrl-C. To try:");
    stage.line(&format!(
        "  curl -H 'authorization: Bearer {}' 'http://{}/v1/attestation?trunk=heron-lake-1&tn={number}&dest=12126647665'",
        cast.signer.token(),
        server.address()
    ));
    stage.line(&format!("  curl http://{}/metrics", server.admin_address()));
    stage.line(&format!("  store, documents and outbox: {}", server.folder().display()));
    server.wait().await
}
