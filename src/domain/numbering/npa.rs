//! Area codes (NPA): what each is for. A list that was loaded says it; without one, what was known
//! when this was built.

use crate::domain::words::words;

words! {
    /// What an area code is for.
    pub enum Use as "use of an area code" {
        /// Not assigned.
        None = "NONE",
        /// Numbers of a place in the United States or one of its territories.
        Domestic = "DOMESTIC",
        /// Numbers of a place in Canada, or a Canadian service without one.
        Canada = "CANADA",
        /// Numbers of another country of the North American plan.
        Elsewhere = "ELSEWHERE",
        /// Toll-free.
        TollFree = "TOLL_FREE",
        /// Personal numbers that follow their owner, 5YY.
        Personal = "PERSONAL",
        /// Services of long-distance carriers, 700.
        Carrier = "CARRIER",
        /// The government of the United States, 710.
        Government = "GOVERNMENT",
        /// Premium rate, 900.
        Premium = "PREMIUM",
    }
}

/// The use of every area code from 200 to 999.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaCodes {
    uses: Box<[Use]>,
}

const FIRST: u16 = 200;
const COUNT: usize = 800;

impl AreaCodes {
    /// No area code is assigned.
    pub fn none() -> Self {
        Self { uses: vec![Use::None; COUNT].into() }
    }

    /// What was known when this was built: the union of the administrator's report of March 2020
    /// (432 codes assigned) and the codes in which libphonenumber 9.0 of 2026 finds numbers.
    pub fn built_in() -> Self {
        let mut codes = Self::none();
        let tables: [(&[u16], Use); 9] = [
            (&DOMESTIC, Use::Domestic),
            (&CANADA, Use::Canada),
            (&CANADIAN_SERVICES, Use::Canada),
            (&ELSEWHERE, Use::Elsewhere),
            (&TOLL_FREE, Use::TollFree),
            (&PERSONAL, Use::Personal),
            (&[700], Use::Carrier),
            (&[710], Use::Government),
            (&[900], Use::Premium),
        ];
        for (table, used) in tables {
            for npa in table {
                codes.set(*npa, used);
            }
        }
        codes
    }

    /// The built-in table, made once.
    pub fn built_in_one() -> &'static Self {
        static ONE: std::sync::LazyLock<AreaCodes> = std::sync::LazyLock::new(AreaCodes::built_in);
        &ONE
    }

    /// Says what an area code is for; codes outside of 200 to 999 are no area codes.
    pub fn set(&mut self, npa: u16, used: Use) {
        let index = npa.checked_sub(FIRST).map(usize::from);
        if let Some(place) = index.and_then(|index| self.uses.get_mut(index)) {
            *place = used;
        }
    }

    /// What an area code is for.
    pub fn of(&self, npa: u16) -> Use {
        let index = npa.checked_sub(FIRST).map(usize::from);
        index.and_then(|index| self.uses.get(index)).copied().unwrap_or(Use::None)
    }

    /// How many are assigned.
    pub fn assigned(&self) -> usize {
        self.uses.iter().filter(|used| **used != Use::None).count()
    }
}

/// Whether the plan keeps a code from ever being an area code: N11 are services, N9X is kept for
/// longer numbers, 37X and 96X are kept whole.
pub(super) const fn reserved(npa: u16) -> bool {
    npa % 100 == 11 || (npa / 10) % 10 == 9 || matches!(npa / 10, 37 | 96)
}

/// Toll-free codes in use (47 CFR 52.101; 822 and others are kept for later).
const TOLL_FREE: [u16; 7] = [800, 833, 844, 855, 866, 877, 888];

/// Personal numbers (5YY) in use.
const PERSONAL: [u16; 16] =
    [500, 521, 522, 523, 524, 525, 526, 527, 528, 529, 532, 533, 544, 566, 577, 588];

/// Canadian services without a place, and those kept for them.
const CANADIAN_SERVICES: [u16; 7] = [600, 622, 633, 644, 655, 677, 688];

/// Countries of the plan other than the United States and Canada.
const ELSEWHERE: [u16; 21] = [
    242, 246, 264, 268, 284, 345, 441, 473, 649, 658, 664, 721, 758, 767, 784, 809, 829, 849, 868,
    869, 876,
];

