//! The outer shell: a real service on a real socket, called by clients of every kind.

mod connection;
mod grpc;
mod guard;
mod house;
mod lookup;
mod watch;
