//! What can be wrong with the settings. Every fault names the key and what to write instead.

use std::path::PathBuf;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// The file named by `--config` or `VOUCH_CONFIG` cannot be read.
    #[error(
        "cannot read the settings file {path}: {source}; give the path of a TOML file with --config, or leave it out"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{path} is not valid TOML: {message}")]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// A `VOUCH_*` variable that no setting has.
    #[error(
        "the environment variable {name} is no setting of Vouch; `vouch config print --help` lists them all"
    )]
    UnknownVariable {
        /// The variable.
        name: String,
    },
    /// Both `VOUCH_X` and `VOUCH_X_FILE` are set.
    #[error("both {name} and {name}_FILE are set; keep one of them")]
    Twice {
        /// The variable without `_FILE`.
        name: &'static str,
    },
    /// The file that holds a secret cannot be read.
    #[error(
        "cannot read the file that {name} names: {source}; give a file that this user can read, with the secret as its only content"
    )]
    SecretFile {
        /// The variable.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A value of the wrong kind, or outside of its range.
    #[error("{key} (from {from}): {problem}; write {instead}")]
    Bad {
        /// The setting, such as `server.listen`.
        key: String,
        /// Where it was given.
        from: String,
        /// What is wrong with it; never the value.
        problem: String,
        /// What to write.
        instead: String,
    },
    /// Settings that do not go together.
    #[error("{keys}: {problem}")]
    Together {
        /// The settings.
        keys: &'static str,
        /// What is wrong and what to do.
        problem: String,
    },
}
