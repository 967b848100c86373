//! A SHAKEN `PASSporT` (RFC 8588) made from an answer, and checked by a JWT library.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::fault::DemoError;

#[derive(Debug, Deserialize)]
struct Claims {
    attest: String,
    origid: String,
    orig: Orig,
}

#[derive(Debug, Deserialize)]
struct Orig {
    tn: String,
}

/// What the signer puts its name to.
#[derive(Debug)]
pub(super) struct Signing<'a> {
    pub(super) attest: &'a str,
    pub(super) origid: &'a str,
    pub(super) orig_tn: &'a str,
    pub(super) dest_tn: &'a str,
    pub(super) iat: i64,
}

/// Signs with a throw-away key and verifies with `jsonwebtoken`; returns the compact form.
pub(super) fn sign_and_verify(signing: &Signing<'_>) -> Result<String, DemoError> {
    let fail = |what: &str| DemoError::Passport(what.to_owned());
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let document =
        EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_unmade| fail("no key"))?;
    let key = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref())
        .map_err(|_rejected| fail("bad key"))?;
    // RFC 8225 section 9: keys sorted, no white space.
    let header = r#"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://certificates.example/demo.pem"}"#;
    let claims = format!(
        r#"{{"attest":"{}","dest":{{"tn":["{}"]}},"iat":{},"orig":{{"tn":"{}"}},"origid":"{}"}}"#,
        signing.attest, signing.dest_tn, signing.iat, signing.orig_tn, signing.origid
    );
    let input = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature =
        key.sign(&random, input.as_bytes()).map_err(|_unsigned| fail("could not sign"))?;
    let token = format!("{input}.{}", BASE64.encode(signature));

    let mut rules = Validation::new(Algorithm::ES256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    // The library wants the bare point, as aws-lc gives it.
    let verifier = DecodingKey::from_ec_der(key.public_key().as_ref());
    let checked = jsonwebtoken::decode::<Claims>(&token, &verifier, &rules)
        .map_err(|e| DemoError::Passport(e.to_string()))?;
    let claims = checked.claims;
    if claims.attest == signing.attest
        && claims.origid == signing.origid
        && claims.orig.tn == signing.orig_tn
    {
        Ok(token)
    } else {
        Err(fail("the verified claims are not those of the answer"))
    }
}
