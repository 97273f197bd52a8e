"""Sealed parcels for the broker, which is hostile ground: unreadable there, and bound to one purpose.

A parcel is a few byte strings under AES-256-GCM. Its associated data says what it belongs to, so that
a parcel swapped, replayed elsewhere or forged doesn't open.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Tampered(Exception):
    """The parcel was not sealed with this key for this purpose."""


def seal(key: bytes, parts: Sequence[bytes], *, bound_to: str) -> bytes:
    """Return nonce and ciphertext of `parts`. `key` is 32 bytes; `bound_to` names what the parcel is for."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    plain = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def unseal(key: bytes, parcel: bytes, *, bound_to: str) -> list[bytes]:
    """Return the parts of a parcel. Raises `Tampered` unless key, purpose and every byte are right."""
    try:
        plain = AESGCM(key).decrypt(parcel[:NONCE_BYTES], parcel[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise Tampered from error
    parts, start = [], 0
    while start < len(plain):
        (length,) = struct.unpack_from(">I", plain, start)
        parts.append(plain[start + 4 : start + 4 + length])
        start += 4 + length
    return parts
