//! Bytes as they are, in place of messages: what is sent may be none, and what comes back is not read.

use bytes::{Buf as _, BufMut as _, Bytes};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Request, Status};

/// Sends and receives bytes as they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buf: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buf.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buf: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buf.copy_to_bytes(buf.remaining())))
    }
}

/// Makes a call by its path, with bytes for a message.
pub(crate) async fn call(
    channel: Channel,
    path: &str,
    request: Request<Bytes>,
) -> Result<Bytes, Status> {
    let mut grpc = Grpc::new(channel).max_encoding_message_size(64 << 20);
    grpc.ready().await.expect("connected");
    let done = grpc.unary(request, path.parse().expect("a path"), Raw).await;
    done.map(tonic::Response::into_inner)
}

/// The same with a key, or with none.
pub(crate) async fn send(
    channel: Channel,
    path: &str,
    bearer: Option<&str>,
    message: Bytes,
) -> Result<Bytes, Status> {
    let mut request = Request::new(message);
    if let Some(token) = bearer {
        let value = format!("Bearer {token}").parse().unwrap();
        request.metadata_mut().insert("authorization", value);
    }
    call(channel, path, request).await
}

/// Bytes that are no message of any kind.
pub(crate) const fn no_message() -> Bytes {
    Bytes::from_static(b"\xff\xff\xff\xff")
}

/// Makes a call by its path with bytes that are no message of any kind.
pub(crate) async fn rubbish(channel: Channel, path: &str, bearer: Option<&str>) -> Status {
    send(channel, path, bearer, no_message()).await.expect_err("rubbish is never answered")
}
