//! Address databases: what is in the file is told, everything else is unknown.

use std::net::{IpAddr, Ipv4Addr};

use vouch::sources::geo::Geo;

use crate::support::mmdb::mmdb;

#[test]
fn countries_of_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("country.mmdb");
    let networks = [
        (Ipv4Addr::new(203, 0, 113, 0), 24, "GB"),
        (Ipv4Addr::new(198, 51, 100, 0), 25, "US"),
        (Ipv4Addr::new(198, 51, 100, 128), 25, "CA"),
    ];
    std::fs::write(&path, mmdb(&networks)).unwrap();
    let geo = Geo::open(&path).unwrap();
    let of = |ip: &str| geo.country(ip.parse::<IpAddr>().unwrap());
    assert_eq!(of("203.0.113.9").as_deref(), Some("GB"));
    assert_eq!(of("198.51.100.1").as_deref(), Some("US"));
    assert_eq!(of("198.51.100.200").as_deref(), Some("CA"));
    assert_eq!(of("192.0.2.1"), None);
    assert_eq!(of("2001:db8::1"), None, "a database of the other kind of address knows nothing");
    assert_eq!(Geo::default().country("203.0.113.9".parse().unwrap()), None);
}

#[test]
fn a_file_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("country.mmdb");
    assert!(Geo::open(&path).is_err());
    let whole = mmdb(&[(Ipv4Addr::new(203, 0, 113, 0), 24, "GB")]);
    for length in [0, 10, whole.len() / 2] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(Geo::open(&path).is_err(), "{length} bytes");
    }
}
