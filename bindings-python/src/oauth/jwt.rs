//! Signed tokens (JWT) of the program's own.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::jose::Claims;
use tokcore::{Secret, building_blocks};

use crate::convert;
use crate::error::raise;

/// A key that signs. Reading it is the expensive part: keep it. Printing does not show it.
///
/// Parameters
/// ----------
/// text : str
///     A private key, PEM or JWK.
/// passphrase : str, optional
///     Its passphrase.
/// key_id : str, optional
///     Its name, which goes into headers as ``kid``.
///
/// Raises
/// ------
/// ConfigInvalidError
///     The key cannot be used (`reason` is ``"crypto"``).
#[pyclass(frozen, module = "tokcore")]
pub struct SigningKey {
    inner: tokcore::jose::SigningKey,
}

#[pymethods]
impl SigningKey {
    #[new]
    #[pyo3(signature = (text, *, passphrase=None, key_id=None))]
    fn new(py: Python<'_>, text: String, passphrase: Option<String>, key_id: Option<&str>) -> PyResult<Self> {
        let (text, passphrase) = (Secret::new(text), passphrase.map(Secret::new));
        let key = building_blocks::signing_key(&text, passphrase.as_ref(), key_id);
        key.map(|inner| Self { inner }).map_err(|error| raise(py, &error))
    }

    /// A secret that both sides know, for HMAC.
    ///
    /// Parameters
    /// ----------
    /// secret : str
    ///     The secret.
    /// allow_weak : bool
    ///     Whether one that is shorter than the hash is accepted.
    ///
    /// Returns
    /// -------
    /// SigningKey
    #[staticmethod]
    #[pyo3(signature = (secret, *, allow_weak=false))]
    fn hmac(secret: String, allow_weak: bool) -> Self {
        Self { inner: tokcore::jose::SigningKey::from_client_secret(Secret::new(secret), allow_weak) }
    }

    /// str or None: The key's name.
    #[getter]
    fn key_id(&self) -> Option<&str> {
        self.inner.kid()
    }

    fn __repr__(&self) -> &'static str {
        "SigningKey(<redacted>)"
    }
}

/// A signed token with these claims and header fields, in their order.
///
/// Parameters
/// ----------
/// claims : dict
///     The claims. Times are seconds since 1970.
/// key : SigningKey
///     What signs.
/// header : dict, optional
///     Further header fields.
/// algorithm : str, optional
///     Such as ``"RS256"``; by default what the key suggests.
///
/// Returns
/// -------
/// str
///
/// Raises
/// ------
/// ConfigInvalidError
///     An unknown algorithm, or one that the key cannot do.
#[pyfunction]
#[pyo3(name = "encode_jwt", signature = (claims, key, *, header=None, algorithm=None))]
pub fn encode(
    py: Python<'_>,
    claims: &Bound<'_, PyDict>,
    key: &SigningKey,
    header: Option<&Bound<'_, PyDict>>,
    algorithm: Option<&str>,
) -> PyResult<String> {
    let header = header.map_or_else(|| Ok(Claims::new()), members)?;
    let token = building_blocks::jwt_encode(&members(claims)?, &header, &key.inner, algorithm);
    Ok(token.map_err(|error| raise(py, &error))?.expose().to_owned())
}

fn members(dict: &Bound<'_, PyDict>) -> PyResult<Claims> {
    let mut claims = Claims::new();
    for (name, value) in dict {
        claims.set(name.extract::<String>()?, convert::to_json(&value)?);
    }
    Ok(claims)
}
