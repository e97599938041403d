"""A strict mail server for a test: Postfix with required STARTTLS and AUTH, its passwords asked of Dovecot.

    python3 tests/tools/mail_server.py FOLDER CERTIFICATE KEY USER PASSWORD

Prints the port when it answers, and runs until its input ends. Debian's packages postfix and dovecot-core, as root, with a
configuration, a queue and sockets of its own under FOLDER: nothing of the system's is touched. Mail for any address is
kept, one file a message, under FOLDER/mail. Standard library only.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

folder, certificate, key, user, password = Path(sys.argv[1]), *sys.argv[2:6]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make(path, text="", mode=0o644, owner=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    if owner:
        shutil.chown(path, owner)
    return path


def dovecot(sockets):
    """Answers AUTH, and nothing else."""
    passwords = make(folder / "passwd", f"{user}:{{PLAIN}}{password}\n", 0o600, "dovecot")
    return make(folder / "dovecot.conf", f"""
protocols =
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot-state
log_path = {folder}/dovecot.log
ssl = no
auth_mechanisms = plain login
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {passwords}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {sockets}/auth {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
""")


def postfix(port, sockets):
    """Takes mail from whoever logged in, over TLS alone, as nobody but themselves."""
    config = folder / "postfix"
    mail = folder / "mail"
    mail.mkdir()
    keep = make(folder / "keep", f"#!/bin/sh\nexec cat > {mail}/$$.eml\n", 0o755)
    shutil.chown(mail, "nobody")
    make(config / "senders", f"{user} {user}\n")
    make(config / "main.cf", f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = localhost
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost =
default_transport = keep
relay_transport = keep
keep_destination_recipient_limit = 1
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {sockets}/auth
smtpd_sender_login_maps = texthash:{config}/senders
smtpd_sender_restrictions = reject_sender_login_mismatch, reject_unlisted_sender
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_helo_required = yes
strict_rfc821_envelopes = yes
""")
    make(config / "master.cf", f"""
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
keep unix - n n - 1 pipe flags=Fq user=nobody argv={keep}
""")
    for name in ("queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    return config


folder.chmod(0o755)
sockets = folder / "sockets"
sockets.mkdir()
port = free_port()
asked = dovecot(sockets)
config = postfix(port, sockets)
auth = subprocess.Popen(["dovecot", "-F", "-c", asked])
subprocess.run(["postfix", "-c", config, "set-permissions"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    subprocess.run(["postfix", "-c", config, "start"], check=True, stdout=subprocess.DEVNULL)
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0 and (sockets / "auth").exists():
                break
        time.sleep(0.05)
    else:
        sys.exit("the mail server doesn't answer")
    print(port, flush=True)
    sys.stdin.read()
finally:
    subprocess.run(["postfix", "-c", config, "stop"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    auth.terminate()
    auth.wait()
