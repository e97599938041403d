//! Certificates that sign themselves, for servers of tests. Valid from 2020 to 2119, made by `openssl ca -selfsign`.

use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

/// Who the certificate is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Certified {
    #[default]
    Localhost,
    /// `other.example`.
    Other,
}

impl Certified {
    pub fn certificate(self) -> CertificateDer<'static> {
        let pem = match self {
            Self::Localhost => include_bytes!("tls/localhost.pem").as_slice(),
            Self::Other => include_bytes!("tls/other.example.pem"),
        };
        CertificateDer::from_pem_slice(pem).unwrap()
    }

    pub fn key(self) -> PrivateKeyDer<'static> {
        let pem = match self {
            Self::Localhost => include_bytes!("tls/localhost.key").as_slice(),
            Self::Other => include_bytes!("tls/other.example.key"),
        };
        PrivateKeyDer::from_pem_slice(pem).unwrap()
    }
}
