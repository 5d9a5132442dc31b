"""A stand-in for Microsoft Entra: gives access tokens over TLS.

    entra.py DIRECTORY TENANT CLIENT SECRET ASSERTION TOKEN

Writes the certificate of its authority to DIRECTORY/ca.pem and its port to DIRECTORY/port. A POST to
/TENANT/oauth2/v2.0/token with the client's secret, or with an assertion that is ASSERTION, gets TOKEN;
anything else an error in Entra's form. Each request is a line of JSON in DIRECTORY/requests.
"""

import datetime
import ipaddress
import json
import os
import ssl
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

directory, tenant, client, secret, assertion, token = sys.argv[1:]


def signed(name, key, issuer, issuer_key, is_authority):
    """A certificate of two days."""
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def named(name):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def certificate():
    """An authority, and a key and certificate of its for loopback."""
    authority, own = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    encoding = serialization.Encoding.PEM
    root = signed("authority of the tests", authority, "authority of the tests", authority, True)
    leaf = signed("entra of the tests", own, "authority of the tests", authority, False)
    private = own.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(f"{directory}/ca.pem", "wb") as file:
        file.write(root.public_bytes(encoding))
    with open(f"{directory}/own.pem", "wb") as file:
        file.write(private + leaf.public_bytes(encoding))


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {key: values[0] for key, values in parse_qs(body).items()}
        with open(f"{directory}/requests", "a") as file:
            file.write(json.dumps({"path": self.path, "form": form}) + "\n")
        proved = form.get("client_secret") == secret or (
            form.get("client_assertion") == assertion
            and form.get("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        )
        if self.path != f"/{tenant}/oauth2/v2.0/token":
            status, answer = 400, error("invalid_request", 90002, f"AADSTS90002: Tenant '{self.path}' not found.")
        elif form.get("client_id") != client or form.get("grant_type") != "client_credentials":
            status, answer = 401, error("invalid_client", 700016, "AADSTS700016: Application was not found.")
        elif not proved:
            words = f"AADSTS7000215: Invalid client secret provided: {form.get('client_secret')}"
            status, answer = 401, error("invalid_client", 7000215, words)
        else:
            status = 200
            answer = {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token}
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def error(code, number, words):
    return {"error": code, "error_description": words, "error_codes": [number]}


certificate()
server = HTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{directory}/own.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(f"{directory}/port.new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(f"{directory}/port.new", f"{directory}/port")
server.serve_forever()
