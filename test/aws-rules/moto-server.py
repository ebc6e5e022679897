"""Runs the server of moto on a free port of 127.0.0.1 until standard input closes, and prints the port."""

import sys

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from moto.kms import utils
from moto.server import ThreadedMotoServer


def sign_digest(self, message, signing_algorithm):
    """moto says of its signatures that DIGEST is not implemented: it would hash the digest again."""
    return self.private_key.sign(message, ec.ECDSA(Prehashed(SHA256())))


utils.ECDSAPrivateKey.sign = sign_digest
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
