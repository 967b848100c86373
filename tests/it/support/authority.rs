//! Authorities of the test's own: a root, a provider below it that issues to its customers, and who
//! signs the list of revoked certificates.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    DnType, IsCa, KeyPair, KeyUsagePurpose, SigningKey as _, date_time_ymd,
};

/// One TLV.
pub(crate) fn tlv(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = match length {
        0..0x80 => vec![tag, u8::try_from(length).unwrap()],
        0x80..0x100 => vec![tag, 0x81, u8::try_from(length).unwrap()],
        _ => [&[tag, 0x82][..], &u16::try_from(length).unwrap().to_be_bytes()].concat(),
    };
    [head, body.to_vec()].concat()
}

/// An entry of a `TNAuthList`: one number.
pub(crate) fn one(tn: &str) -> Vec<u8> {
    tlv(0xa2, &tlv(0x16, tn.as_bytes()))
}

/// An entry of a `TNAuthList`: numbers in a row.
pub(crate) fn range(start: &str, count: u8) -> Vec<u8> {
    let row = [tlv(0x16, start.as_bytes()), tlv(0x02, &[0, count][usize::from(count < 128)..])];
    tlv(0xa1, &tlv(0x30, &row.concat()))
}

/// An entry of a `TNAuthList`: a provider's code.
pub(crate) fn spc(code: &str) -> Vec<u8> {
    tlv(0xa0, &tlv(0x16, code.as_bytes()))
}

fn tn_auth_list(entries: &[Vec<u8>]) -> CustomExtension {
    let list = tlv(0x30, &entries.concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 26], list)
}

/// What a certificate is made from.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) name: &'static str,
    pub(crate) serial: u64,
    pub(crate) from: (i32, u8, u8),
    pub(crate) to: (i32, u8, u8),
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) p384: bool,
}

impl Wanted {
    /// A customer's certificate over these entries, valid through the years of the tests.
    pub(crate) fn of(entries: &[Vec<u8>]) -> Self {
        Self {
            name: "SHAKEN Heron",
            serial: 0x7956_dded_a2b1_5be4,
            from: (2024, 1, 1),
            to: (2028, 1, 1),
            entries: entries.to_vec(),
            p384: false,
        }
    }
}

fn params(wanted: &Wanted) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "US");
    name.push(DnType::OrganizationName, "Test Telephone");
    name.push(DnType::CommonName, wanted.name);
    params.distinguished_name = name;
    params.serial_number = Some(wanted.serial.into());
    params.not_before = date_time_ymd(wanted.from.0, wanted.from.1, wanted.from.2);
    params.not_after = date_time_ymd(wanted.to.0, wanted.to.1, wanted.to.2);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if !wanted.entries.is_empty() {
        params.custom_extensions = vec![tn_auth_list(&wanted.entries)];
    }
    params
}

fn issuing(wanted: &Wanted) -> CertificateParams {
    let mut params = params(wanted);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Everybody who signs.
pub(crate) struct Authority {
    root: Issuer,
    provider: Issuer,
    publisher: Issuer,
}

/// A customer's certificate with its key.
pub(crate) struct Held {
    /// The certificate and its issuer, as PEM.
    pub(crate) chain: Vec<u8>,
    /// The certificate.
    pub(crate) der: Vec<u8>,
    key: KeyPair,
}

impl Held {
    /// A signature of the certificate's key.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message).unwrap()
    }
}

impl Authority {
    /// A root, and a provider that may give the numbers of these entries on; without any it may give
    /// all.
    pub(crate) fn new(provider: &[Vec<u8>]) -> Self {
        let key = || KeyPair::generate().unwrap();
        let all = |name, serial| Wanted {
            name,
            serial,
            from: (2020, 1, 1),
            to: (2040, 1, 1),
            ..Wanted::of(&[])
        };
        let mut root = issuing(&all("SHAKEN Root", 1));
        root.key_usages.push(KeyUsagePurpose::CrlSign);
        let root = Issuer::self_signed(root, key()).unwrap();
        let below = Wanted { entries: provider.to_vec(), ..all("SHAKEN Provider", 2) };
        let provider = Issuer::signed_by(issuing(&below), key(), &root).unwrap();
        let mut publisher = issuing(&all("STI-PA CRL", 3));
        publisher.key_usages = vec![KeyUsagePurpose::CrlSign];
        let publisher = Issuer::self_signed(publisher, key()).unwrap();
        Self { root, provider, publisher }
    }

    /// The file of the roots: the root, and who signs the list.
    pub(crate) fn roots(&self) -> Vec<u8> {
        [self.root.as_ref().pem(), self.publisher.as_ref().pem()].concat().into_bytes()
    }

