//! Writes an address database in the format that its readers know (`MaxMind` DB 2.0): a tree over the
//! bits of an address, and a country at its leaves.

use std::net::Ipv4Addr;

const SIZE: u8 = 24;

#[derive(Clone, Copy)]
enum Leaf {
    None,
    Node(usize),
    Country(usize),
}

/// The bytes of a database that puts each network, given by its address and width, in a country.
pub(crate) fn mmdb(networks: &[(Ipv4Addr, u32, &str)]) -> Vec<u8> {
    let mut nodes = vec![[Leaf::None; 2]];
    let (mut data, mut places) = (Vec::new(), Vec::new());
    for (address, width, country) in networks {
        places.push(data.len());
        map(&mut data, 1);
        text(&mut data, "country");
        map(&mut data, 1);
        text(&mut data, "iso_code");
        text(&mut data, country);
        let mut at = 0;
        for bit in 0..*width {
            let side = usize::try_from(address.to_bits() >> (31 - bit) & 1).unwrap();
            if bit + 1 == *width {
                nodes[at][side] = Leaf::Country(places.len() - 1);
            } else if let Leaf::Node(next) = nodes[at][side] {
                at = next;
            } else {
                nodes.push([Leaf::None; 2]);
                nodes[at][side] = Leaf::Node(nodes.len() - 1);
                at = nodes.len() - 1;
            }
        }
    }
    let mut out = Vec::new();
    for leaf in nodes.iter().flatten() {
        let value = match leaf {
            Leaf::None => nodes.len(),
            Leaf::Node(next) => *next,
            Leaf::Country(place) => nodes.len() + 16 + places[*place],
        };
        out.extend_from_slice(&u32::try_from(value).unwrap().to_be_bytes()[1..]);
    }
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(&data);
    out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    metadata(&mut out, nodes.len());
    out
}

fn metadata(out: &mut Vec<u8>, nodes: usize) {
    map(out, 9);
    text(out, "node_count");
    out.push(6 << 5 | 4);
    out.extend_from_slice(&u32::try_from(nodes).unwrap().to_be_bytes());
    let rows = [
        ("record_size", u16::from(SIZE)),
        ("ip_version", 4),
        ("binary_format_major_version", 2),
        ("binary_format_minor_version", 0),
    ];
    for (name, value) in rows {
        text(out, name);
        out.push(5 << 5 | 2);
        out.extend_from_slice(&value.to_be_bytes());
    }
    text(out, "database_type");
    text(out, "Test-Country");
    text(out, "languages");
    out.extend_from_slice(&[1, 4]);
    text(out, "en");
    text(out, "build_epoch");
    out.extend_from_slice(&[8, 2]);
    out.extend_from_slice(&1_800_000_000_u64.to_be_bytes());
    text(out, "description");
    map(out, 1);
    text(out, "en");
    text(out, "Made by a test");
}

fn map(out: &mut Vec<u8>, pairs: u8) {
    out.push(7 << 5 | pairs);
}

fn text(out: &mut Vec<u8>, text: &str) {
    assert!(text.len() < 29, "longer texts have another head");
    out.push(2 << 5 | u8::try_from(text.len()).unwrap());
    out.extend_from_slice(text.as_bytes());
}
