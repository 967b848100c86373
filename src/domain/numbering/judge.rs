//! The category of a number, with its reason: one function for every place that needs one.

use super::allocation::{Allocation, Standing};
use super::dno::{Dno, Listed};
use super::npa::{AreaCodes, Use, reserved};
use super::reason::Reason;
use crate::domain::ids::CustomerId;
use crate::domain::number::{Category, Tn};

/// What is known about numbers when one is judged.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The area codes in force.
    pub area_codes: &'a AreaCodes,
    /// The allocation files in force.
    pub allocation: &'a Allocation,
    /// The listed numbers.
    pub dno: &'a Dno,
}

/// What the provider's own feeds say of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stocked {
    /// It is not in the inventory.
    No,
    /// It is, and nobody has it.
    Free,
    /// It is, and a customer has it.
    Assigned,
}

impl Stocked {
    /// By the number's row in the inventory, and whom that names; `own` says that a customer has it
    /// by an own feed, whatever that row says.
    pub const fn by(row: Option<Option<CustomerId>>, own: bool) -> Self {
        match row {
            _ if own => Self::Assigned,
            None => Self::No,
            Some(None) => Self::Free,
            Some(Some(_)) => Self::Assigned,
        }
    }
}

/// What is said of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What the number gate knows.
    pub category: Category,
    /// Not of the United States (R6-11).
    pub foreign: bool,
    /// Why.
    pub reason: Reason,
}

impl Judged {
    /// What is no number of any plan.
    pub const NONE: Self =
        Self { category: Category::Invalid, foreign: false, reason: Reason::NotANumber };
}

/// The category of a number. `library` is what the numbering library says of it: whether
/// it finds such a number valid; without it the plan's own rules stand alone.
pub fn judge(tn: Tn, library: Option<bool>, stocked: Stocked, known: &Known<'_>) -> Judged {
    let by_plan = plan(tn, library, known.area_codes);
    if matches!(by_plan.category, Category::Invalid | Category::NotAssignable) {
        return by_plan;
    }
    let told = |category, reason| Judged { category, foreign: by_plan.foreign, reason };
    if known.dno.find(tn, Listed::Subscriber).is_some() {
        return told(Category::SubscriberDno, Reason::DnoListed);
    }
    match stocked {
        Stocked::Free => return told(Category::Unused, Reason::OwnStock),
        Stocked::Assigned => return told(Category::Assignable, Reason::OwnAssigned),
        Stocked::No => {}
    }
    if known.dno.find(tn, Listed::Unused).is_some() {
        return told(Category::Unused, Reason::UnusedListed);
    }
    // Only numbers of a place in the United States stand in the allocation files.
    let used = tn.nanp().map(|(npa, _)| known.area_codes.of(npa));
    if used != Some(Use::Domestic) {
        return by_plan;
    }
    let (category, reason) = match known.allocation.standing(tn) {
        Standing::Block => (Category::Assignable, Reason::BlockAllocated),
        Standing::Code => (Category::Assignable, Reason::CodeAllocated),
        Standing::FreeBlock => (Category::Unallocated, Reason::BlockNotAllocated),
        Standing::FreeCode => (Category::Unallocated, Reason::CodeNotAllocated),
        Standing::Stale => (Category::AllocationUnknown, Reason::AllocationStale),
        Standing::Unknown if library == Some(false) => {
            (Category::AllocationUnknown, Reason::LibraryDoubts)
        }
        Standing::Unknown => (Category::AllocationUnknown, Reason::NoAllocationFile),
    };
    told(category, reason)
}

