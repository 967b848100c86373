//! Compiles `proto/` when the `wire` feature is on. No `protoc` is needed.

/// Nothing to do without the `wire` feature.
#[cfg(not(feature = "wire"))]
const fn main() {}

/// Generates messages, clients and servers, and keeps the descriptor set for reflection.
#[cfg(feature = "wire")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write as _;

    writeln!(std::io::stdout(), "cargo:rerun-if-changed=proto")?;
    writeln!(std::io::stdout(), "cargo:rerun-if-changed=migrations")?;
    let mut files: Vec<_> = std::fs::read_dir("proto/vouch/v1")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "proto"));
    files.sort();
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    #[expect(clippy::disallowed_methods, reason = "cargo names the folder by this variable only")]
    let out = std::env::var_os("OUT_DIR").ok_or("run by cargo only: OUT_DIR is not set")?;
    let set_path = std::path::Path::new(&out).join("vouch.v1.bin");
    std::fs::write(set_path, compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure()
        .bytes(".")
        .btree_map(".")
        .emit_rerun_if_changed(false)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
