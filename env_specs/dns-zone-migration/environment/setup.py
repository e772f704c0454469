"""Writes the old name server's files, the address plan and the policy."""

from pathlib import Path

DNS = Path("/app/dns")

FILES = {
"old/named.zones": """\
# directory: the one of this file; so are all relative paths in $INCLUDE
zone "harbour.example"             file "harbour.db"
zone "crew.example"                file "crew/crew.db"
zone "2.0.192.in-addr.arpa"        file "rev/192.0.2.db"
zone "8.b.d.0.1.0.0.2.ip6.arpa"    file "rev/2001-db8.db"
""",
"old/harbour.db": """\
$TTL 1h
@               IN SOA  ns1 hostmaster (
                        2026021403      ; serial
                        2h 15m          ; refresh, retry
                        2w              ; expire
                        600 )           ; minimum
                IN      NS      ns1
                        NS      ns.crew.example.
                        NS      old-ns
                IN      MX      10 mail
                        MX      10 smtp
                        MX      20 relay.crew.example.
                        MX      30 fax
                        TXT     "v=spf1 mx; -all" "Harbour Office"
ns1     2d      IN      A       192.0.2.1
        IN      AAAA    2001:DB8::1
old-ns          A       192.0.2.99
mail            A       192.0.2.25
        5m      A       192.0.2.26
                AAAA    2001:db8:0:0:0:0:0:25
smtp            CNAME   Mail
imap    30m     CNAME   smtp
fax             CNAME   fax-gw
fax-gw          A       192.0.2.97
www             CNAME   web
web             CNAME   web-prod
web-prod        CNAME   node7.pool
beta            CNAME   web
shop            CNAME   shops.vendor.test.
store   2h      CNAME   shop
portal          CNAME   portal.crew.example.
spin            CNAME   spun
spun            CNAME   spin.harbour.example.
spinner         CNAME   spin
$INCLUDE inc/pool.inc pool
$ORIGIN dock.harbour.example.
@               TXT     "dock; services"
crane1          A       192.0.2.61
crane2  3d      A       192.0.2.66
gate            CNAME   crane1
                TXT     "gate keeper"
lift            CNAME   crane3
crane3          A       192.0.2.111
                TXT     "to be scrapped"
scale           CNAME   crane9
$ORIGIN example.
harbour         CAA     0 issue "ca.vendor.test"
$TTL 300
$ORIGIN harbour.example.
_sip._tcp       SRV     10 60 5060 sip
_sip._tcp       SRV     20 0 5060 sip2
_xmpp._tcp      SRV     5 0 5222 chat.crew.example.
sip             CNAME   voice
voice           A       192.0.2.80
sip2            CNAME   voice2
voice2          A       192.0.2.104
VOICE           A       192.0.2.80
ftp             A       203.0.113.9
$INCLUDE inc/watch.inc
""",
"old/inc/pool.inc": """\
; the pool; its origin comes with the include
$GENERATE 1-9 node$ A 192.0.2.${32}
node7   1w      AAAA    2001:db8:0:7::7
node8           AAAA    2001:db8:0:6::8
any             A       192.0.2.33
                A       192.0.2.34
$ORIGIN spare.pool.harbour.example.
node10          A       192.0.2.42
last            CNAME   node10
""",
"old/inc/watch.inc": """\
probe           A       192.0.2.70
monitor         CNAME   probe
alerts  1h      CNAME   monitor
""",
"old/crew/crew.db": """\
$ORIGIN crew.example.
$TTL 7200
@ 86401 IN SOA ns.crew.example. root.crew.example. ( 2026031604 3600 900 1209600 300 )
@       NS      ns
@       IN 1d NS      ns1.harbour.example.
@       300 IN MX     5 relay
ns      A       192.0.2.2
relay   IN A    192.0.2.27
relay   60      AAAA 2001:db8::27
portal  CNAME   front
front   A       192.0.2.90
front   AAAA    2001:db8:0:6::90
chat    CNAME   talk.front
talk.front 900 CNAME front
wiki    CNAME   docs.harbour.example.
wiki2   CNAME   WIKI
home    CNAME   gate.dock.harbour.example.
crane   CNAME   lift.dock.harbour.example.
loop    CNAME   spinner.harbour.example.
printer A       192.0.2.200
scanner A       192.0.2.200
copier  A       192.0.2.200
badge   A       192.0.2.126
lobby   A       192.0.2.90
$INCLUDE inc/watch.inc
$ORIGIN staff
amy     A       192.0.2.201
bob     A       192.0.2.100
        TXT     "on leave"
carl    CNAME   bob
dora    CNAME   amy
""",
"old/rev/192.0.2.db": """\
$TTL 1d
@   SOA ns1.harbour.example. hostmaster.harbour.example. 2025110900 14400 900 1209600 3600
    NS  ns1.harbour.example.
    NS  ns.crew.example.
1   PTR ns1.harbour.example.
2   PTR ns.crew.example.
25  PTR mail.harbour.example.
26  PTR mail.harbour.example.
33  PTR node1.pool.harbour.example.
34  PTR any.pool.harbour.example.
39  PTR www.harbour.example.
61  PTR gate.dock.harbour.example.
70  PTR probe.harbour.example.
90  PTR lobby.crew.example.
97  PTR fax-gw.harbour.example.
200 PTR scanner.crew.example.
    PTR scan.crew.example.
202 PTR nobody.crew.example.
""",
"old/rev/2001-db8.db": """\
$TTL 3600
@   SOA ns1.harbour.example. hostmaster.harbour.example. 2026031601 4h 15m 2w 1h
    NS  ns1.harbour.example.
$ORIGIN 0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0  PTR ns1.harbour.example.
5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0  PTR smtp.harbour.example.
""",
"plan.csv": """\
old,new
192.0.2.0/26,198.51.100.64/26
192.0.2.64/27,198.51.100.160/27
192.0.2.80/32,198.51.100.5/32
192.0.2.96/27,retired
192.0.2.126/32,198.51.100.6/32
2001:db8::/48,2001:db8:f00d::/48
2001:db8:0:6::/64,retired
""",
"policy.md": """\
# Policy for the move, 16 March 2026

Apply these in order; each step works on what the one before it has left.

1. **Addresses** (A, AAAA) move by `plan.csv`: the longest block that holds an address counts, and
   its host bits stay. `retired` removes the record. An address in no block stays as it is.
2. **A CNAME beside other data** (of any type, at the same name) is removed.
3. **Chains**: a CNAME points straight at the end of its chain. Names outside of our zones are the
   end of a chain. Chains may cross our zones. A CNAME that runs into a loop is removed, and so is
   one whose chain ends at a name in our zones that owns no record any more.
4. **Targets** of NS, MX and SRV records that are CNAMEs are replaced by the end of the chain. If the
   target lies in our zones and owns no record (or was a CNAME that has been removed), the NS, MX or
   SRV record is removed. Records that have become equal are one record.
5. **TTL**: written with every record, in seconds. All records of one name and type have the
   smallest TTL among them (among those that have survived), and none has more than 86400.
6. **Reverse zones** are made anew from the A and AAAA records: one PTR for each address, with the
   TTL that its address records have (the smallest, if several names share the address). If several
   names have the address, it is the one that the old reverse zone has for the old address; if the
   old zone has none of them, the first in alphabetical order. The reverse zones are
   `2.0.192.in-addr.arpa`, `100.51.198.in-addr.arpa` and `8.b.d.0.1.0.0.2.ip6.arpa`. Other addresses
   have no PTR. SOA and NS of the old reverse zones stay (after steps 4 and 5); those of
   `100.51.198.in-addr.arpa` are the same as those of `2.0.192.in-addr.arpa`, serial included before
   step 7.
7. **Serial**: 2026031600, or the zone's own plus one where that is larger.

# Form of the new files

One file per zone, named as the zone and `.zone`. One record per line: owner, TTL, `IN`, type and
data, separated by single blanks. No directives, comments or empty lines. All domain names absolute,
in lower case, with the final dot; times in seconds; addresses as RFC 5952 and dotted decimal have
them; strings in double quotes, as they were. The SOA comes first, on one line without parentheses;
then all other lines, sorted by their bytes.
""",
}

for name, text in FILES.items():
    path = DNS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
