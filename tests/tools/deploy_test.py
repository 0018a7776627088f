"""That what lies in deploy/ fits the program and itself: settings, variables, addresses, what depends on what."""
import ipaddress
import pathlib
import re
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
SETTING = re.compile(r"CARTWRIGHT_[A-Z0-9_]+")


def known_settings() -> set[str]:
    return set(re.findall(r"^\| `(CARTWRIGHT_[A-Z0-9_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.M))


def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yml").read_text())


class Deploy(unittest.TestCase):
    def test_names_no_setting_that_the_program_does_not_know(self) -> None:
        known = known_settings()
        self.assertGreater(len(known), 50)
        files = [path for path in DEPLOY.iterdir() if path.is_file()]
        found = {name: path.name for path in files for name in SETTING.findall(path.read_text())}
        self.assertIn("CARTWRIGHT_DATABASE_URL", found)
        self.assertEqual({}, {name: file for name, file in found.items() if name not in known})

    def test_compose_asks_for_no_variable_that_its_example_lacks(self) -> None:
        wanted = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yml").read_text()))
        given = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "compose.env.example").read_text(), re.M))
        self.assertEqual(given, wanted)

    def test_compose_waits_for_services_that_tell_of_themselves(self) -> None:
        services = compose()["services"]
        image_has_check = "HEALTHCHECK" in (DEPLOY / "Dockerfile").read_text()
        for name, service in services.items():
            for other, how in service.get("depends_on", {}).items():
                self.assertIn(other, services, name)
                if how["condition"] == "service_healthy":
                    built = services[other].get("build") is not None
                    self.assertTrue("healthcheck" in services[other] or (built and image_has_check), other)

    def test_compose_mounts_volumes_and_networks_that_it_declares(self) -> None:
        whole = compose()
        for name, service in whole["services"].items():
            for mount in service.get("volumes", []):
                source = mount.split(":")[0]
                if source.startswith("."):
                    self.assertTrue((DEPLOY / source).is_file(), source)
                else:
                    self.assertIn(source, whole["volumes"], name)
            for network in service.get("networks", {}):
                self.assertIn(network, whole["networks"], name)

    def test_compose_trusts_the_address_that_its_proxy_has(self) -> None:
        whole = compose()
        proxy = whole["services"]["caddy"]["networks"]["inside"]["ipv4_address"]
        for name in ("node1", "node2"):
            self.assertEqual(proxy, whole["services"][name]["environment"]["CARTWRIGHT_TRUSTED_PROXIES"])
        pool = whole["networks"]["inside"]["ipam"]["config"][0]
        self.assertIn(ipaddress.ip_address(proxy), ipaddress.ip_network(pool["subnet"]))
        self.assertNotIn(ipaddress.ip_address(proxy), ipaddress.ip_network(pool["ip_range"]), "given to somebody else")


if __name__ == "__main__":
    unittest.main()
