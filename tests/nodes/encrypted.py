"""Redis through TLS: with a certificate that is good, and with others."""
import pathlib
import subprocess

from limits import expect
from local_server import free_port
from shop import seconds_until


def certificate(folder, name, host):
    """A certificate that signs itself. Its file and its key's."""
    cert, key = (str(pathlib.Path(folder) / f"{name}.{kind}") for kind in ("crt", "key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return cert, key


def log_of(node):
    return (pathlib.Path(node.server.folder) / "server.log").read_text()


def redis_through_tls(shop, redis):
    cert, key = certificate(redis.folder, "server", "localhost")
    other, _ = certificate(redis.folder, "other", "localhost")
    port = free_port()
    redis.stop()
    redis.options = ["--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"]
    redis.start()

    def node(host, trusted):
        return shop.node({"CARTWRIGHT_REDIS_URL": f"rediss://{host}:{port}", "SSL_CERT_FILE": trusted})

    good = node("localhost", cert)
    if seconds_until(lambda: good.health()[1]["parts"]["redis"] == "ok") > 5:
        raise AssertionError(f"TLS does not work: {log_of(good)}")
    for bad, why in ((node("localhost", other), "self-signed certificate"), (node("127.0.0.1", cert), "IP address mismatch")):
        expect(bad.health()[1]["parts"]["redis"], "unavailable", "Redis with a certificate that is not good")
        if why not in log_of(bad):
            raise AssertionError(f"the log does not say why: {log_of(bad)}")


TESTS = [redis_through_tls]
