//! Reads the command line and carries it out.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use super::args::{Args, Command, ConfigCommand, KeyringCommand};
use super::batch::input;
use super::demo;
use super::exit::Exit;
use super::fault::CliFault;
use super::output::{Output, complain};
use super::{
    attest, check, compare, customer, decide, events, journal, key, load, numbers, screen, serve,
    source, trunk, user,
};
use crate::boot;
use crate::clock::Clock;
use crate::config::print;

/// The whole program.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(why) => {
            let exit = if why.use_stderr() { Exit::Usage } else { Exit::Done };
            // Where the help cannot be written, the exit code is all that is left.
            drop(why.print());
            return exit.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => {
            complain(&CliFault::Internal(format!("no threads can be started: {why}")));
            return Exit::Internal.into();
        }
    };
    match runtime.block_on(carry_out(args)) {
        Ok(exit) => exit.into(),
        Err(fault) => {
            complain(&fault);
            fault.exit().into()
        }
    }
}

async fn carry_out(args: Args) -> Result<Exit, CliFault> {
    let Args { output, reach, command } = args;
    let out = Output::new(output);
    match command {
        Command::Serve(flags) => serve::serve(*flags, &out).await?,
        Command::Migrate(flags) => serve::migrate(*flags, &out).await?,
        Command::Demo(args) => {
            demo::run(args).await.map_err(|why| CliFault::Refused(why.to_string()))?;
        }
        Command::Decide { from } => return decide(&from),
        Command::Check(command) => return check::run(command),
        Command::Match(args) => return compare::run(args),
        Command::Screen(args) => return screen::run(args),
        Command::Key(command) => key::run(command, &reach, &out).await?,
        Command::User(command) => user::run(command, &reach, &out).await?,
        Command::List(command) => load::lists(command, &reach, &out).await?,
        Command::Source(command) => return source::run(command, &reach, &out).await,
        Command::Inventory(command) => load::inventory(command, &reach, &out).await?,
        Command::Events(command) => events::run(command, &reach, &out).await?,
        Command::Numbers(command) => numbers::run(command, &reach, &out).await?,
        Command::Trunk(command) => trunk::run(command, &reach, &out).await?,
        Command::Customer(command) => customer::run(command, &reach, &out).await?,
        Command::Attest(args) => attest::run(args, &reach, &out).await?,
        Command::Journal(command) => journal::run(command, &reach, &out).await?,
        Command::Config(command) => config(command, &out)?,
        Command::Keyring(KeyringCommand::New { file }) => new_keyring(&file, &out)?,
        Command::Completions { shell } => completions(shell)?,
    }
    Ok(Exit::Done)
}

fn decide(from: &Path) -> Result<Exit, CliFault> {
    let fault = |why: decide::DecideError| CliFault::Refused(why.to_string());
    let summary = decide::run(input(from)?, std::io::stdout().lock()).map_err(fault)?;
    Ok(if summary.exit_code() == 0 { Exit::Done } else { Exit::Refused })
}

fn config(command: ConfigCommand, out: &Output) -> Result<(), CliFault> {
    let ConfigCommand::Print { variables, flags } = command;
    if variables {
        return out.raw(&print::variables());
    }
    let config = flags.load()?;
    out.raw(&if out.json() { print::json(&config) } else { print::toml(&config) })
}

fn new_keyring(file: &Path, out: &Output) -> Result<(), CliFault> {
    boot::new_keyring(file, &Clock::system())?;
    out.line("made; keep a copy where the database's backups are not")
}

fn completions(shell: clap_complete::Shell) -> Result<(), CliFault> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "vouch", &mut text);
    std::io::stdout().lock().write_all(&text).map_err(CliFault::Output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_setting_flag_has_its_variable_in_the_help() {
        let help = Args::command()
            .find_subcommand_mut("serve")
            .map(|serve| serve.render_long_help().to_string())
            .unwrap_or_default();
        for word in ["VOUCH_LISTEN", "VOUCH_KEYS_FILE", "VOUCH_DATABASE_URL", "--insecure-dev"] {
            assert!(help.contains(word), "{word} is not in {help}");
        }
        let whole = Args::command().render_long_help().to_string();
        assert!(whole.contains("Exit codes") && whole.contains("VOUCH_KEY_FILE"));
    }
}