/// What the plan alone says, without lists, inventory and allocation files.
fn plan(tn: Tn, library: Option<bool>, codes: &AreaCodes) -> Judged {
    let told = |category, foreign, reason| Judged { category, foreign, reason };
    let Some((npa, nxx)) = tn.nanp() else {
        return match library {
            // The North American table cannot agree that a number elsewhere is impossible.
            Some(false) => told(Category::AllocationUnknown, true, Reason::LibraryDoubts),
            Some(true) | None => told(Category::Assignable, true, Reason::ForeignCountry),
        };
    };
    let used = codes.of(npa);
    if used == Use::None {
        let reason = if reserved(npa) { Reason::NpaReserved } else { Reason::NpaNotAssigned };
        // The library knows no area code that the built-in table does not: where the library was not
        // asked, that table answers for it.
        let valid = library.unwrap_or_else(|| AreaCodes::built_in_one().of(npa) != Use::None);
        return if valid {
            told(Category::AllocationUnknown, false, Reason::NpaNotInTable)
        } else {
            told(Category::Invalid, false, reason)
        };
    }
    let foreign = matches!(used, Use::Canada | Use::Elsewhere);
    let line = tn.as_u64() % 10_000;
    if let Some(reason) = never_shown(used, nxx, line) {
        return told(Category::NotAssignable, foreign, reason);
    }
    match used {
        Use::TollFree => told(Category::Assignable, false, Reason::TollFree),
        Use::Personal => told(Category::Assignable, false, Reason::Personal),
        Use::Canada | Use::Elsewhere if library == Some(false) => {
            told(Category::AllocationUnknown, true, Reason::LibraryDoubts)
        }
        Use::Canada | Use::Elsewhere => told(Category::Assignable, true, Reason::ForeignNanp),
        Use::Domestic | Use::None | Use::Carrier | Use::Government | Use::Premium => {
            told(Category::Assignable, false, Reason::NoAllocationFile)
        }
    }
}

