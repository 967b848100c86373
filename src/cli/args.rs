//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::attest::AttestArgs;
use super::check::CheckCommand;
use super::compare::MatchArgs;
use super::connect::Reach;
use super::customer::CustomerCommand;
use super::demo::DemoArgs;
use super::events::EventsCommand;
use super::exit;
use super::journal::JournalCommand;
use super::key::KeyCommand;
use super::load::{InventoryCommand, ListCommand};
use super::numbers::NumbersCommand;
use super::output::Format;
use super::screen::ScreenArgs;
use super::settings::SettingFlags;
use super::source::SourceCommand;
use super::trunk::TrunkCommand;
use super::user::UserCommand;

/// Vouch: verified commercial identity, signed traceback clauses, and a SHAKEN level for every
/// call.
#[derive(Debug, Parser)]
#[command(name = "vouch", version, after_long_help = exit::HELP, max_term_width = 100)]
pub struct Args {
    /// How results are shown.
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
    /// How to reach the service.
    #[command(flatten)]
    pub reach: Reach,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service. On a new embedded store it prints one bootstrap key, once.
    Serve(Box<SettingFlags>),
    /// Bring the store's schema up to date; changes nothing that is.
    Migrate(Box<SettingFlags>),
    /// Play the main job against the real service on a new store, and show every step.
    Demo(DemoArgs),
    /// Answer worked cases from a file, one JSON object a line, without a service.
    Decide {
        /// The cases; `-` is standard input.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
    /// Check what a text alone can show, without a service.
    #[command(subcommand)]
    Check(CheckCommand),
    /// Say whether two names may name one party, and why, without a service.
    Match(MatchArgs),
    /// Screen names against the lists in a folder, without a service.
    Screen(ScreenArgs),
    /// API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// People who log in.
    #[command(subcommand)]
    User(UserCommand),
    /// Published lists.
    #[command(subcommand)]
    List(ListCommand),
    /// The outside parties that claims are checked with.
    #[command(subcommand)]
    Source(SourceCommand),
    /// The provider's own numbers.
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// What happened to numbers.
    #[command(subcommand)]
    Events(EventsCommand),
    /// Customers' numbers.
    #[command(subcommand)]
    Numbers(NumbersCommand),
    /// Where calls come in.
    #[command(subcommand)]
    Trunk(TrunkCommand),
    /// Customers.
    #[command(subcommand)]
    Customer(CustomerCommand),
    /// Ask for one call, as a signer does.
    Attest(AttestArgs),
    /// The record of everything that happened.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The keys of the store.
    #[command(subcommand)]
    Keyring(KeyringCommand),
    /// Completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Show the settings in force, without secrets.
    Print {
        /// Show every setting with its variable instead.
        #[arg(long)]
        variables: bool,
        /// The flags to show them with.
        #[command(flatten)]
        flags: Box<SettingFlags>,
    },
}

/// What to do with the key ring.
#[derive(Debug, Subcommand)]
pub enum KeyringCommand {
    /// Make the key ring of a new PostgreSQL store; a file that is there is never overwritten.
    New {
        /// The file to make, mode 0600.
        file: PathBuf,
    },
}
