//! One row per network of the registries: its first and last address, and the neighbours outside.

use super::*;

fn check(addresses: &[&str], expected: Option<Special>) {
    for address in addresses {
        let parsed = address.parse().unwrap();
        assert_eq!(AllowedNetworks::default().refusal(parsed), expected, "{address}");
    }
}

#[test]
fn public_addresses_are_accepted() {
    check(&["1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "93.184.216.34"], None);
    check(&["100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"], None);
    check(&["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"], None);
    check(
        &["192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0"],
        None,
    );
    check(&["198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0"], None);
    check(&["203.0.112.255", "203.0.114.0", "223.255.255.255"], None);
    check(&["2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1"], None);
    check(&["2003::1", "2606:4700::1111", "2a00:1450::1", "3ffe::1", "3fff:1000::1"], None);
}

#[test]
fn special_addresses_of_ipv4_are_refused() {
    check(&["0.0.0.0", "0.0.0.1", "0.255.255.255"], Some(Special::Unspecified));
    check(&["127.0.0.0", "127.0.0.1", "127.0.0.53", "127.255.255.255"], Some(Special::Loopback));
    check(&["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255"], Some(Special::Private));
    check(&["192.168.0.0", "192.168.255.255"], Some(Special::Private));
    check(&["100.64.0.0", "100.127.255.255"], Some(Special::Shared));
    check(&["169.254.0.0", "169.254.169.254", "169.254.255.255"], Some(Special::LinkLocal));
    check(&["192.0.2.0", "198.51.100.255", "203.0.113.7"], Some(Special::Documentation));
    check(&["198.18.0.0", "198.19.255.255"], Some(Special::Benchmarking));
    check(&["192.0.0.0", "192.0.0.170", "192.88.99.1"], Some(Special::Reserved));
    check(&["224.0.0.0", "239.255.255.255"], Some(Special::Multicast));
    check(&["240.0.0.0", "255.255.255.254", "255.255.255.255"], Some(Special::Reserved));
}

#[test]
fn special_addresses_of_ipv6_are_refused() {
    check(&["::"], Some(Special::Unspecified));
    check(&["::1"], Some(Special::Loopback));
    check(&["fc00::", "fd00:ec2::254", "fdff:ffff::1", "fec0::1", "feff::1"], Some(Special::Private));
    check(&["fe80::1", "febf:ffff::1"], Some(Special::LinkLocal));
    check(&["ff00::", "ff02::1", "ffff::1"], Some(Special::Multicast));
    check(&["2001:db8::1", "2001:db8:ffff::1", "3fff::1", "3fff:fff::1"], Some(Special::Documentation));
    check(&["2001:2::1", "2001:2:0:ffff::1"], Some(Special::Benchmarking));
    check(&["2001:2:1::1", "2001:10::1", "2001:20::1", "2001:1ff::1"], Some(Special::Reserved));
    check(&["100::1", "5f00::1", "4000::1", "1fff::1", "e000::1", "fe00::1"], Some(Special::Reserved));
}

#[test]
fn ipv4_within_ipv6_is_refused_whatever_it_leads_to() {
    let mapped = ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:10.0.0.1"];
    check(&mapped, Some(Special::Translated));
    check(&["::127.0.0.1", "::8.8.8.8", "::2"], Some(Special::Translated));
    check(&["64:ff9b::10.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1"], Some(Special::Translated));
    check(&["2002:7f00:1::", "2002:808:808::1", "2001::1", "2001:0:ffff::1"], Some(Special::Translated));
}

#[test]
fn an_allowed_network_is_sent_to_and_its_neighbour_is_not() {
    let allowed = AllowedNetworks::parse(["10.1.0.0/16", " 127.0.0.1 ", "fd00::/8"]).unwrap();
    let check = |address: &str, refused: bool| {
        assert_eq!(allowed.refusal(address.parse().unwrap()).is_some(), refused, "{address}");
    };
    for address in ["10.1.0.0", "10.1.255.255", "127.0.0.1", "fd12::1", "8.8.8.8"] {
        check(address, false);
    }
    for address in ["10.0.255.255", "10.2.0.0", "127.0.0.2", "fc00::1", "::1", "::ffff:127.0.0.1"] {
        check(address, true);
    }
}

#[test]
fn a_text_that_is_no_network_is_named() {
    for text in ["", "10.0.0.0/33", "localhost", "10.0.0", "::/129"] {
        let error = AllowedNetworks::parse(["10.0.0.0/8", text]).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{text:?} is no network")), "{error}");
    }
}
