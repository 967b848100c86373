//! Files on their way to the service, in chunks, then the operation until it ends.
//!
//! The service takes the end of a stream for the end of the file. So a stream ends only where every
//! file was read whole: one that cannot be read breaks the call off, and nothing is loaded.

use std::path::PathBuf;

use clap::ValueEnum;
use futures_util::future::ready;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use serde_json::json;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status};

use super::batch::unread;
use super::fault::CliFault;
use super::output::Output;
use super::progress;
use super::words::{read_time, short};
use crate::client::Service;
use crate::wire::pb;

/// Bytes of one message, well under what the service takes.
const CHUNK: usize = 256 << 10;
/// Messages that are read ahead.
const AHEAD: usize = 4;

/// Where the provider's own numbers come from.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Feed {
    /// The provider's own code ranges.
    OwnOcn,
    /// Another carrier.
    Wholesale,
}

impl Feed {
    /// The feed of a carrier; without one it is the provider's own.
    pub(super) const fn of(carrier: Option<&String>) -> Self {
        if carrier.is_some() { Self::Wholesale } else { Self::OwnOcn }
    }

    /// Its word in the API.
    pub(super) fn source(self) -> i32 {
        let source = match self {
            Self::OwnOcn => pb::InventorySource::OwnOcn,
            Self::Wholesale => pb::InventorySource::Wholesale,
        };
        source.into()
    }
}

/// The time a feed is of; the present where it is not given.
pub(super) fn taken(as_of: Option<&String>) -> Result<prost_types::Timestamp, CliFault> {
    as_of.map_or_else(|| read_time(&jiff::Timestamp::now().to_string()), |text| read_time(text))
}

/// The messages as they come, up to the one that says that nothing is missing.
fn whole<T: Send + 'static>(
    parts: impl Stream<Item = Option<T>> + Send + 'static,
) -> impl Stream<Item = T> + Send + 'static {
    // Where the sender ended without that word, the call is broken off and not ended.
    parts.chain(stream::pending()).take_while(|part| ready(part.is_some())).filter_map(ready)
}

/// Sends a header and files in one call. `chunk` makes a message of a file's name and some of its
/// bytes, `call` carries the messages to the service.
pub(super) async fn upload<T, R, F>(
    header: T,
    files: &[PathBuf],
    chunk: impl Fn(&str, Vec<u8>) -> T,
    call: impl FnOnce(BoxStream<'static, T>) -> F,
) -> Result<R, CliFault>
where
    T: Send + 'static,
    F: Future<Output = Result<Response<R>, Status>>,
{
    let (parts, read) = channel(AHEAD);
    let called = call(whole(ReceiverStream::new(read)).boxed());
    let answer = async { called.await.map_err(CliFault::from) };
    // The first fault ends both: of a call that is dropped, nothing is carried out.
    let ((), answer) = tokio::try_join!(send(header, files, chunk, parts), answer)?;
    Ok(answer.into_inner())
}

async fn send<T>(
    header: T,
    files: &[PathBuf],
    chunk: impl Fn(&str, Vec<u8>) -> T,
    parts: Sender<Option<T>>,
) -> Result<(), CliFault> {
    // Where the service hung up, its status says why.
    if parts.send(Some(header)).await.is_err() {
        return Ok(());
    }
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut file = File::open(path).await.map_err(|why| unread(path, why))?;
        loop {
            let mut data = vec![0; CHUNK];
            let read = file.read(&mut data).await.map_err(|why| unread(path, why))?;
            if read == 0 {
                break;
            }
            data.truncate(read);
            if parts.send(Some(chunk(&name, data))).await.is_err() {
                return Ok(());
            }
        }
    }
    drop(parts.send(None).await);
    Ok(())
}

/// Follows the operation that an upload began, and tells how it ended.
pub(super) async fn follow(
    service: Service,
    begun: Option<pb::Operation>,
    out: &Output,
) -> Result<(), CliFault> {
    let operation = progress::follow(service, begun.unwrap_or_default()).await?;
    let state = short(operation.state().as_str_name(), "OPERATION_STATE_");
    let result: serde_json::Map<String, serde_json::Value> =
        operation.result.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
    out.value(&json!({
        "operation_id": operation.operation_id,
        "state": state,
        "rows": operation.done_rows,
        "result": result,
        "error": operation.error,
    }))?;
    let rows = operation.done_rows;
    out.line(&format!("operation {}: {state}, {rows} rows", operation.operation_id))?;
    for (what, count) in &operation.result {
        out.line(&format!("  {what}: {count}"))?;
    }
    if operation.state() == pb::OperationState::Done {
        return Ok(());
    }
    Err(CliFault::Refused(format!("{state}: {}", operation.error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(files: &[PathBuf]) -> (Result<usize, CliFault>, Vec<Vec<u8>>) {
        let (told, mut heard) = channel(100);
        let call = |mut parts: BoxStream<'static, Vec<u8>>| async move {
            // As the service does: whatever came until the end is the upload.
            let mut count = 0;
            while let Some(part) = parts.next().await {
                count += 1;
                told.send(part).await.unwrap();
            }
            Ok(Response::new(count))
        };
        let done = upload(b"header".to_vec(), files, |_name, data| data, call).await;
        let mut all = Vec::new();
        while let Ok(part) = heard.try_recv() {
            all.push(part);
        }
        (done, all)
    }

    #[tokio::test]
    async fn an_upload_ends_only_where_every_file_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.csv"), vec![b'a'; CHUNK + 1]).unwrap();
        std::fs::write(at("b.csv"), b"b").unwrap();
        std::fs::create_dir(at("c.csv")).unwrap();
        let (done, parts) = sent(&[at("a.csv"), at("b.csv")]).await;
        assert_eq!(done.unwrap(), 4);
        let sizes: Vec<_> = parts.iter().map(Vec::len).collect();
        assert_eq!(sizes, [6, CHUNK, 1, 1]);
        for bad in ["c.csv", "gone.csv"] {
            let (done, _) = sent(&[at("a.csv"), at(bad)]).await;
            let why = done.unwrap_err();
            assert!(matches!(&why, CliFault::File { path, .. } if path.ends_with(bad)), "{why}");
        }
    }

    #[tokio::test]
    async fn a_refused_upload_says_what_the_service_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, vec![b'a'; 10 * CHUNK]).unwrap();
        let call = |_parts: BoxStream<'static, Vec<u8>>| async {
            Err::<Response<()>, _>(Status::failed_precondition("no"))
        };
        let why = upload(Vec::new(), &[path], |_name, data| data, call).await.unwrap_err();
        assert_eq!(why.to_string(), "no");
    }
}
