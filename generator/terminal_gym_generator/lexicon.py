"""Names for worlds: people, companies, services, hosts.

A world needs many names that do not repeat; `Lexicon` deals each word once per task.
"""

from __future__ import annotations

from random import Random

_GIVEN = (
    "Amara Anton Beatriz Bilal Carmen Chidi Dana Dmitri Elif Emeka Farah Felix Greta Hana Hugo "
    "Ines Ivan Jamila Jonas Kaya Kenji Lena Luis Maya Mateo Nadia Nils Olga Omar Petra Quentin "
    "Rania Rasmus Sana Silas Tara Tomas Uma Viktor Wanda Xenia Yusuf Zofia Arjun Bela Cleo"
).split()
_FAMILY = (
    "Abebe Andersen Barros Bauer Castillo Chandra Dubois Eriksen Farouk Fischer Garcia Haddad "
    "Horvat Ito Jansen Kaplan Kowalski Larsen Lindgren Moreau Nakamura Novak Okafor Olsen Park "
    "Petrov Quispe Rossi Sato Schmidt Silva Tanaka Ueda Varga Weber Yilmaz Zhang Ziegler"
).split()
_PROJECT = (
    "alder basalt beacon birch cairn cedar cobalt comet coral delta ember fathom fjord garnet "
    "glacier harbor heron indigo juniper kestrel lagoon lantern larch marlin meadow nimbus "
    "onyx orchid osprey pebble pine plover quartz raven reef saffron sextant slate sparrow "
    "summit tern thistle timber topaz tundra umber vesper walnut willow zephyr"
).split()
_ROLE = (
    "accounts api archive auth billing cache catalog checkout courier dispatch docs export feed "
    "gateway geo identity image ingest inventory invoice ledger loyalty mail media metrics "
    "notify orders parcel payments pricing profile quota refund report returns roster search "
    "session shipping stock sync tariff tickets tracker transit usage vault voucher wallet"
).split()
_SITE = "ams bcn cph dub fra gva hel ist lis lon mad mil osl par prg rig sto tll vie waw".split()
_COMPANY = (
    "Aldervale Brightmoor Corvane Dunmere Elmsgate Fennholt Greywater Hollowfield Ironquay "
    "Kelderby Larkspur Millrace Northwick Oakhaven Pinecrest Quillmark Ravenhill Stonebrook "
    "Thornbury Underhill Vantage Westmarch Yarrow Zellwood"
).split()


class Person:
    """Someone with a name, a login and an address."""

    def __init__(self, given: str, family: str, domain: str) -> None:
        self.given = given
        self.family = family
        self.name = f"{given} {family}"
        self.login = (given[0] + family).lower()
        self.email = f"{given}.{family}@{domain}".lower()

    def __str__(self) -> str:
        return self.name


class Lexicon:
    """Deals names from one generator, each at most once.

    Args:
        rng: The generator to draw from.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._dealt: set[str] = set()
        self.company = rng.choice(_COMPANY)
        self.domain = f"{self.company.lower()}.example"

    def _deal(self, words: list[str]) -> str:
        fresh = [word for word in words if word not in self._dealt]
        word = self._rng.choice(fresh or words)
        self._dealt.add(word)
        return word

    def project(self) -> str:
        """A project's code name, such as `kestrel`."""
        return self._deal(_PROJECT)

    def service(self) -> str:
        """A service's role, such as `billing`."""
        return self._deal(_ROLE)

    def services(self, count: int) -> list[str]:
        """`count` different service roles."""
        return [self.service() for _ in range(count)]

    def host(self) -> str:
        """A machine, such as `fra-orders-03`."""
        name = f"{self._rng.choice(_SITE)}-{self._rng.choice(_ROLE)}-{self._rng.randint(1, 19):02d}"
        if name in self._dealt:
            return self.host()
        self._dealt.add(name)
        return name

    def hosts(self, count: int) -> list[str]:
        """`count` different machines."""
        return [self.host() for _ in range(count)]

    def site(self) -> str:
        """A site's three letters, such as `osl`."""
        return self._deal(_SITE)

    def person(self) -> Person:
        """Somebody of the task's company."""
        return Person(self._deal(_GIVEN), self._deal(_FAMILY), self.domain)

    def people(self, count: int) -> list[Person]:
        """`count` different people."""
        return [self.person() for _ in range(count)]

    def ipv4(self, network: str = "10") -> str:
        """An address below a first octet (private or documentation ranges only)."""
        octets = [str(self._rng.randint(1, 254)) for _ in range(3)]
        address = ".".join([network, *octets])
        if address in self._dealt:
            return self.ipv4(network)
        self._dealt.add(address)
        return address

    def token(self, length: int = 8, alphabet: str = "abcdefghjkmnpqrstuvwxyz23456789") -> str:
        """A random word without look-alike characters."""
        return "".join(self._rng.choice(alphabet) for _ in range(length))
