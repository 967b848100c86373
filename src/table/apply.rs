//! Changes: events of the journal, and fences. One at a time; readers never wait for them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::customer::CustomerEntry;
use super::event::{Applied, TableEvent};
use super::fence::{Fence, Raised};
use super::grant::{GrantSet, PackedGrant};
use super::number::NumberWord;
use super::state::{Table, Writer};
use crate::domain::attestation::{CustomerFacts, Grant, NumberFacts, TrunkFacts, TrunkView};
use crate::domain::facts::{Facts, PolicyFacts};
use crate::domain::ids::{CustomerId, TrunkId};
use crate::domain::number::Tn;
use crate::domain::numbering::Book;

/// How often a change steps back for asks that wait for the lock; they are short, and a change must
/// go in even while asks never end.
const COURTESIES: u32 = 64;

/// Names no customer: a fence that found no room.
const NOBODY: u32 = u32::MAX;

/// The table has no room left for something.
struct NoRoom;

impl Table {
    /// Takes an event in, once: a revision that is not higher than the one applied changes nothing,
    /// so events may come twice and out of order.
    pub fn apply(&self, event: &TableEvent) -> Applied {
        self.let_exact_asks_go_first();
        let mut writer = self.writer();
        self.apply_one(&mut writer, event)
    }

    /// Takes in that another load of a numbering list is in force: `book` is what all of them say
    /// from now on.
    pub fn apply_book(&self, event: &TableEvent, book: Arc<Book>) -> Applied {
        self.let_exact_asks_go_first();
        let writer = self.writer();
        if self.revisions.get(event.subject).is_some_and(|known| known >= event.revision) {
            self.progress.advance(event.position);
            return Applied::Known;
        }
        self.as_one_step(|| {
            self.book.store(book);
            self.progress.advance(event.position);
        });
        self.revisions.set(event.subject, event.revision);
        drop(writer);
        Applied::Changed
    }

    /// The numbering lists that were in force when the table was built.
    pub fn begin_with(&self, book: Arc<Book>) {
        let writer = self.writer();
        self.as_one_step(|| self.book.store(book));
        drop(writer);
    }

    /// Takes many events in, as the first load does. The number of those that changed something.
    pub fn load(&self, events: impl IntoIterator<Item = TableEvent>) -> u64 {
        events.into_iter().map(|event| u64::from(self.apply(&event) == Applied::Changed)).sum()
    }

    /// From now on the customer is not active here: to be called before the commit of a command
    /// that lowers its trust.
    pub fn fence(self: &Arc<Self>, customer: CustomerId) -> Fence {
        let mut writer = self.writer();
        writer.last_fence += 1;
        let id = writer.last_fence;
        let customer = self.index_of(&mut writer, customer).unwrap_or_else(|NoRoom| {
            self.progress.set_unfit();
            NOBODY
        });
        writer.fences.entry(customer).or_default().push(Raised { id, until: None });
        if let Some(entry) = self.customers.get(customer) {
            entry.set_fenced(true);
        }
        drop(writer);
        Fence { table: Arc::clone(self), customer, id, held: false }
    }

    pub(super) fn hold_fence(&self, customer: u32, id: u64, revision: u64) {
        let mut writer = self.writer();
        if let Some(raised) = writer.fences.get_mut(&customer) {
            raised.iter_mut().filter(|f| f.id == id).for_each(|f| f.until = Some(revision));
        }
        self.lower_fences(&mut writer, customer);
    }

    pub(super) fn lift_fence(&self, customer: u32, id: u64) {
        let mut writer = self.writer();
        if let Some(raised) = writer.fences.get_mut(&customer) {
            raised.retain(|f| f.id != id);
        }
        self.lower_fences(&mut writer, customer);
    }

    /// Drops the fences whose revision has come, and lets the customer go when none is left.
    fn lower_fences(&self, writer: &mut Writer, customer: u32) {
        let Some(raised) = writer.fences.get_mut(&customer) else { return };
        let Some(entry) = self.customers.get(customer) else { return };
        let revision = entry.revision();
        raised.retain(|f| f.until.is_none_or(|until| until > revision));
        if raised.is_empty() {
            writer.fences.remove(&customer);
            entry.set_fenced(false);
        }
    }

    /// Without this a feed that catches up would take the lock again before anyone else wakes.
    fn let_exact_asks_go_first(&self) {
        for _ in 0..COURTESIES {
            if self.waiting.load(Ordering::Relaxed) == 0 {
                return;
            }
            std::thread::yield_now();
        }
    }