/// Why no caller may show a number, if none may (R6-09, R6-10). Exchange codes mean something only
/// in area codes that belong to a place.
fn never_shown(used: Use, nxx: u16, line: u64) -> Option<Reason> {
    match used {
        Use::Premium => return Some(Reason::Premium),
        Use::Carrier => return Some(Reason::CarrierService),
        Use::Government => return Some(Reason::Government),
        Use::TollFree | Use::Personal | Use::None => return None,
        Use::Domestic | Use::Canada | Use::Elsewhere => {}
    }
    match (nxx, line) {
        (555, 100..=199) => Some(Reason::Fictional),
        (555, 1212) => Some(Reason::DirectoryAssistance),
        (555, _) => Some(Reason::Reclaimed),
        (950, _) => Some(Reason::CarrierAccess),
        (958 | 959, _) => Some(Reason::TestLine),
        (976, _) => Some(Reason::Premium),
        _ if nxx % 100 == 11 => Some(Reason::ExchangeN11),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::allocation::{Block, InForce};
    use super::super::dno::{Lister, Prefix};
    use super::*;
    use crate::domain::time::Ts;

    struct Ground {
        area_codes: AreaCodes,
        allocation: Allocation,
        dno: Dno,
    }

    impl Ground {
        fn bare() -> Self {
            Self {
                area_codes: AreaCodes::built_in(),
                allocation: Allocation::default(),
                dno: Dno::default(),
            }
        }

        fn told(&self, text: &str, library: bool, stocked: Stocked) -> (&'static str, Reason) {
            let known = Known {
                area_codes: &self.area_codes,
                allocation: &self.allocation,
                dno: &self.dno,
            };
            let judged = judge(Tn::parse(text).unwrap(), Some(library), stocked, &known);
            (judged.category.as_str(), judged.reason)
        }
    }

    #[test]
    fn the_plan_speaks_first() {
        let ground = Ground::bare();
        let cases = [
            ("+19112345678", false, "INVALID", Reason::NpaReserved),
            ("+12902345678", false, "INVALID", Reason::NpaReserved),
            ("+13712345678", false, "INVALID", Reason::NpaReserved),
            ("+15552345678", false, "INVALID", Reason::NpaNotAssigned),
            ("+15552345678", true, "ALLOCATION_UNKNOWN", Reason::NpaNotInTable),
            ("+19002345678", true, "NOT_ASSIGNABLE", Reason::Premium),
            ("+17002345678", false, "NOT_ASSIGNABLE", Reason::CarrierService),
            ("+17102345678", false, "NOT_ASSIGNABLE", Reason::Government),
            ("+12129111234", true, "NOT_ASSIGNABLE", Reason::ExchangeN11),
            ("+12129501234", true, "NOT_ASSIGNABLE", Reason::CarrierAccess),
            ("+12129581234", true, "NOT_ASSIGNABLE", Reason::TestLine),
            ("+12129761234", true, "NOT_ASSIGNABLE", Reason::Premium),
            ("+12125550100", true, "NOT_ASSIGNABLE", Reason::Fictional),
            ("+12125550199", true, "NOT_ASSIGNABLE", Reason::Fictional),
            ("+12125550200", true, "NOT_ASSIGNABLE", Reason::Reclaimed),
            ("+12125551212", true, "NOT_ASSIGNABLE", Reason::DirectoryAssistance),
            ("+14165550123", true, "NOT_ASSIGNABLE", Reason::Fictional),
            ("+18005550123", true, "ASSIGNABLE", Reason::TollFree),
            ("+18004111234", true, "ASSIGNABLE", Reason::TollFree),
            ("+15332345678", true, "ASSIGNABLE", Reason::Personal),
            ("+14162345678", true, "ASSIGNABLE", Reason::ForeignNanp),
            ("+14162345678", false, "ALLOCATION_UNKNOWN", Reason::LibraryDoubts),
            ("+442079460000", true, "ASSIGNABLE", Reason::ForeignCountry),
            ("+442079460000", false, "ALLOCATION_UNKNOWN", Reason::LibraryDoubts),
            ("+12126647665", true, "ALLOCATION_UNKNOWN", Reason::NoAllocationFile),
            ("+16842345678", false, "ALLOCATION_UNKNOWN", Reason::LibraryDoubts),
        ];
        for (text, library, category, reason) in cases {
            assert_eq!(ground.told(text, library, Stocked::No), (category, reason), "{text}");
        }
    }

    #[test]
    fn lists_and_inventory_come_before_allocation() {
        let mut ground = Ground::bare();
        ground.allocation.codes_of(InForce { as_of: Ts(0), aged: false });
        let mine = "+12126647665";
        let unallocated = ("UNALLOCATED", Reason::CodeNotAllocated);
        assert_eq!(ground.told(mine, true, Stocked::No), unallocated);
        assert_eq!(ground.told(mine, true, Stocked::Assigned).1, Reason::OwnAssigned);
        assert_eq!(ground.told(mine, true, Stocked::Free), ("UNUSED", Reason::OwnStock));
        assert_eq!(ground.told("+18006647665", true, Stocked::No).1, Reason::TollFree);
        ground.dno.add(Prefix::parse("212664").unwrap(), (Listed::Unused, Lister::Dno), 0);
        assert_eq!(ground.told(mine, true, Stocked::No), ("UNUSED", Reason::UnusedListed));
        assert_eq!(ground.told(mine, true, Stocked::Assigned).1, Reason::OwnAssigned);
        ground.dno.add(Prefix::parse(mine).unwrap(), (Listed::Subscriber, Lister::Dno), 0);
        for stocked in [Stocked::No, Stocked::Free, Stocked::Assigned] {
            let told = ground.told(mine, true, stocked);
            assert_eq!(told, ("SUBSCRIBER_DNO", Reason::DnoListed));
        }
        ground.dno.add(Prefix::parse("900").unwrap(), (Listed::Subscriber, Lister::Dno), 0);
        assert_eq!(ground.told("+19002345678", true, Stocked::No).1, Reason::Premium);
    }

    #[test]
    fn allocation_refuses_only_while_it_is_young() {
        let mut ground = Ground::bare();
        let file = |aged| InForce { as_of: Ts(0), aged };
        ground.allocation.codes_of(file(true));
        let told = ground.told("+12126647665", true, Stocked::No);
        assert_eq!(told, ("ALLOCATION_UNKNOWN", Reason::AllocationStale));
        ground.allocation.set_code(212, 664, true);
        assert_eq!(ground.told("+12126647665", true, Stocked::No), told);
        ground.allocation.codes_of(file(false));
        assert_eq!(ground.told("+12126647665", true, Stocked::No).1, Reason::CodeAllocated);
        ground.allocation.blocks_of(file(false));
        ground.allocation.set_block(Block::of(212, 664, 7).unwrap(), Some(false));
        let told = ground.told("+12126647665", true, Stocked::No);
        assert_eq!(told, ("UNALLOCATED", Reason::BlockNotAllocated));
    }
}
