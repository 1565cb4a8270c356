"""The local server's certificate: made on this machine, for this machine's names, signed by nobody else.

It is kept with its key, for their owner's eyes only, and made anew when it runs out or when this machine gets a name
or an address that it doesn't have.
"""

import hashlib
import os
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=365)
REMAINING = timedelta(days=1)  # a workshop should not run out of it


@dataclass(frozen=True)
class Certificate:
    """A PEM file with the key and the certificate, in one so that they always belong together."""

    file: Path
    fingerprint: str  # SHA-256, as browsers show it: "AB:CD:..."

    def context(self) -> ssl.SSLContext:
        """What a server needs to answer with it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        context.set_alpn_protocols(["http/1.1"])
        return context


def ensure(names: Sequence[str], file: Path, now: datetime | None = None) -> Certificate:
    """The certificate for all of `names` (host names and IP addresses): the one in `file`, or else a new one."""
    now = now or datetime.now(UTC)
    wanted = _general_names(names)
    found = _read(file)
    if found is None or not _serves(found, wanted, now):
        found = _make(wanted, file, now)
    digest = hashlib.sha256(found.public_bytes(serialization.Encoding.DER)).digest()
    return Certificate(file, digest.hex(":").upper())


def _general_names(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(names):
        try:
            found.append(x509.IPAddress(ip_address(name)))
        except ValueError:
            if name and name.isascii():  # others have no place in a certificate as they are written
                found.append(x509.DNSName(name))
    return found


def _read(file: Path) -> x509.Certificate | None:
    try:
        data = file.read_bytes()
        serialization.load_pem_private_key(data, password=None)
        return x509.load_pem_x509_certificate(data)
    except (FileNotFoundError, ValueError):
        return None


def _serves(certificate: x509.Certificate, wanted: Sequence[x509.GeneralName], now: datetime) -> bool:
    named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    in_time = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - REMAINING
    return in_time and set(wanted) <= set(named)


def _make(names: Sequence[x509.GeneralName], file: Path, now: datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Onlooker on this machine")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # for visitors whose clock is late
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(file, secret + certificate.public_bytes(serialization.Encoding.PEM))
    return certificate


def _write(target: Path, content: bytes) -> None:
    """The whole file or none, and nobody else's to read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)  # which only its owner can read
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
