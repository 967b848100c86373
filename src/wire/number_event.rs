//! Events of numbers on the wire.

use crate::domain::command::admin::InventorySource;
use crate::domain::command::number_event::{GivenEvent, LoadNumberEvents, RecordNumberEvents};
use crate::domain::number::{BadTn, Tn};
use crate::domain::number_event::{Kind, NumberEvent, RespOrg, TollFreeStatus, run_of};
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::time::from_timestamp;
use crate::wire::validate::{Choice as _, Faults, Reader};

super::choice::pairs! {
    Kind = NumberEventKind { Unspecified; Assigned, Unassigned, PortedIn, PortedOut, Disconnected,
        CarrierChanged, ResporgChanged, ResporgRecord, ResporgAuthorization, RangeAllocated }
    TollFreeStatus = TollFreeStatus { Unspecified; Working, Reserved, Assigned, Suspended,
        Disconnect, Transitional, Spare, Unavailable }
}

/// Most events of one request.
const MAX_EVENTS: usize = 500;
/// Most numbers of one request, ranges counted out.
const MAX_NUMBERS: usize = 1_000;
/// Longest name of a carrier.
const MAX_CARRIER: usize = 200;

/// Reads the feed: a carrier is named with WHOLESALE numbers, and with no others.
fn feed(r: &mut Reader, source: i32, carrier: &str) -> (Option<InventorySource>, String) {
    let source = r.choice("source", source);
    let carrier = r.line("carrier", carrier, MAX_CARRIER);
    if (source == Some(InventorySource::Wholesale)) == carrier.is_empty() {
        let message = "name the carrier of WHOLESALE numbers, and of no others";
        r.fault("carrier", "CARRIER_MISMATCH", message);
    }
    (source, carrier)
}

/// Reads one event; what is wrong with it is told in its own result, not as a fault.
fn given(m: &pb::NumberEvent) -> GivenEvent {
    match read(m) {
        Ok((event, numbers)) => GivenEvent { event: Ok(event), numbers },
        Err(reason) => GivenEvent { event: Err(reason), numbers: Vec::new() },
    }
}

fn read(m: &pb::NumberEvent) -> Result<(NumberEvent, Vec<Tn>), &'static str> {
    let kind = Kind::from_wire(m.kind()).ok_or("KIND_REQUIRED")?;
    let tn = Tn::parse(&m.number).map_err(BadTn::reason)?;
    let time = |at: &Option<prost_types::Timestamp>| match at {
        None => Ok(None),
        Some(at) => from_timestamp(*at).map(Some).ok_or("TIME_INVALID"),
    };
    let at: Ts = time(&m.event_time)?.ok_or("TIME_REQUIRED")?;
    let customer = match m.customer_id.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_bad| "ID_INVALID")?),
    };
    let resporg = |id: &str| match id {
        "" => Ok(None),
        id => id.parse::<RespOrg>().map(Some).map_err(|_bad| "RESPORG_INVALID"),
    };
    let event = NumberEvent {
        kind,
        tn,
        at,
        reference: m.reference.trim().to_owned(),
        customer,
        until: time(&m.end_time)?,
        resporg: resporg(&m.resporg)?,
        authorized_by: resporg(&m.authorized_by)?,
        status: TollFreeStatus::from_wire(m.status()),
    };
    let numbers = run_of(&event, m.count)?;
    Ok((event, numbers))
}

impl TryFrom<pb::RecordNumberEventsRequest> for RecordNumberEvents {
    type Error = Faults;

    fn try_from(m: pb::RecordNumberEventsRequest) -> Result<Self, Faults> {
        use crate::domain::command::write::Write;
        let mut r = Reader::new();
        let write = Write {
            validate_only: m.validate_only,
            ..r.write("RecordNumberEvents", &m.request_id, &m)
        };
        let (source, carrier) = feed(&mut r, m.source, &m.carrier);
        if m.events.is_empty() {
            r.required("events");
        }
        let events = r.list("events", m.events, MAX_EVENTS);
        let events: Vec<GivenEvent> = events.iter().map(given).collect();
        if events.iter().map(|e| e.numbers.len()).sum::<usize>() > MAX_NUMBERS {
            r.fault("events", "TOO_MANY", "at most 1,000 numbers, those of ranges counted too");
        }
        r.finish(source.map(|source| Self { write, source, carrier, events }))
    }
}

impl TryFrom<pb::NumberEventsHeader> for LoadNumberEvents {
    type Error = Faults;

    fn try_from(m: pb::NumberEventsHeader) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let read = r.at("header", |r| {
            let write = r.write("LoadNumberEvents", &m.request_id, &m);
            let (source, carrier) = feed(r, m.source, &m.carrier);
            let as_of = r.time("as_of_time", m.as_of_time);
            Some(Self { write, source: source?, carrier, as_of: as_of? })
        });
        r.finish(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Kind>("NUMBER_EVENT_KIND_"), 10);
        assert_eq!(assert_words::<TollFreeStatus>("TOLL_FREE_STATUS_"), 8);
    }

    fn event(kind: pb::NumberEventKind) -> pb::NumberEvent {
        pb::NumberEvent {
            kind: kind.into(),
            number: "+15072847100".to_owned(),
            event_time: Some(prost_types::Timestamp { seconds: 1_795_532_381, nanos: 0 }),
            reference: "E-1".to_owned(),
            ..pb::NumberEvent::default()
        }
    }

    #[test]
    fn one_bad_event_does_not_refuse_the_others() {
        use pb::NumberEventKind::{PortedOut, RangeAllocated, Unspecified};
        let ranged = |number: &str, count| pb::NumberEvent {
            number: number.to_owned(),
            count,
            ..event(RangeAllocated)
        };
        let events = vec![
            event(PortedOut),
            event(Unspecified),
            pb::NumberEvent { number: "911".to_owned(), ..event(PortedOut) },
            pb::NumberEvent { event_time: None, ..event(PortedOut) },
            pb::NumberEvent { customer_id: "mine".to_owned(), ..event(PortedOut) },
            pb::NumberEvent { resporg: "abc".to_owned(), ..event(PortedOut) },
            pb::NumberEvent { count: 2, ..event(PortedOut) },
            ranged("+15072847100", 100),
            ranged("+15072847100", 1_001),
            ranged("+15072849990", 11),
            ranged("+442079460000", 2),
        ];
        let read = RecordNumberEvents::try_from(pb::RecordNumberEventsRequest {
            request_id: "r".to_owned(),
            source: pb::InventorySource::OwnOcn.into(),
            events,
            ..pb::RecordNumberEventsRequest::default()
        })
        .unwrap();
        let told: Vec<_> = read.events.iter().map(|e| e.event.as_ref().err().copied()).collect();
        let want = [
            None,
            Some("KIND_REQUIRED"),
            Some("TN_TOO_SHORT"),
            Some("TIME_REQUIRED"),
            Some("ID_INVALID"),
            Some("RESPORG_INVALID"),
            Some("COUNT_ONLY_OF_RANGES"),
            None,
            Some("RANGE_TOO_LARGE"),
            Some("RANGE_CROSSES_EXCHANGE"),
            Some("RANGE_CROSSES_EXCHANGE"),
        ];
        assert_eq!(told, want);
        assert_eq!((read.events[0].numbers.len(), read.events[7].numbers.len()), (1, 100));
    }
}
