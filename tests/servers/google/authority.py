"""The fake's own certificate authority: one certificate for each host that somebody asks for, and for its clients."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = datetime.timedelta(days=2)
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class Authority:
    """Made at start and gone with the process; ``pem`` is what clients are told to trust."""

    def __init__(self) -> None:
        # P-256: a handshake costs a fraction of what it costs with RSA, and the timings are of the clients.
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = _name("fake Google authority")
        self._certificate = (
            _builder(name, name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        self._contexts: dict[str, ssl.SSLContext] = {}

    def context(self, host: str) -> ssl.SSLContext:
        """TLS for a server named ``host``. Hosts of mutual TLS ask for a certificate, too."""
        if host not in self._contexts:
            self._contexts[host] = self._server(host)
        return self._contexts[host]

    def client_pem(self, name: str) -> str:
        """A certificate and its key, for a client."""
        return self._issue(name, ExtendedKeyUsageOID.CLIENT_AUTH, [])

    def signing_pem(self, name: str, key: PublicKey) -> str:
        """A certificate for a key that signs tokens."""
        issued = _builder(_name(name), self._certificate.subject, key).sign(self._key, hashes.SHA256())
        return issued.public_bytes(serialization.Encoding.PEM).decode()

    def _server(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "server.pem")
            file.write_text(self._issue(host, ExtendedKeyUsageOID.SERVER_AUTH, [_alternative(host)]))
            context.load_cert_chain(file)
        if ".mtls." in host:
            context.load_verify_locations(cadata=self.pem)
            context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def _issue(self, name: str, purpose: x509.ObjectIdentifier, alternatives: list[x509.GeneralName]) -> str:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(_name(name), self._certificate.subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if alternatives:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        issued = builder.sign(self._key, hashes.SHA256())
        return issued.public_bytes(serialization.Encoding.PEM).decode() + private.decode()


def _builder(subject: x509.Name, issuer: x509.Name, key: PublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFE)
        .not_valid_after(now + LIFE)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    # Longer ones than 64 characters are no names; the alternative names count anyway.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