/// Canada, by place.
const CANADA: [u16; 56] = [
    204, 226, 236, 249, 250, 257, 263, 273, 289, 306, 343, 354, 365, 367, 368, 382, 403, 416, 418,
    428, 431, 437, 438, 450, 468, 474, 506, 514, 519, 548, 579, 581, 584, 587, 604, 613, 639, 647,
    672, 683, 705, 709, 742, 753, 778, 780, 782, 807, 819, 825, 867, 873, 879, 902, 905, 942,
];

/// The United States and its territories, by place.
const DOMESTIC: [u16; 366] = [
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 220, 223,
    224, 225, 227, 228, 229, 231, 234, 235, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267,
    269, 270, 272, 274, 276, 279, 281, 283, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313,
    314, 315, 316, 317, 318, 319, 320, 321, 323, 324, 325, 326, 327, 329, 330, 331, 332, 334, 336,
    337, 339, 340, 341, 346, 347, 350, 351, 352, 353, 360, 361, 363, 364, 369, 380, 385, 386, 401,
    402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415, 417, 419, 423, 424, 425, 430, 432,
    434, 435, 440, 442, 443, 445, 447, 448, 458, 463, 464, 469, 470, 472, 475, 478, 479, 480, 484,
    501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513, 515, 516, 517, 518, 520, 530, 531, 534,
    539, 540, 541, 551, 557, 559, 561, 562, 563, 564, 567, 570, 571, 572, 573, 574, 575, 580, 582,
    585, 586, 601, 602, 603, 605, 606, 607, 608, 609, 610, 612, 614, 615, 616, 617, 618, 619, 620,
    623, 626, 628, 629, 630, 631, 636, 640, 641, 645, 646, 650, 651, 656, 657, 659, 660, 661, 662,
    667, 669, 670, 671, 678, 679, 680, 681, 682, 684, 686, 689, 701, 702, 703, 704, 706, 707, 708,
    712, 713, 714, 715, 716, 717, 718, 719, 720, 724, 725, 726, 727, 728, 730, 731, 732, 734, 737,
    738, 740, 743, 747, 748, 754, 757, 760, 762, 763, 765, 769, 770, 771, 772, 773, 774, 775, 779,
    781, 785, 786, 787, 801, 802, 803, 804, 805, 806, 808, 810, 812, 813, 814, 815, 816, 817, 818,
    820, 821, 826, 828, 830, 831, 832, 835, 838, 839, 840, 843, 845, 847, 848, 850, 854, 856, 857,
    858, 859, 860, 862, 863, 864, 865, 870, 872, 878, 901, 903, 904, 906, 907, 908, 909, 910, 912,
    913, 914, 915, 916, 917, 918, 919, 920, 925, 928, 929, 930, 931, 934, 936, 937, 938, 939, 940,
    941, 943, 945, 947, 948, 949, 951, 952, 954, 956, 959, 970, 971, 972, 973, 975, 978, 979, 980,
    983, 984, 985, 986, 989,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_one_use() {
        let tables: [&[u16]; 6] =
            [&TOLL_FREE, &PERSONAL, &CANADIAN_SERVICES, &ELSEWHERE, &CANADA, &DOMESTIC];
        let all: Vec<u16> = tables.concat();
        let distinct: std::collections::BTreeSet<u16> = all.iter().copied().collect();
        assert_eq!(all.len(), distinct.len());
        assert!(!all.iter().any(|npa| reserved(*npa)));
        assert_eq!(AreaCodes::built_in().assigned(), all.len() + 3);
    }

    #[test]
    fn codes_that_are_none_have_no_use() {
        let codes = AreaCodes::built_in();
        for npa in [0, 1, 199, 211, 290, 373, 555, 961, 1_000, u16::MAX] {
            assert_eq!(codes.of(npa), Use::None, "{npa}");
        }
        assert_eq!(codes.of(212), Use::Domestic);
        assert_eq!(codes.of(787), Use::Domestic);
        assert_eq!(codes.of(416), Use::Canada);
        assert_eq!(codes.of(876), Use::Elsewhere);
    }
}
