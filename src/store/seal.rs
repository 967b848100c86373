//! Sealing: AES-256-GCM with the place of the value as additional data, so that a sealed value moved
//! to another row or column does not open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;

use super::error::StoreError;
use super::keyring::KeyRing;
use crate::clock::Clock;
use crate::domain::ids::CustomerId;
use crate::domain::pii::Secret;

/// First byte of everything sealed, so that another cipher can follow.
const VERSION: u8 = 1;

/// Where a sealed value stands.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's key as bytes.
    pub row: &'a [u8],
}

impl Cell<'_> {
    fn aad(&self) -> Vec<u8> {
        [self.table.as_bytes(), b"|", self.column.as_bytes(), b"|", self.row].concat()
    }
}

/// One customer's data key.
pub struct DataKey(LessSafeKey);

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[data key]")
    }
}

/// The keys of the key ring, ready for use.
pub struct Sealer {
    store: LessSafeKey,
    wrap: LessSafeKey,
    receipt: LessSafeKey,
    pepper: hmac::Key,
    index: hmac::Key,
    signing: Secret,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[sealer]")
    }
}

const NO_KEY: StoreError = StoreError::Defect("a key could not be prepared");

fn aes(key: &[u8]) -> Result<LessSafeKey, StoreError> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_unspecified| NO_KEY)?;
    Ok(LessSafeKey::new(key))
}

fn derive(kek: &[u8; 32], purpose: &[u8]) -> Result<LessSafeKey, StoreError> {
    let mut key = zeroize::Zeroizing::new([0_u8; 32]);
    Salt::new(HKDF_SHA256, b"vouch store v1")
        .extract(kek)
        .expand(&[purpose], HKDF_SHA256)
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .map_err(|_unspecified| NO_KEY)?;
    aes(key.as_slice())
}

fn seal(key: &LessSafeKey, aad: &[u8], plain: &[u8], clock: &Clock) -> Result<Vec<u8>, StoreError> {
    let mut nonce = [0_u8; NONCE_LEN];
    clock.random(&mut nonce).map_err(|_none| StoreError::Defect("no random bytes"))?;
    let mut body = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut body)
        .map_err(|_unspecified| StoreError::Defect("a value could not be sealed"))?;
    Ok([&[VERSION], nonce.as_slice(), &body].concat())
}

fn open(key: &LessSafeKey, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (&VERSION, rest) = sealed.split_first()? else { return None };
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
    let mut body = body.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let plain = key.open_in_place(nonce, Aad::from(aad), &mut body).ok()?.len();
    body.truncate(plain);
    Some(body)
}

impl Sealer {
    /// Prepares the keys.
    pub fn new(ring: &KeyRing) -> Result<Self, StoreError> {
        Ok(Self {
            store: derive(&ring.kek, b"store")?,
            wrap: derive(&ring.kek, b"wrap")?,
            receipt: aes(&ring.receipt)?,
            pepper: hmac::Key::new(hmac::HMAC_SHA256, &ring.pepper),
            index: hmac::Key::new(hmac::HMAC_SHA256, &ring.index),
            signing: Secret::new(ring.signing.to_vec()),
        })
    }

    /// Seals a value that no customer owns, or that must outlive its customer's erasure.
    pub fn seal(&self, cell: Cell<'_>, plain: &[u8], clock: &Clock) -> Result<Vec<u8>, StoreError> {
        seal(&self.store, &cell.aad(), plain, clock)
    }

    /// Opens what [`Sealer::seal`] sealed.
    pub fn open(&self, cell: Cell<'_>, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        open(&self.store, &cell.aad(), sealed).ok_or(StoreError::Seal(cell.column))
    }

    /// A new data key for a customer, and its wrapped form for the store.
    pub fn new_data_key(
        &self,
        customer: CustomerId,
        clock: &Clock,
    ) -> Result<(DataKey, Vec<u8>), StoreError> {
        let mut key = zeroize::Zeroizing::new([0_u8; 32]);
        clock.random(key.as_mut_slice()).map_err(|_none| StoreError::Defect("no random bytes"))?;
        let wrapped = seal(&self.wrap, &wrap_aad(customer), key.as_slice(), clock)?;
        Ok((DataKey(aes(key.as_slice())?), wrapped))
    }