    /// A certificate that the provider issues.
    pub(crate) fn issue(&self, wanted: &Wanted) -> Held {
        let alg = if wanted.p384 {
            &rcgen::PKCS_ECDSA_P384_SHA384
        } else {
            &rcgen::PKCS_ECDSA_P256_SHA256
        };
        let key = KeyPair::generate_for(alg).unwrap();
        let made = params(wanted).signed_by(&key, &*self.provider).unwrap();
        let chain = [made.pem(), self.provider.as_ref().pem()].concat().into_bytes();
        Held { chain, der: made.der().to_vec(), key }
    }

    /// The list of revoked certificates as the STI-PA makes it: one list for every issuer, each entry
    /// under its issuer's name. `serials` are of the provider's certificates; `above` is whether the
    /// provider's own is on it too.
    pub(crate) fn crl(&self, day: &str, serials: &[u64], above: bool) -> Vec<u8> {
        self.crl_with(&self.publisher, day, serials, above, &[])
    }

    /// The same with these extensions.
    pub(crate) fn crl_as(&self, day: &str, extensions: &[Vec<u8>]) -> Vec<u8> {
        self.crl_with(&self.publisher, day, &[], false, extensions)
    }

    /// An authority's own list: an empty one, signed by a loaded certificate that may sign lists.
    pub(crate) fn own_crl(&self, day: &str) -> Vec<u8> {
        self.crl_with(&self.root, day, &[], false, &[])
    }

    fn crl_with(
        &self,
        signer: &Issuer,
        day: &str,
        serials: &[u64],
        above: bool,
        extensions: &[Vec<u8>],
    ) -> Vec<u8> {
        let name = |of: &Issuer| name_of(of.as_ref().der());
        let mut entries: Vec<Vec<u8>> =
            serials.iter().map(|serial| entry(*serial, &name(&self.provider), day)).collect();
        if above {
            entries.push(entry(2, &name(&self.root), day));
        }
        let algorithm = tlv(0x30, &tlv(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
        let mut list = vec![
            tlv(0x02, &[1]),
            algorithm.clone(),
            name(signer),
            tlv(0x17, format!("{day}000000Z").as_bytes()),
        ];
        if !entries.is_empty() {
            list.push(tlv(0x30, &entries.concat()));
        }
        if !extensions.is_empty() {
            // The version that knows extensions of the list as a whole.
            list.push(tlv(0xa0, &tlv(0x30, &extensions.concat())));
        }
        let list = tlv(0x30, &list.concat());
        let signature = signer.key().sign(&list).unwrap();
        let signature = tlv(0x03, &[vec![0], signature].concat());
        tlv(0x30, &[list, algorithm, signature].concat())
    }
}

/// The number of a list.
pub(crate) fn crl_number(number: u8) -> Vec<u8> {
    let value = tlv(0x04, &tlv(0x02, &[number]));
    tlv(0x30, &[tlv(0x06, &[0x55, 0x1d, 20]), value].concat())
}

/// What a list is a list of: these flags of its distribution point, each TRUE.
pub(crate) fn crl_flags(flags: &[u8]) -> Vec<u8> {
    let flags: Vec<u8> = flags.iter().flat_map(|flag| tlv(0x80 | flag, &[0xff])).collect();
    let critical = tlv(0x01, &[0xff]);
    let value = tlv(0x04, &tlv(0x30, &flags));
    tlv(0x30, &[tlv(0x06, &[0x55, 0x1d, 28]), critical, value].concat())
}

/// A revoked certificate, with who issued it.
fn entry(serial: u64, issuer: &[u8], day: &str) -> Vec<u8> {
    let digits = serial.to_be_bytes();
    let digits = &digits[digits.iter().position(|d| *d != 0).unwrap()..];
    let digits = if digits[0] > 127 { [&[0], digits].concat() } else { digits.to_vec() };
    let names = tlv(0x30, &tlv(0xa4, issuer));
    let extension =
        [tlv(0x06, &[0x55, 0x1d, 0x1d]), tlv(0x01, &[0xff]), tlv(0x04, &names)].concat();
    let extensions = tlv(0x30, &tlv(0x30, &extension));
    let date = tlv(0x17, format!("{day}000000Z").as_bytes());
    tlv(0x30, &[tlv(0x02, &digits), date, extensions].concat())
}

/// The subject of a certificate, as bytes.
fn name_of(der: &[u8]) -> Vec<u8> {
    vouch::sources::certificate::read(der).unwrap().subject.raw
}
