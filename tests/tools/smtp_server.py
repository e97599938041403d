"""An SMTP server that writes down what it sees, before it answers: the witness of the crash and race proofs.

    python3 tests/tools/smtp_server.py --log wire.jsonl [--spool FOLDER] [--delay mail=0.02 --delay dot=0.05] [--defer 20]
        [--port 2525 --first-session 1000]

prints the port it took on 127.0.0.1 and serves until its standard input ends. One that takes the place of another that was killed is
given its port, its log, and where to go on counting sessions. Every event is one JSON line, written
before the answer that follows from it leaves, and on disk where that answer takes a message: {"boot_ns", "session",
"event", …}. Events: `open`, `mail`, `rcpt`, `data` (354 is about to be said), `body` (the first byte of the message was
read), `dot` (the whole message was read; 250 is about to be said), `deferred` (451 is about to be said in its place, or to
`RCPT`: every n-th time with `--defer n`, to the one and the other in turn), `rset`, `close`. Times are of the clock that counts
since boot, which all processes share.
Standard library only.
"""

import argparse
import asyncio
import hashlib
import json
import os
import sys
import time
from pathlib import Path


class Log:
    def __init__(self, path):
        self.file = open(path, "ab", buffering=0)

    def write(self, session, event, **facts):
        line = {"boot_ns": time.clock_gettime_ns(time.CLOCK_BOOTTIME), "session": session, "event": event} | facts
        self.file.write(json.dumps(line).encode("ascii") + b"\n")
        if event == "dot":
            os.fdatasync(self.file.fileno())


class Server:
    def __init__(self, log, spool, delays, defer, first_session):
        self.log, self.spool, self.delays, self.defer = log, spool, delays, defer
        self.sessions, self.messages, self.recipients = first_session, 0, 0

    async def serve(self, reader, writer):
        self.sessions += 1
        session = self.sessions
        self.log.write(session, "open")
        try:
            await self.talk(session, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        self.log.write(session, "close")
        writer.close()

    async def say(self, writer, verb, text):
        await asyncio.sleep(self.delays.get(verb, 0))
        writer.write(text.encode("ascii") + b"\r\n")
        await writer.drain()

    async def talk(self, session, reader, writer):
        await self.say(writer, "greeting", "220 witness ESMTP")
        recipient = turn = None
        while True:
            line = (await reader.readuntil(b"\r\n")).decode("ascii").rstrip()
            verb = line.split(" ")[0].split(":")[0].lower()
            if verb == "ehlo":
                await self.say(writer, verb, "250-witness\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
            elif verb == "mail":
                self.log.write(session, "mail")
                await self.say(writer, verb, "250 2.1.0 ok")
            elif verb == "rcpt":
                recipient = line[line.index("<") + 1 : line.index(">")]
                self.log.write(session, "rcpt", to=recipient)
                self.recipients += 1
                turn = self.recipients % (2 * self.defer) if self.defer else None
                if turn == self.defer:
                    self.log.write(session, "deferred", to=recipient)
                    await self.say(writer, verb, "451 4.3.2 not now")
                    continue
                await self.say(writer, verb, "250 2.1.5 ok")
            elif verb == "data":
                self.log.write(session, "data", to=recipient)
                await self.say(writer, verb, "354 go on")
                facts = self.keep(await self.body(session, recipient, reader))
                if turn == 0:
                    self.log.write(session, "deferred", to=recipient)
                    await self.say(writer, "dot", "451 4.3.2 not now")
                    continue
                self.log.write(session, "dot", to=recipient, **facts)
                await self.say(writer, "dot", "250 2.0.0 taken")
            elif verb == "rset":
                self.log.write(session, "rset")
                await self.say(writer, verb, "250 2.0.0 ok")
            elif verb == "quit":
                await self.say(writer, verb, "221 2.0.0 bye")
                return
            else:
                await self.say(writer, verb, "502 5.5.1 what?")

    async def body(self, session, recipient, reader):
        first = await reader.readexactly(1)
        self.log.write(session, "body", to=recipient)
        lines = [first + await reader.readuntil(b"\r\n")]
        while lines[-1] != b".\r\n":
            lines.append(await reader.readuntil(b"\r\n"))
        return b"".join(line.removeprefix(b".") for line in lines[:-1])

    def keep(self, raw):
        head = raw.partition(b"\r\n\r\n")[0]
        headers = (line.partition(b":") for line in head.split(b"\r\n"))
        found = {name.lower(): value.strip().decode("ascii") for name, _, value in headers if value}
        self.messages += 1
        if self.spool:
            (self.spool / f"{self.messages:06}.eml").write_bytes(raw)
        stop = found.get(b"list-unsubscribe", "").strip("<>")
        digest = hashlib.sha256(raw).hexdigest()
        names = {"message_id": found.get(b"message-id"), "subject": found.get(b"subject")}
        return names | {"stop": stop, "sha256": digest}


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--spool", type=Path)
    parser.add_argument("--delay", action="append", default=[], metavar="VERB=SECONDS")
    parser.add_argument("--defer", type=int, default=0, metavar="N")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--first-session", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    if arguments.spool:
        arguments.spool.mkdir(parents=True, exist_ok=True)
    delays = {verb: float(seconds) for verb, _, seconds in (delay.partition("=") for delay in arguments.delay)}
    server = Server(Log(arguments.log), arguments.spool, delays, arguments.defer, arguments.first_session)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", arguments.port)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