    /// A customer's data key from its wrapped form.
    pub fn data_key(&self, customer: CustomerId, wrapped: &[u8]) -> Result<DataKey, StoreError> {
        let key = open(&self.wrap, &wrap_aad(customer), wrapped)
            .map(zeroize::Zeroizing::new)
            .ok_or(StoreError::Seal("customer key"))?;
        Ok(DataKey(aes(&key)?))
    }

    /// The keyed hash under which a secret of a key or session is stored.
    pub fn pepper(&self, secret: &[u8]) -> Vec<u8> {
        hmac::sign(&self.pepper, secret).as_ref().to_vec()
    }

    /// Whether `stored` is the keyed hash of `secret`, compared in constant time.
    pub fn pepper_matches(&self, secret: &[u8], stored: &[u8]) -> bool {
        hmac::verify(&self.pepper, secret, stored).is_ok()
    }

    /// The keyed hash by which a value is found again without storing it.
    pub fn index(&self, purpose: &str, value: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.index);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(value);
        context.sign().as_ref().to_vec()
    }

    /// Seals a receipt, such as a decision id.
    pub fn seal_receipt(&self, plain: &[u8], clock: &Clock) -> Result<Vec<u8>, StoreError> {
        seal(&self.receipt, b"receipt", plain, clock)
    }

    /// Opens a receipt that this deployment sealed.
    pub fn open_receipt(&self, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        open(&self.receipt, b"receipt", sealed).ok_or(StoreError::Seal("receipt"))
    }

    /// The Ed25519 seed that signs checkpoints.
    pub fn signing_seed(&self) -> &Secret {
        &self.signing
    }
}

impl DataKey {
    /// Seals a value of the customer.
    pub fn seal(&self, cell: Cell<'_>, plain: &[u8], clock: &Clock) -> Result<Vec<u8>, StoreError> {
        seal(&self.0, &cell.aad(), plain, clock)
    }

    /// Opens what [`DataKey::seal`] sealed.
    pub fn open(&self, cell: Cell<'_>, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        open(&self.0, &cell.aad(), sealed).ok_or(StoreError::Seal(cell.column))
    }
}

fn wrap_aad(customer: CustomerId) -> Vec<u8> {
    Cell { table: "customer_key", column: "wrapped", row: customer.0.as_bytes() }.aad()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn sealer() -> (Sealer, Clock) {
        let clock = Clock::system();
        (Sealer::new(&KeyRing::generate(&clock).unwrap()).unwrap(), clock)
    }

    #[test]
    fn a_moved_or_changed_value_does_not_open() {
        let (keeper, clock) = sealer();
        let here = Cell { table: "journal", column: "facts", row: b"1" };
        let sealed = keeper.seal(here, b"state", &clock).unwrap();
        assert_eq!(keeper.open(here, &sealed).unwrap(), b"state");
        for there in [
            Cell { row: b"2", ..here },
            Cell { column: "detail", ..here },
            Cell { table: "x", ..here },
        ] {
            assert_eq!(keeper.open(there, &sealed), Err(StoreError::Seal(there.column)));
        }
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(keeper.open(here, &bent).is_err(), "byte {at}");
            assert!(keeper.open(here, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_data_key_opens_for_its_customer_only() {
        let (keeper, clock) = sealer();
        let (mine, other) = (CustomerId(Uuid::from_u128(1)), CustomerId(Uuid::from_u128(2)));
        let cell = Cell { table: "journal", column: "detail", row: b"1" };
        let (key, wrapped) = keeper.new_data_key(mine, &clock).unwrap();
        let sealed = key.seal(cell, b"Jane", &clock).unwrap();
        let again = keeper.data_key(mine, &wrapped).unwrap();
        assert_eq!(again.open(cell, &sealed).unwrap(), b"Jane");
        assert!(keeper.data_key(other, &wrapped).is_err());
        assert!(keeper.open(cell, &sealed).is_err());
        assert!(keeper.pepper_matches(b"s", &keeper.pepper(b"s")));
        assert!(!keeper.pepper_matches(b"t", &keeper.pepper(b"s")));
    }
}
