//! Why a number has its category.

use crate::domain::words::words;

words! {
    /// Why a number has its category; stable, and named where it is shown.
    pub enum Reason as "reason" {
        /// An area code that the plan keeps for something else: N11, N9X, 37X, 96X.
        NpaReserved = "NPA_RESERVED",
        /// Neither the area codes in force nor the library know the area code.
        NpaNotAssigned = "NPA_NOT_ASSIGNED",
        /// The library knows the area code, the table in force does not: one of them is old.
        NpaNotInTable = "NPA_NOT_IN_TABLE",
        /// Premium rate, 900 or 976.
        Premium = "PREMIUM",
        /// A service of a long-distance carrier, 700.
        CarrierService = "CARRIER_SERVICE_700",
        /// The government of the United States, 710.
        Government = "GOVERNMENT_710",
        /// An exchange code N11.
        ExchangeN11 = "EXCHANGE_N11",
        /// Access to a carrier's services, 950.
        CarrierAccess = "CARRIER_ACCESS_950",
        /// Test lines, 958 and 959.
        TestLine = "TEST_LINE_958_959",
        /// For works of fiction, 555-0100 to 555-0199.
        Fictional = "FICTIONAL_555",
        /// Directory assistance, 555-1212.
        DirectoryAssistance = "DIRECTORY_ASSISTANCE_555",
        /// Another line of exchange 555: taken back by the administrator.
        Reclaimed = "RECLAIMED_555",
        /// On a list of numbers whose subscriber asked that they be blocked.
        DnoListed = "DNO_LISTED",
        /// In our own inventory, and assigned to nobody.
        OwnStock = "OWN_STOCK",
        /// On a list of numbers that no subscriber has.
        UnusedListed = "UNUSED_LISTED",
        /// In our own inventory, and assigned.
        OwnAssigned = "OWN_ASSIGNED",
        /// Toll-free; who has it is known to the toll-free registry alone.
        TollFree = "TOLL_FREE",
        /// A personal number, 5YY; no allocation file has them.
        Personal = "PERSONAL_5YY",
        /// A number of another country of the North American plan.
        ForeignNanp = "FOREIGN_NANP",
        /// A number of a country outside of the North American plan.
        ForeignCountry = "FOREIGN_COUNTRY",
        /// The library finds no such number, and nothing else can be asked.
        LibraryDoubts = "LIBRARY_DOUBTS",
        /// Its block is allocated to a provider.
        BlockAllocated = "BLOCK_ALLOCATED",
        /// Its central office code is allocated to a provider.
        CodeAllocated = "CODE_ALLOCATED",
        /// Its block is allocated to no provider.
        BlockNotAllocated = "BLOCK_NOT_ALLOCATED",
        /// Its central office code is allocated to no provider.
        CodeNotAllocated = "CODE_NOT_ALLOCATED",
        /// The allocation file is too old to refuse a number.
        AllocationStale = "ALLOCATION_STALE",
        /// No allocation file covers it.
        NoAllocationFile = "NO_ALLOCATION_FILE",
        /// Not a number of this plan: too short, too long, or an area or exchange code from 0 or 1.
        NotANumber = "NOT_A_NUMBER",
    }
}
