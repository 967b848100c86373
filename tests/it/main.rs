//! One binary for everything that needs more than one room.

#[cfg(test)]
mod certificates;
#[cfg(test)]
mod conformance;
#[cfg(test)]
#[cfg(feature = "failpoints")]
mod crash;
#[cfg(test)]
mod disputes;
#[cfg(test)]
mod evidence_life;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod number_campaigns;
#[cfg(test)]
mod number_events;
#[cfg(test)]
mod numbering;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod oracle;
#[cfg(test)]
#[cfg(feature = "pdf")]
mod paper;
#[cfg(test)]
mod prepare;
#[cfg(test)]
mod registers;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod shell;
#[cfg(test)]
mod signer;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod support;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod vectors;
