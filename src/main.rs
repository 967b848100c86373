//! The one binary of Vouch.

fn main() -> std::process::ExitCode {
    vouch::cli::main()
}
