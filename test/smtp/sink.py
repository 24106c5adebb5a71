#!/usr/bin/python3
"""A mail server for tests (aiosmtpd): keeps what it gets, and does what the file MODE says.

usage: sink.py DIR [--tls CERT KEY] [--auth USER PASSWORD] [--watch DATA.DB|postgresql://...]

DIR/port is written once it listens. Each message is DIR/N.txt, read with the standard library's
own parser: lines `name: value` of envelope, headers and what is wrong with them, then the text.
DIR/mode, read for each message: accept | rcpt CODE | data CODE | slow SECONDS | drop.
--watch: `disclosed` is how many rows the disclosure log had for this message when its bytes came.
"""
import asyncio
import email
import email.header
import email.policy
import email.utils
import os
import sqlite3
import ssl
import subprocess
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


def option(name, count):
    if name not in sys.argv:
        return None
    at = sys.argv.index(name)
    return sys.argv[at + 1:at + 1 + count]


DIR = sys.argv[1]
TLS, AUTH, WATCH = option("--tls", 2), option("--auth", 2), option("--watch", 1)


def mode():
    try:
        with open(os.path.join(DIR, "mode"), encoding="ascii") as f:
            return f.read().split() or ["accept"]
    except FileNotFoundError:
        return ["accept"]


def display_name(raw):
    """The name in To. Not the new parser's: it keeps the blank between two encoded words."""
    name, _ = email.utils.parseaddr(email.message_from_bytes(raw)["To"])
    return str(email.header.make_header(email.header.decode_header(name)))


def disclosed():
    if not WATCH:
        return "unknown"
    sql = ("select count(*) from %sr_disclosure d join %sr_outbox m on m.id = d.outbox_id"
           " where m.state = 1")
    if WATCH[0].startswith("postgresql:"):
        return subprocess.run(["psql", "-XtAc", sql % ("base.", "base."), WATCH[0]], check=True,
                              capture_output=True, text=True).stdout.strip()
    db = sqlite3.connect(WATCH[0], timeout=5)
    try:
        return db.execute(sql % ("", "")).fetchone()[0]
    finally:
        db.close()


class Sink:
    def __init__(self):
        self.n = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        m = mode()
        if m[0] == "rcpt":
            return m[1] + " on purpose"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        m = mode()
        if m[0] == "slow":
            await asyncio.sleep(float(m[1]))
        if m[0] == "data":
            return m[1] + " on purpose"
        if m[0] == "drop":
            server.transport.abort()
            return "451 gone"
        self.keep(session, envelope)
        return "250 kept"

    def keep(self, session, envelope):
        raw = envelope.original_content or envelope.content
        msg = email.message_from_bytes(raw, policy=email.policy.default)
        to = msg["To"].addresses
        lines = [
            ("from", envelope.mail_from),
            ("rcpt", " ".join(envelope.rcpt_tos)),
            ("tls", "yes" if session.ssl else "no"),
            ("auth", "yes" if session.authenticated else "no"),
            ("disclosed", disclosed()),
            ("longest", max(len(x) for x in raw.split(b"\r\n"))),
            ("eight", "yes" if any(b > 127 for b in raw) else "no"),
            ("defects", len(msg.defects) + sum(len(h.defects) for h in msg.values())),
            ("h-from", msg["From"].addresses[0].addr_spec),
            ("h-to-n", len(to)),
            ("h-to-name", display_name(raw)),
            ("h-to", to[0].addr_spec if to else ""),
            ("h-subject", msg["Subject"]),
            ("h-date", msg["Date"].datetime.isoformat() if msg["Date"].datetime else "none"),
            ("h-message-id", msg["Message-ID"]),
            ("h-auto", msg["Auto-Submitted"]),
            ("h-mime", msg["MIME-Version"]),
            ("h-type", msg["Content-Type"]),
        ]
        text = "".join("%s: %s\n" % (k, str(v).replace("\n", " ")) for k, v in lines)
        text += "\n" + msg.get_content()
        path = os.path.join(DIR, "%d.txt" % self.n)
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(path + ".new", path)
        self.n += 1


def authenticator(server, session, envelope, mechanism, data):
    good = [data.login.decode(), data.password.decode()] == AUTH
    return AuthResult(success=good, handled=False)  # False: the library answers


def main():
    more = {}
    if TLS:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*TLS)
        more["tls_context"] = context
    if AUTH:
        more.update(authenticator=authenticator, auth_required=True, auth_require_tls=True)
    port = option("--port", 1)
    controller = Controller(Sink(), hostname="127.0.0.1", port=int(port[0]), **more)
    controller.start()
    with open(os.path.join(DIR, "port"), "w", encoding="ascii") as f:
        f.write(port[0])
    try:
        sys.stdin.read()  # until the test closes it, or ends
    finally:
        controller.stop()


main()
