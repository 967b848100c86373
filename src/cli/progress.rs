//! How far an operation is, on standard error: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use super::fault::CliFault;
use crate::client::Service;
use crate::wire::pb;
use crate::wire::pb::operation_service_client::OperationServiceClient;

/// How often the operation is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Cells of the bar.
const WIDTH: u32 = 30;
/// Percent between two plain lines.
const PLAIN: u32 = 10;

/// Looks at the operation until it ends, and shows how far it is.
pub(super) async fn follow(
    service: Service,
    begun: pb::Operation,
) -> Result<pb::Operation, CliFault> {
    let mut operations = OperationServiceClient::new(service);
    let mut operation = begun;
    let mut show = Show { bar: std::io::stderr().is_terminal(), told: None };
    let mut pace = tokio::time::interval(LOOK);
    while operation.state() == pb::OperationState::Running {
        pace.tick().await;
        let operation_id = operation.operation_id.clone();
        let request = pb::GetOperationRequest { operation_id };
        operation =
            operations.get_operation(request).await?.into_inner().operation.unwrap_or_default();
        show.tell(&operation);
    }
    show.end();
    Ok(operation)
}

struct Show {
    bar: bool,
    told: Option<u32>,
}

impl Show {
    fn tell(&mut self, operation: &pb::Operation) {
        if self.bar {
            self.told = Some(operation.percent);
            say(&format!("\r\u{1b}[K{}", line(operation, true)));
        } else if self.told.is_none_or(|told| operation.percent >= told + PLAIN) {
            self.told = Some(operation.percent);
            say(&format!("{}\n", line(operation, false)));
        }
    }

    fn end(&self) {
        if self.bar && self.told.is_some() {
            say("\n");
        }
    }
}

fn say(text: &str) {
    let mut err = std::io::stderr().lock();
    // A progress that nobody can see is no fault.
    drop(err.write_all(text.as_bytes()).and_then(|()| err.flush()));
}

/// One line of it.
fn line(operation: &pb::Operation, bar: bool) -> String {
    let percent = operation.percent.min(100);
    let (done, total) = (operation.done_rows, operation.total_rows);
    let left = match (&operation.eta_time, &operation.update_time) {
        (Some(eta), Some(now)) => format!(", {} s left", (eta.seconds - now.seconds).max(0)),
        _ => String::new(),
    };
    if !bar {
        return format!("{percent} %: {done} of {total}{left}");
    }
    let full = usize::try_from(percent * WIDTH / 100).unwrap_or(0);
    let rest = usize::try_from(WIDTH).unwrap_or(0).saturating_sub(full);
    format!("[{}{}] {percent:3} % {done}/{total}{left}", "#".repeat(full), ".".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_and_how_long() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let operation = pb::Operation {
            percent: 50,
            done_rows: 500,
            total_rows: 1_000,
            eta_time: at(112),
            update_time: at(100),
            ..pb::Operation::default()
        };
        assert_eq!(line(&operation, false), "50 %: 500 of 1000, 12 s left");
        let bar = line(&operation, true);
        assert_eq!(bar, "[###############...............]  50 % 500/1000, 12 s left");
        let unknown = line(&pb::Operation::default(), true);
        assert_eq!(unknown, "[..............................]   0 % 0/0");
    }
}