    fn apply_one(&self, writer: &mut Writer, event: &TableEvent) -> Applied {
        if self.revisions.get(event.subject).is_some_and(|known| known >= event.revision) {
            self.progress.advance(event.position);
            return Applied::Known;
        }
        let done = self.as_one_step(|| {
            let done = self.put(writer, event);
            self.progress.advance(event.position);
            done
        });
        if let Err(NoRoom) = done {
            self.progress.set_unfit();
            return Applied::Unfit;
        }
        // Last, because whoever sees the revision may ask and must find the facts.
        self.revisions.set(event.subject, event.revision);
        Applied::Changed
    }

    fn put(&self, writer: &mut Writer, event: &TableEvent) -> Result<(), NoRoom> {
        match &event.facts {
            Facts::Customer { customer, facts } => {
                self.put_customer(writer, *customer, facts, event.revision)
            }
            Facts::Number { tn, facts } => self.put_number(writer, *tn, facts),
            Facts::Trunk { trunk, facts } => self.put_trunk(writer, trunk, facts.as_ref()),
            Facts::Policy(policy) => self.put_policy(*policy),
            Facts::List(_)
            | Facts::Key(_)
            | Facts::User(_)
            | Facts::Client { .. }
            | Facts::Operation { .. }
            | Facts::Store { .. } => Ok(()),
        }
    }

    fn put_customer(
        &self,
        writer: &mut Writer,
        customer: CustomerId,
        facts: &CustomerFacts,
        revision: u64,
    ) -> Result<(), NoRoom> {
        let index = self.index_of(writer, customer)?;
        self.customers.get(index).ok_or(NoRoom)?.write(facts, revision);
        self.lower_fences(writer, index);
        Ok(())
    }

    fn put_number(&self, writer: &mut Writer, tn: Tn, facts: &NumberFacts) -> Result<(), NoRoom> {
        let grants = facts.grants.iter().map(|grant| self.pack(writer, grant));
        let mut grants = grants.collect::<Result<Vec<_>, NoRoom>>()?;
        grants.sort_unstable_by_key(|grant| grant.holder);
        let set = match GrantSet::of(grants) {
            None => None,
            Some(set) => Some(writer.grant_index.intern(&self.sets, set).ok_or(NoRoom)?),
        };
        self.numbers.set(tn, NumberWord::pack(facts.category, facts.foreign, facts.cap, set));
        Ok(())
    }

    fn put_trunk(
        &self,
        writer: &mut Writer,
        name: &TrunkId,
        facts: Option<&TrunkFacts>,
    ) -> Result<(), NoRoom> {
        let trunk = match facts {
            None => None,
            Some(t) => Some(TrunkView {
                kind: t.kind,
                auth: t.auth,
                owner: self.index_of(writer, t.owner)?,
                foreign: t.foreign,
                mode: t.mode,
                origid: t.origid,
            }),
        };
        self.trunks.set(name.clone(), trunk);
        Ok(())
    }

    /// A policy that contradicts itself is never followed, and leaving it out would follow another
    /// one in its place.
    fn put_policy(&self, policy: PolicyFacts) -> Result<(), NoRoom> {
        let attestation = policy.attestation.checked().map_err(|_bad| NoRoom)?;
        self.policies.set(PolicyFacts { attestation, ..policy });
        Ok(())
    }

    fn pack(&self, writer: &mut Writer, grant: &Grant) -> Result<PackedGrant, NoRoom> {
        let lent = grant.delegated_to.iter().map(|to| self.index_of(writer, *to));
        let mut lent = lent.collect::<Result<Vec<_>, NoRoom>>()?;
        lent.sort_unstable();
        lent.dedup();
        Ok(PackedGrant {
            holder: self.index_of(writer, grant.holder)?,
            kinds: grant.kinds,
            full_until: grant.full_until,
            partial_until: grant.partial_until,
            lent: lent.into_boxed_slice(),
        })
    }

    fn index_of(&self, writer: &mut Writer, customer: CustomerId) -> Result<u32, NoRoom> {
        if let Some(index) = writer.customer_index.get(&customer) {
            return Ok(*index);
        }
        let index = self.customers.push(CustomerEntry::new(customer)).ok_or(NoRoom)?;
        writer.customer_index.insert(customer, index);
        Ok(index)
    }
}
